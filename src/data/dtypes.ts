/** Element types, with the small integer codes used in tiles, queues and the op log. */

export const DTYPES = ["f32", "f16"] as const;
export type DTypeName = (typeof DTYPES)[number];

export interface DTypeInfo {
  readonly code: number;
  readonly name: DTypeName;
  readonly sizeBytes: number;
  /** 2^-p for a significand of p bits: the largest relative error of one rounding. */
  readonly unitRoundoff: number;
}

export const F32: DTypeInfo = { code: 0, name: "f32", sizeBytes: 4, unitRoundoff: 2 ** -24 };
export const F16: DTypeInfo = { code: 1, name: "f16", sizeBytes: 2, unitRoundoff: 2 ** -11 };

const BY_CODE: readonly DTypeInfo[] = [F32, F16];

/** The dtype with this code. */
export function dtypeByCode(code: number): DTypeInfo {
  const info = BY_CODE[code];
  if (!info) throw new Error(`unknown dtype code ${code}`);
  return info;
}

/** The dtype with this name, or null. */
export function dtypeByName(name: unknown): DTypeInfo | null {
  switch (name) {
    case "f32":
      return F32;
    case "f16":
      return F16;
    default:
      return null;
  }
}
