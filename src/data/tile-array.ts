/** Which typed array holds the values of a tile, and which their stored form in HBM. */
import type { DTypeInfo, DTypeName } from "./dtypes.js";

export type NumberArray =
  Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;
export type BigArray = BigInt64Array | BigUint64Array;
/** The values of a tile. f16, bf16 and fp8 are computed as numbers of f32; a bool is 0 or 1. */
export type TileArray = NumberArray | BigArray;

type ArrayConstructor = new (length: number) => TileArray;

const VALUES: Record<DTypeName, ArrayConstructor> = {
  f32: Float32Array,
  f16: Float32Array,
  f64: Float64Array,
  bf16: Float32Array,
  fp8e4m3: Float32Array,
  fp8e5m2: Float32Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  bool: Uint8Array,
};

/** Stored forms that differ from the values: the bits of narrow floats. */
const BITS: Partial<Record<DTypeName, ArrayConstructor>> = {
  f16: Uint16Array,
  bf16: Uint16Array,
  fp8e4m3: Uint8Array,
  fp8e5m2: Uint8Array,
};

/** Zeros, to compute with. */
export function newTileArray({ name }: DTypeInfo, length: number): TileArray {
  return new VALUES[name](length);
}

/** Zeros, as they lie in HBM. */
export function newStoredArray({ name }: DTypeInfo, length: number): TileArray {
  return new (BITS[name] ?? VALUES[name])(length);
}

/** Bytes of one element of a tile. */
export function tileElementBytes({ name, sizeBytes }: DTypeInfo): number {
  return BITS[name] === undefined ? sizeBytes : 4;
}

/** Are tiles of both dtypes held by the same array, so that one may stand for the other? */
export function sameArray(a: DTypeInfo, b: DTypeInfo): boolean {
  return VALUES[a.name] === VALUES[b.name];
}

export function isBig(array: TileArray): array is BigArray {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

/** The elements as numbers: without a copy, but for 64-bit integers, of which those beyond 2^53 are rounded. */
export function asNumbers(array: TileArray): NumberArray {
  return isBig(array) ? Float64Array.from(array, Number) : array;
}
