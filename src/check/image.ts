import type { TileValues } from "./tile-values.js";

/** What is known of one tensor's elements: stretches in order; what lies between them was never written. */
export class Image {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly values: number[] = [];
  /** Where each was written; −1 for what was there before the launch. */
  private readonly sites: number[] = [];
  /** Which elements were written through computed addresses is not known. */
  isScattered = false;

  constructor(
    private readonly tileValues: TileValues,
    readonly elements: number,
    /** What the tensor holds before the launch; null for zeros that nobody has written. */
    initial: number | null,
  ) {
    if (initial !== null && elements > 0) this.insert(0, 0, elements, initial, -1);
  }

  read(start: number, length: number): number {
    const { algebra } = this.tileValues;
    if (length === 0) return algebra.zero;
    let at = this.firstAfter(start);
    if (at < this.starts.length && this.starts[at]! <= start && this.ends[at]! >= start + length) {
      return algebra.shifted(this.values[at]!, start - this.starts[at]!);
    }
    const [lengths, values]: [number[], number[]] = [[], []];
    let from = start;
    const end = start + length;
    while (from < end) {
      if (at === this.starts.length || this.starts[at]! >= end) {
        lengths.push(end - from);
        values.push(algebra.zero);
        break;
      }
      if (this.starts[at]! > from) {
        lengths.push(this.starts[at]! - from);
        values.push(algebra.zero);
        from = this.starts[at]!;
      }
      const until = Math.min(end, this.ends[at]!);
      lengths.push(until - from);
      values.push(algebra.shifted(this.values[at]!, from - this.starts[at]!));
      from = until;
      at++;
    }
    return this.tileValues.joined(lengths, values);
  }

  write(start: number, length: number, value: number, site: number): void {
    let at = start;
    this.tileValues.each(value, length, (stretch, size) => {
      this.writeStretch(at, size, stretch, site);
      at += size;
    });
  }

  /** A write through addresses that nobody knows: the value stands for all that the tensor may hold then. */
  scatter(value: number, site: number): void {
    this.isScattered = true;
    this.write(0, this.elements, value, site);
  }

  /** Calls `use` for every stretch that was written, or was there before. */
  eachStretch(use: (start: number, end: number, value: number, site: number) => void): void {
    for (let i = 0; i < this.starts.length; i++)
      use(this.starts[i]!, this.ends[i]!, this.values[i]!, this.sites[i]!);
  }

  /** Where an element was last written; −1 when it never was. */
  siteOf(element: number): number {
    const at = this.firstAfter(element);
    return at < this.starts.length && this.starts[at]! <= element ? this.sites[at]! : -1;
  }

  /** Calls `use` for every range that was never written. */
  eachGap(use: (start: number, end: number) => void): void {
    let from = 0;
    for (let i = 0; i < this.starts.length; i++) {
      if (this.starts[i]! > from) use(from, this.starts[i]!);
      from = this.ends[i]!;
    }
    if (from < this.elements) use(from, this.elements);
  }

  private writeStretch(start: number, length: number, value: number, site: number): void {
    if (length === 0) return;
    const { tileValues, starts, ends, values, sites } = this;
    const end = start + length;
    let at = this.firstAfter(start);
    // What is written lies over parts of older stretches: cut them off.
    if (at < starts.length && starts[at]! < start) {
      const tail = ends[at]!;
      const older = values[at]!;
      ends[at] = start;
      at++;
      if (tail > end)
        this.insert(at, end, tail, tileValues.algebra.shifted(older, end - starts[at - 1]!), sites[at - 1]!);
    }
    let last = at;
    while (last < starts.length && ends[last]! <= end) last++;
    if (last < starts.length && starts[last]! < end) {
      values[last] = tileValues.algebra.shifted(values[last]!, end - starts[last]!);
      starts[last] = end;
    }
    const before = at - 1;
    const joinsBefore =
      before >= 0 &&
      ends[before] === start &&
      sites[before] === site &&
      tileValues.continues(values[before]!, start - starts[before]!, value, length);
    const joinsAfter =
      last < starts.length &&
      starts[last] === end &&
      sites[last] === site &&
      tileValues.continues(value, length, values[last]!, ends[last]! - end);
    if (joinsBefore) {
      ends[before] = joinsAfter ? ends[last]! : end;
      this.remove(at, joinsAfter ? last + 1 : last);
    } else if (joinsAfter) {
      starts[last] = start;
      values[last] = value;
      this.remove(at, last);
    } else if (last > at) {
      starts[at] = start;
      ends[at] = end;
      values[at] = value;
      sites[at] = site;
      this.remove(at + 1, last);
    } else {
      this.insert(at, start, end, value, site);
    }
  }

  /** The first stretch that ends after an element. */
  private firstAfter(element: number): number {
    const { ends } = this;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! > element) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private insert(at: number, start: number, end: number, value: number, site: number): void {
    this.starts.splice(at, 0, start);
    this.ends.splice(at, 0, end);
    this.values.splice(at, 0, value);
    this.sites.splice(at, 0, site);
  }

  private remove(from: number, until: number): void {
    if (until <= from) return;
    this.starts.splice(from, until - from);
    this.ends.splice(from, until - from);
    this.values.splice(from, until - from);
    this.sites.splice(from, until - from);
  }
}
