import fc from "fast-check";
import { expect, it } from "vitest";
import { F16, F32, F64 } from "../../src/data/dtypes.js";
import {
  boundOfChoice,
  boundOfCombination,
  boundOfProduct,
  boundOfRounding,
  type Operand,
} from "../../src/data/error-bounds.js";
import { OpKind } from "../../src/data/op-log.js";

function operand(values: number[], relative: number, magnitude: number): Operand {
  return { tile: Float64Array.from(values), relative, magnitude };
}

const errorOf = ({ relative, magnitude }: { relative: number; magnitude: number }): number =>
  relative * magnitude;

it("passes errors on by the values beside them", () => {
  // Errors of 2^-12 each on values up to 2 and 3: 2^-12 · (2 + 3) and terms of second order.
  const bound = boundOfProduct(operand([1, -2], 2 ** -20, 256), operand([3, 0.5], 2 ** -20, 256), F32, 1);
  expect(errorOf(bound)).toBeGreaterThanOrEqual(5 * 2 ** -12);
  expect(errorOf(bound)).toBeLessThan(5 * 2 ** -12 + 2 ** -21);
});

it("gives one rounding of the largest product when the factors are exact", () => {
  const bound = boundOfProduct(operand([1, -2], 0, 2), operand([3, 0.5], 0, 3), F32, 1);
  expect(bound).toEqual({ relative: 2 ** -24, magnitude: 6 });
});

it("does not multiply a coarse rounding with what finer ones had combined", () => {
  // An error of 2^-12 on values up to 1, then rounded to f16: half a unit of 2^-10 more.
  const fine = { relative: 2 ** -20, magnitude: 256 };
  const rounded = boundOfRounding(fine, 1, F16);
  expect(errorOf(rounded)).toBeCloseTo(2 ** -12 + 2 ** -11, 15);
  // Its sum with a value that is as far off as `fine`, up to 1, in f32; and whichever of both is the larger.
  const sum = boundOfCombination(OpKind.add, rounded, fine, 1, F32);
  expect(errorOf(sum)).toBeCloseTo(2 ** -11 + 2 * 2 ** -12 + 2 ** -24, 15);
  expect(errorOf(boundOfChoice([rounded, fine], 1))).toBeCloseTo(2 ** -12 + 2 ** -11, 15);
});

it("holds for factors anywhere within their errors", () => {
  const factor = fc.record({
    value: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    relative: fc.double({ min: 0, max: 1e-3, noNaN: true }),
    magnitude: fc.double({ min: 0, max: 1e4, noNaN: true }),
    at: fc.double({ min: -1, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(factor, factor, (a, b) => {
      const bound = boundOfProduct(
        operand([a.value], a.relative, a.magnitude),
        operand([b.value], b.relative, b.magnitude),
        F64,
        1,
      );
      const exact = (a.value + a.at * a.relative * a.magnitude) * (b.value + b.at * b.relative * b.magnitude);
      expect(Math.abs(a.value * b.value - exact)).toBeLessThanOrEqual(errorOf(bound) * (1 + 1e-9) + 1e-9);
    }),
    { seed: 1, numRuns: 500 },
  );
});
