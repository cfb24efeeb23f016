import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readDpPolicy,
  resolveShards,
  tensorBytes,
  type DpPolicy,
} from "../../../src/machine/memory/dp-policy.js";
import { refusal } from "../../topology/refusal.js";

const problem = (call: () => unknown) => refusal(call).problems[0]!;
const spread = fc.constantFrom("replicate" as const, "column_wise" as const, "row_wise" as const);
const sharding = fc.constantFrom("column_wise" as const, "row_wise" as const);
const size = fc.integer({ min: 1, max: 23 });
const shapes = fc.oneof(fc.tuple(size), fc.tuple(size, size));
const count = fc.integer({ min: 1, max: 6 });
const first = (n: number) => Array.from({ length: n }, (_, index) => index);
const seed = { seed: 3, numRuns: 500 };

const range = (start: number, end: number) => ({ start, end });

describe("shards", () => {
  it("of 10 rows over 4 PEs begin at ⌊i·10/4⌋", () => {
    const shards = resolveShards(
      [10, 3],
      2,
      { cube: "replicate", pe: "row_wise" },
      { sip: 1, cubes: [0], pes: first(4) },
    );
    expect(shards).toEqual([
      { sip: 1, cube: 0, pe: 0, rows: range(0, 2), columns: range(0, 3), byteOffset: 0, sizeBytes: 12 },
      { sip: 1, cube: 0, pe: 1, rows: range(2, 5), columns: range(0, 3), byteOffset: 12, sizeBytes: 18 },
      { sip: 1, cube: 0, pe: 2, rows: range(5, 7), columns: range(0, 3), byteOffset: 30, sizeBytes: 12 },
      { sip: 1, cube: 0, pe: 3, rows: range(7, 10), columns: range(0, 3), byteOffset: 42, sizeBytes: 18 },
    ]);
  });

  it("are cut over cubes first, then over the PEs of each cube", () => {
    const devices = { sip: 0, cubes: [2, 5], pes: [0, 7] };
    const shards = resolveShards([4, 6], 4, { cube: "row_wise", pe: "column_wise" }, devices);
    expect(
      shards.map(({ cube, pe, rows, columns, byteOffset }) => [cube, pe, rows, columns, byteOffset]),
    ).toEqual([
      [2, 0, range(0, 2), range(0, 3), 0],
      [2, 7, range(0, 2), range(3, 6), 24],
      [5, 0, range(2, 4), range(0, 3), 48],
      [5, 7, range(2, 4), range(3, 6), 72],
    ]);
  });

  it("of a vector are cut along its only dimension, whichever word is used", () => {
    const devices = { sip: 0, cubes: [0, 1], pes: [0, 1] };
    const byRows = resolveShards([8], 4, { cube: "row_wise", pe: "row_wise" }, devices);
    const byColumns = resolveShards([8], 4, { cube: "column_wise", pe: "column_wise" }, devices);
    expect(byRows).toEqual(byColumns);
    expect(byRows.map(({ columns }) => columns)).toEqual([
      range(0, 2),
      range(2, 4),
      range(4, 6),
      range(6, 8),
    ]);
  });

  it("without elements are left out", () => {
    const shards = resolveShards(
      [3],
      4,
      { cube: "replicate", pe: "row_wise" },
      { sip: 0, cubes: [0], pes: first(8) },
    );
    expect(shards.map(({ pe, columns }) => [pe, columns.start])).toEqual([
      [2, 0],
      [5, 1],
      [7, 2],
    ]);
  });

  it("lie on the first numCubes cubes and numPes PEs of those selected", () => {
    const policy: DpPolicy = { cube: "row_wise", pe: "replicate", numCubes: 2, numPes: 1 };
    const shards = resolveShards([8, 8], 4, policy, { sip: 0, cubes: [1, 4, 6], pes: [3, 5] });
    expect(shards.map(({ cube, pe, byteOffset, sizeBytes }) => [cube, pe, byteOffset, sizeBytes])).toEqual([
      [1, 3, 0, 128],
      [4, 3, 128, 128],
    ]);
  });

  it("of a sharded tensor have every element and every byte of its range exactly once", () => {
    fc.assert(
      fc.property(shapes, sharding, sharding, count, count, (shape, cube, pe, cubes, pes) => {
        const shards = resolveShards(
          shape,
          4,
          { cube, pe },
          { sip: 0, cubes: first(cubes), pes: first(pes) },
        );
        const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
        const owners = new Array<number>(rows * columns).fill(0);
        for (const shard of shards) {
          for (let r = shard.rows.start; r < shard.rows.end; r++)
            for (let c = shard.columns.start; c < shard.columns.end; c++) owners[r * columns + c]!++;
        }
        expect(owners.every((owner) => owner === 1)).toBe(true);
        let end = 0;
        for (const { byteOffset, sizeBytes } of [...shards].sort((a, b) => a.byteOffset - b.byteOffset)) {
          expect(byteOffset).toBe(end);
          end += sizeBytes;
        }
        expect(end).toBe(rows * columns * 4);
      }),
      seed,
    );
  });

  it("of a replicated tensor are a whole copy for every PE", () => {
    fc.assert(
      fc.property(shapes, count, count, (shape, cubes, pes) => {
        const devices = { sip: 0, cubes: first(cubes), pes: first(pes) };
        const shards = resolveShards(shape, 2, { cube: "replicate", pe: "replicate" }, devices);
        const bytes = 2 * shape.reduce((a, b) => a * b, 1);
        expect(shards.map(({ cube, pe }) => cube * pes + pe)).toEqual(first(cubes * pes));
        for (const shard of shards) expect(shard).toMatchObject({ byteOffset: 0, sizeBytes: bytes });
      }),
      seed,
    );
  });

  it("of a tensor replicated on one level cover its range on every copy", () => {
    fc.assert(
      fc.property(shapes, sharding, count, count, (shape, how, cubes, pes) => {
        const devices = { sip: 0, cubes: first(cubes), pes: first(pes) };
        const bytes = 4 * shape.reduce((a, b) => a * b, 1);
        const sum = (of: { sizeBytes: number }[]) =>
          of.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
        const perCube = resolveShards(shape, 4, { cube: "replicate", pe: how }, devices);
        for (const cube of devices.cubes)
          expect(sum(perCube.filter((each) => each.cube === cube))).toBe(bytes);
        const perPe = resolveShards(shape, 4, { cube: how, pe: "replicate" }, devices);
        for (const pe of devices.pes) expect(sum(perPe.filter((each) => each.pe === pe))).toBe(bytes);
      }),
      seed,
    );
  });

  it.each([0, 3, 1.5])("need numPes between 1 and what there is: %d of 2", (numPes) => {
    const policy: DpPolicy = { cube: "replicate", pe: "row_wise", numPes };
    const { exitCode, problems } = refusal(() =>
      resolveShards([8], 4, policy, { sip: 0, cubes: [0], pes: [0, 1] }),
    );
    expect(exitCode).toBe(3);
    expect(problems[0]).toMatchObject({
      code: "LQ6131",
      message: `policy: numPes is ${numPes}; there are 2`,
    });
  });

  it.each([[[]], [[2, 2, 2]], [[0]], [[1.5, 2]], [[2 ** 30, 2 ** 30]]])("refuse the shape %j", (shape) => {
    const policy: DpPolicy = { cube: "replicate", pe: "replicate" };
    expect(problem(() => resolveShards(shape, 4, policy, { sip: 0, cubes: [0], pes: [0] })).code).toBe(
      "LQ6132",
    );
  });
});

it("a scalar has one element", () => {
  expect(tensorBytes([], 4)).toBe(4);
});

describe("a policy", () => {
  it("is read as it stands", () => {
    fc.assert(
      fc.property(spread, spread, count, (cube, pe, numPes) => {
        expect(readDpPolicy({ cube, pe, numPes })).toEqual({ cube, pe, numPes });
        expect(readDpPolicy({ cube, pe })).toEqual({ cube, pe });
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it.each([
    [{ cube: "replicate", pe: "row_wise", numPEs: 2 }, 'no field "numPEs"', 'did you mean "numPes"?'],
    [
      { cube: "replicate", pe: "row_wise", numSips: 2 },
      'no field "numSips"',
      "the SIP is that of the current device",
    ],
    [{ sip: "replicate", cube: "replicate", pe: "row_wise" }, 'no field "sip"', "cube, pe, numCubes, numPes"],
    [{ cube: "rowwise", pe: "row_wise" }, 'cube is "rowwise"', 'did you mean "row_wise"?'],
    [{ cube: "replicate" }, "pe is missing", "replicate, column_wise, row_wise"],
    [{ cube: "replicate", pe: "replicate", numPes: "2" }, "numPes is not a number", "leave it away"],
    [{ cube: 3, pe: "replicate" }, "cube is 3", "replicate, column_wise, row_wise"],
    [null, "not an object", "cube"],
    [["row_wise"], "not an object", "cube"],
  ])("is refused: %j", (value, message, hint) => {
    const { exitCode, problems } = refusal(() => readDpPolicy(value));
    expect(exitCode).toBe(3);
    expect(problems[0]!.code).toBe("LQ6130");
    expect(problems[0]!.message).toContain(message);
    expect(problems[0]!.hint).toContain(hint);
  });
});
