/**
 * How far a tile may be from its exact value: `relative × magnitude`, elementwise.
 *
 * `relative` counts the roundings behind a tile, each as its unit roundoff, along the worst path; `magnitude`
 * bounds the absolute values that were combined, so that cancellation does not make a tolerance too small.
 * Terms of second order are left out: for n roundings they are n·u times smaller.
 */
import type { DTypeInfo } from "./dtypes.js";
import { F16 } from "./dtypes.js";
import { OpKind } from "./op-log.js";

/** Relative error of a ∘ b from those of its operands; `depth` is the inner length of a gemm, else 1. */
export function combineRelative(kind: OpKind, a: number, b: number, dtype: DTypeInfo, depth: number): number {
  switch (kind) {
    case OpKind.maximum:
      return Math.max(a, b);
    case OpKind.add:
    case OpKind.sub:
      return Math.max(a, b) + dtype.unitRoundoff;
    default:
      return a + b + depth * dtype.unitRoundoff;
  }
}

/** Below the smallest normal number, the error of a rounding no longer shrinks with the value. */
export function smallestNormal(dtype: DTypeInfo): number {
  return dtype === F16 ? 2 ** -14 : 2 ** -126;
}

/** Magnitude of a ∘ b from those of its operands, division aside; `depth` is the inner length of a gemm, else 1. */
export function combineMagnitude(
  kind: OpKind,
  a: number,
  b: number,
  dtype: DTypeInfo,
  depth: number,
): number {
  switch (kind) {
    case OpKind.maximum:
      return Math.max(a, b);
    case OpKind.add:
    case OpKind.sub:
      return a + b;
    default:
      return depth * Math.max(a * b, smallestNormal(dtype));
  }
}

/** A divisor: its magnitude, its relative error and its smallest non-zero absolute value. */
export interface Divisor {
  magnitude: number;
  relative: number;
  smallest: number;
}

/** Magnitude of a / b. Division by zero gives no finite value to bound. */
export function quotientMagnitude(a: number, b: Divisor, dtype: DTypeInfo): number {
  if (b.smallest === 0) return 0;
  // An error of the divisor is relative to its magnitude, but weighs most where the divisor is smallest.
  const amplification = b.relative === 0 ? 1 : b.magnitude / b.smallest;
  return Math.max((a / b.smallest) * amplification, smallestNormal(dtype));
}

/** The largest finite absolute value. */
export function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest && magnitude !== Infinity) largest = magnitude;
  }
  return largest;
}

/** The smallest absolute value that is not zero, or 0 when there is none. */
export function smallestMagnitude(values: Float32Array): number {
  let smallest = Infinity;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude < smallest && magnitude > 0) smallest = magnitude;
  }
  return smallest === Infinity ? 0 : smallest;
}

/** `25 × 2^-24`, or `(3 × 2^-11 + 25 × 2^-24)` when f16 and f32 roundings follow each other. */
export function describeRelative(relative: number): string {
  const halves = Math.floor(relative * 2 ** 11);
  const singles = Math.round((relative - halves * 2 ** -11) * 2 ** 24);
  if (halves === 0) return `${singles} × 2^-24`;
  if (singles === 0) return `${halves} × 2^-11`;
  return `(${halves} × 2^-11 + ${singles} × 2^-24)`;
}
