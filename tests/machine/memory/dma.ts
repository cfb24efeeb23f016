import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { Engine } from "../../../src/engine/engine.js";
import { Links } from "../../../src/machine/fabric/links.js";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { memorySystem, type MemorySystem } from "../../../src/machine/memory/memory-system.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { buildSipGraph, type SipGraph } from "../../../src/topology/sip-graph.js";

/** A machine without kernels: only memory traffic. */
export interface Dma extends MemorySystem {
  engine: Engine;
  links: Links;
  layout: RankLayout;
  graph: SipGraph;
  run(): void;
}

export function dma(preset: string, set: string[] = []): Dma {
  const topology = loadTopology(preset, set);
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  const engine = new Engine();
  const graph = buildSipGraph(topology);
  const links = new Links(topology, graph, layout, { insideSip: [], betweenSips: [] }, true);
  const hbm = new HbmChannels(topology, layout.world);
  const memory = memorySystem(engine, topology, graph, layout, links, hbm);
  return { ...memory, engine, links, layout, graph, run: () => void engine.run(() => true) };
}

/** Times in ns of accesses of so many bytes that all start at time zero: rank, memory of which rank. */
export function timesNs(
  machine: Dma,
  way: "read" | "write",
  pairs: readonly (readonly [rank: number, slice: number])[],
  bytes: number,
): number[] {
  const ends = pairs.map(() => 0);
  pairs.forEach(([rank, slice], index) => {
    machine.traffic[way](
      {
        from: { rank, engine: way },
        memory: machine.memories.hbmOf(slice),
        address: 0,
        bytes,
        done: (_start, endPs) => (ends[index] = endPs / 1000),
      },
      0,
    );
  });
  machine.run();
  return ends;
}
