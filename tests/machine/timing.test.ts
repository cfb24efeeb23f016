import { describe, expect, it } from "vitest";
import { runKernel } from "./helpers.js";

// Without overheads only the terms of a closed form are left.
const BARE = ["pe.dispatchCycles=0", "pe.cpuOverheadNs=0", "pe.hbm.commitNs=0"];

describe("PE operations", () => {
  // From the PE to its router is 0.5 mm at 0.1 ns/mm; the slice's controller sits beside the router.
  const way = 0.05;

  it("a load takes dispatch, the command's way, the commit, and the data's way over two links", () => {
    const run = runKernel(
      { topology: "pe" },
      ($) =>
        function* (x: unknown) {
          $.load(1, x, [1024]);
        },
    );
    // 1 ns dispatch, 8 ns until the first burst is there, 256 B / 256 GB/s over the first link, 4096 B over the second.
    expect(run.endsNs).toEqual([1 + way + 8 + 1 + 16 + way]);
  });

  it("a store is posted: the next operation starts at once, the kernel ends when it has drained", () => {
    const run = runKernel(
      { topology: "pe" },
      ($) =>
        function* (x: unknown, y: unknown) {
          $.load(1, x, [1024]);
          $.store(2, y, $.out);
          $.add(3, $.out ?? $.full(4, [64], 1, "f32"), 1);
        },
    );
    // load 26.1, store dispatch 1; in the background 256 B out of the TCM at 512 GB/s, two links, commit, completion.
    expect(run.endsNs[0]).toBeCloseTo(26.1 + 1 + 0.5 + 1 + way + 16 + 8 + way, 9);
  });

  it("elementwise operations take one cycle for each 64 elements", () => {
    const run = runKernel(
      { topology: "pe", set: BARE },
      ($) =>
        function* () {
          const tile = $.full(1, [100], 1, "f32");
          $.add(2, tile, tile);
        },
    );
    expect(run.endsNs).toEqual([2 + 2]);
  });

  it("a product takes 2MNK over the peak, twice that in f32", () => {
    const time = (dtype: string): number =>
      runKernel(
        { topology: "pe", set: [...BARE, "pe.math.lanes=65536"] },
        ($) =>
          function* () {
            const a = $.full(1, [32, 64], 1, dtype);
            const b = $.full(1, [64, 32], 1, dtype);
            $.dot(2, a, b);
          },
      ).endsNs[0]! - 2;
    // 131,072 operations at 8 TFLOPS
    expect(time("f16")).toBeCloseTo(16.384, 3);
    expect(time("f32")).toBeCloseTo(32.768, 3);
  });
});

describe("a message between neighbours on point-to-point links", () => {
  const ping = (bytes: number, set: string[] = []) =>
    runKernel(
      { topology: "ring", set: ["counts.pesPerCube=4", ...BARE, ...set] },
      ($) =>
        function* () {
          const n = bytes / 4;
          if ($.rank(0) === 0) {
            $.send(2, "E", $.full(1, [0], 0, "f32"));
            if (!$.send(2, "E", $.full(1, [n], 0, "f32"))) yield;
          }
          if ($.rank(0) === 1) {
            if (!$.recv(3, "W", [0], "f32")) yield;
            if (!$.recv(3, "W", [n], "f32")) yield;
          }
        },
    );

  it("arrives after TCM read of a flit, link, latency, and TCM write; the receiver copies and returns a credit", () => {
    // One flit of 256 B at 50 GB/s and 500 ns; TCM 512 GB/s on both sides.
    const run = ping(256, ["pe.math.lanes=65536"]);
    const full = 1; // tl.full of one cycle before the send
    const tcm = 256 / 512;
    const link = 256 / 50;
    const credit = 16 / 50;
    expect(run.endsNs[1]).toBeCloseTo(full + tcm + link + 500 + tcm + tcm + credit, 3);
    expect(run.endsNs[2]).toBe(0);
  });

  it("is cut through: a message of many flits pays the flit time only once per hop", () => {
    const run = ping(4096, ["pe.math.lanes=65536"]);
    const flitIn = 256 / 512;
    // The link is the bottleneck: it works without a gap from the first flit on.
    // Then the slot is written, read, and its credit put on the way.
    const expected = 1 + flitIn + 4096 / 50 + 500 + 4096 / 512 + 4096 / 512 + 16 / 50;
    expect(run.endsNs[1]).toBeCloseTo(expected, 2);
  });

  it("larger than a slot is split, and streams through the ring when larger than the ring", () => {
    const run = ping(64 * 1024);
    const { channels } = run.machine;
    expect(channels.sent.reduce((sum, count) => sum + count, 0)).toBe(16 + 1);
    expect(channels.peak.reduce((a, b) => Math.max(a, b), 0)).toBe(4);
    // Twelve slots had to wait for a credit (the empty first message returned the first one early).
    expect(channels.blocks.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    expect(run.endsNs[1]).toBeGreaterThan(65536 / 50);
  });
});

describe("ring all-reduce on point-to-point links", () => {
  it("takes 2(n−1)(α + S/(nβ)) when nothing else costs anything", () => {
    const world = 8;
    const elements = 8 * 64;
    const chunk = elements / world;
    // No overheads: TCM, HBM and MATH infinitely fast; one flit per message.
    const set = [
      "counts.pesPerCube=8",
      ...BARE,
      "pe.tcm.readGBps=1e6",
      "pe.tcm.writeGBps=1e6",
      "pe.hbm.bandwidthGBps=1e6",
      "ipcq.creditBytes=0",
    ];
    const run = runKernel(
      { topology: "ring", set },
      ($) =>
        function* (x: unknown) {
          $.load(1, x, [chunk]);
          let tile = $.out;
          for (let step = 0; step < 2 * (world - 1); step++) {
            if (!$.send(2, "E", tile)) yield;
            if (!$.recv(3, "W", [chunk], "f32")) yield;
            tile = $.out;
          }
        },
    );
    const expected = 2 * (world - 1) * (500 + (chunk * 4) / 50);
    for (const end of run.endsNs) expect(end).toBeCloseTo(expected, 0);
    expect(Math.abs(run.endsNs[0]! - expected)).toBeLessThan(0.0005 * 2 * (world - 1) + 0.01);
  });
});

it("a tile fits into the TCM without what the scheduler keeps of it", () => {
  const tile = (elements: number) => () =>
    runKernel(
      { topology: "pe", set: ["pe.tcm.sizeBytes=64KiB", "pe.tcm.reservedBytes=1024"] },
      ($) =>
        function* () {
          $.full(1, [elements], 0, "f32");
        },
    );
  expect(tile((65536 - 1024) / 4)).not.toThrow();
  expect(tile((65536 - 1024) / 4 + 1)).toThrow(
    expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "LQ3501" })] }),
  );
});
