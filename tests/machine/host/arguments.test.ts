import { expect, it } from "vitest";
import type { KernelDefinition } from "../../../dsl/index.js";
import type { RankArgs } from "../../../src/data/arguments.js";
import type { Pointer } from "../../../src/ops/handles.js";
import { buildLaunch, topologyInfo } from "../../../src/session/arguments.js";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { bench } from "./helpers.js";

it("arguments arrive exactly as given, also scalars equal to a tensor's dimensions", () => {
  const topology = loadTopology("host", []);
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  // The tensor's own dimensions, its elements, its bytes, the world and the PEs of a cube.
  const scalars = [64, 8, 64 * 8, 64 * 8 * 4, 256, 8, -0, 2 ** 53, "64", true];
  const definition = {
    kind: "kernel",
    options: {
      name: "any",
      args: ({ rank }: { rank: number }) => [
        { kind: "tensor", name: "x", role: "input", dtype: "f32", shape: [64, 8] },
        ...scalars,
        rank,
      ],
    },
  } as unknown as KernelDefinition;
  const params = ["x", ...scalars.map((_, index) => `s${index}`), "rank"].map((name) => ({
    name,
    type: "any",
  }));
  const launch = buildLaunch(definition, params, topologyInfo(topology, layout), layout.world, 2048, "f32");

  const received: unknown[][] = [];
  const machine = bench({
    topology: "host",
    args: (rank): RankArgs => launch.byRank[rank]!,
    kernel: () =>
      function* (...args: unknown[]) {
        received.push(args);
      } as never,
  });
  machine.launch();
  machine.run();
  expect(received).toHaveLength(256);
  received.forEach(([pointer, ...rest], rank) => {
    expect((pointer as Pointer).tensor.shape).toEqual([64, 8]);
    expect(rest).toHaveLength(scalars.length + 1);
    scalars.forEach((scalar, index) => expect(Object.is(rest[index], scalar)).toBe(true));
    expect(rest.at(-1)).toBe(rank);
  });
});
