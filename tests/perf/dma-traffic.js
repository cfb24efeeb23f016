// `node tests/perf/dma-traffic.js WAY PATTERN BYTES FLIT_TRAINS`: all PEs of one SIP reach memory at once, each for so
// many bytes, without kernels. PATTERN says whose slice: the PE's `own`, or that of the PE at the same place `n` cubes
// further. Prints wall ms, events, bytes, simulated ns and peak RSS as JSON.
import { performance } from "node:perf_hooks";
import { HbmChannels } from "../../dist/src/machine/memory/hbm-channels.js";
import { Engine } from "../../dist/src/engine/engine.js";
import { Links } from "../../dist/src/machine/fabric/links.js";
import { RankLayout } from "../../dist/src/ccl/rank-layout.js";
import { buildSipGraph } from "../../dist/src/topology/sip-graph.js";
import { loadTopology } from "../../dist/src/topology/load.js";
import { memorySystem } from "../../dist/src/machine/memory/memory-system.js";
import { selectDevices } from "../../dist/src/topology/device.js";

const [way, pattern, bytesText, flitTrains] = process.argv.slice(2);
const bytes = Number(bytesText);

const start = performance.now();
const topology = loadTopology("kernbench", [`fabric.flitTrains=${flitTrains}`]);
const layout = new RankLayout(topology, selectDevices(topology, "sip:0"), "pe");
const graph = buildSipGraph(topology);
const engine = new Engine();
const links = new Links(topology, graph, layout, { insideSip: [], betweenSips: [] }, true);
const hbm = new HbmChannels(topology, layout.world);
const { traffic, memories } = memorySystem(engine, topology, graph, layout, links, hbm);

const { pesPerCube } = topology.counts;
const distance = pattern === "own" ? 0 : Number(pattern) * pesPerCube;
let done = 0;
let simulatedPs = 0;
for (let rank = 0; rank < layout.world; rank++) {
  const request = {
    from: { rank, engine: way },
    memory: memories.hbmOf((rank + distance) % layout.world),
    address: 0,
    bytes,
    done: (_startPs, endPs) => {
      done++;
      simulatedPs = Math.max(simulatedPs, endPs);
    },
  };
  traffic[way](request, 0);
}
engine.run(() => true);
if (done !== layout.world) throw new Error(`${done} of ${layout.world} accesses came to their end`);
console.log(
  JSON.stringify({
    wallMs: performance.now() - start,
    events: engine.events,
    bytes: layout.world * bytes,
    simulatedNs: simulatedPs / 1000,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
