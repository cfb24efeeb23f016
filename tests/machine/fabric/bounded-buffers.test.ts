import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineAndFlows, permutation } from "./random-machines.js";
import { runFlows, trafficIn, type Arrival, type Flow } from "./traffic.js";

const FREE = "fabric.flitTrains=false";
const bound = (flits: number): string => `fabric.bufferFlits=${flits}`;
const last = (arrivals: Arrival[]): number => Math.max(...arrivals.map(({ endNs }) => endNs));

describe("a bound on buffers", () => {
  it("that is never reached changes nothing", () => {
    fc.assert(
      fc.property(machineAndFlows({ maxBytes: 8000 }), ({ machine: { preset, set }, flows }) => {
        const free = runFlows(trafficIn(preset, [...set, FREE]), flows);
        expect(runFlows(trafficIn(preset, [...set, bound(100_000)]), flows)).toEqual(free);
      }),
      { seed: 61, numRuns: 30 },
    );
  });

  it("loses nothing and deadlocks nowhere inside a cube, whoever sends to whom", () => {
    fc.assert(
      fc.property(
        permutation(8),
        fc.constantFrom("message", "write", "read"),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8192 }),
        ({ targets }, kind, flits, bytes) => {
          const flows = targets.flatMap((peer, rank): Flow[] =>
            peer === rank && kind === "message" ? [] : [{ kind, rank, peer, bytes, atNs: 0 }],
          );
          fc.pre(flows.length > 0);
          const free = runFlows(trafficIn("cube", [FREE]), flows);
          const tight = runFlows(trafficIn("cube", [bound(flits)]), flows);
          for (const { endNs } of tight) expect(endNs).toBeGreaterThan(0);
          // All bytes in the same or a longer time: the throughput is never above that without a bound.
          expect(last(tight)).toBeGreaterThanOrEqual(last(free));
        },
      ),
      { seed: 62, numRuns: 40 },
    );
  });
});

describe("a hot spot and a bystander that shares links with it", () => {
  // PE 0, north-west, floods the slice of PE 4, south-east, whose link is eight times narrower than the way there. Its
  // neighbour PE 1 sends 16 flits of 1 ns each to PE 5 in the same corner, over the same routers' links.
  const set = ["pe.hbm.bandwidthGBps=32"];
  const flood: Flow = { kind: "write", rank: 0, peer: 4, bytes: 65536, atNs: 0 };
  const bystander: Flow = { kind: "message", rank: 1, peer: 5, bytes: 4096, atNs: 200 };
  const delayNs = (mode: string): number => {
    const ends = [[bystander], [bystander, flood]].map(
      (flows) => runFlows(trafficIn("cube", [...set, mode]), flows)[0]!.endNs,
    );
    return ends[1]! - ends[0]!;
  };

  it("costs the bystander its fair share without a bound: each of its 16 flits waits for one flit of 1 ns", () => {
    expect(delayNs(FREE)).toBeGreaterThan(0);
    expect(delayNs(FREE)).toBeLessThanOrEqual(17);
  });

  for (const flits of [1, 2, 4]) {
    it(`holds the bystander back to the hot spot's pace where ${flits} flits fit: 8 ns for each flit in its way`, () => {
      expect(delayNs(bound(flits))).toBeGreaterThan(4 * 17);
    });
  }
});
