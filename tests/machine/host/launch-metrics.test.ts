import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RankArgs } from "../../../src/data/arguments.js";
import { mergeMetrics, type LaunchMetrics } from "../../../src/machine/host/launch-metrics.js";
import { bench, tensor } from "./helpers.js";

const merged = (all: readonly LaunchMetrics[]): LaunchMetrics => {
  const into = { peExecPs: 0, dmaPs: 0, computePs: 0 };
  for (const metrics of all) mergeMetrics(into, metrics);
  return into;
};

describe("metrics of a launch", () => {
  it("are the same in whichever order PEs, cubes and SIPs report, and the largest of each", () => {
    const time = fc.nat(1e6);
    const metrics = fc.record({ peExecPs: time, dmaPs: time, computePs: time });
    const reports = fc.array(metrics, { minLength: 1, maxLength: 20 }).chain((list) =>
      fc.record({
        list: fc.constant(list),
        permuted: fc.shuffledSubarray(list, { minLength: list.length }),
        cut: fc.nat(list.length),
      }),
    );
    fc.assert(
      fc.property(reports, ({ list, permuted, cut }) => {
        const whole = merged(list);
        expect(merged(permuted)).toEqual(whole);
        // Merged in two groups first, as cubes and SIPs do.
        expect(merged([merged(permuted.slice(cut)), merged(permuted.slice(0, cut))])).toEqual(whole);
        expect(whole.dmaPs).toBe(Math.max(...list.map(({ dmaPs }) => dmaPs)));
      }),
      { seed: 1 },
    );
  });

  const args = (): RankArgs => ({
    tensors: [tensor("x", "input", 1 << 16)],
    args: [{ kind: "tensor", tensor: 0 }],
  });

  /** Even ranks load 4 KiB, odd ones fill and add 640 elements in 64 lanes; both dispatch in one cycle of 1 ns. */
  const machine = bench({
    topology: "cube",
    args,
    kernel: ($) =>
      function* (x: unknown) {
        if ($.rank(0) % 2 === 0) {
          if (!$.load(1, x, [1024])) yield;
        } else {
          const tile = $.full(2, [640], 1, "f32");
          $.add(3, tile, tile);
          $.add(4, tile, tile);
        }
      },
  });
  machine.launch();
  machine.launch();
  machine.run();

  it("come from several PEs, and start anew with every launch", () => {
    // 0.05 ns to the slice and back, 8 ns commit, 256 B at 256 GB/s over one link, 4,096 B over the other.
    const dmaPs = 1000 * (0.05 + 8 + 1 + 16 + 0.05);
    // Three operations of ten cycles, and a dispatch for each and for the question which rank this is.
    const computePs = 1000 * 3 * 10;
    const round = { peExecPs: computePs + 4000, dmaPs, computePs };
    expect(machine.machine.rounds.list).toMatchObject([round, round]);
  });
});
