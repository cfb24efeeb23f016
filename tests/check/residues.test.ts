import { describe, expect, it } from "vitest";
import {
  differenceOf,
  geometricSum,
  inverseOf,
  pairOf,
  productOf,
  residueOf,
  shiftedBy,
  sumOf,
} from "../../src/check/residues.js";

const BASE = 2 ** 26;
const [P, Q] = [67_108_859n, 67_108_837n];
/** The same in arithmetic of any length. */
const exact = (a: number, b: number, op: (x: bigint, y: bigint) => bigint): number => {
  const [x, y] = [a, b].map((pair) => [BigInt(Math.floor(pair / BASE)), BigInt(pair % BASE)] as const);
  const modulo = (value: bigint, prime: bigint): number => Number(((value % prime) + prime) % prime);
  return modulo(op(x![0], y![0]), P) * BASE + modulo(op(x![1], y![1]), Q);
};
const SAMPLES = [
  0,
  1,
  66_000_001 * BASE + 67_108_836,
  67_108_858 * BASE + 1,
  12_345 * BASE + 54_321,
  BASE + 1,
];

describe("pairs of residues", () => {
  it("add, subtract and multiply as whole numbers do modulo the two primes", () => {
    for (const a of SAMPLES) {
      for (const b of SAMPLES) {
        expect(sumOf(a, b)).toBe(exact(a, b, (x, y) => x + y));
        expect(differenceOf(a, b)).toBe(exact(a, b, (x, y) => x - y));
        expect(productOf(a, b)).toBe(exact(a, b, (x, y) => x * y));
      }
    }
  });

  it("keep shares: a third of the sum of three, and binary fractions", () => {
    expect(productOf(residueOf(3), residueOf(1 / 3))).toBe(residueOf(1));
    expect(productOf(residueOf(2 ** 20), residueOf(2 ** -20))).toBe(residueOf(1));
    expect(residueOf(-0.75)).toBe(differenceOf(0, productOf(residueOf(3), inverseOf(residueOf(4)))));
    expect(residueOf(Math.PI)).not.toBe(residueOf(Math.E));
  });

  it("shift step by step as at once, over the edges of the tables", () => {
    const pair = pairOf(123, 456);
    for (const [a, b] of [
      [1, 4095],
      [4096, 4096],
      [70_000, 3],
    ] as const)
      expect(shiftedBy(shiftedBy(pair, a), b)).toBe(shiftedBy(pair, a + b));
  });

  it("sum a geometric row in closed form", () => {
    const row = [0, 1, 2, 3, 4].map((i) => shiftedBy(BASE + 1, 3 * i));
    expect(geometricSum(5, 3)).toBe(row.reduce(sumOf));
  });
});
