import type { LinquError } from "../base/diagnostics.js";
import { ExitCode, diagnostic, type Diagnostic } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";

/** What stands for the ranks in a message until they are known. */
export const WHO = "\u0000";

/** Something that the check has found, with the exit code that it gives. */
export interface Finding {
  diagnostic: Diagnostic;
  exitCode: ExitCode;
}

interface Group extends Finding {
  ranks: Set<number>;
}

/** Ranks as messages show them: `rank 3`, `ranks 0-7,9`. */
export function ranksText(ranks: readonly number[]): string {
  const sorted = [...ranks].sort((a, b) => a - b);
  return sorted.length === 1 ? `rank ${sorted[0]}` : `ranks ${formatRanges(sorted)}`;
}

/** What went wrong on ranks: what happens alike at one place is one finding. */
export class Findings {
  private readonly groups = new Map<string, Group>();

  /** @param nameOf where a rank is */
  constructor(private readonly nameOf: (rank: number) => string) {}

  /** Notes an error that a rank has run into. */
  addError(rank: number, error: LinquError): void {
    for (const problem of error.diagnostics) this.add(rank, problem, error.exitCode);
  }

  add(rank: number, problem: Diagnostic, exitCode: ExitCode = ExitCode.programFailed): void {
    const { code, at } = problem;
    const key = at === null ? `${code} ${problem.message}` : `${code} ${at.file}:${at.line}:${at.column}`;
    const group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, { diagnostic: problem, exitCode, ranks: new Set([rank]) });
    else group.ranks.add(rank);
  }

  get list(): Finding[] {
    return [...this.groups.values()].map(({ diagnostic: problem, exitCode, ranks }) => {
      const suffix = `, on ${WHO}`;
      const message = problem.message.endsWith(suffix)
        ? problem.message.slice(0, -suffix.length)
        : problem.message;
      return {
        diagnostic: diagnostic({ ...problem, message: `${message}, on ${this.whoAre([...ranks])}` }),
        exitCode,
      };
    });
  }

  private whoAre(ranks: readonly number[]): string {
    const text = ranksText(ranks);
    return ranks.length === 1 ? `${text} (${this.nameOf(ranks[0]!)})` : text;
  }
}
