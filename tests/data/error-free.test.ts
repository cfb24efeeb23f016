import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fusedMultiplyAdd, productError, sumError } from "../../src/data/error-free.js";

/** Multiples of 2^-1200, exactly. */
const UNIT = 1200n;

function exactly(x: number): bigint {
  let exponent = 0;
  let significand = x;
  while (!Number.isInteger(significand)) {
    significand *= 2;
    exponent++;
  }
  return BigInt(significand) << (UNIT - BigInt(exponent));
}

/** A multiple of the square of that unit rounded to float64, ties to even. */
function nearest(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const surplus = BigInt(Math.max(magnitude.toString(2).length - 53, 0));
  let kept = magnitude >> surplus;
  const rest = magnitude - (kept << surplus);
  const half = surplus === 0n ? 1n : 1n << (surplus - 1n);
  if (rest > half || (rest === half && kept % 2n === 1n)) kept++;
  const scaled = Number(kept) * 2 ** (Number(surplus) - 2 * Number(UNIT));
  return value < 0n ? -scaled : scaled;
}

const numbers = fc
  .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.integer({ min: 0, max: 2 ** 21 }), fc.nat(60))
  .map(([high, low, exponent]) => (high * 2 ** 21 + low) * 2 ** (exponent - 80));

describe("error-free transformations", () => {
  it("give what a sum and a product round away", () => {
    fc.assert(
      fc.property(numbers, numbers, (x, y) => {
        expect(exactly(x) + exactly(y)).toBe(exactly(x + y) + exactly(sumError(x, y, x + y)));
        const error = exactly(productError(x, y, x * y));
        expect(exactly(x) * exactly(y)).toBe((exactly(x * y) + error) << UNIT);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("a fused multiplication and addition rounds once", () => {
    // (1 + 2^-30)² − 1 − 2^-29 is 2^-60, which a rounded product loses.
    const x = 1 + 2 ** -30;
    expect(fusedMultiplyAdd(x, x, -(1 + 2 ** -29))).toBe(2 ** -60);
    fc.assert(
      fc.property(numbers, numbers, numbers, fc.boolean(), (a, b, z, cancels) => {
        const c = cancels ? -(a * b) * (1 + z * 2 ** -80) : z;
        const exact = exactly(a) * exactly(b) + (exactly(c) << UNIT);
        expect(fusedMultiplyAdd(a, b, c)).toBe(nearest(exact));
      }),
      { seed: 5, numRuns: 500 },
    );
    expect(fusedMultiplyAdd(1e200, 1e200, 1)).toBe(Infinity);
    expect(fusedMultiplyAdd(3, 0, 7)).toBe(7);
  });
});
