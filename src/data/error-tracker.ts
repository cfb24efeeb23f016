/** Keeps, for every value of a replay, how far it may be from the exact one (see error-bounds.ts). */
import type { DTypeInfo } from "./dtypes.js";
import {
  combineMagnitude,
  combineRelative,
  largestMagnitude,
  quotientMagnitude,
  smallestMagnitude,
  smallestNormal,
} from "./error-bounds.js";
import { OpKind } from "./op-log.js";

/** An operand's values and their bounds. */
export interface Operand {
  tile: Float32Array;
  relative: number;
  magnitude: number;
}

export class ErrorTracker {
  /** Of every row's value (for a write: the value written): relative error, as a sum of unit roundoffs. */
  readonly relative: Float64Array;
  /** Likewise, a bound on the absolute values behind it; null when not tracked. */
  readonly magnitude: Float64Array | null;
  /** Of every slot: the worst of what was written to it. */
  private readonly slotRelative: Float64Array;
  private readonly slotMagnitude: Float64Array;

  constructor(rows: number, slots: number, trackMagnitude: boolean) {
    this.relative = new Float64Array(rows);
    this.magnitude = trackMagnitude ? new Float64Array(rows) : null;
    this.slotRelative = new Float64Array(slots);
    this.slotMagnitude = new Float64Array(slots);
  }

  load(row: number, slot: number, tile: Float32Array): void {
    this.relative[row] = this.slotRelative[slot]!;
    if (this.magnitude) this.magnitude[row] = Math.max(largestMagnitude(tile), this.slotMagnitude[slot]!);
  }

  /** `rounded` is the dtype to which the write rounds, null when it does not. */
  store(row: number, slot: number, source: number, rounded: DTypeInfo | null): void {
    this.copy(row, source);
    if (rounded !== null) {
      this.relative[row]! += rounded.unitRoundoff;
      if (this.magnitude) this.magnitude[row] = Math.max(this.magnitude[row]!, smallestNormal(rounded));
    }
    this.slotRelative[slot] = Math.max(this.slotRelative[slot]!, this.relative[row]!);
    if (this.magnitude) this.slotMagnitude[slot] = Math.max(this.slotMagnitude[slot]!, this.magnitude[row]!);
  }

  copy(row: number, source: number): void {
    this.relative[row] = this.relative[source]!;
    if (this.magnitude) this.magnitude[row] = this.magnitude[source]!;
  }

  fill(row: number, value: Operand): void {
    this.relative[row] = value.relative;
    if (this.magnitude) this.magnitude[row] = value.magnitude;
  }

  /** `depth` is the inner length of a gemm, else 1. */
  compute(row: number, kind: OpKind, a: Operand, b: Operand, dtype: DTypeInfo, depth: number): void {
    this.relative[row] = combineRelative(kind, a.relative, b.relative, dtype, depth);
    if (!this.magnitude) return;
    this.magnitude[row] =
      kind === OpKind.div
        ? quotientMagnitude(a.magnitude, { ...b, smallest: smallestMagnitude(b.tile) }, dtype)
        : combineMagnitude(kind, a.magnitude, b.magnitude, dtype, depth);
  }
}
