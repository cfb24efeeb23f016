import { describe, expect, it } from "vitest";
import { runKernel, type TestOps } from "../helpers.js";

// Without overheads only the terms of a closed form are left.
const BARE = ["pe.dispatchCycles=0", "pe.cpuOverheadNs=0", "pe.math.lanes=65536", "ipcq.slotBytes=1MiB"];

/** A tile that every rank hands on to the next, in ns until the last one has it. */
function relayNs(topology: string, bytes: number, set: string[]): number {
  const run = runKernel(
    { topology, set: [...BARE, ...set] },
    ($: TestOps) =>
      function* () {
        const me = $.rank(0);
        const shape = [bytes / 4];
        let tile: unknown;
        if (me === 0) tile = $.full(1, shape, 1, "f32");
        else {
          if (!$.recv(2, "W", shape, "f32")) yield;
          tile = $.out;
        }
        if (me < $.worldSize(0) - 1 && !$.send(3, "E", tile)) yield;
      },
  );
  return run.endsNs.at(-1)!;
}

describe("slots in another memory, without a way over the NoC", () => {
  const HOPS = 12;
  const ring = (bytes: number, set: string[] = []): number =>
    relayNs("ring", bytes, [`counts.pesPerCube=${HOPS + 1}`, "ipcq.bankHop=false", ...set]);

  // All-reduce over 12 hops, 6 SIPs, corner root, in ns: kernbench, published table of slot tiers.
  it.each([
    [256, 1678, 1762, 2002],
    [2048, 1957, 2293, 3541],
    [16384, 4225, 6577, 15889],
    [65536, 12001, 21265, 58225],
  ])("cost the published difference over 12 hops: %i bytes", (bytes, tcm, sram, hbm) => {
    const inTcm = ring(bytes);
    const inSram = ring(bytes, [
      "ipcq.slotMemory=sram",
      "cube.sram.bandwidthGBps=128",
      "cube.sram.setupNs=2",
    ]);
    const april = ["ipcq.hbmSlot.bandwidthGBps=32", "ipcq.hbmSlot.setupNs=6"];
    const inHbm = ring(bytes, ["ipcq.slotMemory=hbm", ...april]);
    expect(inHbm - inTcm).toBeCloseTo(hbm - tcm, 6);
    // The table is rounded to whole nanoseconds; the ring's one SRAM serves one access at a time, as the relay does.
    expect(inSram - inTcm).toBeCloseTo(sram - tcm, 6);
  });

  /** All PEs of a cube receive at the same time. */
  const exchange = (set: string[]): number[] =>
    runKernel(
      { topology: "cube", set: [...BARE, "ipcq.bankHop=false", ...set], queues: ["pe"] },
      ($: TestOps) =>
        function* () {
          if (!$.send(1, "E", $.full(2, [4096], 1, "f32"), { axis: "pe" })) yield;
          if (!$.recv(3, "W", [4096], "f32", { axis: "pe" })) yield;
        },
    ).endsNs;

  it("in SRAM share the port of the cube's memory", () => {
    // Eight writes and eight reads of 2 + 16384/128 ns each, one after another.
    const last = Math.max(...exchange(["ipcq.slotMemory=sram"]));
    const port = 16 * (2 + 128);
    expect(last).toBeGreaterThan(port);
    expect(last).toBeLessThan(port + 200);
  });

  it("in HBM are every PE's own", () => {
    const cost = 2 * (8 + 16384 / 256);
    const inTcm = exchange([]);
    expect(exchange(["ipcq.slotMemory=hbm"]).map((end, rank) => end - inTcm[rank]!)).toEqual(
      inTcm.map(() => cost - (2 * 16384) / 512),
    );
  });

  it("in HBM have one port for writing and reading", () => {
    // Two messages come from both sides at once: their writes and reads are served one after another.
    const ends = (slotMemory: string): number =>
      runKernel(
        {
          topology: "ring",
          set: [...BARE, "counts.pesPerCube=3", "ipcq.bankHop=false", `ipcq.slotMemory=${slotMemory}`],
        },
        ($: TestOps) =>
          function* () {
            const me = $.rank(0);
            const tile = $.full(1, [256], 1, "f32");
            if (me === 0 && !$.send(2, "E", tile)) yield;
            if (me === 2 && !$.send(3, "W", tile)) yield;
            if (me === 1) for (const side of ["W", "E"]) if (!$.recv(4, side, [256], "f32")) yield;
          },
      ).endsNs[1]!;
    const hbm = 8 + 1024 / 256;
    const there = 1 + 256 / 512 + 1024 / 50 + 500;
    const credit = 16 / 50;
    // Write, write, read with its credit, read with its credit.
    expect(ends("hbm")).toBeCloseTo(there + 4 * hbm + 2 * credit, 6);
    // The TCM's write and read ports are two: the second write is over before the first read.
    expect(ends("tcm")).toBeCloseTo(there + 4 * 2 + 2 * credit - 2, 0);
  });
});

describe("slots that are reached over the NoC", () => {
  // No propagation, and no link of the way but the memory's own is a bottleneck.
  const WAY = ["fabric.nsPerMm=0", "fabric.routerBandwidthGBps=4096", "cube.sram.linkGBps=512"];
  const bytes = 65536;
  const flit = (gbps: number): number => 256 / gbps;

  /** What slots in a memory cost more than nothing, on one message between two PEs. */
  const messageNs = (set: string[]): number =>
    runKernel(
      { topology: "cube", set: [...BARE, ...WAY, ...set], queues: ["pe"] },
      ($: TestOps) =>
        function* () {
          const pe = { axis: "pe" };
          if ($.rank(0) === 0 && !$.send(1, "E", $.full(2, [bytes / 4], 1, "f32"), pe)) yield;
          if ($.rank(0) === 1 && !$.recv(3, "W", [bytes / 4], "f32", pe)) yield;
        },
    ).endsNs[1]!;
  const inTcm = 2 * (bytes / 512);

  it("in HBM pay a hop at the slice's bandwidth and the slot's cost, each way", () => {
    const access = messageNs(["ipcq.slotMemory=hbm"]) - (messageNs([]) - inTcm);
    // The published sum of one access: 256 ns of hop + 256 + 8; the first flit passes one faster link.
    expect(access).toBeCloseTo(2 * (256 + 256 + 8 + flit(4096)), 2);
  });

  it("in SRAM pay a hop over the memory's link and the slot's cost, each way", () => {
    const access = messageNs(["ipcq.slotMemory=sram"]) - (messageNs([]) - inTcm);
    // 128 ns of hop + 512 + 2; PE, r0c0, r1c0, r2c0 and r3c0 before the memory's link.
    expect(access).toBeCloseTo(2 * (128 + 512 + 2 + 4 * flit(4096)), 1);
  });

  it("are not reached without the hop", () => {
    const set = ["ipcq.slotMemory=hbm"];
    const hop = messageNs(set) - messageNs([...set, "ipcq.bankHop=false"]);
    expect(hop).toBeCloseTo(2 * (256 + flit(4096)), 2);
  });

  it("in SRAM share its port between the PEs of a cube", () => {
    const run = (both: boolean): number[] =>
      runKernel(
        { topology: "cube", set: [...BARE, "ipcq.slotMemory=sram"], queues: ["pe"] },
        ($: TestOps) =>
          function* () {
            const me = $.rank(0);
            const shape = [16384];
            const pe = { axis: "pe" };
            if (me === 0 && !$.send(1, "E", $.full(2, shape, 1, "f32"), pe)) yield;
            if (me === 1 && !$.recv(3, "W", shape, "f32", pe)) yield;
            if (both && me === 3 && !$.send(4, "E", $.full(5, shape, 1, "f32"), pe)) yield;
            if (both && me === 4 && !$.recv(6, "W", shape, "f32", pe)) yield;
          },
      ).endsNs;
    // Two writes and two reads on one port in place of one each, and their ways share the memory's link of 128 GB/s.
    const access = 2 + 65536 / 128;
    const later = Math.max(...run(true)) - Math.max(...run(false));
    expect(later).toBeGreaterThan(2 * access);
    expect(later).toBeLessThan(2 * access + 2 * 512);
  });
});
