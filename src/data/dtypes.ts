/** Element types, with the small integer codes used in tiles, queues and the op log. */

export const DTYPES = [
  "f32",
  "f16",
  "f64",
  "bf16",
  "fp8e4m3",
  "fp8e5m2",
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
  "bool",
] as const;
export type DTypeName = (typeof DTYPES)[number];

export type DTypeClass = "float" | "signed" | "unsigned" | "bool";

export interface DTypeInfo {
  readonly code: number;
  readonly name: DTypeName;
  readonly class: DTypeClass;
  readonly sizeBytes: number;
  /** 2^-p for a significand of p bits: the largest relative error of one rounding; 0 where nothing is rounded. */
  readonly unitRoundoff: number;
  /** Largest finite value, and smallest of integers; exact as doubles but for i64 and u64. */
  readonly max: number;
  readonly min: number;
}

function float(code: number, name: DTypeName, sizeBytes: number, precision: number, max: number): DTypeInfo {
  return { code, name, class: "float", sizeBytes, unitRoundoff: 2 ** -precision, max, min: -max };
}

function integer(code: number, name: DTypeName, sizeBytes: number): DTypeInfo {
  const bits = 8 * sizeBytes;
  return name.startsWith("i")
    ? {
        code,
        name,
        class: "signed",
        sizeBytes,
        unitRoundoff: 0,
        max: 2 ** (bits - 1) - 1,
        min: -(2 ** (bits - 1)),
      }
    : { code, name, class: "unsigned", sizeBytes, unitRoundoff: 0, max: 2 ** bits - 1, min: 0 };
}

export const F32 = float(0, "f32", 4, 24, (2 - 2 ** -23) * 2 ** 127);
export const F16 = float(1, "f16", 2, 11, 65504);
export const F64 = float(2, "f64", 8, 53, Number.MAX_VALUE);
export const BF16 = float(3, "bf16", 2, 8, (2 - 2 ** -7) * 2 ** 127);
/** OCP 8-bit floating point: no infinities, 448 is the largest value. */
export const F8E4M3 = float(4, "fp8e4m3", 1, 4, 448);
/** OCP 8-bit floating point with infinities. */
export const F8E5M2 = float(5, "fp8e5m2", 1, 3, 57344);
export const I8 = integer(6, "i8", 1);
const I16 = integer(7, "i16", 2);
export const I32 = integer(8, "i32", 4);
const I64 = integer(9, "i64", 8);
const U8 = integer(10, "u8", 1);
const U16 = integer(11, "u16", 2);
const U32 = integer(12, "u32", 4);
export const U64 = integer(13, "u64", 8);
/** Masks: 0 or 1 in a byte. */
export const BOOL: DTypeInfo = {
  code: 14,
  name: "bool",
  class: "bool",
  sizeBytes: 1,
  unitRoundoff: 0,
  max: 1,
  min: 0,
};

const BY_CODE: readonly DTypeInfo[] = [
  F32,
  F16,
  F64,
  BF16,
  F8E4M3,
  F8E5M2,
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  BOOL,
];
const BY_NAME = new Map<unknown, DTypeInfo>(BY_CODE.map((info) => [info.name, info]));

/** The dtype with this code. */
export function dtypeByCode(code: number): DTypeInfo {
  const info = BY_CODE[code];
  if (!info) throw new Error(`unknown dtype code ${code}`);
  return info;
}

/** The dtype with this name, or null. */
export function dtypeByName(name: unknown): DTypeInfo | null {
  // Nearly all names are this one, and a comparison is cheaper than a look-up.
  if (name === "f32") return F32;
  return BY_NAME.get(name) ?? null;
}

/** What a matrix product of this dtype accumulates in and returns. */
export function accumulatorOf(dtype: DTypeInfo): DTypeInfo {
  if (dtype === F64) return F64;
  return dtype.class === "float" ? F32 : I32;
}
