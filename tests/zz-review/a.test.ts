import { it } from "vitest";
import { runKernel } from "../machine/helpers.js";
import { tensor } from "../machine/memory/spread-run.js";
import { bench, tensor as t2 } from "../machine/host/helpers.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
import { probe } from "../../src/probe/probe.js";
import { splitOverride } from "../../src/topology/overrides.js";

it("E1 composite in routed run blocks others", () => {
  for (const withComposite of [false, true]) {
    for (const size of [512]) {
    const ends: number[] = [];
    const run = runKernel(
      { topology: "cube", device: "cube:0/pe:0-1", queues: [], tensors: [
        tensor("x", "inout", [1 << 18]), tensor("y", "inout", [1 << 18]),
        tensor("s", "inout", [1 << 12], { cube: "replicate", pe: "row_wise" }) ] },
      ($) => function* (x: unknown, y: unknown, s: unknown) {
        if ($.rank(1) === 0) {
          if (withComposite) { if (!$.composite(2, "gemm", $.ref(3, x, [32, size*8]), $.ref(3, x, [size*8, 32]), y)) yield; }
        } else {
          if (!$.load(4, s, [64])) yield; // first shard: PE 0's slice
        }
      },
    );
    console.log("E1", withComposite, run.endsNs, ends);
    }
  }
});
it("E1b store then composite of the same tensor in a routed run", () => {
  for (const spread of [false, true]) {
    const run = runKernel(
      { topology: "cube", device: "cube:0/pe:0-1", queues: [], tensors: [
        tensor("x", "inout", [1 << 18]), tensor("y", "inout", [1 << 18]),
        tensor("s", "inout", [1 << 12], spread ? { cube: "replicate", pe: "row_wise" } : undefined) ] },
      ($) => function* (x: unknown, y: unknown, s: unknown) {
        if ($.rank(1) === 0) {
          const tile = $.full(2, [65536], 1, "f32");
          if (!$.store(3, x, tile)) yield;
          if (!$.composite(2, "gemm", $.ref(3, x, [32, 64]), $.ref(3, x, [64, 32]), y)) yield;
          if (!$.wait(3, $.out)) yield;
          console.log("E1b", spread, "composite done at", run0($));
        }
      },
    );
    console.log("E1b", spread, run.endsNs, run.machine.core.clockPs);
  }
});
function run0(_: unknown) { return ""; }
it("E4 probe vs chips", () => {
  const topology = loadTopology("pe", []);
  const r = probe(topology, buildSipGraph(topology), { cases: ["host-to-device", "device-to-host"], bytes: [65536], hops: false });
  console.log("E4 probe", r.result.cases.map((c) => [c.name, c.sizes[0]!.simulatedNs]));
  const b = bench({ topology: "pe", args: () => ({ tensors: [t2("x", "inout", 16384)], args: [] }) });
  b.submit({ kind: "memory_write", bytes: 65536 });
  b.run();
  console.log("E4 chips", b.answers.map((a) => a.atNs));
  const b2 = bench({ topology: "pe", args: () => ({ tensors: [t2("x", "inout", 16384)], args: [] }) });
  b2.submit({ kind: "memory_read", bytes: 65536 });
  b2.run();
  console.log("E4 chips", b2.answers.map((a) => a.atNs));
});
it("E6", () => { console.log(splitOverride("ipcq.slots,"), splitOverride("ipcq.slotsX"), splitOverride("ipcq.slots=2,,4")); });
