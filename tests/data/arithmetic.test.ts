import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { elementwise, gemm, maximum } from "../../src/data/arithmetic.js";
import { F16 } from "../../src/data/dtypes.js";
import { formatOf } from "../../src/data/float-format.js";
import { OpKind } from "../../src/data/op-log.js";

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);
type Kind = typeof OpKind.add | typeof OpKind.sub | typeof OpKind.mul | typeof OpKind.div;

function apply(
  kind: Kind,
  a: Float32Array,
  b: Float32Array,
  isF16 = false,
): { values: number[]; inexact: boolean } {
  const out = new Float32Array(Math.max(a.length, b.length));
  const inexact = elementwise(kind, a, b, out, isF16 ? formatOf(F16) : null);
  return { values: [...out], inexact };
}

describe("elementwise arithmetic", () => {
  it("is exact where the result is representable", () => {
    expect(apply(OpKind.add, f32(1, 2, 3), f32(10, 20, 30))).toEqual({
      values: [11, 22, 33],
      inexact: false,
    });
    expect(apply(OpKind.sub, f32(1, 2, 3), f32(10, 20, 30))).toEqual({
      values: [-9, -18, -27],
      inexact: false,
    });
    expect(apply(OpKind.mul, f32(1.5, -2, 0), f32(3, 4, 5))).toEqual({
      values: [4.5, -8, 0],
      inexact: false,
    });
    expect(apply(OpKind.div, f32(1, -9, 0), f32(4, 3, 7))).toEqual({ values: [0.25, -3, 0], inexact: false });
  });

  it("rounds f32 once, ties to even", () => {
    // 2^24 + 1 lies half-way between 2^24 and 2^24 + 2.
    expect(apply(OpKind.add, f32(2 ** 24), f32(1))).toEqual({ values: [2 ** 24], inexact: true });
    expect(apply(OpKind.add, f32(2 ** 24 + 2), f32(1))).toEqual({ values: [2 ** 24 + 4], inexact: true });
    expect(apply(OpKind.sub, f32(2 ** 24), f32(-3))).toEqual({ values: [2 ** 24 + 4], inexact: true });
    // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a tie, rounded down to even.
    expect(apply(OpKind.mul, f32(1 + 2 ** -12), f32(1 + 2 ** -12))).toEqual({
      values: [1 + 2 ** -11],
      inexact: true,
    });
    expect(apply(OpKind.div, f32(1), f32(3))).toEqual({ values: [11184811 * 2 ** -25], inexact: true });
  });

  it("notices an inexact sum even where float64 rounds as well", () => {
    expect(apply(OpKind.add, f32(1), f32(2 ** -60))).toEqual({ values: [1], inexact: true });
    expect(apply(OpKind.add, f32(2 ** -60), f32(1))).toEqual({ values: [1], inexact: true });
    expect(apply(OpKind.sub, f32(2 ** -60), f32(1)).inexact).toBe(true);
  });

  it("rounds f16 to 11 bits", () => {
    // 2049 is no f16: the tie goes to 2048; 2051 goes to 2052.
    expect(apply(OpKind.add, f32(2048, 2050), f32(1, 1), true)).toEqual({
      values: [2048, 2052],
      inexact: true,
    });
    expect(apply(OpKind.add, f32(1024), f32(1), true)).toEqual({ values: [1025], inexact: false });
    expect(apply(OpKind.mul, f32(256), f32(256), true)).toEqual({ values: [Infinity], inexact: true });
    expect(apply(OpKind.div, f32(1), f32(3), true)).toEqual({ values: [1365 * 2 ** -12], inexact: true });
    expect(apply(OpKind.mul, f32(2 ** -14), f32(2 ** -11), true)).toEqual({ values: [0], inexact: true });
    expect(apply(OpKind.add, f32(2048), f32(2 ** -24), true)).toEqual({ values: [2048], inexact: true });
  });

  it("takes a scalar on either side", () => {
    expect(apply(OpKind.sub, f32(10), f32(1, 2, 3)).values).toEqual([9, 8, 7]);
    expect(apply(OpKind.sub, f32(1, 2, 3), f32(10)).values).toEqual([-9, -8, -7]);
    expect(apply(OpKind.div, f32(12), f32(1, 2, 3)).values).toEqual([12, 6, 4]);
  });

  it("refuses operands of unequal length", () => {
    expect(() => apply(OpKind.add, f32(1, 2, 3), f32(1, 2))).toThrow(/equal shapes/);
  });

  it("maximum keeps NaN and infinities", () => {
    const out = new Float32Array(4);
    maximum(f32(1, -Infinity, NaN, -2), f32(0, 5, 1, -3), out);
    expect([...out]).toEqual([1, 5, NaN, -2]);
  });
});

describe("gemm", () => {
  function product(
    a: number[],
    b: number[],
    m: number,
    k: number,
    n: number,
  ): { values: number[]; inexact: boolean } {
    const out = new Float32Array(m * n).fill(99);
    const inexact = gemm(ndarray(f32(...a), [m, k]), ndarray(f32(...b), [k, n]), ndarray(out, [m, n]));
    return { values: [...out], inexact };
  }

  it("multiplies 2×3 by 3×2", () => {
    expect(product([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], 2, 3, 2)).toEqual({
      values: [58, 64, 139, 154],
      inexact: false,
    });
  });

  it("follows strides: a transposed view", () => {
    const out = new Float32Array(4);
    gemm(
      ndarray(f32(1, 4, 2, 5, 3, 6), [3, 2]).transpose(1, 0),
      ndarray(f32(7, 8, 9, 10, 11, 12), [3, 2]),
      ndarray(out, [2, 2]),
    );
    expect([...out]).toEqual([58, 64, 139, 154]);
  });

  it("sums with k ascending and rounds after every addition", () => {
    // 2^24 + 1 is rounded away before −2^24 arrives; in the other order the 1 survives.
    const ones = [1, 1, 1];
    expect(product([2 ** 24, 1, -(2 ** 24)], ones, 1, 3, 1)).toEqual({ values: [0], inexact: true });
    expect(product([2 ** 24, -(2 ** 24), 1], ones, 1, 3, 1)).toEqual({ values: [1], inexact: false });
  });

  it("rounds after every multiplication", () => {
    // (1 + 2^-12)^2 − 1 is 2^-11 + 2^-24 exactly; a fused operation would keep the 2^-24.
    const x = 1 + 2 ** -12;
    expect(product([-1, x], [1, x], 1, 2, 1)).toEqual({ values: [2 ** -11], inexact: true });
  });

  it("refuses matrices that do not fit", () => {
    expect(() =>
      gemm(ndarray(f32(1, 2), [1, 2]), ndarray(f32(1, 2, 3), [3, 1]), ndarray(f32(0), [1, 1])),
    ).toThrow(/shapes of a matrix product agree/);
  });
});
