/** Every elementwise operation on tiles of any dtype; operands are as long as the result, or scalars. */
import { elementwise, maximum, type Arithmetic } from "./arithmetic.js";
import { chooseTiles, compareTiles, isComparison } from "./comparisons.js";
import type { DTypeInfo } from "./dtypes.js";
import { elementwiseF64 } from "./float64-arithmetic.js";
import { formatOf } from "./float-format.js";
import { floatBinary, floatFma, floatUnary } from "./functions.js";
import { integerBinary, integerFma, integerUnary } from "./integer-arithmetic.js";
import { OpKind } from "./op-log.js";
import type { TileArray } from "./tile-array.js";

/** `out` = the operation of one, two or three operands; true when a rounding may have been inexact. */
export function computeElementwise(
  kind: OpKind,
  operands: readonly TileArray[],
  out: TileArray,
  dtype: DTypeInfo,
): boolean {
  const [a, b, c] = operands;
  if (isComparison(kind)) {
    compareTiles(kind, a, b, out as Uint8Array);
    return false;
  }
  if (kind === OpKind.where) {
    chooseTiles(a, b, c, out);
    return false;
  }
  if (out instanceof Float32Array) {
    return computeF32(kind, operands as readonly Float32Array[], out, dtype);
  }
  if (out instanceof Float64Array) return computeF64(kind, operands as readonly Float64Array[], out);
  if (kind === OpKind.fma) integerFma(a, b, c, out);
  else if (b !== undefined) integerBinary(kind, a, b, out);
  else if (dtype.class === "bool" && kind === OpKind.not) integerBinary(OpKind.xor, a, Uint8Array.of(1), out);
  else integerUnary(kind, a, out);
  return false;
}

function isArithmetic(kind: OpKind): kind is Arithmetic {
  return kind === OpKind.add || kind === OpKind.sub || kind === OpKind.mul || kind === OpKind.div;
}

function computeF32(
  kind: OpKind,
  [a, b, c]: readonly Float32Array[],
  out: Float32Array,
  dtype: DTypeInfo,
): boolean {
  const format = formatOf(dtype);
  if (isArithmetic(kind)) return elementwise(kind, a, b, out, format);
  if (kind === OpKind.maximum) {
    maximum(a, b, out);
    return false;
  }
  if (kind === OpKind.fma) return floatFma(a, b, c, out, format);
  return b === undefined ? floatUnary(kind, a, out, format) : floatBinary(kind, a, b, out, format);
}

function computeF64(kind: OpKind, [a, b, c]: readonly Float64Array[], out: Float64Array): boolean {
  if (isArithmetic(kind)) return elementwiseF64(kind, a, b, out);
  if (kind === OpKind.fma) return floatFma(a, b, c, out, null);
  return b === undefined ? floatUnary(kind, a, out, null) : floatBinary(kind, a, b, out, null);
}
