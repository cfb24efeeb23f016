import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DTYPES, dtypeByName, type DTypeName } from "../../src/data/dtypes.js";
import { compute, shaped, tile, valuesOf } from "./tile-run.js";

const INTEGERS = DTYPES.filter((name) => /^[iu]\d/.test(name));
const FLOATS = DTYPES.filter((name) => dtypeByName(name)!.class === "float");

/** An integer as a tile of the dtype holds it. */
function wrapped(dtype: DTypeName, value: bigint): number | bigint {
  const bits = Number(dtype.slice(1));
  const result = dtype.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return bits === 64 ? result : Number(result);
}

describe("integers", () => {
  it("wrap as in C", () => {
    expect(valuesOf("add", [tile("i8", 127, -128), tile("i8", 1, -1)])).toEqual([-128, 127]);
    expect(valuesOf("sub", [tile("u8", 0), tile("u8", 1)])).toEqual([255]);
    expect(valuesOf("mul", [tile("i32", 65536, 46341), tile("i32", 65536, 46341)])).toEqual([0, -2147479015]);
    expect(valuesOf("mul", [tile("u32", 4294967295), tile("u32", 4294967295)])).toEqual([1]);
    expect(valuesOf("abs", [tile("i8", -128, -5)])).toEqual([-128, 5]);
    expect(valuesOf("add", [tile("u64", 2n ** 64n - 1n), tile("u64", 2n)])).toEqual([1n]);
    expect(valuesOf("mul", [tile("i64", 3037000500n)], { extra: 3037000500 })).toEqual([
      -9223372036709301616n,
    ]);
  });

  it("divide downwards, with a remainder of the dividend's sign", () => {
    for (const dtype of ["i8", "i32", "i64"] as const) {
      const [a, b] = [tile(dtype, -7, 7, -7, 6), tile(dtype, 2, -2, -2, 3)];
      expect(valuesOf("floordiv", [a, b]).map(Number)).toEqual([-4, -4, 3, 2]);
      expect(valuesOf("mod", [tile(dtype, -7, 7, -7, 6), tile(dtype, 3, -3, 3, 3)]).map(Number)).toEqual([
        -1, 1, -1, 0,
      ]);
    }
    expect(valuesOf("floordiv", [tile("i32", -(2 ** 31))], { extra: -1 })).toEqual([-(2 ** 31)]);
    expect(valuesOf("floordiv", [tile("u32", 4294967295)], { extra: 2 })).toEqual([2147483647]);
  });

  it("bit by bit, bools logically", () => {
    expect(valuesOf("and", [tile("i16", -1, 12)], { extra: 10 })).toEqual([10, 8]);
    expect(valuesOf("or", [tile("u8", 12), tile("u8", 10)])).toEqual([14]);
    expect(valuesOf("xor", [tile("i64", 12, -1), tile("i64", 10, 1)])).toEqual([6n, -2n]);
    expect(valuesOf("not", [tile("u8", 0, 255)])).toEqual([255, 0]);
    expect(valuesOf("not", [tile("i32", 5)])).toEqual([-6]);
    expect(valuesOf("not", [tile("bool", 0, 1)])).toEqual([1, 0]);
    const [a, b] = [tile("bool", 0, 0, 1, 1), tile("bool", 0, 1, 0, 1)];
    expect(valuesOf("and", [a, b])).toEqual([0, 0, 0, 1]);
    expect(valuesOf("or", [a, b])).toEqual([0, 1, 1, 1]);
    expect(valuesOf("xor", [a, b])).toEqual([0, 1, 1, 0]);
  });

  it("move bits: with the sign to the right, and out of the dtype", () => {
    expect(valuesOf("shiftLeft", [tile("i8", 1, 3, -1, 64), tile("i8", 7, 6, 1, 2)])).toEqual([
      -128, -64, -2, 0,
    ]);
    expect(valuesOf("shiftRight", [tile("i8", -128, -1, 127)], { extra: 3 })).toEqual([-16, -1, 15]);
    expect(valuesOf("shiftRight", [tile("u8", 200, 255)], { extra: 1 })).toEqual([100, 127]);
    expect(valuesOf("shiftRight", [tile("u32", 2 ** 31, 2 ** 32 - 1)], { extra: 31 })).toEqual([1, 1]);
    expect(valuesOf("shiftRight", [tile("i32", -(2 ** 31))], { extra: 31 })).toEqual([-1]);
    expect(valuesOf("shiftLeft", [tile("u32", 3)], { extra: 31 })).toEqual([2 ** 31]);
    const [large, wide] = [2n ** 62n + 2n ** 53n + 1n, 2n ** 63n + 1n];
    expect(valuesOf("shiftRight", [tile("i64", large, -large)], { extra: 1 })).toEqual([
      2n ** 61n + 2n ** 52n,
      -(2n ** 61n) - 2n ** 52n - 1n,
    ]);
    expect(valuesOf("shiftRight", [tile("u64", wide)], { extra: 63 })).toEqual([1n]);
    expect(valuesOf("shiftLeft", [tile("i64", 3n)], { extra: 63 })).toEqual([-(2n ** 63n)]);
  });

  // In C undefined; as NumPy has it.
  it("move all bits out when there are not as many", () => {
    for (const dtype of INTEGERS) {
      const bits = Number(dtype.slice(1));
      const minusOne = dtype.startsWith("i") ? -1 : 0;
      const most = dtype.startsWith("i") ? -(2 ** (bits - 1)) : 2 ** (bits - 1);
      expect(valuesOf("shiftLeft", [tile(dtype, 1, 1)], { extra: bits }).map(Number)).toEqual([0, 0]);
      expect(valuesOf("shiftRight", [tile(dtype, most, 1)], { extra: bits }).map(Number)).toEqual([
        minusOne,
        0,
      ]);
    }
    expect(valuesOf("shiftLeft", [tile("i32", 5)], { extra: -1 })).toEqual([0]);
    expect(valuesOf("shiftRight", [tile("i64", -5n)], { extra: -1 })).toEqual([-1n]);
  });

  it("are exact and agree with unbounded integers that are cut", () => {
    const functions = {
      add: (x: bigint, y: bigint) => x + y,
      sub: (x: bigint, y: bigint) => x - y,
      mul: (x: bigint, y: bigint) => x * y,
      maximum: (x: bigint, y: bigint) => (x > y ? x : y),
      minimum: (x: bigint, y: bigint) => (x < y ? x : y),
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...INTEGERS),
        fc.constantFrom(...Object.keys(functions)),
        fc.array(fc.tuple(fc.bigInt(-(2n ** 63n), 2n ** 64n), fc.bigInt(-(2n ** 63n), 2n ** 64n)), {
          minLength: 1,
        }),
        (dtype, name, pairs) => {
          const kind = name as keyof typeof functions;
          const [x, y] = [0, 1].map((side) => pairs.map((pair) => wrapped(dtype, pair[side]!)));
          const { values, inexact } = compute(kind, [tile(dtype, ...x!), tile(dtype, ...y!)]);
          expect(values).toEqual(
            x!.map((value, i) => wrapped(dtype, functions[kind](BigInt(value), BigInt(y![i]!)))),
          );
          expect(inexact).toBe(false);
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });

  it("a dividend is quotient times divisor plus what is left of rounding down", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INTEGERS),
        fc.bigInt(-(2n ** 63n), 2n ** 64n),
        fc.bigInt(1n, 120n),
        (dtype, a, b) => {
          const x = wrapped(dtype, a);
          const [quotient] = valuesOf("floordiv", [tile(dtype, x), tile(dtype, b)]);
          const rest = BigInt(x) - BigInt(quotient!) * b;
          expect(rest >= 0n && rest < b).toBe(true);
          expect(BigInt(valuesOf("mod", [tile(dtype, x), tile(dtype, b)])[0]!)).toBe(BigInt(x) % b);
        },
      ),
      { seed: 12, numRuns: 150 },
    );
  });

  it("refuse a division by zero, with the place", () => {
    for (const [kind, dtype] of [
      ["floordiv", "i32"],
      ["mod", "i64"],
    ] as const) {
      const divide = () => compute(kind, [tile(dtype, 1, 2), tile(dtype, 3, 0)]);
      expect(divide).toThrow(/divides an integer by zero: element 1/);
      expect(divide).toThrow(
        expect.objectContaining({
          exitCode: 5,
          site: 2,
          diagnostics: [expect.objectContaining({ code: "LQ3703" })],
        }),
      );
    }
  });
});

describe("floats", () => {
  it("bf16 rounds every result once", () => {
    expect(compute("add", [tile("bf16", 1)], { extra: 2 ** -8 })).toEqual({ values: [1], inexact: true });
    expect(compute("add", [tile("bf16", 256, 128), tile("bf16", 1, 1)])).toEqual({
      values: [256, 129],
      inexact: true,
    });
    expect(valuesOf("div", [tile("bf16", 1)], { extra: 3 })).toEqual([0.333984375]);
  });

  it("fp8 rounds every result once and overflows as its format says", () => {
    expect(compute("add", [tile("fp8e4m3", 16, 448), tile("fp8e4m3", 1, 448)])).toEqual({
      values: [16, NaN],
      inexact: true,
    });
    expect(valuesOf("mul", [tile("fp8e5m2", 57344)], { extra: 2 })).toEqual([Infinity]);
    expect(compute("mul", [tile("fp8e4m3", 1.5)], { extra: 2 })).toEqual({ values: [3], inexact: false });
  });

  it("f64 keeps 53 bits, and knows when they are enough", () => {
    expect(compute("add", [tile("f64", 0.1)], { extra: 0.2 })).toEqual({
      values: [0.1 + 0.2],
      inexact: true,
    });
    expect(compute("add", [tile("f64", 2 ** 52)], { extra: 1 })).toEqual({
      values: [2 ** 52 + 1],
      inexact: false,
    });
    expect(compute("sub", [tile("f64", 1)], { extra: 2 ** -60 })).toEqual({ values: [1], inexact: true });
    expect(compute("mul", [tile("f64", 1 + 2 ** -30)], { extra: 1 + 2 ** -30 }).inexact).toBe(true);
    expect(compute("mul", [tile("f64", 1e-200)], { extra: 1e-200 })).toEqual({ values: [0], inexact: true });
    expect(compute("mul", [tile("f64", 3, 0)], { extra: 5 })).toEqual({ values: [15, 0], inexact: false });
    expect(compute("div", [tile("f64", 1)], { extra: 3 })).toEqual({ values: [1 / 3], inexact: true });
    expect(compute("div", [tile("f64", 15, 0)], { extra: 3 })).toEqual({ values: [5, 0], inexact: false });
  });

  it("fma rounds once where two steps round twice", () => {
    // (1 + 2^-12)² = 1 + 2^-11 + 2^-24, of which f32 loses the last bit.
    const x = 1 + 2 ** -12;
    const operands = (dtype: DTypeName) => [tile(dtype, x), tile(dtype, x), tile(dtype, -1)];
    expect(compute("fma", operands("f32"))).toEqual({ values: [2 ** -11 + 2 ** -24], inexact: false });
    expect(valuesOf("fma", operands("f64"))).toEqual([2 ** -11 + 2 ** -24]);
    // 1 · 1 + 2^-11 is a tie of f16, and the 2^-24 beyond it decides; f32 has no room for it.
    expect(valuesOf("fma", [tile("f16", 1 + 2 ** -10), tile("f16", 2 ** -11), tile("f16", 1)])).toEqual([
      1 + 2 ** -10,
    ]);
    // The product is ±(2^-24 − 2^-60): beside 1, float64 rounds the sum to a tie of f32, from below or above.
    const factors = (sign: number) => [
      tile("f32", sign * (1 + 2 ** -18)),
      tile("f32", (1 - 2 ** -18) * 2 ** -24),
    ];
    expect(valuesOf("fma", [...factors(1), tile("f32", 1 + 2 ** -23)])).toEqual([1 + 2 ** -23]);
    expect(valuesOf("fma", [...factors(-1), tile("f32", 1 + 2 ** -23)])).toEqual([1 + 2 ** -23]);
    expect(valuesOf("fma", [tile("f32", 2 ** -30), tile("f32", -(2 ** -30)), tile("f32", 1)])).toEqual([1]);
    expect(valuesOf("fma", [tile("i32", 2 ** 30), tile("i32", 4), tile("i32", 7)])).toEqual([7]);
    expect(valuesOf("fma", [tile("i64", 2n ** 62n), tile("i64", 4), tile("i64", -7)])).toEqual([-7n]);
  });

  it("functions have their known values", () => {
    const of = (kind: Parameters<typeof compute>[0], ...x: number[]) =>
      valuesOf(kind, [tile("f64", ...x)]).map(Number);
    expect(of("exp", 0, 1, -Infinity)).toEqual([1, Math.E, 0]);
    expect(of("log", 1, Math.E, 0, -1)).toEqual([0, 1, -Infinity, NaN]);
    expect(of("sqrt", 4, 2, -1)).toEqual([2, Math.SQRT2, NaN]);
    expect(of("rsqrt", 4, 0.25)).toEqual([0.5, 2]);
    expect(of("sigmoid", 0, 1000, -1000)).toEqual([0.5, 1, 0]);
    expect(of("tanh", 0, Infinity)).toEqual([0, 1]);
    expect(of("erf", 0, Infinity)).toEqual([0, 1]);
    expect(of("relu", -3, 3, NaN)).toEqual([0, 3, NaN]);
    expect(of("abs", -3, -Infinity)).toEqual([3, Infinity]);
    expect(of("silu", 0, 1)[1]).toBeCloseTo(0.7310585786300049, 15);
    // 1 · Φ(1) and −10 · Φ(−10), of which ½(1 + erf) would lose all digits.
    const [one, tail] = of("gelu", 1, -10);
    expect(one).toBeCloseTo(0.8413447460685429, 15);
    expect(tail! / -7.61985302416052e-23).toBeCloseTo(1, 13);
  });

  it("functions of narrow floats round the float64 result once", () => {
    expect(valuesOf("exp", [tile("f32", 1)])).toEqual([Math.fround(Math.E)]);
    expect(valuesOf("exp", [tile("bf16", 1)])).toEqual([2.71875]);
    expect(valuesOf("sqrt", [tile("fp8e4m3", 2)])).toEqual([1.375]);
    expect(compute("exp", [tile("f32", 1)]).inexact).toBe(true);
    expect(compute("abs", [tile("f16", -1)]).inexact).toBe(false);
  });

  it("remainders, powers, extremes", () => {
    expect(compute("mod", [tile("f32", -7, 7.5), tile("f32", 3, 2)])).toEqual({
      values: [-1, 1.5],
      inexact: false,
    });
    expect(valuesOf("pow", [tile("f64", 2, 1, -8, NaN), tile("f64", 10, NaN, 3, 0)])).toEqual([
      1024, 1, -512, 1,
    ]);
    expect(valuesOf("minimum", [tile("f32", 1, NaN), tile("f32", -1, 3)])).toEqual([-1, NaN]);
    expect(valuesOf("maximum", [tile("bf16", 1, NaN), tile("bf16", -1, 3)])).toEqual([1, NaN]);
    expect(valuesOf("maximum", [tile("f64", 1, -0), tile("f64", 2, 0)])).toEqual([2, 0]);
  });

  it.each(FLOATS)("%s: arithmetic is the float64 result, rounded", (dtype) => {
    const values = valuesOf("cast", [tile("f64", 3.3, -0.7, 100, 0.01)], { dtype });
    const others = valuesOf("cast", [tile("f64", 1.9, 2.2, -3, 0.4)], { dtype });
    const functions = {
      add: (x: number, y: number) => x + y,
      sub: (x: number, y: number) => x - y,
      mul: (x: number, y: number) => x * y,
      div: (x: number, y: number) => x / y,
    };
    for (const [kind, f] of Object.entries(functions)) {
      const exact = values.map((x, i) => f(Number(x), Number(others[i])));
      const rounded = valuesOf("cast", [tile("f64", ...exact)], { dtype });
      expect(
        valuesOf(kind as keyof typeof functions, [tile(dtype, ...values), tile(dtype, ...others)]),
      ).toEqual(rounded);
    }
  });
});

describe("comparisons and choices", () => {
  it("give bools for every dtype", () => {
    for (const dtype of ["f64", "f32", "bf16", "i8", "i64", "u32"] as const) {
      const [a, b] = [tile(dtype, 1, 2, 3), tile(dtype, 2, 2, 2)];
      const masks = (["lt", "le", "gt", "ge", "equal", "notEqual"] as const).map((kind) =>
        valuesOf(kind, [a, b], { dtype: "bool" }).join(""),
      );
      expect(masks).toEqual(["100", "110", "001", "011", "010", "101"]);
      expect(valuesOf("gt", [a], { dtype: "bool", extra: 1 })).toEqual([0, 1, 1]);
    }
    expect(valuesOf("equal", [tile("f32", NaN, -0), tile("f32", NaN, 0)], { dtype: "bool" })).toEqual([0, 1]);
    expect(valuesOf("lt", [tile("i64", 2n ** 53n)], { dtype: "bool", extra: 2 ** 53 - 1 })).toEqual([0]);
    expect(
      valuesOf("notEqual", [tile("i64", 2n ** 53n + 1n), tile("i64", 2n ** 53n)], { dtype: "bool" }),
    ).toEqual([1]);
    // A number is compared as one of f32: 0.1 is 0.1f there.
    expect(valuesOf("equal", [tile("f32", Math.fround(0.1))], { dtype: "bool", extra: 0.1 })).toEqual([1]);
    // Compared with integers, a number stays what it is.
    expect(valuesOf("gt", [tile("u8", 0, 255)], { dtype: "bool", extra: -1 })).toEqual([1, 1]);
  });

  it("where takes from either side, with scalars as tiles without axes", () => {
    const mask = tile("bool", 1, 0);
    expect(valuesOf("where", [mask, tile("i64", 1, 2), tile("i64", 3, 4)], { dtype: "i64" })).toEqual([
      1n,
      4n,
    ]);
    expect(valuesOf("where", [mask, tile("f32", 1, 2), shaped("f32", [], 9)], { dtype: "f32" })).toEqual([
      1, 9,
    ]);
  });
});

describe("casts", () => {
  const cast = (from: DTypeName, to: DTypeName, ...values: (number | bigint)[]) =>
    valuesOf("cast", [tile(from, ...values)], { dtype: to });

  it("of floats to integers cut the fraction and saturate; NaN is 0", () => {
    expect(cast("f32", "i32", 2.9, -2.9, NaN, 1e20, -Infinity)).toEqual([2, -2, 0, 2147483647, -2147483648]);
    expect(cast("f32", "u8", -1, 255.9, 256)).toEqual([0, 255, 255]);
    expect(cast("f64", "i64", 1e300, -1e300, 2 ** 53, NaN)).toEqual([
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 53n,
      0n,
    ]);
    expect(cast("f64", "u64", 1e300, -1)).toEqual([2n ** 64n - 1n, 0n]);
  });

  it("of integers wrap", () => {
    expect(cast("i32", "i8", 300, -129)).toEqual([44, 127]);
    expect(cast("i32", "u64", -1)).toEqual([2n ** 64n - 1n]);
    expect(cast("i64", "u8", 511n)).toEqual([255]);
    expect(cast("i64", "u32", -1n)).toEqual([4294967295]);
    expect(cast("u64", "i64", 2n ** 63n)).toEqual([-(2n ** 63n)]);
  });

  it("to bool are all but zero", () => {
    expect(cast("f32", "bool", 0, -0, 0.5, NaN)).toEqual([0, 0, 1, 1]);
    expect(cast("u64", "bool", 0n, 2n ** 63n)).toEqual([0, 1]);
    expect(cast("bool", "f16", 0, 1)).toEqual([0, 1]);
  });

  it("to floats round once, to even", () => {
    expect(compute("cast", [tile("i32", 2 ** 24 + 1)], { dtype: "f32" })).toEqual({
      values: [2 ** 24],
      inexact: true,
    });
    expect(compute("cast", [tile("f64", 1.5)], { dtype: "bf16" })).toEqual({ values: [1.5], inexact: false });
    // 2^60 + 2^36 + 1 is just above a tie of f32; through float64 it would become that tie.
    expect(cast("i64", "f32", 2n ** 60n + 2n ** 36n + 1n)).toEqual([2 ** 60 + 2 ** 37]);
    expect(cast("i64", "f32", 2n ** 60n + 2n ** 36n)).toEqual([2 ** 60]);
    expect(cast("i64", "f64", 2n ** 53n + 1n)).toEqual([2 ** 53]);
    // Just above a tie of bf16, by less than f32 can show.
    expect(cast("f64", "bf16", 1 + 2 ** -8 + 2 ** -40)).toEqual([1 + 2 ** -7]);
  });
});

describe("shapes", () => {
  it("broadcast as in NumPy, in any dtype", () => {
    const column = shaped("i64", [2, 1], 10, 20);
    const row = shaped("i64", [3], 1, 2, 3);
    expect(valuesOf("add", [column, row], { shape: [2, 3] })).toEqual([11n, 12n, 13n, 21n, 22n, 23n]);
    expect(valuesOf("sub", [row, column], { shape: [2, 3] })).toEqual([-9n, -8n, -7n, -19n, -18n, -17n]);
    const cube = shaped("f32", [2, 1, 2], 1, 2, 3, 4);
    expect(valuesOf("mul", [cube, shaped("f32", [2, 1], 1, 10)], { shape: [2, 2, 2] })).toEqual([
      1, 2, 10, 20, 3, 4, 30, 40,
    ]);
    expect(valuesOf("broadcast", [shaped("u8", [1, 2], 5, 6)], { shape: [2, 2, 2] })).toEqual([
      5, 6, 5, 6, 5, 6, 5, 6,
    ]);
    expect(
      valuesOf("where", [shaped("bool", [2, 1], 1, 0), shaped("f32", [], 7), shaped("f32", [2], 1, 2)], {
        dtype: "f32",
        shape: [2, 2],
      }),
    ).toEqual([7, 7, 1, 2]);
  });

  it("transpose, reshape, arange", () => {
    expect(valuesOf("transpose", [shaped("i16", [2, 3], 1, 2, 3, 4, 5, 6)], { shape: [3, 2] })).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    expect(valuesOf("reshape", [shaped("bf16", [2, 2], 1, 2, 3, 4)], { shape: [4] })).toEqual([1, 2, 3, 4]);
    expect(valuesOf("arange", [], { dtype: "i32", shape: [4], extra: -1 })).toEqual([-1, 0, 1, 2]);
    expect(valuesOf("arange", [], { dtype: "u64", shape: [2], extra: 7 })).toEqual([7n, 8n]);
    expect(valuesOf("full", [], { dtype: "u8", shape: [1], extra: -1 })).toEqual([255]);
    expect(valuesOf("full", [], { dtype: "i64", shape: [2], extra: 3 })).toEqual([3n, 3n]);
    expect(valuesOf("full", [], { dtype: "bool", shape: [1], extra: 1 })).toEqual([1]);
  });
});

describe("reductions", () => {
  const matrix = shaped("f32", [2, 3], 1, 5, 3, 4, 2, 6);

  it("along an axis or over all", () => {
    expect(valuesOf("sum", [matrix], { shape: [3], extra: 0 })).toEqual([5, 7, 9]);
    expect(valuesOf("sum", [matrix], { shape: [2, 1], extra: 1 })).toEqual([9, 12]);
    expect(valuesOf("sum", [matrix], { shape: [], extra: -1 })).toEqual([21]);
    expect(valuesOf("prod", [matrix], { shape: [2], extra: 1 })).toEqual([15, 48]);
    expect(valuesOf("max", [matrix], { shape: [3], extra: 0 })).toEqual([4, 5, 6]);
    expect(valuesOf("min", [matrix], { shape: [2], extra: 1 })).toEqual([1, 2]);
    const middle = shaped("i64", [2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8);
    expect(valuesOf("sum", [middle], { shape: [2, 2], extra: 1 })).toEqual([4n, 6n, 12n, 14n]);
  });

  it("add left to right, rounding every step", () => {
    // 2^24 + 1 is rounded away, then −2^24 arrives.
    const sum = (...x: number[]) => compute("sum", [tile("f32", ...x)], { shape: [], extra: -1 });
    expect(sum(2 ** 24, 1, -(2 ** 24))).toEqual({ values: [0], inexact: true });
    expect(sum(2 ** 24, -(2 ** 24), 1)).toEqual({ values: [1], inexact: false });
    const ones = tile("f16", ...new Array<number>(2100).fill(1));
    expect(compute("sum", [ones], { shape: [], extra: -1 })).toEqual({ values: [2048], inexact: true });
    const fortyOnes = tile("fp8e4m3", ...new Array<number>(40).fill(1));
    expect(valuesOf("sum", [fortyOnes], { shape: [], extra: -1 })).toEqual([16]);
    expect(compute("sum", [tile("f64", 1, 2 ** -60)], { shape: [], extra: -1 }).inexact).toBe(true);
  });

  it("of integers wrap, of NaN are NaN, of nothing are neutral", () => {
    expect(valuesOf("sum", [tile("i8", 100, 100)], { shape: [], extra: -1 })).toEqual([-56]);
    expect(valuesOf("prod", [tile("u32", 65536, 65537)], { shape: [], extra: -1 })).toEqual([65536]);
    expect(valuesOf("prod", [tile("i64", 2n ** 62n, 4n)], { shape: [], extra: -1 })).toEqual([0n]);
    expect(valuesOf("max", [tile("f32", 1, NaN, 3)], { shape: [], extra: -1 })).toEqual([NaN]);
    expect(valuesOf("max", [tile("u64", 1n, 2n ** 63n)], { shape: [], extra: -1 })).toEqual([2n ** 63n]);
    const nothing = shaped("i32", [2, 0]);
    expect(valuesOf("sum", [nothing], { shape: [2], extra: 1 })).toEqual([0, 0]);
    expect(valuesOf("max", [nothing], { shape: [2], extra: 1 })).toEqual([-(2 ** 31), -(2 ** 31)]);
    expect(valuesOf("prod", [nothing], { shape: [2], extra: 1 })).toEqual([1, 1]);
  });

  it("argmax and argmin take the first, and NaN before all", () => {
    const index = (
      kind: "argmax" | "argmin",
      given: Parameters<typeof compute>[1][number],
      shape: number[],
      axis: number,
    ) => valuesOf(kind, [given], { dtype: "i32", shape, extra: axis });
    expect(index("argmax", tile("f32", 1, 7, 7, 2), [], -1)).toEqual([1]);
    expect(index("argmin", tile("i8", 3, -1, 5, -1), [], -1)).toEqual([1]);
    expect(index("argmax", tile("f64", 1, NaN, 9, NaN), [], -1)).toEqual([1]);
    expect(index("argmin", tile("f64", NaN, -9), [], -1)).toEqual([0]);
    expect(index("argmax", matrix, [3], 0)).toEqual([1, 0, 1]);
    expect(index("argmax", matrix, [2, 1], 1)).toEqual([1, 2]);
    expect(index("argmax", shaped("u64", [2, 2], 1n, 2n, 4n, 3n), [], -1)).toEqual([2]);
  });
});

describe("matrix products", () => {
  const product = (dtype: DTypeName, out: DTypeName, a: (number | bigint)[], b: (number | bigint)[]) =>
    compute("gemm", [shaped(dtype, [2, 2], ...a), shaped(dtype, [2, 2], ...b)], {
      dtype: out,
      shape: [2, 2],
    });

  it.each([
    ["f64", "f64"],
    ["f32", "f32"],
    ["bf16", "f32"],
    ["fp8e4m3", "f32"],
    ["i8", "i32"],
    ["u16", "i32"],
    ["i64", "i32"],
  ] as const)("%s gives %s", (dtype, out) => {
    expect(product(dtype, out, [1, 2, 3, 4], [5, 6, 7, 8])).toEqual({
      values: [19, 22, 43, 50],
      inexact: false,
    });
  });

  it("accumulates in the wider dtype: fp8 beyond 448, i8 beyond 127, i32 wrapping", () => {
    expect(product("fp8e4m3", "f32", [448, 448, 1, 0], [448, 0, 448, 0]).values[0]).toBe(2 * 448 * 448);
    expect(product("i8", "i32", [127, 127, -128, 0], [127, 0, 127, 0]).values).toEqual([32258, 0, -16256, 0]);
    expect(product("i32", "i32", [2 ** 30, 2 ** 30, 0, 0], [2, 0, 2, 0]).values[0]).toBe(0);
    expect(product("i64", "i32", [2n ** 40n + 3n, 0n, 0n, 0n], [5n, 0n, 0n, 0n]).values[0]).toBe(15);
    expect(product("f64", "f64", [1, 2 ** -60, 0, 0], [1, 0, 1, 0])).toMatchObject({ inexact: true });
  });
});
