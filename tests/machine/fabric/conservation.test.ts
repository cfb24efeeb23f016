import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { LinkLoad } from "../../../src/machine/fabric/link-load.js";
import { linkAt, passages, type Passage } from "./observed-walk.js";
import { machineAndFlows, machines } from "./random-machines.js";
import { runFlows, trafficIn, type Flow, type Traffic } from "./traffic.js";

vi.mock("../../../src/machine/fabric/train-walk.js", () => import("./observed-walk.js"));

beforeEach(() => void passages.splice(0));

const RUNS = { seed: 11, numRuns: 25 };
const MODES = [[], ["fabric.flitTrains=false"], ["fabric.bufferFlits=100000"]];
/** A transfer's time is rounded to a picosecond. */
const ROUNDING_PS = 0.5;

function byLink(): Map<number, Passage[]> {
  const links = new Map<number, Passage[]>();
  for (const passage of passages) {
    const known = links.get(passage.link);
    if (known) known.push(passage);
    else links.set(passage.link, [passage]);
  }
  return links;
}

/** What the flows alone say that every link must carry. */
function expectedBytes(traffic: Traffic, flows: readonly Flow[]): Float64Array {
  const bytes = new Float64Array(traffic.links.count);
  for (const flow of flows) {
    const route = traffic.routeOf(flow);
    for (let hop = 0; hop < traffic.links.routeLength[route]!; hop++)
      bytes[linkAt(traffic.links, route, 0, hop)]! += flow.bytes;
  }
  return bytes;
}

describe("random machines under random traffic", () => {
  for (const mode of MODES) {
    it(`bytes in are bytes out on every link and at every memory (${mode.join() || "trains"})`, () => {
      fc.assert(
        fc.property(machineAndFlows(), ({ machine, flows }) => {
          passages.length = 0;
          const traffic = trafficIn(machine.preset, [...machine.set, ...mode]);
          const served = new Map<number, number>();
          const access = vi.spyOn(traffic.memories, "access");
          const arrivals = runFlows(traffic, flows);
          for (const [memory, , bytes] of access.mock.calls)
            served.set(memory, (served.get(memory) ?? 0) + bytes);
          for (const { startNs, endNs } of arrivals) expect(endNs).toBeGreaterThan(startNs);

          const carried = new Float64Array(traffic.links.count);
          for (const { link, bytes } of passages) carried[link]! += bytes;
          expect(carried).toEqual(expectedBytes(traffic, flows));
          const wanted = new Map<number, number>();
          for (const { kind, peer, bytes } of flows)
            if (kind !== "message") wanted.set(peer, (wanted.get(peer) ?? 0) + bytes);
          expect([...served].sort()).toEqual([...wanted].sort());
          // What reports add up from whole routes is the same.
          const load = new LinkLoad(traffic.links);
          traffic.traffic.bytesByRoute.forEach((bytes, route) => load.add(route, 0, bytes));
          expect(load.bytes).toEqual(
            expectedBytes(
              traffic,
              flows.filter(({ kind }) => kind !== "message"),
            ),
          );
        }),
        RUNS,
      );
    });
  }

  it("a link carries one train at a time, never faster than its bandwidth, and idles only without work", () => {
    fc.assert(
      fc.property(machineAndFlows(undefined, "any"), fc.boolean(), ({ machine, flows }, trains) => {
        passages.length = 0;
        const traffic = trafficIn(machine.preset, [...machine.set, `fabric.flitTrains=${trains}`]);
        const elapsedPs = 1000 * Math.max(...runFlows(traffic, flows).map(({ endNs }) => endNs));
        const wrong: unknown[] = [];
        for (const [link, trainsOfLink] of byLink()) {
          const gbps = bandwidthOf(traffic, link);
          let busyPs = 0;
          let freePs = 0;
          let carried = 0;
          for (const passage of trainsOfLink) {
            const { bytes, arrivalPs, beginPs, endPs } = passage;
            const takesPs = endPs - beginPs;
            if (beginPs !== Math.max(arrivalPs, freePs)) wrong.push({ freePs, passage });
            if (takesPs <= 0 || takesPs < (bytes * 1000) / gbps - ROUNDING_PS) wrong.push({ gbps, passage });
            busyPs += takesPs;
            carried += bytes;
            freePs = endPs;
          }
          const windowPs = freePs - trainsOfLink[0]!.arrivalPs + ROUNDING_PS * trainsOfLink.length;
          if (busyPs > elapsedPs || carried * 1000 > windowPs * gbps * (1 + 1e-12))
            wrong.push({ link, busyPs, elapsedPs, carried, windowPs });
        }
        expect(wrong).toEqual([]);
      }),
      RUNS,
    );
  });

  it("are the same each time: routes, times, events", () => {
    fc.assert(
      fc.property(machineAndFlows(), ({ machine, flows }) => {
        const once = () => {
          passages.length = 0;
          const traffic = trafficIn(machine.preset, machine.set);
          const arrivals = runFlows(traffic, flows);
          return { arrivals, events: traffic.engine.events, passages: [...passages] };
        };
        expect(once()).toEqual(once());
      }),
      { ...RUNS, numRuns: 10 },
    );
  });
});

describe("a flow alone", () => {
  const kinds = ["read", "write", "message"] as const;

  it("never takes less time with more bytes", () => {
    fc.assert(
      fc.property(
        machines("any"),
        fc.constantFrom(...kinds),
        fc.nat(17),
        fc.nat(17),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 0, max: 5000 }),
        (machine, kind, from, to, bytes, more) => {
          const [rank, peer] = [from % machine.ranks, to % machine.ranks];
          fc.pre(kind !== "message" || rank !== peer);
          const alone = (size: number) => {
            const flow: Flow = { kind, rank, peer, bytes: size, atNs: 0 };
            return runFlows(trafficIn(machine.preset, machine.set), [flow])[0]!.endNs;
          };
          // Cut into trains at other places, the same way is rounded to picoseconds at other places.
          const roundingNs = ((more === 0 ? 0 : 1) * 0.5 * 20_000) / 64 / 1000;
          expect(alone(bytes + more)).toBeGreaterThanOrEqual(alone(bytes) - roundingNs);
        },
      ),
      { ...RUNS, numRuns: 40 },
    );
  });

  it("never takes less time over more links of the same kind", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 16 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.boolean(),
        (ranks, bytes, trains) => {
          const set = [`counts.pesPerCube=${ranks}`, `fabric.flitTrains=${trains}`];
          let before = 0;
          for (let hops = 1; hops <= ranks / 2; hops++) {
            const flow: Flow = { kind: "message", rank: 0, peer: hops, bytes, atNs: 0 };
            const { endNs } = runFlows(trafficIn("ring", set), [flow])[0]!;
            expect(endNs).toBeGreaterThan(before);
            before = endNs;
          }
        },
      ),
      { ...RUNS, numRuns: 8 },
    );
  });

  it("takes longer the farther away the slice is: same PE, same half, cross half, next cube, far cube", () => {
    for (const kind of ["read", "write"] as const) {
      const times = [0, 1, 7, 8, 24, 120].map((peer) => {
        const flow: Flow = { kind, rank: 0, peer, bytes: 4096, atNs: 0 };
        return runFlows(trafficIn("sip"), [flow])[0]!.endNs;
      });
      const [own, neighbour, ...farther] = times as [number, number, ...number[]];
      // PEs 0 and 1 hang on the same router, and so do their slices.
      expect(neighbour).toBe(own);
      expect([neighbour, ...farther]).toEqual([neighbour, ...farther].sort((a, b) => a - b));
      expect(new Set([neighbour, ...farther]).size).toBe(5);
    }
  });
});

function bandwidthOf({ graph, links }: Traffic, link: number): number {
  return 1000 / graph.links[link % links.linksPerSip]!.psPerByte;
}
