import { describe, expect, it } from "vitest";
import { planQueues } from "../../src/ccl/queues.js";
import { RankLayout } from "../../src/ccl/rank-layout.js";
import type { LaunchArgs, RankArgs } from "../../src/data/arguments.js";
import type { KernelBody } from "../../src/machine/machine.js";
import { predict, type Prediction } from "../../src/session/prediction.js";
import { selectDevices } from "../../src/topology/device.js";
import { loadTopology } from "../../src/topology/load.js";
import { runKernel, type TestOps } from "../machine/helpers.js";

const TENSORS = ["x", "y"].map((name) => ({
  name,
  role: "inout" as const,
  dtype: "f32" as const,
  shape: [4096],
  elements: 4096,
}));

type Kernel = ($: TestOps) => (...args: never[]) => Iterator<unknown>;

function predictionOf(topologyName: string, kernel: Kernel): Prediction {
  const topology = loadTopology(topologyName, []);
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  const args: RankArgs = { tensors: TENSORS, args: TENSORS.map((_, tensor) => ({ kind: "tensor", tensor })) };
  const launch: LaunchArgs = {
    world: layout.world,
    byRank: new Array<RankArgs>(layout.world).fill(args),
  };
  const load = (ops: unknown) => kernel(ops as TestOps) as unknown as KernelBody;
  return predict(topology, layout, planQueues(layout, ["world:E"]), launch, load, () => 0);
}

describe("a prediction", () => {
  const everything: Kernel = ($) =>
    function* (x: unknown, y: unknown) {
      const index = $.arange(1, 0, 64);
      const pointers = $.add(1, x, $.mul(1, index, 4));
      if (!$.load(2, pointers, { mask: $.lt(2, index, 9), other: 1 })) yield;
      const tile = $.out;
      if (!$.store(3, $.add(3, y, index), $.exp(3, tile))) yield;
      if (!$.atomicAdd(4, y, 1)) yield;
      if (!$.send(5, "E", $.sum(5, $.reshape(5, tile, [8, 8]), 1))) yield;
      if (!$.recv(6, "W", [8], "f32")) yield;
      const received = $.reshape(6, $.out, [2, 4]);
      if (!$.barrier(7)) yield;
      const product = $.dot(8, received, $.transpose(8, received));
      if (!$.store(9, x, product)) yield;
      if (!$.composite(10, "add", $.ref(10, x, [64]), $.ref(10, y, [64]), x)) yield;
      if (!$.wait(11, $.out)) yield;
      for (let i = $.rank(12); i > 0; i--) $.lt(12, product, i);
      $.print(13, product, "text");
    };

  it("of a small run has the rows of its log, one by one", () => {
    const { machine } = runKernel({ topology: "cube", log: true, tensors: TENSORS }, everything);
    expect(predictionOf("cube", everything).rows).toBe(machine.core.opLog!.finish([]).rows);
  });

  it("is scaled to all ranks from the first 128", () => {
    const kernel: Kernel = ($) =>
      function* () {
        for (let i = 0; i < 3; i++) $.full(1, [64], i, "f32");
      };
    expect(predictionOf("host", kernel).rows).toBe(3 * 256);
  });

  it("counts accesses to single elements as it does events", () => {
    const eventsOf = (stride: number) =>
      predictionOf(
        "pe",
        ($) =>
          function* (x: unknown) {
            if (!$.load(2, $.add(1, x, $.mul(1, $.arange(1, 0, 64), stride)))) yield;
          },
      ).events;
    expect(eventsOf(2) - eventsOf(1)).toBe(63);
  });

  it("goes as far as a kernel that decides by values can be followed", () => {
    const kernel: Kernel = ($) =>
      function* (x: unknown) {
        if (!$.load(1, x, [1])) yield;
        if (!$.item(2, $.out)) yield;
        for (let i = 0; i < ($.out as number); i++) $.full(3, [64], i, "f32");
      };
    expect(predictionOf("host", kernel).rows).toBe(256);
  });
});
