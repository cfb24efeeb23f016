import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flowsOn, machineAndFlows, machines, permutation, type RandomMachine } from "./random-machines.js";
import { runFlows, trafficIn, trainNs, type Arrival, type Flow } from "./traffic.js";

const SINGLE = ["fabric.flitTrains=false"];

function both(
  { preset, set }: RandomMachine,
  flows: readonly Flow[],
): { trains: Arrival[]; flits: Arrival[] } {
  return {
    trains: runFlows(trafficIn(preset, set), flows),
    flits: runFlows(trafficIn(preset, [...set, ...SINGLE]), flows),
  };
}

const oneFlow = (rates: "whole" | "any") =>
  machines(rates).chain((machine) =>
    fc.record({ machine: fc.constant(machine), flows: flowsOn(machine, { maxLength: 1 }) }),
  );

describe("a transfer alone", () => {
  it("takes the same time in trains and in single flits, to the picosecond", () => {
    fc.assert(
      fc.property(oneFlow("whole"), ({ machine, flows }) => {
        const { trains, flits } = both(machine, flows);
        expect(trains).toEqual(flits);
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it("differs by less than a picosecond for each flit where a flit takes no whole number of them", () => {
    fc.assert(
      fc.property(oneFlow("any"), ({ machine, flows }) => {
        const { trains, flits } = both(machine, flows);
        const differenceNs = Math.abs(trains[0]!.endNs - flits[0]!.endNs);
        expect(differenceNs * 1000).toBeLessThanOrEqual(flows[0]!.bytes / 64 + 1);
      }),
      { seed: 22, numRuns: 60 },
    );
  });
});

describe("a queue's message, which is one train", () => {
  it("takes as long as its flits, but for less than a flit on each link where its last flit is a short one", () => {
    fc.assert(
      fc.property(machines(), fc.integer({ min: 1, max: 20_000 }), ({ preset, set, ranks }, bytes) => {
        const traffic = trafficIn(preset, [...set, ...SINGLE]);
        const { links, topology } = traffic;
        const route = links.route(traffic.place(0), traffic.place(ranks - 1));
        const other = trafficIn(preset, set);
        const train = trainNs(other, other.links.route(other.place(0), other.place(ranks - 1)), bytes);
        const end = traffic.send(route, bytes);
        traffic.engine.run(() => true);
        const { flitBytes } = topology.fabric;
        const allLinksNs = (links.routeLength[route]! * flitBytes * Math.max(...links.classPsPerByte)) / 1000;
        if (bytes % flitBytes === 0 || bytes < flitBytes) expect(train).toBe(end());
        else expect(Math.abs(train - end())).toBeLessThan(allLinksNs);
      }),
      { seed: 25, numRuns: 40 },
    );
  });
});

describe("transfers that meet", () => {
  /** What a train of 16 flits takes on the slowest link that any flow uses, or at a source that is slower still. */
  const sixteenFlitsNs = ({ preset, set }: RandomMachine, flows: readonly Flow[]): number => {
    const traffic = trafficIn(preset, set);
    const { links, topology } = traffic;
    const rates = flows.flatMap((flow) => {
      const route = traffic.routeOf(flow);
      const start = links.routeStart[route]!;
      const classes = [...links.hopClass.slice(start, start + links.routeLength[route]!)];
      return classes.map((linkClass) => links.classPsPerByte[linkClass]!);
    });
    const { tcm, hbm } = topology.pe;
    const sources = [1 / tcm.readGBps, (hbm.commitNs + hbm.turnaroundNs) / hbm.burstBytes];
    return 16 * topology.fabric.flitBytes * Math.max(...rates.map((rate) => rate / 1000), ...sources);
  };

  it("end by less than a train for each other transfer apart, the last one within 2 % and a train", () => {
    fc.assert(
      fc.property(machineAndFlows({ minLength: 2, maxLength: 8 }), ({ machine, flows }) => {
        const { trains, flits } = both(machine, flows);
        const oneTrainNs = sixteenFlitsNs(machine, flows);
        const apart = trains.map(({ endNs }, index) => Math.abs(endNs - flits[index]!.endNs));
        expect(Math.max(...apart)).toBeLessThanOrEqual((flows.length - 1) * oneTrainNs);
        const [byTrain, byFlit] = [trains, flits].map((arrivals) =>
          Math.max(...arrivals.map(({ endNs }) => endNs)),
        );
        expect(Math.abs(byTrain! - byFlit!)).toBeLessThanOrEqual(0.02 * byFlit! + oneTrainNs);
      }),
      { seed: 23, numRuns: 40 },
    );
  });

  it("end at the same time within 2 % under lasting traffic: 16 permutations of one cube's PEs", () => {
    fc.assert(
      fc.property(permutation(8), ({ targets }) => {
        const flows = targets.flatMap((peer, rank): Flow[] =>
          peer === rank ? [] : [{ kind: "message", rank, peer, bytes: 65536, atNs: rank }],
        );
        fc.pre(flows.length > 0);
        const { trains, flits } = both({ preset: "cube", set: [], ranks: 8 }, flows);
        const [byTrain, byFlit] = [trains, flits].map((arrivals) =>
          Math.max(...arrivals.map(({ endNs }) => endNs)),
        );
        expect(Math.abs(byTrain! / byFlit! - 1)).toBeLessThan(0.02);
      }),
      { seed: 24, numRuns: 16 },
    );
  });

  for (const mode of [[], SINGLE]) {
    it(`interleave: equal flows through one link end within one flit (${mode.join() || "trains"})`, () => {
      // PEs 0 and 1 sit at one router, from which their messages share the way to PE 4; links carry 256 GB/s, so
      // that a flit of 256 bytes takes 1 ns and 2 × 65,536 bytes take 512 ns.
      const flows = [0, 1].map((rank): Flow => ({ kind: "message", rank, peer: 4, bytes: 65536, atNs: 0 }));
      const ends = runFlows(trafficIn("cube", mode), flows).map(({ endNs }) => endNs);
      expect(Math.abs(ends[0]! - ends[1]!)).toBeLessThanOrEqual(1);
      expect(Math.min(...ends)).toBeGreaterThan(511);
      expect(Math.max(...ends)).toBeLessThan(512 + 30);
    });
  }
});
