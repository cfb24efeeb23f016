import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BF16, F16, F8E4M3, F8E5M2, type DTypeInfo } from "../../src/data/dtypes.js";
import { formatOf } from "../../src/data/float-format.js";

const NARROW = [F16, BF16, F8E4M3, F8E5M2];
const round = (dtype: DTypeInfo, x: number): number => formatOf(dtype)!.round(x);

describe("rounding to narrow floats", () => {
  it("bfloat16 keeps 8 bits, ties to even", () => {
    // 1.00390625 = 1 + 2^-8 lies half-way between 1 and 1 + 2^-7.
    expect(round(BF16, 1.00390625)).toBe(1);
    expect(round(BF16, 1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
    expect(round(BF16, 1.0039063)).toBe(1 + 2 ** -7);
    expect(round(BF16, 3.4e38)).toBe(Infinity);
    expect(round(BF16, 2 ** -133)).toBe(2 ** -133);
    expect(round(BF16, 2 ** -134)).toBe(0);
  });

  it("e4m3 has 448 and NaN beyond, no infinities", () => {
    expect(round(F8E4M3, 448)).toBe(448);
    // 464 is half-way to 480, which would be the next: the even significand is that of 448.
    expect(round(F8E4M3, 464)).toBe(448);
    expect(round(F8E4M3, 464.001)).toBeNaN();
    expect(round(F8E4M3, -1e9)).toBeNaN();
    expect(round(F8E4M3, Infinity)).toBeNaN();
    expect(round(F8E4M3, 17)).toBe(16);
    expect(round(F8E4M3, 19)).toBe(20);
    expect(round(F8E4M3, 2 ** -9)).toBe(2 ** -9);
    expect(round(F8E4M3, 2 ** -10)).toBe(0);
    expect(round(F8E4M3, 0.1)).toBe(0.1015625);
  });

  it("e5m2 has 57344 and infinities", () => {
    expect(round(F8E5M2, 57344)).toBe(57344);
    expect(round(F8E5M2, 61439)).toBe(57344);
    expect(round(F8E5M2, 61440)).toBe(Infinity);
    expect(round(F8E5M2, -Infinity)).toBe(-Infinity);
    expect(round(F8E5M2, 9)).toBe(8);
    expect(round(F8E5M2, 2 ** -16)).toBe(2 ** -16);
  });

  it("keeps the sign of zero and NaN", () => {
    for (const dtype of NARROW) {
      expect(round(dtype, -0)).toBe(-0);
      expect(round(dtype, -1e-30)).toBe(dtype === BF16 ? round(BF16, -1e-30) : -0);
      expect(round(dtype, NaN)).toBeNaN();
    }
  });

  it.each(NARROW)("$name: known bits", (dtype) => {
    const { encode, values } = formatOf(dtype)!;
    const bits: Record<string, [number, number, number, number]> = {
      f16: [0x3c00, 0xc000, 0x7bff, 0x7e00],
      bf16: [0x3f80, 0xc000, 0x7f7f, 0x7fc0],
      fp8e4m3: [0x38, 0xc0, 0x7e, 0x7f],
      fp8e5m2: [0x3c, 0xc0, 0x7b, 0x7e],
    };
    expect([1, -2, dtype.max, NaN].map(encode)).toEqual(bits[dtype.name]);
    expect(bits[dtype.name]!.map((pattern) => values[pattern])).toEqual([1, -2, dtype.max, NaN]);
  });

  it.each(NARROW)("$name: every pattern survives, through arrays as well", (dtype) => {
    const { encode, values, roundArray, encodeArray, decodeArray } = formatOf(dtype)!;
    const isByte = dtype.sizeBytes === 1;
    const patterns = isByte ? new Uint8Array(values.length) : new Uint16Array(values.length);
    patterns.forEach((_, i) => (patterns[i] = i));
    const decoded = new Float32Array(values.length);
    decodeArray(patterns, 0, values.length, decoded);
    expect(decoded).toEqual(values);
    const numbers = decoded.map((value) => (Number.isNaN(value) ? 0 : value));
    const expected = patterns.map((bits, i) => (Number.isNaN(decoded[i]!) ? 0 : bits));
    expect(Array.from(numbers, encode)).toEqual(Array.from(expected));
    const encoded = patterns.slice().fill(0);
    encodeArray(numbers, encoded, 0);
    expect(encoded).toEqual(expected);
    expect(roundArray(numbers)).toBe(false);
  });

  it.each(NARROW)("$name: the nearest number, the even one of two", (dtype) => {
    const { round: rounded, encode, values, roundArray, encodeArray } = formatOf(dtype)!;
    const positive = values.slice(0, values.length / 2).filter((value) => value < Infinity);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ min: 0, max: dtype.max, noNaN: true }),
          fc.float({ min: 0, max: Math.fround(600) }),
        ),
        (x) => {
          fc.pre(x <= dtype.max);
          const above = positive.findIndex((value) => value >= x);
          const low = positive[Math.max(above - 1, 0)]!;
          const high = positive[above]!;
          const nearest = x - low < high - x ? low : x - low > high - x ? high : above % 2 === 0 ? high : low;
          expect(rounded(x)).toBe(nearest);
          expect(rounded(-x)).toBe(-nearest);
          // Arrays hold f32, from which the same rounding is done.
          const single = Float32Array.of(x, -x);
          const bits = dtype.sizeBytes === 1 ? new Uint8Array(2) : new Uint16Array(2);
          encodeArray(single, bits, 0);
          expect([...bits]).toEqual([encode(single[0]!), encode(single[1]!)]);
          const before = single.slice();
          expect(roundArray(single)).toBe(before.some((value, i) => value !== single[i]));
          expect([...single]).toEqual([...before].map(rounded));
        },
      ),
      { seed: 7, numRuns: dtype.sizeBytes === 1 ? 500 : 60 },
    );
  });
});
