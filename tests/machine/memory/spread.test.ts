import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../../dsl/index.js";
import { refusal } from "../../topology/refusal.js";
import { runKernel } from "../helpers.js";
import { runSpread, tensor } from "./spread-run.js";

const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };

describe("a tensor that is spread over PEs", () => {
  /** End of rank 0, which loads so many elements of the vector from `offset` on; 1,024 of it are on each of 8 PEs. */
  const loadNs = (offset: number, elements: number, set: string[] = []) =>
    runSpread(
      { topology: "cube", set, tensors: [tensor("x", "input", [8 * 1024], BY_PE)] },
      ($) =>
        function* (x: unknown) {
          if ($.rank(1) === 0 && !$.load(2, $.add(1, x, offset), [elements])) yield;
        },
    ).endsNs[0]!;

  it("is read faster from the own slice than from that of another PE", () => {
    const local = loadNs(0, 1024);
    // The slice of PE 1 is at the same router; that of PE 4 is in the opposite corner of the cube.
    expect(loadNs(1024, 1024)).toBe(local);
    expect(loadNs(4 * 1024, 1024)).toBeGreaterThan(local);
  });

  it("takes the same time in the own slice as a tensor of the rank's own", () => {
    const own = runKernel(
      { topology: "cube", elements: 1024 },
      ($) =>
        function* (x: unknown) {
          if ($.rank(1) === 0 && !$.load(2, $.add(1, x, 0), [1024])) yield;
        },
    ).endsNs[0]!;
    expect(loadNs(0, 1024)).toBe(own);
  });

  it("is read from two slices at once by a block over two shards", () => {
    const both = loadNs(512, 1024);
    expect(both).toBeGreaterThan(loadNs(512, 512));
    expect(both).toBeLessThan(loadNs(512, 512) + loadNs(1024, 512));
  });

  it("costs one look-up in the TLB for each slice that is asked", () => {
    expect(loadNs(0, 1024, ["pe.mmu.tlbNs=7"])).toBe(loadNs(0, 1024) + 7);
    // With places for both requests their look-ups overlap, with one they do not.
    const one = ["pe.dma.requests=1"];
    expect(loadNs(512, 1024, ["pe.mmu.tlbNs=7"])).toBe(loadNs(512, 1024) + 7);
    expect(loadNs(512, 1024, [...one, "pe.mmu.tlbNs=7"])).toBe(loadNs(512, 1024, one) + 14);
  });

  it("has an empty block everywhere", () => {
    expect(loadNs(8 * 1024, 0)).toBeGreaterThan(0);
  });
});

describe("values of a spread tensor", () => {
  it("arrive from a block over several shards", () => {
    const { before, after } = runSpread(
      {
        topology: "cube",
        tensors: [tensor("x", "input", [80], BY_PE), tensor("mine", "output", [30])],
      },
      ($) =>
        function* (x: unknown, mine: unknown) {
          if (!$.load(2, $.add(1, x, 5 * $.rank(1)), [30])) yield;
          if (!$.store(3, mine, $.out)) yield;
        },
    );
    for (let rank = 0; rank < 8; rank++) {
      expect(before(rank, 0)).toEqual(before(0, 0));
      expect(after(rank, 1)).toEqual(before(0, 0).slice(5 * rank, 5 * rank + 30));
    }
  });

  it("of tensors smaller than a page stay apart", () => {
    const count = 20;
    const tensors = Array.from({ length: count }, (_, index) => tensor(`t${index}`, "output", [24], BY_PE));
    const { after } = runSpread(
      { topology: "cube", tensors },
      ($) =>
        function* (...pointers: unknown[]) {
          const rank = $.rank(1);
          for (const [index, pointer] of pointers.entries()) {
            const tile = $.full(2, [3], 100 * index + rank, "f32");
            if (!$.store(3, $.add(4, pointer, 3 * rank), tile)) yield;
          }
        },
    );
    for (let index = 0; index < count; index++) {
      expect(after(0, index)).toEqual(Array.from({ length: 24 }, (_, i) => 100 * index + Math.floor(i / 3)));
    }
  });

  it("are those of the stores that were issued before the load, not of a kernel that runs ahead", () => {
    const { after } = runSpread(
      {
        topology: "cube",
        device: "pe:0-1",
        tensors: [tensor("x", "output", [12800], BY_PE), tensor("seen", "output", [2])],
      },
      ($) =>
        function* (x: unknown, seen: unknown) {
          if ($.rank(1) === 0) {
            // 64 elements take one ns: this PE stores after 100 ns.
            const tile = $.full(2, [6400], 7, "f32");
            if (!$.store(3, x, tile)) yield;
            return;
          }
          if (!$.load(4, x, [1])) yield;
          if (!$.store(5, seen, $.out)) yield;
          $.full(6, [12800], 0, "f32");
          if (!$.load(7, x, [1])) yield;
          if (!$.store(8, $.add(9, seen, 1), $.out)) yield;
        },
    );
    expect(after(0, 0).slice(6399, 6401)).toEqual([7, 0]);
    expect(after(1, 1)).toEqual([0, 7]);
  });

  it("that a load under way does not see come later", () => {
    const { after } = runSpread(
      {
        topology: "cube",
        device: "pe:0-1",
        tensors: [tensor("x", "output", [4096], BY_PE), tensor("seen", "output", [4096])],
      },
      ($) =>
        function* (x: unknown, seen: unknown) {
          if ($.rank(1) === 0) {
            const tile = $.full(2, [64], 7, "f32");
            if (!$.store(3, x, tile)) yield;
            return;
          }
          // Issued at 1 ns, a store at 3 ns; the data come after more than 30 ns.
          if (!$.load(4, x, [4096])) yield;
          if (!$.store(5, seen, $.out)) yield;
        },
    );
    expect(after(0, 0).slice(0, 2)).toEqual([7, 7]);
    expect(after(1, 1).slice(0, 2)).toEqual([0, 0]);
  });

  const spread = fc.constantFrom("replicate" as const, "column_wise" as const, "row_wise" as const);
  const policies: fc.Arbitrary<DpPolicy> = fc.record(
    {
      cube: spread,
      pe: spread,
      numCubes: fc.integer({ min: 1, max: 2 }),
      numPes: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: ["cube", "pe"] },
  );
  const size = fc.integer({ min: 1, max: 13 });

  it("are right for every policy, shape and way to cut the work", () => {
    fc.assert(
      fc.property(
        policies,
        fc.oneof(fc.tuple(size), fc.tuple(size, size)),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        fc.boolean(),
        (policy, shape, cuts, lockstep) => {
          const elements = shape.reduce((product, n) => product * n, 1);
          const borders = [
            0,
            ...cuts.map((cut) => Math.floor(cut * elements)).sort((a, b) => a - b),
            elements,
          ];
          const { before, after } = runSpread(
            {
              topology: "sip",
              device: "cube:1,4/pe:0,3,6",
              lockstep,
              tensors: [tensor("x", "input", shape, policy), tensor("z", "output", shape, policy)],
            },
            ($) =>
              function* (x: unknown, z: unknown) {
                const rank = $.rank(1);
                if (!hasCopy(policy, rank)) return;
                const [from, to] = [borders[rank]!, borders[rank + 1]!];
                if (!$.load(2, $.add(3, x, from), [to - from])) yield;
                if (!$.store(4, $.add(5, z, from), $.out)) yield;
              },
          );
          // Ranks that see one copy write it together; replicated ones see only what they wrote themselves.
          for (let rank = 0; rank < 6; rank++) {
            if (!hasCopy(policy, rank)) continue;
            const expected = before(0, 0).map((value, i) => {
              const writer = borders.findIndex((border, index) => border <= i && i < borders[index + 1]!);
              return seesSame(policy, rank, writer) ? value : 0;
            });
            expect(after(rank, 1)).toEqual(expected);
          }
        },
      ),
      { seed: 11, numRuns: 60 },
    );
  });
});

/** Ranks of two cubes with three PEs each. */
const placeOf = (rank: number) => ({ cube: Math.floor(rank / 3), pe: rank % 3 });

function hasCopy({ cube, pe, numCubes = 2, numPes = 3 }: DpPolicy, rank: number): boolean {
  const place = placeOf(rank);
  return (cube !== "replicate" || place.cube < numCubes) && (pe !== "replicate" || place.pe < numPes);
}

function seesSame(policy: DpPolicy, a: number, b: number): boolean {
  const sameCube = policy.cube !== "replicate" || placeOf(a).cube === placeOf(b).cube;
  const samePe = policy.pe !== "replicate" || placeOf(a).pe === placeOf(b).pe;
  return hasCopy(policy, b) && sameCube && samePe;
}

describe("a PE without a copy", () => {
  it("has a page fault that names PE, address and line", () => {
    const { exitCode, problems } = refusal(() =>
      runSpread(
        {
          topology: "host",
          device: "sip:1/cube:2/pe:4-5",
          tensors: [tensor("x", "input", [100], { cube: "replicate", pe: "replicate", numPes: 1 })],
        },
        ($) =>
          function* (x: unknown) {
            if (!$.load(17, $.add(1, x, 10), [5])) yield;
          },
      ),
    );
    expect(exitCode).toBe(5);
    expect(problems[0]).toMatchObject({
      code: "LQ6110",
      message:
        "MMU of rank 1 (host:0/sip:1/cube:2/pe:5): page fault: 0x1_0000_0028 is not mapped (access to 20 bytes at 0x1_0000_0028)",
      at: { line: 17 },
    });
  });
});
