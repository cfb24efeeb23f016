/** Composite commands whose operands cross the NoC, beside the kernel's own operations and one another. */
import { describe, expect, it } from "vitest";
import { tiledPlan, type SchedulerPlan } from "../../../../src/machine/pe/pipeline/plan.js";
import { runKernel, type TestOps, type TestRun } from "../../helpers.js";
import { runSpread, tensor } from "../../memory/spread-run.js";

/** Slots in SRAM are reached over the NoC, so everything else is as well. */
const ROUTED = ["ipcq.slotMemory=sram"];

const run = (set: string[], kernel: ($: TestOps) => (x: never, y: never) => Iterator<unknown>): TestRun =>
  runKernel({ topology: "cube", device: "pe:0", queues: [], dtype: "f16", set }, kernel);

function product($: TestOps, x: unknown, y: unknown, k: number): boolean {
  return $.composite(1, "gemm", $.ref(2, x, [32, k]), $.ref(3, x, [k, 32]), y);
}

describe.each([
  ["over the PE's own way", []],
  ["over the NoC", ROUTED],
])("a unit %s does one thing at a time", (_where, set) => {
  it("GEMM, with products of the kernel and of a command", () => {
    const { machine, endsNs } = run(
      set,
      ($) =>
        function* (x: unknown, y: unknown) {
          const tile = $.full(4, [256, 256], 1, "f16");
          if (!product($, x, y, 6400)) yield;
          $.dot(5, tile, tile);
        },
    );
    // 2·256³ and 2·32·6400·32 operations at 8 TFLOPS, and 3 ns of fill for each of the 100 tiles.
    const busyNs = (2 * 256 ** 3 + 2 * 32 * 6400 * 32) / 8000 + 300;
    expect(machine.core.pes.gemmBusyPs[0]! / 1000).toBeCloseTo(busyNs, 1);
    expect(endsNs[0]).toBeGreaterThan(busyNs);
  });

  it("MATH, with sums of the kernel and of a command", () => {
    const { machine, endsNs } = run(
      set,
      ($) =>
        function* (x: unknown, y: unknown) {
          if (!$.composite(1, "add", $.ref(2, x, [32, 3200]), $.ref(3, x, [32, 3200]), y)) yield;
          $.full(4, [64 * 4000], 1, "f16");
        },
    );
    // 64 elements a cycle of 1 ns.
    const busyNs = (32 * 3200) / 64 + 4000;
    expect(machine.core.pes.mathBusyPs[0]! / 1000).toBe(busyNs);
    expect(endsNs[0]).toBeGreaterThan(busyNs);
  });
});

describe("commands over the NoC", () => {
  const both = (set: string[], sizes: number[]) =>
    run(
      set,
      ($) =>
        function* (x: unknown, y: unknown) {
          const futures: unknown[] = [];
          for (const k of sizes) {
            if (!product($, x, $.add(6, y, 1024 * futures.length), k)) yield;
            futures.push($.out);
          }
          for (const future of futures) if (!$.wait(7, future)) yield;
        },
    ).endsNs[0];

  it("pass the units in the order in which they are issued, as over the PE's own way", () => {
    for (const sizes of [
      [6400, 640],
      [640, 6400],
      [64, 64, 64, 64],
    ])
      expect(both(ROUTED, sizes)).toBe(both([], sizes));
  });

  /** Reads B only when A has been fetched. */
  const lateB: SchedulerPlan = (command, sizes) => {
    const plan = tiledPlan(command, sizes);
    const late = (token: number) => {
      const [a, b, fetch, ...rest] = plan.stagesOf(token);
      return [a!, fetch!, b!, ...rest];
    };
    return { ...plan, stagesOf: late };
  };

  it("may read an operand after another stage, as a user's scheduler may want it", () => {
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const tensors = [tensor("x", "input", [8, 2048], policy), tensor("y", "output", [1024])];
    // A is in the PE's own slice, B in that of another one.
    const time = (distance: number, scheduler: SchedulerPlan): number =>
      runSpread(
        { topology: "cube", scheduler, tensors },
        ($) =>
          function* (x: unknown, y: unknown) {
            const from = (rank: number): unknown => $.add(4, x, (rank % 8) * 2048);
            const b = $.ref(5, from($.rank(0) + distance), [64, 32]);
            if (!$.composite(1, "gemm", $.ref(6, from($.rank(0)), [32, 64]), b, y)) yield;
            if (!$.wait(7, $.out)) yield;
          },
      ).endsNs[0]!;
    const longer = time(4, tiledPlan) - time(0, tiledPlan);
    expect(longer).toBeGreaterThan(1);
    expect(time(4, lateB) - time(0, lateB)).toBeCloseTo(longer, 6);
  });

  it("are all waited for by a load of the tensor that they write to, not the last one only", () => {
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const tensors = [tensor("x", "input", [64]), tensor("y", "output", [2, 64], policy)];
    // Far away, in cube 15, then in the own slice, where the result is sooner.
    const kernelNs = (loads: boolean): number => {
      const { core } = runSpread(
        { topology: "sip", device: "cube:0,15/pe:0", tensors },
        ($) =>
          function* (x: unknown, y: unknown) {
            if ($.rank(1) !== 0) return;
            const futures: unknown[] = [];
            for (const row of [1, 0]) {
              if (!$.composite(2, "add", $.ref(3, x, [64]), $.ref(4, x, [64]), $.add(5, y, row * 64))) yield;
              futures.push($.out);
            }
            if (loads ? !$.load(6, y, [64]) : !$.wait(7, futures[0])) yield;
          },
      ).machine;
      // Only rank 0 spends more than the first dispatch.
      return core.sitePs.reduce((sum, ps) => sum + ps, 0) / 1000;
    };
    expect(kernelNs(true)).toBeGreaterThan(kernelNs(false) + 8);
  });
});
