/**
 * Two prime fields of 26 bits side by side. A pair of residues is one number, first · 2^26 + second, which a double
 * holds exactly; so does the product of two residues.
 */

const FIRST = 67_108_859;
const SECOND = 67_108_837;
const INVERSE_FIRST = 1 / FIRST;
const INVERSE_SECOND = 1 / SECOND;
/** A primitive root of each field: element i of a tensor stands for A · gⁱ. */
const ROOT_FIRST = 1_000_006;
const ROOT_SECOND = 1_000_005;
const BASE = 2 ** 26;
const INVERSE_BASE = 1 / BASE;

function timesFirst(a: number, b: number): number {
  const product = a * b;
  const rest = product - Math.floor(product * INVERSE_FIRST) * FIRST;
  return rest < 0 ? rest + FIRST : rest >= FIRST ? rest - FIRST : rest;
}

function timesSecond(a: number, b: number): number {
  const product = a * b;
  const rest = product - Math.floor(product * INVERSE_SECOND) * SECOND;
  return rest < 0 ? rest + SECOND : rest >= SECOND ? rest - SECOND : rest;
}

export function sumOf(a: number, b: number): number {
  const firstA = Math.floor(a * INVERSE_BASE);
  const firstB = Math.floor(b * INVERSE_BASE);
  let first = firstA + firstB;
  let second = a - firstA * BASE + (b - firstB * BASE);
  if (first >= FIRST) first -= FIRST;
  if (second >= SECOND) second -= SECOND;
  return first * BASE + second;
}

export function differenceOf(a: number, b: number): number {
  const firstA = Math.floor(a * INVERSE_BASE);
  const firstB = Math.floor(b * INVERSE_BASE);
  let first = firstA - firstB;
  let second = a - firstA * BASE - (b - firstB * BASE);
  if (first < 0) first += FIRST;
  if (second < 0) second += SECOND;
  return first * BASE + second;
}

export function productOf(a: number, b: number): number {
  const firstA = Math.floor(a * INVERSE_BASE);
  const firstB = Math.floor(b * INVERSE_BASE);
  return timesFirst(firstA, firstB) * BASE + timesSecond(a - firstA * BASE, b - firstB * BASE);
}

/** The pair that two words of 32 bits stand for. */
export function pairOf(first: number, second: number): number {
  return ((first >>> 0) % FIRST) * BASE + ((second >>> 0) % SECOND);
}

function power(base: number, exponent: number, times: (a: number, b: number) => number): number {
  let result = 1;
  let square = base;
  // Exponents stay below 2^26, so that halving them is exact.
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

/** The inverse of a pair without a zero in it. */
export function inverseOf(pair: number): number {
  const first = Math.floor(pair * INVERSE_BASE);
  return power(first, FIRST - 2, timesFirst) * BASE + power(pair - first * BASE, SECOND - 2, timesSecond);
}

const BLOCK = 4096;
const ones = BASE + 1;
const low = new Float64Array(BLOCK);
const high: number[] = [ones];
low[0] = ones;
const root = ROOT_FIRST * BASE + ROOT_SECOND;
for (let i = 1; i < BLOCK; i++) low[i] = productOf(low[i - 1]!, root);
const step = productOf(low[BLOCK - 1]!, root);

/** The pair times gⁿ: what a description becomes when n elements are left away in front. */
export function shiftedBy(pair: number, n: number): number {
  if (n === 0) return pair;
  const blocks = Math.floor(n / BLOCK);
  const shifted = productOf(pair, low[n - blocks * BLOCK]!);
  if (blocks === 0) return shifted;
  while (high.length <= blocks) high.push(productOf(high[high.length - 1]!, step));
  return productOf(shifted, high[blocks]!);
}

/** 1 + g^stride + … over n members. */
export function geometricSum(n: number, stride: number): number {
  const numerator = differenceOf(shiftedBy(ones, n * stride), ones);
  const denominator = differenceOf(shiftedBy(ones, stride), ones);
  return productOf(numerator, inverseOf(denominator));
}

const fractions = new Map<number, number>();
/** Numbers of which nothing follows: their products and sums are not those of their pairs. */
const inexact = new Set<number>();

/**
 * A number as a pair: exactly when it is a whole number, a binary fraction or a ratio with a small denominator, so
 * that ⅓ added three times is 1; else some pair that is always the same for this number.
 */
export function residueOf(value: number): number {
  let pair = fractions.get(value);
  if (pair === undefined) {
    pair = ratioOf(value);
    fractions.set(value, pair);
  }
  return pair;
}

/** Is a number's pair exact? Then calculating with pairs is calculating with numbers. */
export function hasResidue(value: number): boolean {
  residueOf(value);
  return !inexact.has(value);
}

/** Denominators that are tried, and how often a binary fraction may be doubled until it is whole. */
const MAX_DENOMINATOR = 4096;
const MAX_HALVINGS = 40;

function ratioOf(value: number): number {
  let [whole, halvings] = [value, 0];
  while (halvings < MAX_HALVINGS && !Number.isSafeInteger(whole))
    [whole, halvings] = [2 * whole, halvings + 1];
  if (Number.isSafeInteger(whole)) {
    const half = inverseOf(wholeOf(2));
    let pair = wholeOf(whole);
    for (let i = 0; i < halvings; i++) pair = productOf(pair, half);
    return pair;
  }
  for (let denominator = 1; denominator <= MAX_DENOMINATOR; denominator++) {
    const numerator = Math.round(value * denominator);
    if (Number.isSafeInteger(numerator) && numerator / denominator === value)
      return productOf(wholeOf(numerator), inverseOf(wholeOf(denominator)));
  }
  inexact.add(value);
  const [firstWord, secondWord] = new Uint32Array(new Float64Array([value]).buffer);
  return pairOf(
    Math.imul(firstWord!, 0x9e3779b1) ^ secondWord!,
    Math.imul(secondWord!, 0x85ebca77) + firstWord!,
  );
}

function wholeOf(value: number): number {
  const first = ((value % FIRST) + FIRST) % FIRST;
  const second = ((value % SECOND) + SECOND) % SECOND;
  return first * BASE + second;
}
