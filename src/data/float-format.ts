/** Floats narrower than f32, which are computed in f32 and rounded to. */
import { bfloat16 } from "./bfloat16.js";
import { BF16, F16, F8E4M3, F8E5M2, type DTypeInfo } from "./dtypes.js";
import {
  F16_VALUES,
  decodeF16Array,
  encodeF16,
  encodeF16Array,
  roundArrayToF16,
  roundToF16,
} from "./float16.js";
import { float8e4m3, float8e5m2 } from "./float8.js";
import type { FloatFormat } from "./small-float.js";

const float16: FloatFormat = {
  round: roundToF16,
  encode: encodeF16,
  values: F16_VALUES,
  roundArray: roundArrayToF16,
  encodeArray: (source, target, targetOffset) => encodeF16Array(source, target as Uint16Array, targetOffset),
  decodeArray: (source, sourceOffset, count, target) =>
    decodeF16Array(source as Uint16Array, sourceOffset, count, target),
};

/** The format of a dtype; null where values are stored as they are computed. */
export function formatOf(dtype: DTypeInfo): FloatFormat | null {
  switch (dtype) {
    case F16:
      return float16;
    case BF16:
      return bfloat16;
    case F8E4M3:
      return float8e4m3;
    case F8E5M2:
      return float8e5m2;
    default:
      return null;
  }
}
