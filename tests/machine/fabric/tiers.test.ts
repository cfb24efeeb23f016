import { describe, expect, it } from "vitest";
import type { Queue } from "../../../src/ccl/queues.js";
import { loadTopology } from "../../../src/topology/load.js";
import { sendBetween } from "./traffic.js";

/** 2 supernodes of 2 pods of 4 hosts with one PE each; wires in a chip take no time. */
const MACHINE = [
  "counts.supernodes=2",
  "counts.podsPerSupernode=2",
  "counts.hostsPerPod=4",
  "counts.sipsPerHost=1",
  "cubes.columns=1",
  "cubes.rows=1",
  "fabric.nsPerMm=0",
];

/** Two crossings of UCIe ports (8 ns each port) lie between a PE and PCIe, one on either chip. */
const UCIE_NS = 2 * 16;
const FLIT = 256;

const queue = (sourceHost: number, targetHost: number): Queue => ({
  source: 8 * sourceHost,
  target: 8 * targetHost,
  axis: 0,
  direction: 0,
  arrival: 1,
});

function ends(pairs: [number, number][], bytes: number, set: string[] = []): number[] {
  const topology = loadTopology("host", [...MACHINE, ...set]);
  return sendBetween(
    topology,
    pairs.map(([from, to]) => queue(from, to)),
    bytes,
  );
}

describe("a message between hosts", () => {
  // A tier's latency is half on the way up and half on the way down, and so is that of PCIe; the overhead comes once.
  const ways: [string, number, number][] = [
    ["of one pod", 1, 500 + 200 + 1000],
    ["of two pods", 4, 500 + 200 + 1000 + 2000],
    ["of two supernodes", 8, 500 + 200 + 1000 + 2000 + 3000],
  ];
  for (const [where, target, latencyNs] of ways) {
    it(`${where} takes the latency of every tier it crosses`, () => {
      // One flit of 4 bytes: below 1 ns over all links together.
      const [end] = ends([[0, target]], 4) as [number];
      expect(end).toBeGreaterThan(latencyNs + UCIE_NS);
      expect(end).toBeLessThan(latencyNs + UCIE_NS + 1.5);
    });

    it(`${where} has the bandwidth of its NIC, 50 GB/s`, () => {
      const [short, long] = [1 << 20, 2 << 20].map((bytes) => ends([[0, target]], bytes)[0]!);
      expect(long! - short!).toBeCloseTo((1 << 20) / 50, 3);
    });
  }
});

describe("hosts of one pod that send to another at once", () => {
  // The uplink has 4 × 50 GB/s / oversubscription.
  for (const [oversubscription, gbps] of [
    [1, 200],
    [2, 100],
    [4, 50],
  ] as const) {
    it(`share ${gbps} GB/s with an oversubscription of ${oversubscription}`, () => {
      const bytes = 1 << 18;
      const set = [`network.clos1.oversubscription=${oversubscription}`];
      const pairs = [0, 1, 2, 3].map((host): [number, number] => [host, host + 4]);
      const latencyNs = ends([[0, 4]], 4, set)[0]!;
      for (let senders = 1; senders <= 4; senders++) {
        const last = Math.max(...ends(pairs.slice(0, senders), bytes, set));
        const throughput = Math.min(senders * 50, gbps);
        // Within a flit on each of the 12 links.
        expect(last - latencyNs).toBeGreaterThanOrEqual((senders * bytes) / throughput);
        expect(last - latencyNs).toBeLessThan((senders * bytes) / throughput + (12 * FLIT) / 50);
      }
    });
  }

  it("of two supernodes share 4 × 2 × 50 / 4 = 100 GB/s above them", () => {
    const bytes = 1 << 18;
    const pairs = [0, 1, 4, 5].map((host): [number, number] => [host, host + 8]);
    const latencyNs = ends([[0, 8]], 4)[0]!;
    const last = Math.max(...ends(pairs, bytes));
    expect(last - latencyNs).toBeGreaterThanOrEqual((4 * bytes) / 100);
    expect(last - latencyNs).toBeLessThan((4 * bytes) / 100 + (14 * FLIT) / 50);
  });
});
