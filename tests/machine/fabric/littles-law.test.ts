import fc from "fast-check";
import { beforeEach, expect, it, vi } from "vitest";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { loadTopology } from "../../../src/topology/load.js";
import { passages } from "./observed-walk.js";
import { flowsOn } from "./random-machines.js";
import { runFlows, trafficIn } from "./traffic.js";

vi.mock("../../../src/machine/fabric/train-walk.js", () => import("./observed-walk.js"));

beforeEach(() => void passages.splice(0));

interface Visit {
  arrivalPs: number;
  endPs: number;
}

/**
 * The time that visits are in a queue or served, added up as the number that is there from event to event: from the
 * arrivals and the departures alone, without knowing which belong together.
 */
function numberOverTimePs(visits: readonly Visit[]): number {
  const changes = [
    ...visits.map(({ arrivalPs }) => [arrivalPs, 1] as const),
    ...visits.map(({ endPs }) => [endPs, -1] as const),
  ].sort(([a], [b]) => a - b);
  let [area, here, lastPs] = [0, 0, 0];
  for (const [atPs, by] of changes) {
    area += here * (atPs - lastPs);
    lastPs = atPs;
    here += by;
  }
  expect(here).toBe(0);
  return area;
}

/** Busy periods: from an arrival at an idle server until it is idle again. */
function busyPeriods<T extends Visit>(visits: readonly T[]): T[][] {
  const periods: T[][] = [];
  let untilPs = -1;
  for (const visit of visits) {
    if (visit.arrivalPs > untilPs) periods.push([]);
    periods.at(-1)!.push(visit);
    untilPs = Math.max(untilPs, visit.endPs);
  }
  return periods;
}

function expectLittlesLaw(visits: readonly (Visit & { servicePs: number })[]): void {
  const [first, last] = [visits[0]!.arrivalPs, Math.max(...visits.map(({ endPs }) => endPs))];
  const windowPs = last - first;
  const meanNumber = numberOverTimePs(visits) / windowPs;
  const arrivalRate = visits.length / windowPs;
  const meanTime = visits.reduce((sum, { arrivalPs, endPs }) => sum + endPs - arrivalPs, 0) / visits.length;
  expect(meanNumber).toBeCloseTo(arrivalRate * meanTime, 9);
  // Over a busy period the server never rests: what it serves fills the period.
  expect(visits.reduce((sum, { servicePs }) => sum + servicePs, 0)).toBe(windowPs);
}

it("holds on every link and in each of its busy periods: mean number = arrival rate × mean time", () => {
  const machine = { preset: "cube" as const, set: ["fabric.flitTrains=false"], ranks: 8 };
  let longest = 0;
  fc.assert(
    fc.property(flowsOn(machine, { minLength: 4, maxLength: 10, maxBytes: 6000 }), (flows) => {
      passages.length = 0;
      runFlows(trafficIn("cube", machine.set), flows);
      const links = new Map<number, (Visit & { servicePs: number })[]>();
      for (const { link, bytes, arrivalPs, endPs } of passages) {
        // Links of the default cube but those of its SRAM, which nobody uses here, carry 256 GB/s.
        const visit = { arrivalPs, endPs, servicePs: Math.round((bytes * 1000) / 256) };
        links.set(link, [...(links.get(link) ?? []), visit]);
      }
      for (const visits of links.values()) {
        for (const period of busyPeriods(visits)) {
          expectLittlesLaw(period);
          longest = Math.max(longest, period.length);
        }
      }
    }),
    { seed: 51, numRuns: 12 },
  );
  expect(longest).toBeGreaterThan(20);
});

it("holds for the queue of a channel of HBM", () => {
  const topology = loadTopology("cube", []);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 60 }), (gapsNs) => {
      const channels = new HbmChannels(topology, 8);
      let atPs = 0;
      const visits = gapsNs.map((gapNs) => {
        atPs += gapNs * 1000;
        const endPs = channels.access(0, 0, 256, atPs, atPs, false, true);
        return { arrivalPs: atPs, endPs, servicePs: 8000 };
      });
      for (const period of busyPeriods(visits)) expectLittlesLaw(period);
    }),
    { seed: 52, numRuns: 40 },
  );
});
