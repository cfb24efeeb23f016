import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runFlows, trafficIn, type Flow } from "./traffic.js";

/** Eight PEs in a ring: PE 3 sends to PE 4 over a single link. */
const RING = ["counts.pesPerCube=8", "fabric.direct.latencyNs=20"];
const SINGLE = "fabric.flitTrains=false";

const message = (rank: number, peer: number, bytes: number, atNs: number): Flow => ({
  kind: "message",
  rank,
  peer,
  bytes,
  atNs,
});

describe("an added flow", () => {
  const size = fc.integer({ min: 1, max: 64 }).map((flits) => flits * 256);
  const start = fc.integer({ min: 0, max: 400 });

  const single = fc.record({ size, start });
  // The added one may come from farther away and go on farther: it meets the others on that link only.
  const crossing = fc.record({ size, start, from: fc.constantFrom(1, 2, 3), to: fc.constantFrom(4, 5) });
  type Single = { size: number; start: number };
  type Crossing = Single & { from: number; to: number };

  /** By how much the flows end earlier, at most, when one more is there. */
  const gainNs = (flows: readonly Single[], added: Crossing, mode: string[]): number => {
    const known = flows.map((flow) => message(3, 4, flow.size, flow.start));
    const more = message(added.from, added.to, added.size, added.start);
    const without = runFlows(trafficIn("ring", [...RING, ...mode]), known);
    const withIt = runFlows(trafficIn("ring", [...RING, ...mode]), [...known, more]);
    return Math.max(...without.map(({ endNs }, index) => endNs - withIt[index]!.endNs));
  };

  it("never speeds up a flow that has one link only, which the two share", () => {
    fc.assert(
      fc.property(single, crossing, fc.constantFrom<string[][]>([SINGLE], []), (flow, added, mode) => {
        expect(gainNs([flow], added, mode)).toBeLessThanOrEqual(0);
      }),
      { seed: 41, numRuns: 60 },
    );
  });

  // A source hands its link one flit at a time, so a delay of less than a flit may change whose flit goes first.
  it("speeds up none of several such flows by more than a flit for each of the others", () => {
    const flitNs = 256 / 50;
    fc.assert(
      fc.property(fc.array(single, { minLength: 2, maxLength: 4 }), crossing, (flows, added) => {
        expect(gainNs(flows, added, [SINGLE])).toBeLessThanOrEqual((flows.length - 1) * flitNs + 1e-9);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it("may speed up another where routes have several links: it holds back what that one would meet", () => {
    // PE 3 → 4 meets PE 2 → 4 on the last link; PE 2 → 3 holds that up on the link before.
    const watched = message(3, 4, 4096, 100);
    const other = message(2, 4, 16384, 0);
    const machine = () => trafficIn("ring", [...RING, SINGLE]);
    const [before] = runFlows(machine(), [watched, other]);
    const [after] = runFlows(machine(), [watched, other, message(2, 3, 16384, 0)]);
    expect(after!.endNs).toBeLessThan(before!.endNs);
  });
});
