/** Reductions along one axis: left to right, each step rounded, or wrapped, to the dtype of the result. */
import { OpKind } from "./op-log.js";
import type { FloatFormat } from "./small-float.js";
import { sumError, productError } from "./error-free.js";
import { isBig, type BigArray, type NumberArray, type TileArray } from "./tile-array.js";

/** How a tile is walked: `length` elements, `inner` apart, for each of `outer` × `inner` results. */
export interface Walk {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Along an axis, or over all elements when it is −1. */
export function walkOf(shape: readonly number[], axis: number): Walk {
  const product = (lengths: readonly number[]): number => lengths.reduce((all, length) => all * length, 1);
  if (axis < 0) return { outer: 1, length: product(shape), inner: 1 };
  return { outer: product(shape.slice(0, axis)), length: shape[axis], inner: product(shape.slice(axis + 1)) };
}

type Step<T> = (soFar: T, x: T) => T;

const FLOAT_STEPS: Partial<Record<OpKind, Step<number>>> = {
  [OpKind.sum]: (sum, x) => sum + x,
  [OpKind.prod]: (product, x) => product * x,
  [OpKind.max]: Math.max,
  [OpKind.min]: Math.min,
};

const INTEGER_STEPS: Partial<Record<OpKind, Step<number>>> = { ...FLOAT_STEPS, [OpKind.prod]: Math.imul };

const STEPS_64: Partial<Record<OpKind, Step<bigint>>> = {
  [OpKind.sum]: (sum, x) => sum + x,
  [OpKind.prod]: (product, x) => product * x,
  [OpKind.max]: (largest, x) => (x > largest ? x : largest),
  [OpKind.min]: (smallest, x) => (x < smallest ? x : smallest),
};

/** `out` = the reduction of a tile that has elements; true when a rounding was inexact. */
export function reduceTile(
  kind: OpKind,
  source: TileArray,
  walk: Walk,
  out: TileArray,
  format: FloatFormat | null,
): boolean {
  if (isBig(out)) {
    reduceWith(STEPS_64[kind]!, source as BigArray, walk, out);
    return false;
  }
  if (!(out instanceof Float32Array || out instanceof Float64Array)) {
    reduceWith(INTEGER_STEPS[kind]!, source as NumberArray, walk, out);
    return false;
  }
  if (kind === OpKind.max || kind === OpKind.min) {
    reduceWith(FLOAT_STEPS[kind]!, source as NumberArray, walk, out);
    return false;
  }
  return accumulate(kind === OpKind.sum, source as typeof out, walk, out, format);
}

/** Accumulates in `out` itself, whose type rounds or wraps every step. */
function reduceWith<T extends number | bigint>(
  step: Step<T>,
  source: { readonly [index: number]: T },
  { outer, length, inner }: Walk,
  out: { [index: number]: T },
): void {
  for (let o = 0, at = 0; o < outer; o++) {
    const first = o * inner;
    for (let i = 0; i < inner; i++) out[first + i] = source[at++];
    for (let k = 1; k < length; k++) {
      for (let i = 0; i < inner; i++) out[first + i] = step(out[first + i], source[at++]);
    }
  }
}

function accumulate(
  isSum: boolean,
  source: Float32Array | Float64Array,
  { outer, length, inner }: Walk,
  out: Float32Array | Float64Array,
  format: FloatFormat | null,
): boolean {
  let inexact = false;
  for (let o = 0, at = 0; o < outer; o++) {
    const first = o * inner;
    for (let i = 0; i < inner; i++) out[first + i] = source[at++];
    for (let k = 1; k < length; k++) {
      for (let i = first; i < first + inner; i++) {
        const before = out[i];
        const x = source[at++];
        const wide = isSum ? before + x : before * x;
        out[i] = format === null ? wide : format.round(wide);
        const error = isSum ? sumError(before, x, wide) : productError(before, x, wide);
        if (out[i] !== wide || error !== 0) inexact = true;
      }
    }
  }
  return inexact;
}

/** `out` = index along the axis of the first largest (smallest) element; the first NaN wins. */
export function indexOfExtreme(isMax: boolean, source: TileArray, walk: Walk, out: Int32Array): void {
  const { outer, length, inner } = walk;
  const values = source as NumberArray;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let best = 0;
      let extreme = values[start];
      for (let k = 1; k < length && extreme === extreme; k++) {
        const x = values[start + k * inner];
        if ((isMax ? x > extreme : x < extreme) || x !== x) {
          best = k;
          extreme = x;
        }
      }
      out[o * inner + i] = best;
    }
  }
}

/** The largest Σ|x| behind any result. */
export function largestAbsoluteSum(source: TileArray, { outer, length, inner }: Walk): number {
  let largest = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += Math.abs(Number(source[(o * length + k) * inner + i]));
      if (sum > largest && sum < Infinity) largest = sum;
    }
  }
  return largest;
}

/** What a reduction of no elements gives. */
export function identityOf(kind: OpKind): number {
  switch (kind) {
    case OpKind.prod:
      return 1;
    case OpKind.max:
      return -Infinity;
    case OpKind.min:
      return Infinity;
    default:
      return 0;
  }
}
