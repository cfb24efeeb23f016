import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affine, placedRunsOf, range, runsOf, type Run } from "../../src/ops/index-form.js";
import type { Tile } from "../../src/ops/handles.js";
import { TileOps } from "../../src/ops/tile-ops.js";
import { ListBackend } from "./backend.js";

const SITE = 0;

function elements(runs: readonly Run[]): number[] {
  return runs.flatMap(({ offset, count, stride }) =>
    Array.from({ length: count }, (_, i) => offset + i * stride),
  );
}

describe("index forms", () => {
  it("name the rows of a rectangle", () => {
    // 3 rows of 4 elements in a matrix with 10 columns, from element 2 on.
    expect(runsOf(affine(2, [10, 1]), null, [3, 4])).toEqual([
      { offset: 2, count: 4, stride: 1 },
      { offset: 12, count: 4, stride: 1 },
      { offset: 22, count: 4, stride: 1 },
    ]);
  });

  it("join rows that continue each other", () => {
    expect(runsOf(affine(5, [4, 1]), null, [3, 4])).toEqual([{ offset: 5, count: 12, stride: 1 }]);
  });

  it("are told with their places in the tile where a mask leaves away the end of each row", () => {
    // Rows of 100 lie one after the other in memory, and 128 apart in the tile.
    const offsets = affine(7, [100, 1]);
    const mask = { kind: "conjunction", terms: [affine(99, [0, -1])] } as const;
    expect(runsOf(offsets, mask, [3, 128])).toEqual([{ offset: 7, count: 300, stride: 1 }]);
    expect(placedRunsOf(offsets, mask, [3, 128])).toEqual([
      { offset: 7, count: 100, stride: 1, place: 0 },
      { offset: 107, count: 100, stride: 1, place: 128 },
      { offset: 207, count: 100, stride: 1, place: 256 },
    ]);
    expect(placedRunsOf(affine(5, [4, 1]), null, [3, 4])).toEqual([
      { offset: 5, count: 12, stride: 1, place: 0 },
    ]);
  });

  it("know their smallest and largest value", () => {
    expect(range(affine(7, [-3, 2]), [4, 5])).toEqual([7 - 9, 7 + 8]);
  });

  it("say of every tile made of arange and arithmetic exactly what its values are", () => {
    const size = fc.integer({ min: 1, max: 5 });
    const scalar = fc.integer({ min: -4, max: 6 });
    fc.assert(
      fc.property(size, size, scalar, scalar, scalar, scalar, fc.nat(7), (m, n, a, b, c, d, what) => {
        const backend = new ListBackend();
        const ops = new TileOps(backend);
        const rows = ops.expandDims(SITE, ops.arange(SITE, a, a + m), 1);
        const columns = ops.arange(SITE, b, b + n);
        const made: unknown[] = [
          ops.add(SITE, ops.mul(SITE, rows, c), columns),
          ops.sub(SITE, rows, ops.mul(SITE, d, columns)),
          ops.add(SITE, ops.shiftLeft(SITE, rows, 3), columns),
          ops.neg(SITE, ops.add(SITE, columns, d)),
          ops.transpose(SITE, ops.add(SITE, ops.mul(SITE, rows, c), columns)),
          ops.broadcast(SITE, ops.add(SITE, rows, c), [m, n]),
          ops.reshape(SITE, ops.mul(SITE, ops.arange(SITE, 0, m * n), c), [m, n]),
          ops.reshape(SITE, ops.add(SITE, rows, d), [1, m, 1]),
          ops.mul(SITE, ops.full(SITE, [m, 1], c, "i32"), columns),
        ];
        const tile = made[what] as Tile;
        const form = tile.index;
        expect(form?.kind).toBe("affine");
        if (form?.kind !== "affine") return;
        expect(elements(runsOf(form, null, backend.shapes.byId[tile.shape]!))).toEqual(backend.of(tile));
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it("leave exactly the elements for which a mask holds", () => {
    const size = fc.integer({ min: 1, max: 6 });
    const bound = fc.integer({ min: -3, max: 9 });
    fc.assert(
      fc.property(size, size, bound, bound, bound, fc.nat(4), (m, n, x, y, z, what) => {
        const backend = new ListBackend();
        const ops = new TileOps(backend);
        const rows = ops.expandDims(SITE, ops.arange(SITE, 0, m), 1);
        const columns = ops.arange(SITE, 0, n);
        const offsets = ops.add(SITE, ops.mul(SITE, rows, 10), columns) as Tile;
        const masks = [
          ops.lt(SITE, columns, x),
          ops.and(SITE, ops.ge(SITE, rows, x), ops.lt(SITE, columns, y)),
          ops.and(SITE, ops.le(SITE, rows, columns), ops.gt(SITE, columns, z)),
          ops.lt(SITE, offsets, 10 * x + y),
          ops.bitAnd(SITE, ops.gt(SITE, x, columns), ops.le(SITE, ops.mul(SITE, columns, -2), z)),
        ];
        const mask = ops.broadcast(SITE, masks[what], [m, n]);
        expect(mask.index?.kind).toBe("conjunction");
        if (mask.index?.kind !== "conjunction" || offsets.index?.kind !== "affine") return;
        const values = backend.of(mask);
        const wanted = backend.of(offsets).filter((_, at) => values[at] === 1);
        expect(elements(runsOf(offsets.index, mask.index, [m, n]))).toEqual(wanted);
      }),
      { seed: 12, numRuns: 400 },
    );
  });

  it("end where values wrap or depend on data", () => {
    const backend = new ListBackend();
    const ops = new TileOps(backend);
    const bytes = ops.cast(SITE, ops.arange(SITE, 0, 100), "i8");
    expect(bytes.index?.kind).toBe("affine");
    expect((ops.mul(SITE, bytes, 2) as Tile).index).toBeNull();
    expect((ops.mod(SITE, ops.arange(SITE, 0, 8), 3) as Tile).index).toBeNull();
    expect((ops.or(SITE, ops.lt(SITE, bytes, 3), ops.gt(SITE, bytes, 90)) as Tile).index).toBeNull();
  });
});
