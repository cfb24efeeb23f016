/** bfloat16: the upper half of an f32, rounded to nearest even. */
import { BF16 } from "./dtypes.js";
import { SmallFloat, type FloatFormat } from "./small-float.js";

const format = new SmallFloat({
  precision: 8,
  minExponent: -126,
  maxExponent: 127,
  max: BF16.max,
  bits: 15,
  hasInfinity: true,
});

const LOWER_HALF = 0xffff;
const INFINITY_F32 = 0x7f800000;
const NAN_BITS = 0x7fc0;

function wordsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** What to add to the bits of an f32 so that cutting the lower half rounds to nearest even. */
function rounding(word: number): number {
  return 0x7fff + ((word >>> 16) & 1);
}

export const bfloat16: FloatFormat = {
  round: format.round,
  encode: format.encode,
  values: format.values,

  roundArray(values) {
    const words = wordsOf(values);
    let inexact = false;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if ((word & LOWER_HALF) === 0) continue;
      inexact = true;
      words[i] = (word & 0x7fffffff) > INFINITY_F32 ? NAN_BITS << 16 : (word + rounding(word)) & ~LOWER_HALF;
    }
    return inexact;
  },

  encodeArray(source, target, targetOffset) {
    const words = wordsOf(source);
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      target[targetOffset + i] =
        (word & 0x7fffffff) > INFINITY_F32 ? NAN_BITS : (word + rounding(word)) >>> 16;
    }
  },

  decodeArray(source, sourceOffset, count, target) {
    const words = wordsOf(target);
    for (let i = 0; i < count; i++) words[i] = source[sourceOffset + i] << 16;
  },
};
