/** Conversions between dtypes. */
import { F64, type DTypeInfo } from "./dtypes.js";
import { formatOf } from "./float-format.js";
import { isBig, newTileArray, type BigArray, type TileArray } from "./tile-array.js";

/**
 * `out` = the values of `source` in dtype `to`; true when a rounding to a float was inexact. Floats become integers by
 * cutting their fraction; what is too large becomes the largest integer, NaN becomes 0. Integers wrap. All but 0 is true.
 */
export function castTile(source: TileArray, to: DTypeInfo, out: TileArray): boolean {
  switch (to.class) {
    case "bool":
      for (let i = 0; i < out.length; i++) out[i] = Number(source[i]) === 0 ? 0 : 1;
      return false;
    case "float":
      return toFloat(source, to, out as Float32Array | Float64Array);
    default:
      if (isFloat(source)) truncate(source, to, out);
      else wrap(source, out);
      return false;
  }
}

function isFloat(source: TileArray): source is Float32Array | Float64Array {
  return source instanceof Float32Array || source instanceof Float64Array;
}

function toFloat(source: TileArray, to: DTypeInfo, out: Float32Array | Float64Array): boolean {
  const format = formatOf(to);
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    const value = source[i];
    const wide = typeof value === "number" ? value : to === F64 ? Number(value) : stickyNumber(value);
    out[i] = format === null ? wide : format.round(wide);
    if (typeof value === "bigint") inexact ||= !Number.isFinite(out[i]) || BigInt(out[i]) !== value;
    else if (out[i] !== value && value === value) inexact = true;
  }
  return inexact;
}

/** An integer of 64 bits cut to 53, of which the last one is set when any was lost: rounding again is then right. */
function stickyNumber(value: bigint): number {
  if (BigInt.asIntN(54, value) === value) return Number(value);
  const lost = 11n;
  const kept = value >> lost;
  return Number(kept << lost === value ? kept : kept | 1n) * 2 ** Number(lost);
}

function truncate(source: Float32Array | Float64Array, { max, min }: DTypeInfo, out: TileArray): void {
  if (isBig(out)) {
    // As a double `max` is one too large; the exact one is all bits set, but for the sign.
    const largest = BigInt(max) - 1n;
    for (let i = 0; i < out.length; i++) {
      const value = Math.trunc(source[i]);
      out[i] = value !== value ? 0n : value >= max ? largest : value <= min ? BigInt(min) : BigInt(value);
    }
    return;
  }
  for (let i = 0; i < out.length; i++) {
    const value = Math.trunc(source[i]);
    out[i] = value !== value ? 0 : Math.min(Math.max(value, min), max);
  }
}

function wrap(source: TileArray, out: TileArray): void {
  if (isBig(out)) for (let i = 0; i < out.length; i++) out[i] = BigInt(source[i]);
  else if (isBig(source)) for (let i = 0; i < out.length; i++) out[i] = Number(BigInt.asIntN(32, source[i]));
  else out.set(source);
}

/** A number as one value of a dtype: floats are rounded, integers cut and wrapped. */
export function scalarTile(value: number, dtype: DTypeInfo): { tile: TileArray; isExact: boolean } {
  const tile = newTileArray(dtype, 1);
  const isInteger = dtype.class === "signed" || dtype.class === "unsigned";
  if (isBig(tile)) tile[0] = BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
  else if (isInteger) tile[0] = value;
  else castTile(Float64Array.of(value), dtype, tile);
  // A number that wraps is what the author meant: −1 of an unsigned dtype is its largest value.
  return { tile, isExact: dtype.class !== "float" || Object.is(tile[0], value) };
}

/** The integer wrapped into a dtype of integers, as a number; any other dtype leaves a number alone. */
export function wrapNumbers(values: Float64Array, dtype: DTypeInfo): Float64Array {
  if (dtype.class === "float") return values;
  const wrapped = newTileArray(dtype, values.length);
  if (isBig(wrapped)) for (let i = 0; i < values.length; i++) wrapped[i] = BigInt(values[i]);
  else if (dtype.class === "bool") castTile(values, dtype, wrapped);
  else wrapped.set(values);
  return Float64Array.from(wrapped as Exclude<TileArray, BigArray>, Number);
}
