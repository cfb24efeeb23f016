/** The two 8-bit formats of the Open Compute Project (OFP8). */
import { F8E4M3, F8E5M2 } from "./dtypes.js";
import { SmallFloat, type FloatFormat, type SmallFloatParameters } from "./small-float.js";

function format(parameters: SmallFloatParameters): FloatFormat {
  const { round, encode, values } = new SmallFloat(parameters);
  return {
    round,
    encode,
    values,

    roundArray(array) {
      let inexact = false;
      for (let i = 0; i < array.length; i++) {
        const value = array[i];
        const rounded = round(value);
        array[i] = rounded;
        if (rounded !== value && value === value) inexact = true;
      }
      return inexact;
    },

    encodeArray(source, target, targetOffset) {
      for (let i = 0; i < source.length; i++) target[targetOffset + i] = encode(source[i]);
    },

    decodeArray(source, sourceOffset, count, target) {
      for (let i = 0; i < count; i++) target[i] = values[source[sourceOffset + i]];
    },
  };
}

/** Four bits of exponent; no infinities: what rounds beyond 448 is NaN. */
export const float8e4m3 = format({
  precision: 4,
  minExponent: -6,
  maxExponent: 8,
  max: F8E4M3.max,
  bits: 7,
  hasInfinity: false,
});

/** Five bits of exponent, as in f16, with infinities. */
export const float8e5m2 = format({
  precision: 3,
  minExponent: -14,
  maxExponent: 15,
  max: F8E5M2.max,
  bits: 7,
  hasInfinity: true,
});
