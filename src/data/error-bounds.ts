/**
 * How far a tile may be from its exact value: `relative × magnitude`, elementwise.
 *
 * `relative` counts the roundings behind a tile, each as its unit roundoff, along the worst path. `magnitude` is at least
 * the largest value, and larger where values cancelled or an operation amplified errors. Their product is what operations
 * pass on; taken apart, a coarse rounding of small values beside a large but nearly exact one would allow far too much.
 * Terms of second order are left out: for n roundings they are n·u times smaller.
 */
import { F64, type DTypeInfo } from "./dtypes.js";
import { OpKind } from "./op-log.js";
import type { TileArray } from "./tile-array.js";

export interface Bound {
  readonly relative: number;
  readonly magnitude: number;
}

/** Nothing is known: a value that jumps, such as a comparison, depends on what was rounded. */
export const UNBOUNDED: Bound = { relative: Infinity, magnitude: 0 };

/** An operand's values and their bound. */
export interface Operand extends Bound {
  tile: TileArray;
}

/** Relative error of a sum, a difference, the larger or the smaller of two, from those of its operands. */
export function combineRelative(kind: OpKind, a: number, b: number, dtype: DTypeInfo): number {
  const isChoice = kind === OpKind.maximum || kind === OpKind.minimum;
  return Math.max(a, b) + (isChoice ? 0 : dtype.unitRoundoff);
}

/** Of a sum, a difference, the larger or the smaller of two, whose largest element is given. */
export function boundOfCombination(
  kind: OpKind,
  a: Bound,
  b: Bound,
  largest: number,
  dtype: DTypeInfo,
): Bound {
  const relative = combineRelative(kind, a.relative, b.relative, dtype);
  if (kind === OpKind.maximum || kind === OpKind.minimum) return boundOfChoice([a, b], largest);
  return rebased(relative, errorOf(a) + errorOf(b) + dtype.unitRoundoff * largest, largest, dtype);
}

/** Of one of several values, whichever it is. */
export function boundOfChoice(values: readonly Bound[], largest: number): Bound {
  const relative = Math.max(...values.map((value) => value.relative));
  if (relative === Infinity) return UNBOUNDED;
  const magnitude = relative === 0 ? largest : Math.max(largest, Math.max(...values.map(errorOf)) / relative);
  return { relative, magnitude };
}

/** Of values that are rounded to a dtype. */
export function boundOfRounding(a: Bound, largest: number, dtype: DTypeInfo): Bound {
  const { unitRoundoff } = dtype;
  return rebased(a.relative + unitRoundoff, errorOf(a) + unitRoundoff * largest, largest, dtype);
}

/** Below the smallest normal number, the error of a rounding no longer shrinks with the value. */
function smallestNormal({ class: kind, name }: DTypeInfo): number {
  if (kind !== "float") return 0;
  switch (name) {
    case "f64":
      return 2 ** -1022;
    case "f16":
    case "fp8e5m2":
      return 2 ** -14;
    case "fp8e4m3":
      return 2 ** -6;
    default:
      return 2 ** -126;
  }
}

/** The absolute error that a bound allows. */
function errorOf({ relative, magnitude }: Bound): number {
  return relative * magnitude;
}

/** The bound with this count of roundings that allows an absolute error, and holds the values. */
function rebased(relative: number, error: number, largest: number, dtype: DTypeInfo): Bound {
  const magnitude = relative === 0 ? largest : Math.max(largest, error / relative);
  return { relative, magnitude: Math.max(magnitude, smallestNormal(dtype)) };
}

/** Of a / b = out. Division by zero gives no finite value to bound. */
export function boundOfQuotient(a: Operand, b: Operand, out: TileArray, dtype: DTypeInfo): Bound {
  const relative = a.relative + b.relative + dtype.unitRoundoff;
  const smallest = smallestMagnitude(b.tile);
  if (smallest === 0) return { relative, magnitude: 0 };
  if (b.relative === 0) {
    return { relative, magnitude: Math.max(a.magnitude / smallest, smallestNormal(dtype)) };
  }
  const errorB = b.relative * b.magnitude;
  if (errorB >= smallest) return UNBOUNDED;
  const largest = largestMagnitude(out);
  const passedOn = (a.relative * a.magnitude + largest * errorB) / (smallest - errorB);
  return rebased(relative, passedOn + dtype.unitRoundoff * largest, largest, dtype);
}

/** Units in which the error of a function is counted: in float64, it is itself a rounding off. */
function functionError(dtype: DTypeInfo): number {
  return dtype === F64 ? 2 * dtype.unitRoundoff : dtype.unitRoundoff;
}

/** How steep a function is, at most, where its argument may be. */
function slope(kind: OpKind, { tile, relative, magnitude }: Operand, largest: number): number {
  const error = relative * magnitude;
  const lowest = smallestValue(tile) - error;
  switch (kind) {
    case OpKind.exp:
      return error > 1 ? Infinity : largest * Math.exp(error);
    case OpKind.log:
      return lowest > 0 ? 1 / lowest : Infinity;
    case OpKind.sqrt:
      return lowest > 0 ? 0.5 / Math.sqrt(lowest) : Infinity;
    case OpKind.rsqrt:
      return lowest > 0 ? 0.5 * lowest ** -1.5 : Infinity;
    case OpKind.sigmoid:
      return 0.25;
    case OpKind.tanh:
      return 1;
    // 2/√π; the others have their maxima at √2 and near 2.4.
    case OpKind.erf:
      return 1.1284;
    case OpKind.gelu:
      return 1.13;
    case OpKind.silu:
      return 1.1;
    default:
      return Infinity;
  }
}

/** Of f(a) = out. */
export function boundOfFunction(kind: OpKind, a: Operand, out: TileArray, dtype: DTypeInfo): Bound {
  const largest = largestMagnitude(out);
  const relative = a.relative + functionError(dtype);
  if (a.relative === 0) return rebased(relative, 0, largest, dtype);
  const steepest = slope(kind, a, largest);
  if (steepest === Infinity) return UNBOUNDED;
  return rebased(
    relative,
    steepest * a.relative * a.magnitude + functionError(dtype) * largest,
    largest,
    dtype,
  );
}

/**
 * What the errors of two factors make of their product. An error grows by the values beside it, not by all that was
 * combined to get those: the magnitudes of a chain of products do not multiply.
 */
function productError(a: Operand, b: Operand): number {
  const [errorA, errorB] = [errorOf(a), errorOf(b)];
  return largestMagnitude(a.tile) * errorB + largestMagnitude(b.tile) * errorA + errorA * errorB;
}

/** Of a product, or a matrix product of inner length `depth`. */
export function boundOfProduct(a: Operand, b: Operand, dtype: DTypeInfo, depth: number): Bound {
  const rounding = depth * dtype.unitRoundoff;
  const passedOn = depth * productError(a, b);
  const largest = depth * largestMagnitude(a.tile) * largestMagnitude(b.tile) + passedOn;
  return rebased(a.relative + b.relative + rounding, passedOn + rounding * largest, largest, dtype);
}

/** Of a^b = out. */
export function boundOfPower(a: Operand, b: Operand, out: TileArray, dtype: DTypeInfo): Bound {
  const largest = largestMagnitude(out);
  const relative = a.relative + b.relative + functionError(dtype);
  const [errorA, errorB] = [errorOf(a), errorOf(b)];
  if (errorA === 0 && errorB === 0) return rebased(relative, 0, largest, dtype);
  const exponent = largestMagnitude(b.tile);
  if (errorB === 0 && smallestValue(b.tile) >= 1) {
    const steepest = exponent * Math.max(1, largestMagnitude(a.tile) + errorA) ** (exponent - 1);
    return rebased(relative, steepest * errorA + functionError(dtype) * largest, largest, dtype);
  }
  // As e^(b · ln a), which has a meaning for positive a only.
  const lowest = smallestValue(a.tile) - errorA;
  if (lowest <= 0) return UNBOUNDED;
  const logarithm = Math.max(
    Math.abs(Math.log(lowest)),
    Math.abs(Math.log(largestMagnitude(a.tile) + errorA)),
  );
  const error = logarithm * errorB + (exponent * errorA) / lowest;
  if (error > 1) return UNBOUNDED;
  return rebased(relative, largest * Math.expm1(error) + functionError(dtype) * largest, largest, dtype);
}

/** Of a · b + c = out, rounded once. */
export function boundOfFma(a: Operand, b: Operand, c: Bound, out: TileArray, dtype: DTypeInfo): Bound {
  const relative = Math.max(a.relative + b.relative, c.relative) + dtype.unitRoundoff;
  const largest = largestMagnitude(out);
  return rebased(relative, productError(a, b) + errorOf(c) + dtype.unitRoundoff * largest, largest, dtype);
}

/** Of a sum of `length` elements whose absolute values add up to at most `absoluteSum`. */
export function boundOfSum(a: Bound, length: number, absoluteSum: number, dtype: DTypeInfo): Bound {
  const roundings = Math.max(length - 1, 0) * dtype.unitRoundoff;
  const passedOn = length * a.relative * a.magnitude;
  return rebased(a.relative + roundings, passedOn + roundings * (absoluteSum + passedOn), absoluteSum, dtype);
}

/** The largest finite absolute value. */
export function largestMagnitude(values: TileArray): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(Number(values[i]));
    if (magnitude > largest && magnitude !== Infinity) largest = magnitude;
  }
  return largest;
}

/** The smallest absolute value that is not zero, or 0 when there is none. */
function smallestMagnitude(values: TileArray): number {
  let smallest = Infinity;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(Number(values[i]));
    if (magnitude < smallest && magnitude > 0) smallest = magnitude;
  }
  return smallest === Infinity ? 0 : smallest;
}

function smallestValue(values: TileArray): number {
  let smallest = Infinity;
  for (let i = 0; i < values.length; i++) smallest = Math.min(smallest, Number(values[i]));
  return smallest;
}

/**
 * `25 × 2^-24`, or `(3 × 2^-11 + 25 × 2^-24)` when f16 and f32 roundings follow each other: `units` are the unit
 * roundoffs of the run, coarse to fine.
 */
export function describeRelative(relative: number, units: readonly number[]): string {
  const terms: string[] = [];
  let rest = relative;
  units.forEach((unit, index) => {
    const isLast = index === units.length - 1;
    const count = isLast ? Math.ceil(rest / unit - 1e-6) : Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) terms.push(`${count} × 2^${Math.log2(unit)}`);
  });
  return terms.length === 1 ? terms[0] : `(${terms.join(" + ")})`;
}

/**
 * What an output without a bound may be off, relative to max(1, |expected|): ten bits more than one rounding, but half of
 * the digits must agree.
 */
export function defaultTolerance({ unitRoundoff }: DTypeInfo): number {
  return Math.min(2 ** 10 * unitRoundoff, Math.sqrt(unitRoundoff));
}
