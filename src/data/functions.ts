/** Functions of floats: computed in float64 and rounded once to the dtype of the result. */
import { indexMask } from "./arithmetic.js";
import { erf, erfc } from "./erf.js";
import { addToOdd, fusedMultiplyAdd } from "./error-free.js";
import { OpKind } from "./op-log.js";
import type { FloatFormat } from "./small-float.js";

type FloatArray = Float32Array | Float64Array;

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  // e^−x would overflow.
  const power = Math.exp(x);
  return power / (1 + power);
}

const UNARY: Partial<Record<OpKind, (x: number) => number>> = {
  [OpKind.abs]: Math.abs,
  [OpKind.exp]: Math.exp,
  [OpKind.log]: Math.log,
  [OpKind.sqrt]: Math.sqrt,
  [OpKind.rsqrt]: (x) => 1 / Math.sqrt(x),
  [OpKind.sigmoid]: sigmoid,
  [OpKind.tanh]: Math.tanh,
  [OpKind.erf]: erf,
  // ½(1 + erf(x / √2)), without losing digits where erf is near −1.
  [OpKind.gelu]: (x) => x * (0.5 * erfc(-x * Math.SQRT1_2)),
  [OpKind.silu]: (x) => x * sigmoid(x),
  [OpKind.relu]: (x) => Math.max(x, 0),
};

/** As in C: 1 to any power and anything to the power of 0 is 1, also with NaN. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

const BINARY: Partial<Record<OpKind, (x: number, y: number) => number>> = {
  [OpKind.maximum]: Math.max,
  [OpKind.minimum]: Math.min,
  [OpKind.mod]: (x, y) => x % y,
  [OpKind.pow]: power,
};

const EXACT = new Set<OpKind>([OpKind.abs, OpKind.relu, OpKind.maximum, OpKind.minimum, OpKind.mod]);

function known<F>(table: Partial<Record<OpKind, F>>, kind: OpKind): F {
  const found = table[kind];
  if (found === undefined) throw new Error(`op kind ${kind} has no meaning for floats`);
  return found;
}

/** `out` = f(a) elementwise; true when a rounding may have been inexact. */
export function floatUnary(
  kind: OpKind,
  a: FloatArray,
  out: FloatArray,
  format: FloatFormat | null,
): boolean {
  const f = known(UNARY, kind);
  if (format === null) for (let i = 0; i < out.length; i++) out[i] = f(a[i]);
  else for (let i = 0; i < out.length; i++) out[i] = format.round(f(a[i]));
  return !EXACT.has(kind);
}

/** `out` = f(a, b) elementwise; true when a rounding may have been inexact. */
export function floatBinary(
  kind: OpKind,
  a: FloatArray,
  b: FloatArray,
  out: FloatArray,
  format: FloatFormat | null,
): boolean {
  const f = known(BINARY, kind);
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  if (format === null) for (let i = 0; i < out.length; i++) out[i] = f(a[i & maskA], b[i & maskB]);
  else for (let i = 0; i < out.length; i++) out[i] = format.round(f(a[i & maskA], b[i & maskB]));
  return !EXACT.has(kind);
}

/** `out` = a · b + c elementwise, rounded once; true when a rounding was inexact. */
export function floatFma(
  a: FloatArray,
  b: FloatArray,
  c: FloatArray,
  out: FloatArray,
  format: FloatFormat | null,
): boolean {
  const [maskA, maskB, maskC] = [a, b, c].map((operand) => indexMask(operand, out.length));
  if (out instanceof Float64Array) {
    for (let i = 0; i < out.length; i++) out[i] = fusedMultiplyAdd(a[i & maskA], b[i & maskB], c[i & maskC]);
    return true;
  }
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    // A product of two f32 is exact in float64.
    const sum = addToOdd(a[i & maskA] * b[i & maskB], c[i & maskC]);
    out[i] = format === null ? sum : format.round(sum);
    if (out[i] !== sum) inexact = true;
  }
  return inexact;
}
