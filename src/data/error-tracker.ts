/** Keeps, for every value of a replay, how far it may be from the exact one (see error-bounds.ts). */
import type { DTypeInfo } from "./dtypes.js";
import {
  UNBOUNDED,
  boundOfChoice,
  boundOfCombination,
  boundOfFma,
  boundOfFunction,
  boundOfPower,
  boundOfProduct,
  boundOfQuotient,
  boundOfRounding,
  boundOfSum,
  combineRelative,
  largestMagnitude,
  type Bound,
  type Operand,
} from "./error-bounds.js";
import { OpKind } from "./op-log.js";
import { largestAbsoluteSum, type Walk } from "./reductions.js";
import type { TileArray } from "./tile-array.js";

export class ErrorTracker {
  /** Of every row's value (for a write: the value written): relative error, as a sum of unit roundoffs. */
  readonly relative: Float64Array;
  /** Likewise, a bound on the absolute values behind it; null when not tracked. */
  readonly magnitude: Float64Array | null;
  /** Unit roundoffs that occurred, by which a tolerance is described. */
  readonly units = new Set<number>();
  /** Of every slot: the worst of what was written to it. */
  private readonly slotRelative: Float64Array;
  private readonly slotMagnitude: Float64Array;

  constructor(rows: number, slots: number, trackMagnitude: boolean) {
    this.relative = new Float64Array(rows);
    this.magnitude = trackMagnitude ? new Float64Array(rows) : null;
    this.slotRelative = new Float64Array(slots);
    this.slotMagnitude = new Float64Array(slots);
  }

  boundOf(row: number): Bound {
    return { relative: this.relative[row], magnitude: this.magnitude?.[row] ?? 0 };
  }

  load(row: number, slot: number, tile: TileArray): void {
    this.relative[row] = this.slotRelative[slot];
    if (this.magnitude) this.magnitude[row] = Math.max(largestMagnitude(tile), this.slotMagnitude[slot]);
  }

  /** Elements whose addresses, or masks, are values themselves: `control`. */
  gather(row: number, slot: number, tile: TileArray, control: readonly Bound[]): void {
    this.load(row, slot, tile);
    if (!control.every(isExact)) this.set(row, UNBOUNDED);
  }

  /** `tile` is what is written; `rounded` the dtype to which the write rounds, null when it does not. */
  store(row: number, slot: number, source: number, tile: TileArray, rounded: DTypeInfo | null): void {
    const value = this.boundOf(source);
    this.set(row, rounded === null ? value : this.rounded(value, tile, rounded));
    this.remember(row, slot);
  }

  scatter(
    row: number,
    slot: number,
    source: number,
    tile: TileArray,
    rounded: DTypeInfo | null,
    control: readonly Bound[],
  ): void {
    this.store(row, slot, source, tile, rounded);
    if (control.every(isExact)) return;
    this.set(row, UNBOUNDED);
    this.remember(row, slot);
  }

  /**
   * What was read and what was written share one bound, the wider one. An element may be added to several times, at
   * most `hits`.
   */
  atomic(
    row: number,
    kind: OpKind,
    slot: number,
    old: TileArray,
    value: Bound,
    control: readonly Bound[],
    dtype: DTypeInfo,
    hits: number,
  ): void {
    const before: Bound = {
      relative: this.slotRelative[slot],
      magnitude: Math.max(this.slotMagnitude[slot], largestMagnitude(old)),
    };
    // Others decide between two values, each within its own bound.
    const combined = kind === OpKind.atomicAdd ? OpKind.add : OpKind.maximum;
    // Whether a comparison succeeds depends on what is there.
    const isKnown = control.every(isExact) && (kind !== OpKind.atomicCas || isExact(before));
    let bound = isKnown ? before : UNBOUNDED;
    for (let hit = 1; hit <= hits && bound.relative < Infinity; hit++) {
      bound = this.combine(combined, bound, value, before.magnitude + hit * value.magnitude, dtype);
    }
    this.set(row, bound);
    this.remember(row, slot);
  }

  copy(row: number, source: number): void {
    this.relative[row] = this.relative[source];
    if (this.magnitude) this.magnitude[row] = this.magnitude[source];
  }

  fill(row: number, value: Bound, dtype: DTypeInfo): void {
    this.unitOf(dtype);
    this.relative[row] = value.relative;
    if (this.magnitude) this.magnitude[row] = value.magnitude;
  }

  /** A sum, a difference, the larger or the smaller of floats. */
  compute(row: number, kind: OpKind, a: Bound, b: Bound, out: TileArray, dtype: DTypeInfo): void {
    this.set(row, this.combine(kind, a, b, this.magnitude ? largestMagnitude(out) : 0, dtype));
  }

  /** A product, or a matrix product of inner length `depth`. */
  times(row: number, a: Operand, b: Operand, dtype: DTypeInfo, depth: number): void {
    this.unitOf(dtype);
    const relative = a.relative + b.relative + depth * dtype.unitRoundoff;
    this.set(row, this.magnitude ? boundOfProduct(a, b, dtype, depth) : { relative, magnitude: 0 });
  }

  quotient(row: number, a: Operand, b: Operand, out: TileArray, dtype: DTypeInfo): void {
    this.unitOf(dtype);
    const relative = a.relative + b.relative + dtype.unitRoundoff;
    this.set(row, this.magnitude ? boundOfQuotient(a, b, out, dtype) : { relative, magnitude: 0 });
  }

  fma(row: number, a: Operand, b: Operand, c: Bound, out: TileArray, dtype: DTypeInfo): void {
    this.unitOf(dtype);
    this.set(row, boundOfFma(a, b, c, out, dtype));
  }

  /** A function of floats that is not linear. Without magnitudes, nothing is known of its error. */
  through(row: number, kind: OpKind, operands: readonly Operand[], out: TileArray, dtype: DTypeInfo): void {
    this.unitOf(dtype);
    const [a, b] = operands;
    if (!this.magnitude || !operands.every(isBounded)) this.set(row, UNBOUNDED);
    else if (b !== undefined) this.set(row, boundOfPower(a, b, out, dtype));
    else this.set(row, boundOfFunction(kind, a, out, dtype));
  }

  sum(row: number, a: Operand, walk: Walk, dtype: DTypeInfo): void {
    this.unitOf(dtype);
    const absoluteSum = this.magnitude ? largestAbsoluteSum(a.tile, walk) : 0;
    this.set(row, boundOfSum(a, walk.length, absoluteSum, dtype));
  }

  product(row: number, a: Bound, length: number, out: TileArray, dtype: DTypeInfo): void {
    const relative = Math.max(length - 1, 0) * this.unitOf(dtype);
    this.set(row, isExact(a) && this.magnitude ? { relative, magnitude: largestMagnitude(out) } : UNBOUNDED);
  }

  /** One of several values is taken, by a rule that does not depend on anything rounded. */
  choice(row: number, values: readonly Bound[], out: TileArray): void {
    this.set(row, boundOfChoice(values, this.magnitude ? largestMagnitude(out) : 0));
  }

  /** An operation without rounding whose result jumps where its operands change: integers, comparisons, remainders. */
  discrete(row: number, operands: readonly Bound[], out: TileArray): void {
    const magnitude = this.magnitude ? largestMagnitude(out) : 0;
    this.set(row, operands.every(isExact) ? { relative: 0, magnitude } : UNBOUNDED);
  }

  /** A conversion to a dtype of floats. */
  conversion(row: number, a: Bound, isRounded: boolean, out: TileArray, dtype: DTypeInfo): void {
    this.set(row, isRounded ? this.rounded(a, out, dtype) : a);
  }

  private rounded(a: Bound, out: TileArray, dtype: DTypeInfo): Bound {
    const relative = a.relative + this.unitOf(dtype);
    return this.magnitude ? boundOfRounding(a, largestMagnitude(out), dtype) : { relative, magnitude: 0 };
  }

  private combine(kind: OpKind, a: Bound, b: Bound, largest: number, dtype: DTypeInfo): Bound {
    this.unitOf(dtype);
    if (this.magnitude) return boundOfCombination(kind, a, b, largest, dtype);
    return { relative: combineRelative(kind, a.relative, b.relative, dtype), magnitude: 0 };
  }

  private unitOf({ unitRoundoff }: DTypeInfo): number {
    if (unitRoundoff > 0) this.units.add(unitRoundoff);
    return unitRoundoff;
  }

  /** A bound that is no number would allow anything. */
  private set(row: number, { relative, magnitude }: Bound): void {
    const isKnown = relative < Infinity && magnitude < Infinity;
    this.relative[row] = isKnown ? relative : Infinity;
    if (this.magnitude) this.magnitude[row] = isKnown ? magnitude : 0;
  }

  private remember(row: number, slot: number): void {
    const all = boundOfChoice([this.boundOf(row), this.slotBound(slot)], 0);
    this.slotRelative[slot] = all.relative;
    this.slotMagnitude[slot] = all.magnitude;
  }

  private slotBound(slot: number): Bound {
    return { relative: this.slotRelative[slot], magnitude: this.slotMagnitude[slot] };
  }
}

function isExact({ relative }: Bound): boolean {
  return relative === 0;
}

function isBounded({ relative }: Bound): boolean {
  return relative < Infinity;
}
