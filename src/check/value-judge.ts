import { diagnostic, ExitCode, type Diagnostic } from "../base/diagnostics.js";
import { expectCollective } from "../data/collectives.js";
import { compareOutputs } from "../data/compare.js";
import type { DTypeInfo } from "../data/dtypes.js";
import { defaultTolerance } from "../data/error-bounds.js";
import type { ExpectedOutputs } from "../data/expectation.js";
import { Hbm } from "../data/hbm.js";
import { fillInputs, type InputData } from "../data/inputs.js";
import { NO_VALUE, OP_CHUNK_ROWS, type OpLogData } from "../data/op-log.js";
import { replay, type ReplayOutcome } from "../data/replay.js";
import { ranksText, type Finding } from "./findings.js";
import { promiseOf } from "./post-condition.js";
import type { CheckSetup } from "./setup.js";

/** An element that two ranks hold differently. */
interface Difference {
  rank: number;
  index: number;
  site: number;
}

/** Elements of the smallest tensor in which most differ for a reason. */
const FEWEST = 8;

/** Judges outputs by the values that seeded inputs give: what fingerprints leave open. */
export class ValueJudge {
  private readonly hbm: Hbm;
  private readonly outcome: ReplayOutcome;
  private readonly expected: ExpectedOutputs | null;

  /** @throws DataFault at values that no run gets past, LQ9102 and LQ9103 an expectation that does not fit */
  constructor(
    private readonly setup: CheckSetup,
    private readonly log: OpLogData,
    { data, seed }: { data: InputData; seed: number },
    /** Must what is found hold for all data? Where rounding may have turned a decision, nothing is found then. */
    private readonly isWitness: boolean,
  ) {
    const { launch, collective } = setup;
    this.hbm = new Hbm(launch);
    fillInputs(this.hbm, data, seed);
    this.expected = collective && expectCollective(collective, launch, this.hbm);
    this.outcome = replay(log, this.hbm, { inject: null, trackMagnitude: true });
  }

  /** What is wrong with the output of the collective; null when nothing is. */
  postCondition(): Finding | null {
    const { setup, hbm, log, outcome, expected } = this;
    if (expected === null) return null;
    // A maximum may be computed by rounding operations, too.
    const judged = expected.judgedBy === "exact" ? { ...expected, judgedBy: "bounded" as const } : expected;
    const { firstMismatch: wrong } = compareOutputs(hbm, judged, log, outcome);
    if (wrong === null) return null;
    const index = setup.launch.byRank[wrong.rank]!.tensors.findIndex(({ name }) => name === wrong.tensor);
    const row = this.rowOf(hbm.slotOf(wrong.rank, index), wrong.index);
    if (this.isWitness && this.allowed(row, hbm.dtype(hbm.slotOf(wrong.rank, index))) === Infinity)
      return null;
    const what = `${wrong.tensor}[${wrong.index}] is not ${promiseOf(setup.collective!)}`;
    return wrongValues({
      code: "LQ3601",
      message: `${what}, on rank ${wrong.rank}: it is ${wrong.actual}, not ${wrong.expected}, with seeded inputs`,
      at: setup.locate(wrong.site),
      hint: "what the kernel's expect promises must hold for every element of every rank",
    });
  }

  /** Where ranks do not hold the same in an output; null when they do, but for rounding. */
  disagreement(name: string): Finding | null {
    const { setup } = this;
    const { byRank, world } = setup.launch;
    const indexOf = (rank: number): number =>
      byRank[rank]!.tensors.findIndex((tensor) => tensor.name === name);
    const differences: Difference[] = [];
    const reference = this.hbm.slotOf(0, indexOf(0));
    for (let rank = 1; rank < world; rank++) {
      const slot = this.hbm.slotOf(rank, indexOf(rank));
      const index = slot === reference ? -1 : this.firstDifference(reference, slot);
      if (index >= 0) differences.push({ rank, index, site: this.siteOf(slot, index) });
    }
    const [first] = differences;
    if (first === undefined) return null;
    const here = this.siteOf(reference, first.index);
    const at = here === first.site ? null : setup.locate(here);
    const element = `${name}[${first.index}]`;
    return wrongValues({
      code: "LQ3603",
      message: `ranks disagree on ${element}: ${ranksText(differences.map(({ rank }) => rank))} ${differences.length === 1 ? "holds" : "hold"} something else than rank 0, with seeded inputs`,
      at: setup.locate(first.site),
      related: at === null ? [] : [{ at, message: "rank 0 writes it here" }],
      detail: [
        `${element} is ${this.hbm.at(reference, first.index)} on rank 0 and ${this.hbm.at(this.hbm.slotOf(first.rank, indexOf(first.rank)), first.index)} on rank ${first.rank}`,
      ],
      hint: "an output that all ranks are to have alike must be made of the same values on each",
    });
  }

  /**
   * The first element in which two tensors differ by more than both can be off; −1 when there is none. Where a decision
   * hangs on what was rounded, that is not known: then most elements must differ, as a few may by chance.
   */
  private firstDifference(a: number, b: number): number {
    const { hbm, outcome } = this;
    const { elements } = hbm.plan(a);
    if (hbm.plan(b).elements !== elements) return 0;
    const dtype = hbm.dtype(a);
    const [x, y] = [hbm.values(a), hbm.values(b)];
    const allowedOf = (slot: number): Float64Array => {
      const allowed = new Float64Array(elements);
      outcome.writes.forEachRun(slot, elements, (from, to, writer) =>
        allowed.fill(this.allowed(writer, dtype), from, to),
      );
      return allowed;
    };
    const [allowedA, allowedB] = [allowedOf(a), allowedOf(b)];
    let [unsure, first] = [0, -1];
    for (let i = 0; i < elements; i++) {
      const difference = Math.abs(x[i]! - y[i]!);
      // What is infinite or no number may have become so by rounding.
      if (!Number.isFinite(difference)) continue;
      const allowed = allowedA[i]! + allowedB[i]!;
      const largest = Math.max(1, Math.abs(x[i]!), Math.abs(y[i]!));
      if (difference <= (allowed < Infinity ? allowed : 2 * defaultTolerance(dtype) * largest)) continue;
      if (allowed < Infinity) return i;
      if (unsure++ === 0) first = i;
    }
    return 2 * unsure > elements && elements >= FEWEST ? first : -1;
  }

  /** How far what a row has written may be from the exact value; Infinity when that is not known. */
  private allowed(writer: number, dtype: DTypeInfo): number {
    if (writer === NO_VALUE) return 0;
    const { relative, magnitude } = this.outcome.errors.boundOf(writer);
    if (relative === 0) return 0;
    // Integers made of rounded values were cut off somewhere.
    return relative === Infinity || dtype.class !== "float" ? Infinity : relative * magnitude;
  }

  /** The row that wrote an element last; NO_VALUE when nobody did. */
  private rowOf(slot: number, index: number): number {
    let row: number = NO_VALUE;
    this.outcome.writes.forEachRun(slot, this.hbm.plan(slot).elements, (from, to, writer) => {
      if (from <= index && index < to) row = writer;
    });
    return row;
  }

  private siteOf(slot: number, index: number): number {
    const row = this.rowOf(slot, index);
    return row === NO_VALUE
      ? -1
      : this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!.site[row % OP_CHUNK_ROWS]!;
  }
}

function wrongValues(problem: Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>): Finding {
  return { exitCode: ExitCode.wrongValues, diagnostic: diagnostic(problem) };
}
