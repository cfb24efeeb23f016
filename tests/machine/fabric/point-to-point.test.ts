import { describe, expect, it } from "vitest";
import { loadTopology } from "../../../src/topology/load.js";
import { trafficOn, trainNs, type Traffic } from "./traffic.js";

interface Link {
  flitBytes: number;
  gbps: number;
  latencyNs: number;
}

function ring({ flitBytes, gbps, latencyNs }: Link): Traffic {
  const topology = loadTopology("ring", [
    "counts.pesPerCube=16",
    `fabric.direct.bandwidthGBps=${gbps}`,
    `fabric.direct.latencyNs=${latencyNs}`,
  ]);
  // Beyond what a file may say: a whole message as one flit is store-and-forward.
  topology.fabric.flitBytes = flitBytes;
  return trafficOn(topology);
}

/** From PE 1 to the one `hops` links on, cut into trains as memory traffic is. */
function messageNs(hops: number, bytes: number, link: Link): number {
  const traffic = ring(link);
  const end = traffic.send(traffic.links.route(traffic.place(1), traffic.place(1 + hops)), bytes);
  traffic.engine.run(() => true);
  return end();
}

/** The same as one train, as a queue's message is. */
function oneTrainNs(hops: number, bytes: number, link: Link): number {
  const traffic = ring(link);
  return trainNs(traffic, traffic.links.route(traffic.place(1), traffic.place(1 + hops)), bytes);
}

describe("a message over n equal links of bandwidth β and latency α", () => {
  const [gbps, latencyNs, bytes] = [64, 300, 65536];

  for (const hops of [1, 2, 3, 7]) {
    it(`stored and forwarded over ${hops}: n (S/β + α)`, () => {
      const link = { flitBytes: bytes, gbps, latencyNs };
      expect(messageNs(hops, bytes, link)).toBe(hops * (1024 + 300));
      expect(oneTrainNs(hops, bytes, link)).toBe(hops * (1024 + 300));
    });

    it(`cut through over ${hops}: S/β + n α + (n − 1) flit/β`, () => {
      const expected = 1024 + hops * 300 + (hops - 1) * 4;
      const link = { flitBytes: 256, gbps, latencyNs };
      expect(messageNs(hops, bytes, link)).toBe(expected);
      expect(oneTrainNs(hops, bytes, link)).toBe(expected);
    });
  }
});

/** astra-network-analytical, ring of 16, 50 GiB/s (1 GiB/s is 1.073741824 GB/s) and 500 ns a link, NPU 1 to NPU 4. */
describe("1 MiB from 1 to 4 around a ring, as ASTRA-sim's network model has it", () => {
  const link = { gbps: 50 * 1.073741824, latencyNs: 500 };

  it("takes 21,031 ns cut through", () => {
    // That model knows no flits: with 4 bytes they add 2 × 0.07 ns.
    expect(Math.floor(oneTrainNs(3, 1 << 20, { ...link, flitBytes: 4 }))).toBe(21031);
  });

  it("takes 60,093 ns stored and forwarded", () => {
    const wholeMessage = { ...link, flitBytes: 1 << 20 };
    expect(Math.floor(messageNs(3, 1 << 20, wholeMessage))).toBe(60093);
    expect(Math.floor(oneTrainNs(3, 1 << 20, wholeMessage))).toBe(60093);
  });
});
