import { describe, expect, it } from "vitest";
import { erf, erfc } from "../../src/data/erf.js";

/** The Maclaurin series, whose terms grow to e^(x²): good to ten digits up to 2. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe("erf", () => {
  it.each([
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [-1.5, -0.9661051464753107],
    [4, 0.9999999845827421],
  ])("of %d", (x, value) => {
    expect(Math.abs(erf(x) - value)).toBeLessThan(2e-16);
  });

  it.each([
    [0.5, 0.4795001221869535],
    [3, 2.209049699858544e-5],
    [5, 1.537459794428035e-12],
    [10, 2.088487583762545e-45],
    [-3, 1.9999779095030015],
  ])("the complement at %d", (x, value) => {
    expect(Math.abs(erfc(x) / value - 1)).toBeLessThan(1e-15);
  });

  it("agrees with its series, is odd, and joins where its pieces meet", () => {
    for (let x = -2; x <= 2; x += 1 / 128) {
      expect(Math.abs(erf(x) - series(x))).toBeLessThan(1e-14);
      expect(erf(-x)).toBe(-erf(x));
      expect(Math.abs(erf(x) + erfc(x) - 1)).toBeLessThan(3e-16);
    }
    for (const edge of [0.84375, 1.25, 1 / 0.35, 6, 28]) {
      expect(Math.abs(erf(edge) - erf(edge - 1e-15))).toBeLessThan(2e-15);
    }
  });

  it("of what is no finite number", () => {
    expect([Infinity, -Infinity].map(erf)).toEqual([1, -1]);
    expect([Infinity, -Infinity].map(erfc)).toEqual([0, 2]);
    expect([erf(NaN), erfc(NaN), erf(-0)]).toEqual([NaN, NaN, -0]);
  });
});
