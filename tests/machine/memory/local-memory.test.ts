import fc from "fast-check";
import { expect, it } from "vitest";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { LocalMemory } from "../../../src/machine/memory/local-memory.js";
import { SliceTimelines, type Way } from "../../../src/machine/memory/slice-timelines.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { Router } from "../../../src/topology/routes.js";
import { buildSipGraph } from "../../../src/topology/sip-graph.js";

const request = fc.record({
  rank: fc.integer({ min: 0, max: 7 }),
  isWrite: fc.boolean(),
  address: fc.integer({ min: 0, max: 5000 }),
  bytes: fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.constant(1024)),
  gapPs: fc.integer({ min: 0, max: 60_000 }),
});

it("times every request as if it had been put on the timelines at once", () => {
  fc.assert(
    fc.property(
      fc.array(request, { maxLength: 60 }),
      fc.constantFrom([], ["pe.hbm.turnaroundNs=7"], ["pe.dma.requests=1", "pe.mmu.tlbNs=3"]),
      (requests, set) => {
        const topology = loadTopology("cube", set);
        const graph = buildSipGraph(topology);
        const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
        const router = new Router(graph);
        const way = (from: number, to: number): Way => {
          const links = [...router.route(from, to)].map((link) => graph.links[link]!);
          const latencyPs = links.map((link) => link.latencyPs);
          const totalLatencyPs = latencyPs.reduce((a, b) => a + b, 0);
          return { psPerByte: links.map((link) => link.psPerByte), latencyPs, totalLatencyPs };
        };
        const ways = Array.from({ length: 8 }, (_, pe) => ({
          to: way(graph.peNode(0, pe), graph.hbmNode(0, pe)),
          from: way(graph.hbmNode(0, pe), graph.peNode(0, pe)),
        }));
        const memory = new LocalMemory(topology, graph, layout, new HbmChannels(topology, 8));
        const timelines = new SliceTimelines(topology, ways, 8, new HbmChannels(topology, 8));
        let atPs = 0;
        for (const { rank, isWrite, address, bytes, gapPs } of requests) {
          atPs += gapPs;
          const serve = (of: LocalMemory | SliceTimelines) =>
            isWrite ? of.write(rank, address, bytes, atPs) : of.read(rank, address, bytes, atPs);
          expect(serve(memory)).toBe(serve(timelines));
          expect(memory.startPs).toBe(timelines.startPs);
          // A time that has passed is as good as any other.
          const next = (of: LocalMemory | SliceTimelines) => Math.max(atPs, of.nextReadPs(rank));
          if (gapPs % 5 === 0) expect(next(memory)).toBe(next(timelines));
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
