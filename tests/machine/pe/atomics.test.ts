import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../../dsl/index.js";
import type { DTypeName } from "../../../src/data/dtypes.js";
import { refusal } from "../../topology/refusal.js";
import { runKernel, type TestOps } from "../helpers.js";
import { runSpread, tensor } from "../memory/spread-run.js";

const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };
const typed = (name: string, dtype: DTypeName, elements: number, policy?: DpPolicy) => ({
  ...tensor(name, "output", [elements], policy),
  dtype,
});

describe("an atomic operation", () => {
  for (const lockstep of [false, true]) {
    it(`counts PEs, each of which sees another number${lockstep ? ", in lockstep" : ""}`, () => {
      const { after } = runSpread(
        {
          topology: "cube",
          lockstep,
          tensors: [typed("count", "i32", 64, BY_PE), typed("mine", "i32", 4)],
        },
        ($) =>
          function* (count: unknown, mine: unknown) {
            // Some come late.
            for (let i = $.rank(0) % 3; i > 0; i--) $.full(1, [4096], 0, "f32");
            for (let i = 0; i < 4; i++) {
              if (!$.atomicAdd(2, $.add(2, count, 40), 1)) yield;
              if (!$.store(3, $.add(3, mine, i), $.reshape(3, $.out, [1]))) yield;
            }
          },
      );
      const seen = Array.from({ length: 8 }, (_, rank) => after(rank, 1));
      expect(seen.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
      // A PE's own operations happen in its order.
      for (const own of seen) expect(own).toEqual([...own].sort((a, b) => a - b));
      expect(after(0, 0)[40]).toBe(32);
    });
  }

  it("comes in the order of ranks where PEs are there at the same moment, however they got there", () => {
    const run = (lockstep: boolean) =>
      runSpread(
        { topology: "cube", lockstep, tensors: [typed("count", "i32", 8, BY_PE), typed("mine", "i32", 1)] },
        ($) =>
          function* (count: unknown, mine: unknown) {
            // 10 ns in one operation, or 9 and 1 in two, the second of which may wait: in lockstep those come later.
            const isOdd = $.rank(0) % 2 === 1;
            $.full(1, [64 * (isOdd ? 9 : 8)], 0, "f32");
            if (!isOdd && !$.item(1, true)) yield;
            if (!$.atomicAdd(2, count, 1)) yield;
            if (!$.store(3, mine, $.reshape(3, $.out, [1]))) yield;
          },
      );
    for (const { after, endsNs } of [run(false), run(true)]) {
      for (let rank = 0; rank < 8; rank++) expect(after(rank, 1)).toEqual([rank]);
      expect(endsNs).toEqual(run(false).endsNs);
    }
  });

  it("takes the same time in lockstep", () => {
    const kernel = ($: TestOps) =>
      function* (x: unknown) {
        for (let i = 0; i < 5; i++) {
          $.full(1, [64 * (1 + (($.rank(0) * 7) % 5))], 0, "f32");
          if (!$.atomicMax(2, $.add(2, x, $.mul(2, $.arange(2, 0, 8), 8)), i)) yield;
        }
      };
    const run = (lockstep: boolean) =>
      runSpread({ topology: "cube", lockstep, tensors: [typed("x", "i32", 64, BY_PE)] }, kernel);
    expect(run(false).endsNs).toEqual(run(true).endsNs);
  });

  it("swaps, raises and compares elementwise, under a mask", () => {
    const { after } = runSpread(
      { topology: "cube", device: "pe:0", tensors: [typed("x", "i32", 8), typed("old", "i32", 32)] },
      ($) =>
        function* (x: unknown, old: unknown) {
          const i = $.arange(1, 0, 8);
          // x = 0 1 2 3 4 5 6 7
          if (!$.atomicXchg(2, x, i)) yield;
          if (!$.store(2, old, $.out)) yield;
          // x = 3 3 3 3 4 5 6 7
          if (!$.atomicMax(3, $.add(3, x, i), 3)) yield;
          if (!$.store(3, $.add(3, old, 8), $.out)) yield;
          // x = 3 3 3 9 4 5 6 7
          if (!$.atomicCas(4, $.add(4, x, $.arange(4, 3, 5)), 3, 9)) yield;
          if (!$.store(4, $.add(4, old, 16), $.out)) yield;
          // x = 13 13 3 9 4 5 6 7
          if (!$.atomicAdd(5, $.add(5, x, i), 10, { mask: $.lt(5, i, 2) })) yield;
          if (!$.store(5, $.add(5, old, 24), $.out)) yield;
        },
    );
    expect(after(0, 0)).toEqual([13, 13, 3, 9, 4, 5, 6, 7]);
    expect(after(0, 1).slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(after(0, 1).slice(16, 18)).toEqual([3, 4]);
    expect(after(0, 1).slice(24)).toEqual([3, 3, 0, 0, 0, 0, 0, 0]);
  });

  /** End in ps of one PE that does one thing on aligned elements of its own. */
  const endPs = (
    elements: number,
    access: ($: TestOps, x: unknown, n: number) => boolean,
    set: string[] = [],
  ) =>
    runKernel(
      { topology: "cube", device: "pe:0", set, elements: 1024 },
      ($) =>
        function* (x: unknown) {
          if (!access($, x, elements)) yield;
        },
    ).machine.endPs[0]!;
  const add = ($: TestOps, x: unknown): boolean => $.atomicAdd(1, x, 1);
  const load = ($: TestOps, x: unknown, n: number): boolean => $.load(1, x, [n]);

  it("takes a load's time and one more commit of the memory, and the operand's way out of the TCM", () => {
    // 4 bytes at 512 GB/s and at the link's 256 GB/s are 8 and 16 ps; a commit is 8 ns.
    const way = endPs(1, add) - endPs(1, load) - 8000;
    expect(way).toBeGreaterThan(0);
    expect(way).toBeLessThanOrEqual(8 + 2 * 2 * 16);
    expect(endPs(1, add, ["pe.hbm.commitNs=20"]) - endPs(1, add)).toBe(2 * 12_000);
    expect(endPs(1, load, ["pe.hbm.commitNs=20"]) - endPs(1, load)).toBe(12_000);
  });

  it("takes the same time over the NoC as without it, when nobody else is on the way", () => {
    for (const elements of [1, 100, 1000, 1024]) {
      const kernel = ($: TestOps) =>
        function* (x: unknown) {
          if ($.rank(1) !== 0) return;
          if (!$.atomicAdd(2, x, $.full(1, [elements], 1, "f32"))) yield;
        };
      const own = runKernel({ topology: "cube", elements: 1024 }, kernel);
      const spread = runSpread(
        { topology: "cube", tensors: [tensor("x", "output", [8 * 1024], BY_PE)] },
        kernel,
      );
      expect([elements, spread.endsNs[0]]).toEqual([elements, own.endsNs[0]]);
    }
  });

  it("on every 64th element is one access for each", () => {
    const one = endPs(1, add, ["pe.dma.requests=1"]) - 1000;
    const many = ($: TestOps, x: unknown): boolean =>
      $.atomicAdd(2, $.add(2, x, $.mul(1, $.arange(1, 0, 16), 64)), 1);
    // arange and mul take 2 ns each.
    expect(endPs(1, many, ["pe.dma.requests=1"])).toBe(4000 + 1000 + 16 * one);
  });

  it("wants numbers for sums and extremes, and no floating point to compare", () => {
    const codeOf = (dtype: DTypeName, access: ($: TestOps, x: unknown) => boolean) =>
      refusal(() =>
        runKernel(
          { topology: "cube", device: "pe:0", dtype, elements: 8 },
          ($) =>
            function* (x: unknown) {
              if (!access($, x)) yield;
            },
        ),
      ).problems[0]!.code;
    expect(codeOf("bool", ($, x) => $.atomicAdd(1, x, true))).toBe("LQ1305");
    expect(codeOf("f32", ($, x) => $.atomicCas(1, x, 0, 1))).toBe("LQ1305");
    expect(codeOf("i32", ($, x) => $.atomicAdd(1, x, 0.5))).toBe("LQ2003");
    expect(codeOf("i32", ($, x) => $.atomicAdd(1, x, $.full(1, [8], 1, "f32")))).toBe("LQ2004");
    expect(codeOf("i32", ($, x) => $.atomicAdd(1, x, $.full(1, [9], 1, "i32")))).toBe("LQ3002");
    expect(codeOf("i32", ($, x) => $.atomicAdd(1, 3 as unknown, x))).toBe("LQ1304");
  });
});
