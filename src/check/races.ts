import { diagnostic, type Diagnostic, type SourceLocation } from "../base/diagnostics.js";
import type { Clocks } from "./clocks.js";

/** One access to a tensor that several ranks reach. */
export interface Access {
  rank: number;
  /** The rank's own count at that moment; Infinity while it is not over. */
  count: number;
  site: number;
  isWrite: boolean;
  isAtomic: boolean;
  /** Only the data say which of the elements it touches: it races with nothing for certain. */
  isVague: boolean;
  /** Of an atomic: what its rank knew then, which who uses one on the same element afterwards knows too. */
  known: Int32Array | null;
}

/** Elements with the same history: who wrote them last, and who has read them since. */
interface Span {
  from: number;
  until: number;
  write: Access | null;
  reads: readonly Access[];
}

/** Accesses to one tensor that ranks share: finds two of which neither is known to be over before the other. */
export class SharedAccesses {
  private readonly spans: Span[] = [];

  /** What was reported, by both lines. */
  private readonly races = new Map<string, Diagnostic>();

  constructor(
    private readonly name: string,
    private readonly clocks: Clocks,
    private readonly locate: (site: number) => SourceLocation | null,
    private readonly report: (rank: number, problem: Diagnostic) => void,
  ) {}

  note(from: number, length: number, access: Access): void {
    if (length === 0) return;
    const until = from + length;
    const { spans } = this;
    const first = this.firstAfter(from);
    let last = first;
    const next: Span[] = [];
    let at = from;
    for (; last < spans.length && spans[last]!.from < until; last++) {
      const span = spans[last]!;
      if (span.from < from) next.push({ ...span, until: from });
      const [start, end] = [Math.max(span.from, from), Math.min(span.until, until)];
      if (start > at) next.push(this.fresh(at, start, access));
      next.push(this.continued({ ...span, from: start, until: end }, access));
      at = end;
      if (span.until > until) next.push({ ...span, from: until });
    }
    if (at < until) next.push(this.fresh(at, until, access));
    spans.splice(first, last - first, ...next);
  }

  /** The first span that ends after an element. */
  private firstAfter(element: number): number {
    let [low, high] = [0, this.spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.spans[middle]!.until > element) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private fresh(from: number, until: number, access: Access): Span {
    return access.isWrite
      ? { from, until, write: access, reads: [] }
      : { from, until, write: null, reads: [access] };
  }

  private continued(span: Span, access: Access): Span {
    const { write, reads } = span;
    if (access.isAtomic && write !== null && write.known !== null)
      this.clocks.acquire(access.rank, write.known);
    if (write !== null) this.compare(span, write, access);
    if (!access.isWrite) {
      const others = reads.filter(({ rank }) => rank !== access.rank);
      return { ...span, reads: [...others, access] };
    }
    for (const read of reads) this.compare(span, read, access);
    return { ...span, write: access, reads: [] };
  }

  private compare({ from, until }: Span, earlier: Access, later: Access): void {
    if (earlier.isVague || later.isVague || (earlier.isAtomic && later.isAtomic)) return;
    if (this.clocks.knows(later.rank, earlier.rank, earlier.count)) return;
    // The access that reads is the one that may see the wrong values.
    const [first, second] = later.isWrite && !earlier.isWrite ? [later, earlier] : [earlier, later];
    const [at, other] = [this.locate(second.site), this.locate(first.site)];
    // Several accesses of a line may race with those of another: that is one race.
    const lines = [at, other].map((place) => `${place?.file}:${place?.line}`);
    const key = lines.sort().join(" ");
    let race = this.races.get(key);
    if (race === undefined) {
      const [did, does] = [first, second].map(({ isWrite }) => (isWrite ? "write" : "read"));
      race = diagnostic({
        code: "LQ3304",
        message: `race on ${this.name}[${from}..${until}): rank ${second.rank} ${does}s it while nothing says that the ${did} of rank ${first.rank} is over`,
        at,
        related: other === null ? [] : [{ at: other, message: `rank ${first.rank} ${did}s it here` }],
        hint: "let a message or tl.barrier() come between the two",
      });
      this.races.set(key, race);
    }
    this.report(second.rank, race);
  }
}
