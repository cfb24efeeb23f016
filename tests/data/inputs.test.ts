import { describe, expect, it } from "vitest";
import { DTYPES, F16, F32, dtypeByName, type DTypeName } from "../../src/data/dtypes.js";
import { F16_VALUES, roundToF16 } from "../../src/data/float16.js";
import { Hbm } from "../../src/data/hbm.js";
import { fillInputs, fillTensor } from "../../src/data/inputs.js";
import type { InputData } from "../../src/data/inputs.js";
import { launchOf, tensor } from "./hand-log.js";

function values(data: InputData, seed: number, rank: number, index: number, length: number): Float32Array {
  const target = new Float32Array(length);
  fillTensor(target, F32, data, seed, rank, index);
  return target;
}

describe("seeded inputs", () => {
  it("±1 is exactly +1 or −1, in about equal numbers, in both dtypes with the same signs", () => {
    const f32 = values("±1", 7, 3, 0, 100_003);
    const f16 = new Uint16Array(100_003);
    fillTensor(f16, F16, "±1", 7, 3, 0);
    let sum = 0;
    f32.forEach((value, i) => {
      if (Math.abs(value) !== 1 || F16_VALUES[f16[i]!] !== value) expect.fail(`element ${i} is ${value}`);
      sum += value;
    });
    // Five standard deviations of a fair coin.
    expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(100_003));
  });

  it("normal has the moments of a standard normal distribution", () => {
    const x = values("normal", 11, 0, 0, 400_000);
    const moment = (power: number): number => x.reduce((sum, value) => sum + value ** power, 0) / x.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(x.length));
    expect(moment(2)).toBeGreaterThan(0.99);
    expect(moment(2)).toBeLessThan(1.01);
    expect(Math.abs(moment(3))).toBeLessThan(0.03);
    expect(moment(4)).toBeGreaterThan(2.85);
    expect(moment(4)).toBeLessThan(3.05);
    const within = (limit: number): number => x.filter((value) => Math.abs(value) < limit).length / x.length;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
    expect(new Set(x).size).toBeGreaterThan(150_000);
  });

  it("normal in f16 is the f32 value, rounded", () => {
    const f32 = values("normal", 5, 2, 1, 9000);
    const f16 = new Uint16Array(9000);
    fillTensor(f16, F16, "normal", 5, 2, 1);
    f32.forEach((value, i) => expect(F16_VALUES[f16[i]!]).toBe(roundToF16(value)));
  });

  it("depends on seed, rank and tensor, and on nothing else", () => {
    for (const data of ["±1", "normal"] as const) {
      const reference = values(data, 1, 0, 0, 256);
      expect(values(data, 1, 0, 0, 256)).toEqual(reference);
      expect(values(data, 1, 0, 0, 100)).toEqual(reference.slice(0, 100));
      for (const other of [
        values(data, 2, 0, 0, 256),
        values(data, 1, 1, 0, 256),
        values(data, 1, 0, 1, 256),
      ]) {
        expect(other).not.toEqual(reference);
      }
      expect(values(data, 1 + 2 ** 32, 0, 0, 256)).not.toEqual(reference);
    }
  });

  it("does not repeat one rank's values shifted on another", () => {
    const windows = new Set<string>();
    for (let rank = 0; rank < 512; rank++) {
      const x = values("normal", 1, rank, 0, 256);
      for (let i = 0; i + 3 <= x.length; i++) windows.add(x.slice(i, i + 3).join());
    }
    expect(windows.size).toBe(512 * 254);
  });

  it.each(DTYPES)("±1 in %s: the signs of f32, or 0 for −1 where there is none", (dtype) => {
    const hbm = new Hbm(launchOf(1, tensor("x", "input", [100], dtype)));
    fillInputs(hbm, "±1", 4);
    const hasSign = !/^u|bool/.test(dtype);
    const expected = [...values("±1", 4, 0, 0, 100)].map((value) => (hasSign ? value : Math.max(value, 0)));
    expect([...hbm.values(0)]).toEqual(expected);
  });

  it.each(DTYPES)("normal in %s: rounded, or small integers, each about as often", (dtype) => {
    const hbm = new Hbm(launchOf(1, tensor("x", "input", [8000], dtype)));
    fillInputs(hbm, "normal", 4);
    const found = [...hbm.values(0)];
    const info = dtypeByName(dtype)!;
    const f32 = values("normal", 4, 0, 0, 8000);
    if (info.class === "float") {
      // Among the subnormals that occur, half of their spacing; f64 is compared with f32.
      const smallest: Partial<Record<DTypeName, number>> = {
        f16: 2 ** -25,
        fp8e4m3: 2 ** -10,
        fp8e5m2: 2 ** -17,
      };
      const roundoff = dtype === "f64" ? 2 ** -24 : info.unitRoundoff;
      found.forEach((value, i) => {
        const allowed = Math.max(roundoff * Math.abs(f32[i]!), smallest[dtype] ?? 0);
        if (Math.abs(value - f32[i]!) > allowed) expect.fail(`element ${i} is ${value}, not ${f32[i]}`);
      });
      return;
    }
    const counts = new Map<number, number>();
    for (const value of found) counts.set(value, (counts.get(value) ?? 0) + 1);
    const [first, count] = { signed: [-8, 16], unsigned: [0, 16], bool: [0, 2] }[info.class] as [
      number,
      number,
    ];
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, i) => first + i),
    );
    // Six standard deviations.
    const mean = 8000 / count;
    for (const times of counts.values()) expect(Math.abs(times - mean)).toBeLessThan(6 * Math.sqrt(mean));
  });

  it("fills inputs and inouts and leaves outputs at zero", () => {
    const hbm = new Hbm(
      launchOf(2, tensor("x", "input", [3]), tensor("y", "output", [3]), tensor("z", "inout", [3])),
    );
    fillInputs(hbm, "±1", 1);
    for (const rank of [0, 1]) {
      expect(Array.from(hbm.values(hbm.slotOf(rank, 0)), Math.abs)).toEqual([1, 1, 1]);
      expect(Array.from(hbm.values(hbm.slotOf(rank, 1)))).toEqual([0, 0, 0]);
      expect(Array.from(hbm.values(hbm.slotOf(rank, 2)), Math.abs)).toEqual([1, 1, 1]);
    }
  });
});
