/** Which rows of the op log wrote to which tensor, so that every element's last writer can be found. */
import { NO_VALUE } from "./op-log.js";

export class WriteLog {
  private rows: Int32Array;
  private offsets: Float64Array;
  private lengths: Int32Array;
  /** Index of the previous write to the same slot. */
  private previous: Int32Array;
  /** Index of the last write to each slot. */
  private readonly last: Int32Array;
  private count = 0;

  /** `capacity` is what it begins with: a scatter writes in as many pieces as its offsets have gaps. */
  constructor(slots: number, capacity: number) {
    this.rows = new Int32Array(capacity);
    this.offsets = new Float64Array(capacity);
    this.lengths = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
    this.last = new Int32Array(slots).fill(NO_VALUE);
  }

  append(slot: number, row: number, offset: number, length: number): void {
    const index = this.count++;
    if (index === this.rows.length) this.grow();
    this.rows[index] = row;
    this.offsets[index] = offset;
    this.lengths[index] = length;
    this.previous[index] = this.last[slot]!;
    this.last[slot] = index;
  }

  /**
   * Cuts the first `elements` elements of a slot into runs with one last writer each, in order; NO_VALUE stands
   * for elements that nobody wrote.
   */
  forEachRun(
    slot: number,
    elements: number,
    visit: (from: number, to: number, writer: number) => void,
  ): void {
    if (elements === 0) return;
    const newest = this.last[slot]!;
    if (newest === NO_VALUE) return visit(0, elements, NO_VALUE);
    if (this.offsets[newest] === 0 && this.lengths[newest] === elements)
      return visit(0, elements, this.rows[newest]!);
    const writers = this.lastWriters(newest, elements);
    for (let from = 0; from < elements;) {
      let to = from + 1;
      while (to < elements && writers[to] === writers[from]) to++;
      visit(from, to, writers[from]!);
      from = to;
    }
  }

  private grow(): void {
    const capacity = Math.max(16, 2 * this.rows.length);
    const copyOf = <T extends Int32Array | Float64Array>(column: T, target: T): T => {
      target.set(column);
      return target;
    };
    this.rows = copyOf(this.rows, new Int32Array(capacity));
    this.offsets = copyOf(this.offsets, new Float64Array(capacity));
    this.lengths = copyOf(this.lengths, new Int32Array(capacity));
    this.previous = copyOf(this.previous, new Int32Array(capacity));
  }

  private lastWriters(newest: number, elements: number): Int32Array {
    const oldestFirst: number[] = [];
    for (let index = newest; index !== NO_VALUE; index = this.previous[index]!) oldestFirst.push(index);
    oldestFirst.reverse();
    const writers = new Int32Array(elements).fill(NO_VALUE);
    for (const index of oldestFirst) {
      writers.fill(this.rows[index]!, this.offsets[index]!, this.offsets[index]! + this.lengths[index]!);
    }
    return writers;
  }
}
