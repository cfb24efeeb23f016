import fc from "fast-check";
import { expect, it } from "vitest";
import { resolveShards } from "../../../src/machine/memory/dp-policy.js";
import { SpreadTensor } from "../../../src/machine/memory/spread-tensor.js";

const VA = 2 ** 32;
const devices = { sip: 0, cubes: [0, 1], pes: [0, 1, 2] };

it("of two columns of blocks: a row is in both, and rows of one block follow one another", () => {
  const shards = resolveShards([4, 6], 2, { cube: "column_wise", pe: "row_wise", numPes: 2 }, devices);
  const tensor = new SpreadTensor({ shape: [4, 6], dtype: "f16" }, VA, shards);
  // Shards of [2, 3]: cube 0 with rows 0–1 and 2–3 of columns 0–2, then cube 1 with columns 3–5; 12 B each.
  expect(tensor.ranges(0, 6)).toEqual([
    { va: VA, bytes: 6 },
    { va: VA + 24, bytes: 6 },
  ]);
  expect(tensor.ranges(4, 10)).toEqual([
    // Row 1, columns 0–2, and row 2, columns 0–1.
    { va: VA + 6, bytes: 10 },
    // Row 0, columns 4–5, and row 1, columns 3–5.
    { va: VA + 26, bytes: 10 },
  ]);
  expect(tensor.ranges(0, 24)).toEqual([{ va: VA, bytes: 48 }]);
  expect(tensor.ranges(7, 0)).toEqual([]);
});

it("every element of a block is at its place in its shard, once", () => {
  const sharding = fc.constantFrom("column_wise" as const, "row_wise" as const);
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      sharding,
      sharding,
      fc.oneof(fc.tuple(size), fc.tuple(size, size)),
      fc.tuple(fc.nat(81), fc.nat(81)),
      (cube, pe, shape, ends) => {
        const shards = resolveShards(shape, 4, { cube, pe }, devices);
        const width = shape.at(-1)!;
        const elements = shape.reduce((product, n) => product * n, 1);
        const [from, to] = ends.map((end) => end % (elements + 1)).sort((a, b) => a - b) as [number, number];
        const wanted = Array.from({ length: to - from }, (_, index) => {
          const [row, column] = [Math.floor((from + index) / width), (from + index) % width];
          const { rows, columns, byteOffset } = shards.find(
            (shard) =>
              row >= shard.rows.start &&
              row < shard.rows.end &&
              column >= shard.columns.start &&
              column < shard.columns.end,
          )!;
          const inShard = (row - rows.start) * (columns.end - columns.start) + (column - columns.start);
          return VA + byteOffset + 4 * inShard;
        });
        const given = new SpreadTensor({ shape, dtype: "f32" }, VA, shards)
          .ranges(from, to - from)
          .flatMap(({ va, bytes }) => Array.from({ length: bytes / 4 }, (_, index) => va + 4 * index));
        expect(given.sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});
