/**
 * IEEE 754 binary16. A stored f16 is its 16 bits in a Uint16Array; a value being computed is a number that is
 * exactly representable in f16. Rounding is to nearest, ties to even, from the full float64: going through f32
 * first would round twice.
 */

const MAX_FINITE = 65504;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
scratch[0] = 1;
/** Indices of the word with sign and exponent, and of the other. */
const HIGH = scratchWords[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/** Biased float64 exponent of the smallest normal f16; below it the spacing of f16 stays the same. */
const SMALLEST_EXPONENT = 1023 - 14;
/** Biased float64 exponent of 2^16: nothing from there on is finite in f16. */
const OVERFLOW_EXPONENT = 1023 + 16;

/**
 * For values in [2^e, 2^(e+1)): 1.5·2^(e+42), whose last float64 bit is the last f16 bit of the value, 2^(e−10).
 * Adding it lets the hardware do the rounding, and leaves the rounded significand in the low word.
 */
const ROUNDERS = Float64Array.from({ length: 30 }, (_, i) => 1.5 * 2 ** (i - 14 + 42));

/** The nearest f16 to `x`, ties to even; ±Infinity from ±65520 on. */
export function roundToF16(x: number): number {
  scratch[0] = x;
  const exponent = (scratchWords[HIGH]! >>> 20) & 0x7ff;
  if (exponent >= OVERFLOW_EXPONENT) return x > 0 ? Infinity : x < 0 ? -Infinity : NaN;
  const rounder = ROUNDERS[exponent > SMALLEST_EXPONENT ? exponent - SMALLEST_EXPONENT : 0]!;
  const rounded = x + rounder - rounder;
  // Keeps the sign of a zero.
  if (rounded === 0) return x * 0;
  if (rounded > MAX_FINITE) return Infinity;
  if (rounded < -MAX_FINITE) return -Infinity;
  return rounded;
}

/** The f16 bits of the nearest f16 to `x`; every NaN becomes 0x7e00. */
export function encodeF16(x: number): number {
  scratch[0] = x;
  const high = scratchWords[HIGH]!;
  const sign = (high >>> 16) & 0x8000;
  const exponent = (high >>> 20) & 0x7ff;
  if (exponent >= OVERFLOW_EXPONENT) return x === x ? sign | INFINITY_BITS : NAN_BITS;
  const binade = exponent > SMALLEST_EXPONENT ? exponent - SMALLEST_EXPONENT : 0;
  scratch[0] = x + ROUNDERS[binade]!;
  // With its hidden bit, the significand carries into the exponent as it should: up to infinity, down to subnormals.
  return sign | ((binade << 10) + Math.abs(scratchWords[LOW]! | 0));
}

function decodeBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The value of every f16 bit pattern. */
export const F16_VALUES: Float32Array = Float32Array.from({ length: 65536 }, (_, bits) => decodeBits(bits));

/** Decodes `count` f16 bit patterns of `source`, from `sourceOffset` on, to the start of `target`. */
export function decodeF16Array(
  source: Uint16Array,
  sourceOffset: number,
  count: number,
  target: Float32Array,
): void {
  for (let i = 0; i < count; i++) target[i] = F16_VALUES[source[sourceOffset + i]!]!;
}

/** The same numbers as bits of f32: 2^-14, 65520 and 2^16. */
const MIN_NORMAL_F32 = 0x38800000;
const ROUNDS_TO_INFINITY_F32 = 0x477ff000;
const TOO_LARGE_F32 = 0x47800000;
/** f32 has 13 bits of significand more than f16. */
const SURPLUS_BITS = 13;
const SURPLUS_MASK = (1 << SURPLUS_BITS) - 1;
/** What to add to f32 bits so that cutting the surplus rounds to nearest even. */
function rounding(bits: number): number {
  return (SURPLUS_MASK >>> 1) + ((bits >>> SURPLUS_BITS) & 1);
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Rounds all of `source` to f16 and writes the bits to `target`, from `targetOffset` on. */
export function encodeF16Array(source: Float32Array, target: Uint16Array, targetOffset: number): void {
  const bits = bitsOf(source);
  const rebias = (127 - 15) << 23;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude >= MIN_NORMAL_F32 && magnitude < TOO_LARGE_F32) {
      const sign = (bits[i]! >>> 16) & 0x8000;
      target[targetOffset + i] = sign | ((magnitude + rounding(magnitude) - rebias) >>> SURPLUS_BITS);
    } else {
      target[targetOffset + i] = encodeF16(source[i]!);
    }
  }
}

/** Rounds every value to f16 in place; true when that changed any. */
export function roundArrayToF16(values: Float32Array): boolean {
  const bits = bitsOf(values);
  let inexact = false;
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= MIN_NORMAL_F32 && magnitude < ROUNDS_TO_INFINITY_F32) {
      if ((word & SURPLUS_MASK) === 0) continue;
      bits[i] = (word + rounding(word)) & ~SURPLUS_MASK;
      inexact = true;
    } else if (magnitude !== 0) {
      const value = values[i]!;
      values[i] = roundToF16(value);
      if (values[i] !== value) inexact = true;
    }
  }
  return inexact;
}
