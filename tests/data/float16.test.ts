import { describe, expect, it } from "vitest";
import {
  F16_VALUES,
  decodeF16Array,
  encodeF16,
  encodeF16Array,
  roundArrayToF16,
  roundToF16,
} from "../../src/data/float16.js";

/** Binary16 as IEEE 754 words it: (−1)^s · 2^(e−15) · 1.f, or 2^−14 · 0.f when e is 0. */
function valueByDefinition(bits: number): number {
  const sign = Math.floor(bits / 32768) % 2 === 1 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  const fraction = bits % 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * 2 ** -14 * (fraction / 1024)
    : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

const isNaNPattern = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

/** Nearest even by search: the finite values are ordered by their bits, 65536 stands where infinity begins. */
function nearestByDefinition(x: number): number {
  const magnitude = Math.abs(x);
  let bits = 0;
  for (let step = 0x4000; step > 0; step >>= 1) {
    if (bits + step <= 0x7bff && valueByDefinition(bits + step) <= magnitude) bits += step;
  }
  const lower = valueByDefinition(bits);
  const upper = bits === 0x7bff ? 65536 : valueByDefinition(bits + 1);
  const toUpper =
    magnitude - lower > upper - magnitude || (magnitude - lower === upper - magnitude && bits % 2 === 1);
  return (x < 0 || Object.is(x, -0) ? 0x8000 : 0) + bits + (toUpper ? 1 : 0);
}

describe("f16", () => {
  it("decodes and encodes all 65536 patterns", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = valueByDefinition(bits);
      expect(
        Object.is(F16_VALUES[bits], value) || (value !== value && F16_VALUES[bits] !== F16_VALUES[bits]),
      ).toBe(true);
      if (isNaNPattern(bits)) {
        expect(encodeF16(value)).toBe(0x7e00);
        expect(roundToF16(value)).toBeNaN();
      } else {
        if (encodeF16(value) !== bits || !Object.is(roundToF16(value), value)) expect.fail(`pattern ${bits}`);
      }
    }
  });

  it("rounds ties to even, and everything beside a tie to the nearer side, between all neighbours", () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const lower = valueByDefinition(bits);
      const upper = bits === 0x7bff ? 65536 : valueByDefinition(bits + 1);
      const tie = (lower + upper) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const below = tie - tie * 2 ** -52;
      const above = tie + tie * 2 ** -52;
      const found = [encodeF16(tie), encodeF16(below), encodeF16(above), encodeF16(-tie)];
      if (found.join() !== [even, bits, bits + 1, even + 0x8000].join())
        expect.fail(`after pattern ${bits}: ${found.join()}`);
    }
  });

  it("knows the limits by value", () => {
    expect(encodeF16(65504)).toBe(0x7bff);
    expect(encodeF16(65519.999)).toBe(0x7bff);
    expect(encodeF16(65520)).toBe(0x7c00);
    expect(encodeF16(-1e300)).toBe(0xfc00);
    expect(encodeF16(2 ** -24)).toBe(1);
    expect(encodeF16(2 ** -25)).toBe(0);
    expect(encodeF16(2 ** -25 * 1.0000001)).toBe(1);
    expect(encodeF16(1)).toBe(0x3c00);
    expect(Object.is(roundToF16(-1e-30), -0)).toBe(true);
    expect(roundToF16(2049)).toBe(2048);
    expect(roundToF16(2051)).toBe(2052);
    expect(roundToF16(0.1)).toBe(0.0999755859375);
  });

  it("rounds once, not through f32: just above a tie goes up", () => {
    expect(roundToF16(1 + 2 ** -11 + 2 ** -40)).toBe(1 + 2 ** -10);
    expect(encodeF16(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
  });

  it("treats whole arrays like single values", () => {
    const values = new Float32Array(20000);
    for (let i = 0; i < values.length; i++) {
      values[i] = (i % 2 ? -1 : 1) * 2 ** ((i % 61) - 40) * (1 + ((i * 2654435761) % 65536) / 65536);
    }
    values.set([0, -0, Infinity, -Infinity, 65519.99, 65520, 2 ** -25, 3 * 2 ** -25]);
    const encoded = new Uint16Array(values.length + 3);
    encodeF16Array(values, encoded, 3);
    const decoded = new Float32Array(values.length);
    decodeF16Array(encoded, 3, values.length, decoded);
    const rounded = values.slice();
    expect(roundArrayToF16(rounded)).toBe(true);
    values.forEach((value, i) => {
      const bits = Math.abs(value) === Infinity ? (value > 0 ? 0x7c00 : 0xfc00) : nearestByDefinition(value);
      const expected = valueByDefinition(bits);
      if (encoded[i + 3] !== bits || !Object.is(decoded[i], expected) || !Object.is(rounded[i], expected)) {
        expect.fail(`${value} became ${encoded[i + 3]}, ${decoded[i]} and ${rounded[i]} instead of ${bits}`);
      }
    });
    expect(roundArrayToF16(rounded)).toBe(false);
  });
});
