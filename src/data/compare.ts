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

const EXACT: Allowance = { relative: 0, magnitude: 0 };

/** How far an element may be from what is expected: `relative × magnitude`, one number or one per element. */
interface Allowance {
  relative: number;
  magnitude: number | Float64Array;
}

/** A stretch of one tensor whose elements were written last by the same row. */
interface Run {
  values: TileArray;
  expected: Float64Array;
  from: number;
  to: number;
  /** Null: no bound is known, and the default tolerance holds. */
  allowed: Allowance | null;
  /** Relative to max(1, |expected|). */
  byDefault: number;
}

class Tally {
  maxAbs = 0;
  maxRel = 0;
  mismatches = 0;
  /** The largest relative tolerance that any element was granted. */
  relative = 0;
  /** The largest default tolerance that any element was granted. */
  byDefault = 0;

  /** Compares one run; returns the index of its first mismatch, or NO_VALUE. */
  compare(run: Run): number {
    const { values, expected, allowed } = run;
    if (isBig(values)) return this.compareBig(values, run);
    let first = NO_VALUE;
    if (allowed === null) this.byDefault = Math.max(this.byDefault, run.byDefault);
    else if (allowed.relative > this.relative) this.relative = allowed.relative;
    for (let i = run.from; i < run.to; i++) {
      const actual = values[i]!;
      const wanted = expected[i]!;
      if (actual !== wanted && !this.isClose(actual, wanted, run, i)) {
        this.mismatches++;
        if (first === NO_VALUE) first = i;
      }
    }
    return first;
  }

  /** 64-bit integers are equal or not; a number that is no integer is never meant. */
  private compareBig(values: BigArray, { expected, from, to }: Run): number {
    let first = NO_VALUE;
    for (let i = from; i < to; i++) {
      const wanted = expected[i]!;
      const actual = values[i]!;
      if (Number.isInteger(wanted) && actual === BigInt(wanted)) continue;
      this.measure(Math.abs(Number(actual) - wanted), wanted);
      this.mismatches++;
      if (first === NO_VALUE) first = i;
    }
    return first;
  }

  private isClose(actual: number, wanted: number, { allowed, byDefault }: Run, index: number): boolean {
    const difference = Math.abs(actual - wanted);
    // An infinity on one side, a NaN on one side; two NaN agree.
    if (!(difference < Infinity)) return actual !== actual && wanted !== wanted;
    this.measure(difference, wanted);
    if (allowed === null) return difference <= byDefault * Math.max(1, Math.abs(wanted));
    const { relative, magnitude } = allowed;
    return difference <= relative * (typeof magnitude === "number" ? magnitude : magnitude[index]!);
  }

  private measure(difference: number, wanted: number): void {
    if (difference > this.maxAbs && difference < Infinity) this.maxAbs = difference;
    const ratio = difference / Math.abs(wanted);
    if (ratio > this.maxRel && ratio < Infinity) this.maxRel = ratio;
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
  const allowance = (writer: number, rank: number, dtype: DTypeInfo): Allowance | null => {
    // Integers are not rounded.
    if (dtype.class !== "float") return EXACT;
    const { relative, magnitude } = outcome.errors.boundOf(writer);
    if (relative === Infinity) return null;
    // The expectation is computed in float64, too, and may be as far off.
    const sides = dtype === F64 ? 2 : 1;
    return { relative: sides * relative, magnitude: expected.magnitudeByRank[rank] ?? magnitude };
  };

  for (let rank = 0; rank < hbm.world; rank++) {
    for (const { tensor, values: wanted } of expected.byRank[rank]!) {
      if (!hbm.holds(rank, tensor)) continue;
      const slot = hbm.slotOf(rank, tensor);
      const { elements, name } = hbm.plan(slot);
      if (scratch.length < elements) scratch = new Float32Array(elements);
      const dtype = hbm.dtype(slot);
      const isWide = dtype.sizeBytes === 8 && dtype.class !== "float";
      const values = isWide ? hbm.elements(slot) : hbm.values(slot, scratch);
      const byDefault = defaultTolerance(dtype);
      outcome.writes.forEachRun(slot, elements, (from, to, writer) => {
        const allowed = tolerant && writer !== NO_VALUE ? allowance(writer, rank, dtype) : EXACT;
        const index = tally.compare({ values, expected: wanted, from, to, allowed, byDefault });
        if (index === NO_VALUE || firstMismatch) return;
        firstMismatch = {
          tensor: name,
          index,
          rank,
          ...writerOf(log, writer),
          actual: Number(values[index]),
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
    tolerance: describeTolerance(tally, expected.judgedBy, outcome),
  };
}

function writerOf(log: OpLogData, writer: number): { op: string; site: number } {
  if (writer === NO_VALUE) return { op: "never written", site: -1 };
  const chunk = log.chunks[Math.floor(writer / OP_CHUNK_ROWS)]!;
  const at = writer % OP_CHUNK_ROWS;
  return { op: OP_KIND_NAMES[chunk.kind[at]!]!, site: chunk.site[at]! };
}

function describeTolerance(
  { relative, byDefault }: Tally,
  judgedBy: ExpectedOutputs["judgedBy"],
  { errors }: ReplayOutcome,
): string {
  const units = [...errors.units].sort((a, b) => b - a);
  const bounded = `${describeRelative(relative, units)} × ${judgedBy === "sum" ? "Σ|x|" : "magnitude"}`;
  if (byDefault === 0) return relative === 0 ? "exact" : bounded;
  const unbounded = `2^${Math.log2(byDefault)} × max(1, |expected|) where no bound is known`;
  return relative === 0 ? unbounded : `${bounded}; ${unbounded}`;
}
