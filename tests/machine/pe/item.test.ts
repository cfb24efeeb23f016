import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../../dsl/index.js";
import { refusal } from "../../topology/refusal.js";
import { runKernel, type TestOps, type TestOptions } from "../helpers.js";
import { runSpread, tensor } from "../memory/spread-run.js";

const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };
const ONE_PE: TestOptions = { topology: "cube", device: "pe:0", values: true };

describe("tl.item", () => {
  it("gives what the tile holds, for a dispatch and one element out of the TCM", () => {
    const seen: unknown[] = [];
    const { machine } = runKernel(
      ONE_PE,
      ($) =>
        function* () {
          // 0 + 1 + … + 63, in one pass; the range, too, takes one.
          if (!$.item(1, $.sum(1, $.arange(1, 0, 64)))) yield;
          seen.push($.out);
          if (!$.item(2, true)) yield;
          seen.push($.out);
        },
    );
    expect(seen).toEqual([2016, 1]);
    // 4 B at 512 GB/s are 8 ps.
    expect(machine.endPs[0]).toBe(2 * 2000 + (1000 + 8) + 1000);
  });

  it("decides by inputs and by what was stored", () => {
    const found: number[] = [];
    const { before } = runSpread(
      { ...ONE_PE, tensors: [tensor("x", "input", [32]), tensor("y", "output", [1])] },
      ($) =>
        function* (x: unknown, y: unknown) {
          // How many elements stand before the first negative one?
          for (let i = 0; i < 32; i++) {
            if (!$.load(1, $.add(1, x, i), [1])) yield;
            if (!$.item(2, $.lt(2, $.out, 0))) yield;
            if ($.out === 1) break;
            if (!$.load(3, y, [1])) yield;
            if (!$.store(3, y, $.add(3, $.out, 1))) yield;
          }
          if (!$.load(4, y, [1])) yield;
          if (!$.item(4, $.out)) yield;
          found.push($.out as number);
        },
    );
    expect(found).toEqual([before(0, 0).findIndex((value) => value < 0)]);
  });

  /** Every PE takes a lock three times, reads a counter, works, and writes it back. */
  const locked = ($: TestOps) =>
    function* (lock: unknown, counter: unknown) {
      for (let round = 0; round < 3; round++) {
        for (;;) {
          if (!$.atomicCas(1, lock, 0, 1)) yield;
          if (!$.item(2, $.out)) yield;
          if ($.out === 0) break;
        }
        if (!$.load(3, counter, [1])) yield;
        const next = $.add(4, $.out, 1);
        $.full(5, [64 * (1 + $.rank(0))], 0, "f32");
        if (!$.store(6, counter, next)) yield;
        if (!$.atomicXchg(7, lock, 0)) yield;
      }
    };

  it("makes a lock of a compare-and-swap: nobody's turn is lost, in lockstep as well", () => {
    const run = (lockstep: boolean) =>
      runSpread(
        {
          topology: "cube",
          values: true,
          lockstep,
          tensors: ["lock", "counter"].map((name) => ({
            ...tensor(name, "output", [8], BY_PE),
            dtype: "i32" as const,
          })),
        },
        locked,
      );
    const ahead = run(false);
    expect(ahead.after(0, 1)[0]).toBe(24);
    expect(ahead.after(0, 0)[0]).toBe(0);
    expect(run(true).endsNs).toEqual(ahead.endsNs);
  });

  it("refuses more than one element, what is no tile, and an execution without data", () => {
    const problemOf = (options: TestOptions, item: ($: TestOps) => boolean) =>
      refusal(() =>
        runKernel(
          options,
          ($) =>
            function* () {
              if (!item($)) yield;
            },
        ),
      ).problems[0]!;
    expect(problemOf(ONE_PE, ($) => $.item(1, $.arange(1, 0, 2))).code).toBe("LQ2006");
    expect(problemOf(ONE_PE, ($) => $.item(1, 7)).code).toBe("LQ1304");
    const without = { ...ONE_PE, values: false };
    expect(problemOf(without, ($) => $.item(1, $.arange(1, 0, 1))).code).toBe("LQ3705");
  });

  it("says where a row has gone outside its tensor", () => {
    const { problems, exitCode } = refusal(() =>
      runKernel(
        { ...ONE_PE, elements: 16 },
        ($) =>
          function* (x: unknown) {
            // 0 1 2 0 1 … times 8, which nobody knows before the data: 16 is outside.
            const offsets = $.mul(1, $.mod(1, $.arange(1, 0, 16), 3), 8);
            if (!$.load(5, $.add(1, x, offsets))) yield;
            if (!$.item(6, $.sum(6, $.out))) yield;
          },
      ),
    );
    expect([exitCode, problems[0]!.code, problems[0]!.at?.line]).toEqual([5, "LQ3002", 5]);
  });
});
