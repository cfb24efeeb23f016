import { describe, expect, it } from "vitest";
import type { RankArgs } from "../../../src/data/arguments.js";
import { bench, tensor } from "./helpers.js";

/*
 * From PCIe over 3 mm of IO chiplet and a crossing of 1 mm and two ports of 8 ns into the first row; 1.25 mm to r0c0
 * and 12.5 mm to r5c0 or r5c5, where the farthest slices of a cube are. A cube is 15 mm high.
 */
const CROSSING = 0.1 + 16;
const IN_CUBE = 0.3 + CROSSING + 0.125 + 1.25;
const IN_SIP = 0.3 + CROSSING + 3 * (1.5 + CROSSING) + 0.125 + 1.25;
const [PCIE, COMMIT] = [500, 8];

/** Every PE takes in and gives out 16 KiB. */
const both = (): RankArgs => ({ tensors: [tensor("x", "inout", 4096)], args: [] });
const CUBE_BYTES = 8 * 16_384;

const time = (
  topology: string,
  kind: "memory_write" | "memory_read",
  bytes: number[],
  set: string[] = [],
) => {
  const machine = bench({ topology, set, args: both });
  for (const piece of bytes) machine.submit({ kind, bytes: piece });
  machine.run();
  return Math.max(...machine.answers.map(({ atNs }) => atNs));
};

describe("a copy to a chip", () => {
  it("streams over PCIe and ends when the last byte is committed in the farthest slice", () => {
    expect(time("cube", "memory_write", [CUBE_BYTES])).toBeCloseTo(
      CUBE_BYTES / 64 + PCIE + IN_CUBE + COMMIT,
      6,
    );
    const bytes = 16 * CUBE_BYTES;
    expect(time("sip", "memory_write", [bytes])).toBeCloseTo(bytes / 64 + PCIE + IN_SIP + COMMIT, 6);
  });

  it("takes as long in pieces: they follow one another without a gap", () => {
    const pieces = new Array<number>(16).fill(CUBE_BYTES);
    const bytes = 16 * CUBE_BYTES;
    expect(time("sip", "memory_write", pieces)).toBeCloseTo(bytes / 64 + PCIE + IN_SIP + COMMIT, 6);
  });

  it("is limited by the connection into the cube that has most to carry, where that is slower than PCIe", () => {
    // The western PEs are reached through connection 0, the eastern ones through 3: half of the bytes over 16 GB/s.
    const slow = ["ioChiplet.ucieGBps=16"];
    const half = CUBE_BYTES / 2;
    expect(time("cube", "memory_write", [CUBE_BYTES], slow)).toBeCloseTo(
      half / 16 + PCIE + IN_CUBE + COMMIT,
      6,
    );
    const pieces = new Array<number>(8).fill(CUBE_BYTES / 8);
    expect(time("cube", "memory_write", pieces, slow)).toBeCloseTo(half / 16 + PCIE + IN_CUBE + COMMIT, 6);
    // With four columns of cubes, eight connections share the bytes, and PCIe is the slower one again.
    const bytes = 16 * CUBE_BYTES;
    expect(time("sip", "memory_write", [bytes], slow)).toBeCloseTo(bytes / 64 + PCIE + IN_SIP + COMMIT, 6);
  });

  it("goes only to the slices that have bytes of it", () => {
    // Rank 0 alone: r0c0.
    const args = (rank: number): RankArgs => (rank === 0 ? both() : { tensors: [], args: [] });
    const machine = bench({ topology: "sip", args });
    machine.submit({ kind: "memory_write", bytes: 16_384 });
    machine.run();
    expect(machine.answers[0]!.atNs).toBeCloseTo(16_384 / 64 + PCIE + (0.3 + CROSSING + 0.125) + COMMIT, 6);
  });

  it("meets only copies of its own chip", () => {
    const machine = bench({ topology: "host", args: both });
    machine.submit({ kind: "memory_write", bytes: 640_000 }, { chips: [0] });
    machine.submit({ kind: "memory_write", bytes: 64_000 }, { chips: [1] });
    machine.run();
    const latencies = PCIE + IN_SIP + COMMIT;
    expect(machine.answers.map(({ requestId }) => requestId)).toEqual([1, 0]);
    expect(machine.answers[0]!.atNs).toBeCloseTo(1000 + latencies, 6);
    expect(machine.answers[1]!.atNs).toBeCloseTo(10_000 + latencies, 6);
  });
});

describe("a copy from a chip", () => {
  it("is a command there and the data back, so it takes no less than a copy to it", () => {
    const read = time("cube", "memory_read", [CUBE_BYTES]);
    expect(read).toBeCloseTo(2 * (PCIE + IN_CUBE) + COMMIT + CUBE_BYTES / 64, 6);
    for (const topology of ["pe", "cube", "sip", "ring", "host"]) {
      for (const bytes of [4, 4096, 1 << 20]) {
        const there = time(topology, "memory_write", [bytes]);
        expect(time(topology, "memory_read", [bytes]), `${topology} ${bytes}`).toBeGreaterThanOrEqual(there);
      }
    }
  });

  it("pays the command once for all pieces", () => {
    const pieces = new Array<number>(16).fill(CUBE_BYTES / 16);
    expect(time("cube", "memory_read", pieces)).toBeCloseTo(
      2 * (PCIE + IN_CUBE) + COMMIT + CUBE_BYTES / 64,
      6,
    );
  });
});

describe("the bytes of a chip", () => {
  it("are those of its own ranks' tensors, by role", () => {
    const args = (rank: number): RankArgs => ({
      tensors: [
        tensor("x", "input", rank < 128 ? 100 : 10),
        tensor("y", "output", 1),
        tensor("z", "inout", 1000),
      ],
      args: [],
    });
    const { chips } = bench({ topology: "host", args });
    expect(chips.copied(0, 0)).toEqual({ inputBytes: 128 * 4400, outputBytes: 128 * 4004 });
    expect(chips.copied(0, 1)).toEqual({ inputBytes: 128 * 4040, outputBytes: 128 * 4004 });
  });

  it("have every copy of a spread tensor once", () => {
    const spread = (cube: "replicate" | "row_wise", pe: "replicate" | "row_wise"): RankArgs => ({
      tensors: [{ ...tensor("x", "input", 1024), policy: { cube, pe } }],
      args: [],
    });
    const bytes = (args: RankArgs): number =>
      bench({ topology: "sip", args: () => args }).chips.copied(0, 0).inputBytes;
    expect(bytes(spread("row_wise", "row_wise"))).toBe(4096);
    expect(bytes(spread("replicate", "row_wise"))).toBe(16 * 4096);
    expect(bytes(spread("replicate", "replicate"))).toBe(128 * 4096);
  });
});
