/** Judges the tensors that a run left behind against what they must hold. */
import { F64, type DTypeInfo } from "./dtypes.js";
import { defaultTolerance, describeRelative } from "./error-bounds.js";
import type { ExpectedOutputs } from "./expectation.js";
import type { Hbm } from "./hbm.js";
import { NO_VALUE, OP_CHUNK_ROWS, OP_KIND_NAMES } from "./op-log.js";
import type { OpLogData } from "./op-log.js";
import type { ReplayOutcome } from "./replay.js";
import { isBig, type BigArray, type TileArray } from "./tile-array.js";

export interface Mismatch {
  tensor: string;
  /** Flat, row-major. */
  index: number;
  rank: number;
  /** The operation that wrote the element last, or `never written`. */
  op: string;
  /** Site of that operation in the kernel's manifest, or −1. */
  site: number;
  actual: number;
  expected: number;
}

export interface Verdict {
  status: "pass" | "fail";
  /** Largest finite |actual − expected|. */
  maxAbs: number;
  /** Largest |actual − expected| / |expected| where that is finite. */
  maxRel: number;
  mismatches: number;
  /** Lowest rank, then the first tensor, then the lowest index. */
  firstMismatch: Mismatch | null;
  /** What was allowed, in words: `exact`, or `25 × 2^-24 × Σ|x|`. */
  tolerance: string;
}

/** A stretch of one tensor whose elements were written last by the same row. */
interface Run {
  values: Float32Array;
  expected: Float64Array;
  from: number;
  to: number;
  /** Allowed difference is `relative × magnitude`, where the magnitude is one number or one per element. */
  relative: number;
  magnitude: number | Float64Array;
}

class Tally {
  maxAbs = 0;
  maxRel = 0;
  mismatches = 0;
  /** The largest relative tolerance that any element was granted. */
  relative = 0;

  /** Compares one run; returns the index of its first mismatch, or NO_VALUE. */
  compare(run: Run): number {
    const { values, expected, relative, magnitude } = run;
    let first = NO_VALUE;
    if (relative > this.relative) this.relative = relative;
    for (let i = run.from; i < run.to; i++) {
      const actual = values[i]!;
      const wanted = expected[i]!;
      if (actual !== wanted && !this.isClose(actual, wanted, relative, magnitude, i)) {
        this.mismatches++;
        if (first === NO_VALUE) first = i;
      }
    }
    return first;
  }

  private isClose(
    actual: number,
    wanted: number,
    relative: number,
    magnitude: number | Float64Array,
    index: number,
  ): boolean {
    const difference = Math.abs(actual - wanted);
    // An infinity on one side, a NaN on one side; two NaN agree.
    if (!(difference < Infinity)) return actual !== actual && wanted !== wanted;
    if (difference > this.maxAbs) this.maxAbs = difference;
    const ratio = difference / Math.abs(wanted);
    if (ratio > this.maxRel && ratio < Infinity) this.maxRel = ratio;
    return difference <= relative * (typeof magnitude === "number" ? magnitude : magnitude[index]!);
  }
}

/** Compares every judged tensor of every rank, as replay left it in `hbm`. */
export function compareOutputs(
  hbm: Hbm,
  expected: ExpectedOutputs,
  log: OpLogData,
  outcome: ReplayOutcome,
): Verdict {
  const tally = new Tally();
  const tolerant = outcome.inexact && expected.judgedBy !== "exact";
  let firstMismatch: Mismatch | null = null;
  let scratch = new Float32Array(0);

  for (let rank = 0; rank < hbm.world; rank++) {
    for (const { tensor, values: wanted } of expected.byRank[rank]!) {
      if (!hbm.holds(rank, tensor)) continue;
      const slot = hbm.slotOf(rank, tensor);
      const { elements, name } = hbm.plan(slot);
      if (scratch.length < elements) scratch = new Float32Array(elements);
      const values = hbm.values(slot, scratch);
      outcome.writes.forEachRun(slot, elements, (from, to, writer) => {
        const written = writer !== NO_VALUE;
        const magnitude =
          expected.magnitudeByRank[rank] ?? (written ? outcome.errors.magnitude?.[writer] : 0) ?? 0;
        const relative = tolerant && written ? outcome.errors.relative[writer]! : 0;
        const index = tally.compare({ values, expected: wanted, from, to, relative, magnitude });
        if (index === NO_VALUE || firstMismatch) return;
        firstMismatch = {
          tensor: name,
          index,
          rank,
          ...writerOf(log, writer),
          actual: values[index]!,
          expected: wanted[index]!,
        };
      });
    }
  }
  return {
    status: tally.mismatches === 0 ? "pass" : "fail",
    maxAbs: tally.maxAbs,
    maxRel: tally.maxRel,
    mismatches: tally.mismatches,
    firstMismatch,
    tolerance: describeTolerance(tally.relative, expected.judgedBy),
  };
}

function writerOf(log: OpLogData, writer: number): { op: string; site: number } {
  if (writer === NO_VALUE) return { op: "never written", site: -1 };
  const chunk = log.chunks[Math.floor(writer / OP_CHUNK_ROWS)]!;
  const at = writer % OP_CHUNK_ROWS;
  return { op: OP_KIND_NAMES[chunk.kind[at]!]!, site: chunk.site[at]! };
}

function describeTolerance(relative: number, judgedBy: ExpectedOutputs["judgedBy"]): string {
  if (relative === 0) return "exact";
  return `${describeRelative(relative)} × ${judgedBy === "sum" ? "Σ|x|" : "magnitude"}`;
}
