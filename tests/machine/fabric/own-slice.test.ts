import fc from "fast-check";
import { expect, it } from "vitest";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { LocalMemory } from "../../../src/machine/memory/local-memory.js";
import { machines } from "./random-machines.js";
import { runFlows, trafficIn } from "./traffic.js";

it("a PE reaches its own slice in the same time to the picosecond, with events and without", () => {
  fc.assert(
    fc.property(
      machines(),
      fc.constantFrom("read", "write"),
      fc.integer({ min: 1, max: 20_000 }),
      fc.nat(1 << 16),
      ({ preset, set }, kind, bytes, address) => {
        const traffic = trafficIn(preset, set);
        const { topology, graph, layout } = traffic;
        const local = new LocalMemory(topology, graph, layout, new HbmChannels(topology, layout.world));
        const aloneNs = local[kind](0, address, bytes, 0) / 1000;
        const [routed] = runFlows(traffic, [{ kind, rank: 0, peer: 0, bytes, atNs: 0, address }]);
        expect(aloneNs).toBe(routed!.endNs);
      },
    ),
    { seed: 31, numRuns: 60 },
  );
});
