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
  private spans: Span[] = [];

  constructor(
    private readonly name: string,
    private readonly clocks: Clocks,
    private readonly locate: (site: number) => SourceLocation | null,
    private readonly report: (rank: number, problem: Diagnostic) => void,
  ) {}

  note(from: number, length: number, access: Access): void {
    const until = from + length;
    if (length === 0) return;
    const spans: Span[] = [];
    let at = from;
    for (const span of this.spans) {
      if (span.until <= from || span.from >= until) {
        if (span.from >= until && at < until) {
          spans.push(this.fresh(at, until, access));
          at = until;
        }
        spans.push(span);
        continue;
      }
      if (span.from < from) spans.push({ ...span, until: from });
      const [start, end] = [Math.max(span.from, from), Math.min(span.until, until)];
      if (start > at) spans.push(this.fresh(at, start, access));
      spans.push(this.continued({ ...span, from: start, until: end }, access));
      at = end;
      if (span.until > until) spans.push({ ...span, from: until });
    }
    if (at < until) spans.push(this.fresh(at, until, access));
    this.spans = spans;
  }

  private fresh(from: number, until: number, access: Access): Span {
    return access.isWrite
      ? { from, until, write: access, reads: [] }
      : { from, until, write: null, reads: [access] };
  }

  private continued(span: Span, access: Access): Span {
    const { write, reads } = span;
    if (write !== null) this.compare(span, write, access);
    if (!access.isWrite) {
      const others = reads.filter(({ rank }) => rank !== access.rank);
      return { ...span, reads: [...others, access] };
    }
    for (const read of reads) this.compare(span, read, access);
    return { ...span, write: access, reads: [] };
  }

  private compare({ from, until }: Span, earlier: Access, later: Access): void {
    if (earlier.isAtomic && later.isAtomic) return;
    if (this.clocks.knows(later.rank, earlier.rank, earlier.count)) return;
    // The access that reads is the one that may see the wrong values.
    const [first, second] = later.isWrite && !earlier.isWrite ? [later, earlier] : [earlier, later];
    const at = this.locate(first.site);
    const [did, does] = [first, second].map(({ isWrite }) => (isWrite ? "write" : "read"));
    this.report(
      second.rank,
      diagnostic({
        code: "LQ3304",
        message: `race on ${this.name}[${from}..${until}): rank ${second.rank} ${does}s it while nothing says that the ${did} of rank ${first.rank} is over`,
        at: this.locate(second.site),
        related: at === null ? [] : [{ at, message: `rank ${first.rank} ${did}s it here` }],
        hint: "let a message or tl.barrier() come between the two",
      }),
    );
  }
}
