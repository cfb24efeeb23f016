import { describe, expect, it } from "vitest";
import { runKernel } from "../helpers.js";
import { dma, timesNs } from "./dma.js";

/** Slots in SRAM are reached over the NoC, so everything else is as well. */
const ROUTED = ["ipcq.slotMemory=sram"];

describe("a PE's own slice, over the NoC or not", () => {
  const ends = (set: string[], lockstep = false) =>
    runKernel(
      { topology: "cube", set, lockstep },
      ($) =>
        function* (x: unknown, y: unknown) {
          for (let i = 1; i <= 4; i++) {
            if (!$.load(1, x, [i * 500])) yield;
            const tile = $.out;
            if (!$.store(2, y, tile)) yield;
            if (!$.store(3, x, $.add(4, tile, 1))) yield;
            if (!$.store(4, x, tile)) yield;
            // Long enough for the stores to come to their end.
            $.full(5, [64 * 200], 0, "f32");
            if (!$.load(6, y, [64])) yield;
            if (!$.load(7, x, [3000])) yield;
          }
        },
    ).endsNs;

  it("takes the same time to the picosecond while nobody else is there", () => {
    expect(ends(ROUTED)).toEqual(ends([]));
    expect(ends([...ROUTED, "pe.dma.requests=1"])).toEqual(ends(["pe.dma.requests=1"]));
    expect(ends([...ROUTED, "pe.mmu.tlbNs=7"])).toEqual(ends(["pe.mmu.tlbNs=7"]));
  });

  it("takes the same time in lockstep", () => {
    expect(ends(ROUTED, true)).toEqual(ends(ROUTED));
  });

  it("takes the same time flit by flit", () => {
    expect(ends([...ROUTED, "fabric.flitTrains=false"])).toEqual(ends(ROUTED));
  });
});

describe("accesses that meet", () => {
  const all = (count: number, slice: number) =>
    Array.from({ length: count }, (_, rank) => [rank, slice] as const);

  it("share a slice's bandwidth: n PEs take at least n times its transfer time", () => {
    for (const way of ["read", "write"] as const) {
      const last = Math.max(...timesNs(dma("cube"), way, all(8, 0), 16384));
      expect(last).toBeGreaterThan((8 * 16384) / 256);
      expect(last).toBeLessThan(1.15 * ((8 * 16384) / 256));
    }
  });

  it("do not disturb one another on slices of their own", () => {
    const own = Array.from({ length: 8 }, (_, rank) => [rank, rank] as const);
    const alone = timesNs(dma("cube"), "write", [[0, 0]], 65536)[0];
    expect(timesNs(dma("cube"), "write", own, 65536)).toEqual(new Array(8).fill(alone));
  });

  it("cost no event for each flit while they are alone", () => {
    const machine = dma("host");
    timesNs(machine, "write", [[0, 127]], 1 << 20);
    // Trains of 4 KiB: each is sent once and passes every link once; the access itself begins and ends.
    const trains = (1 << 20) / 4096;
    const hops = machine.links.routeLength[0]!;
    expect(machine.engine.events).toBe(trains * (1 + hops) + 2);
  });
});

describe("bounded buffers", () => {
  const pairs = Array.from({ length: 8 }, (_, rank) => [rank, (rank * 3 + 1) % 8] as const);

  it("without a tight bound change nothing", () => {
    const free = timesNs(dma("cube", ["fabric.flitTrains=false"]), "write", pairs, 8192);
    expect(timesNs(dma("cube", ["fabric.bufferFlits=100000"]), "write", pairs, 8192)).toEqual(free);
  });

  it("hold traffic back, and everything still arrives", () => {
    const free = Math.max(...timesNs(dma("cube", ["fabric.flitTrains=false"]), "write", pairs, 8192));
    const tight = timesNs(dma("cube", ["fabric.bufferFlits=1"]), "write", pairs, 8192);
    expect(Math.min(...tight)).toBeGreaterThan(0);
    expect(Math.max(...tight)).toBeGreaterThanOrEqual(free);
  });
});
