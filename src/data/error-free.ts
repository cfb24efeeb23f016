/** What a float64 operation rounds away, exactly (Knuth, Dekker), and a multiplication and addition rounded once. */

/** x + y − sum, exactly, when `sum` is x + y rounded; NaN where that overflows or is not a number. */
export function sumError(x: number, y: number, sum: number): number {
  const ofY = sum - x;
  const ofX = sum - ofY;
  return x - ofX + (y - ofY);
}

const SPLITTER = 2 ** 27 + 1;

/** The upper 26 bits of a significand. */
function upper(x: number): number {
  const scaled = SPLITTER * x;
  return scaled - (scaled - x);
}

/** Below this, the error of a product is no float64 any more. */
const TINY = 2 ** -960;

/** x · y − product, exactly, when `product` is x · y rounded; NaN where that over- or underflows. */
export function productError(x: number, y: number, product: number): number {
  if (x === 0 || y === 0) return 0;
  if (Math.abs(product) < TINY) return NaN;
  const xUpper = upper(x);
  const yUpper = upper(y);
  const xLower = x - xUpper;
  const yLower = y - yUpper;
  return xLower * yLower - (product - xUpper * yUpper - xLower * yUpper - xUpper * yLower);
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/**
 * x + y, rounded to odd: an inexact sum gets an odd last bit. Rounded once more to a format with fewer bits it gives
 * what the exact sum gives.
 */
export function addToOdd(x: number, y: number): number {
  const sum = x + y;
  const error = sumError(x, y, sum);
  if (error === 0 || error !== error) return sum;
  float[0] = sum;
  if ((words[LOW] & 1) === 1) return sum;
  // The neighbour on the other side of the exact sum: one bit away from, or towards, zero.
  if (sum > 0 === error > 0) words[LOW] |= 1;
  else if (words[LOW] > 0) words[LOW]--;
  else {
    words[LOW] = 0xffffffff;
    words[HIGH]--;
  }
  return float[0];
}

/** Between these, no step of a fused operation over- or underflows. */
const SMALLEST = 2 ** -900;
const LARGEST = 2 ** 990;

/** x · y + z in float64, rounded once; twice when |x|, |y|, |x · y| or |z| is not within 2^-900 to 2^990. */
export function fusedMultiplyAdd(x: number, y: number, z: number): number {
  const product = x * y;
  for (const value of [x, y, z, product]) {
    const magnitude = Math.abs(value);
    if (!(magnitude >= SMALLEST && magnitude <= LARGEST)) return product + z;
  }
  const rest = productError(x, y, product);
  // After Boldo and Melquiond: the two small parts are added to odd, which the last rounding cannot notice.
  const lower = z + rest;
  const lowerRest = sumError(z, rest, lower);
  const sum = product + lower;
  return sum + addToOdd(lowerRest, sumError(product, lower, sum));
}
