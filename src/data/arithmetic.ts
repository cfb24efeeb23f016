/**
 * Arithmetic on tiles of f32 and narrower floats, bit for bit the same everywhere: each operation rounds its exact
 * result once, to nearest even, to the dtype of the result. Narrow floats are computed in f32 and f32 in float64, each
 * of which has more than twice the bits, so that rounding the result once more gives the correctly rounded one. Every function says whether any
 * rounding was inexact.
 *
 * An operand of one element stands for a scalar: its index is masked to 0.
 */
import type { NdArray } from "ndarray";
import { assert } from "../base/assert.js";
import { OpKind } from "./op-log.js";
import type { FloatFormat } from "./small-float.js";
import type { TileArray } from "./tile-array.js";

export type Arithmetic = typeof OpKind.add | typeof OpKind.sub | typeof OpKind.mul | typeof OpKind.div;

/** All bits for a tile, none for a scalar. */
export function indexMask(operand: TileArray, length: number): number {
  assert(operand.length === length || operand.length === 1, "operands have equal shapes or one is a scalar");
  return operand.length === length ? -1 : 0;
}

/** `out` = a + sign·b in f32. The float64 sum may itself be rounded, so exactness is tested by undoing it. */
function addF32(
  a: Float32Array,
  maskA: number,
  b: Float32Array,
  maskB: number,
  sign: number,
  out: Float32Array,
): boolean {
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    const x = a[i & maskA]!;
    const y = sign * b[i & maskB]!;
    const sum = Math.fround(x + y);
    out[i] = sum;
    if (sum - x !== y || sum - y !== x) inexact = true;
  }
  return inexact;
}

function mulF32(a: Float32Array, maskA: number, b: Float32Array, maskB: number, out: Float32Array): boolean {
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    const exact = a[i & maskA]! * b[i & maskB]!;
    const product = Math.fround(exact);
    out[i] = product;
    if (product !== exact) inexact = true;
  }
  return inexact;
}

function divF32(a: Float32Array, maskA: number, b: Float32Array, maskB: number, out: Float32Array): boolean {
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    const x = a[i & maskA]!;
    const y = b[i & maskB]!;
    const quotient = Math.fround(x / y);
    out[i] = quotient;
    if (quotient * y !== x) inexact = true;
  }
  return inexact;
}

/** `out` = a ∘ b elementwise, rounded to f32 or a narrower format; true when a rounding was inexact. */
export function elementwise(
  kind: Arithmetic,
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  format: FloatFormat | null,
): boolean {
  const inexact = elementwiseF32(kind, a, b, out);
  return format === null ? inexact : format.roundArray(out) || inexact;
}

function elementwiseF32(kind: Arithmetic, a: Float32Array, b: Float32Array, out: Float32Array): boolean {
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  switch (kind) {
    case OpKind.add:
      return addF32(a, maskA, b, maskB, 1, out);
    case OpKind.sub:
      return addF32(a, maskA, b, maskB, -1, out);
    case OpKind.mul:
      return mulF32(a, maskA, b, maskB, out);
    case OpKind.div:
      return divF32(a, maskA, b, maskB, out);
  }
}

/** `out` = the larger of a and b elementwise; exact; NaN when either is NaN. */
export function maximum(a: Float32Array, b: Float32Array, out: Float32Array): void {
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.max(a[i & maskA]!, b[i & maskB]!);
}

/**
 * `out` [m,n] = a [m,k] × b [k,n] in f32, k ascending, rounded after every multiplication and every addition.
 * The inner loop runs along n, which leaves the order of every sum alone.
 */
export function gemm(
  a: NdArray<Float32Array>,
  b: NdArray<Float32Array>,
  out: NdArray<Float32Array>,
): boolean {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[1]!;
  assert(
    b.shape[0] === k && out.shape[0] === m && out.shape[1] === n,
    "the shapes of a matrix product agree",
  );
  const { data: x } = a;
  const { data: y } = b;
  const { data: sums } = out;
  const [stepB, stepOut] = [b.stride[1]!, out.stride[1]!];
  let inexact = false;
  for (let i = 0; i < m; i++) {
    const outRow = out.index(i, 0);
    for (let j = 0; j < n; j++) sums[outRow + j * stepOut] = 0;
    for (let p = 0; p < k; p++) {
      const factor = x[a.index(i, p)]!;
      const rowB = b.index(p, 0);
      for (let j = 0; j < n; j++) {
        const exact = factor * y[rowB + j * stepB]!;
        const product = Math.fround(exact);
        const before = sums[outRow + j * stepOut]!;
        const sum = Math.fround(before + product);
        sums[outRow + j * stepOut] = sum;
        if (product !== exact || sum - before !== product || sum - product !== before) inexact = true;
      }
    }
  }
  return inexact;
}
