/**
 * Rows of a table by number, as an embedding looks words up: y[i] = table[ids[i]]. Which rows is known only from data.
 * `gatherRows` loads a block of rows through a tile of pointers, element by element; `gatherRowsByItem` asks for each
 * number with `tl.item`, and then loads a row in one piece.
 */
import { constexpr, defineKernel, input, output, sizeOf, tl, type Ptr } from "linqu/dsl";

/** Rows of the table, a power of two; elements of a row; rows that are gathered at a time. */
export const { ROWS, WIDTH, BLOCK } = constexpr({ ROWS: 64, WIDTH: 32, BLOCK: 16 });

type Gather = (ids: Ptr<"i32">, table: Ptr, y: Ptr, length: number) => void;

function byPointers(ids: Ptr<"i32">, table: Ptr, y: Ptr, length: number): void {
  // Seeded numbers may be negative or large: their low bits choose a row.
  const rows = tl.load(ids, [length]) & (ROWS - 1);
  const offsets = tl.expandDims(rows, 1) * WIDTH + tl.expandDims(tl.arange(0, WIDTH), 0);
  tl.store(y, tl.load(table + offsets));
}

function byItem(ids: Ptr<"i32">, table: Ptr, y: Ptr, length: number): void {
  for (let i = 0; i < length; i++) {
    const row = tl.item(tl.load(ids + i, [1])) & (ROWS - 1);
    tl.store(y + i * WIDTH, tl.load(table + row * WIDTH, [WIDTH]));
  }
}

const gatherOf = (name: string, gather: Gather) =>
  defineKernel(
    {
      name,
      args: ({ bytes, dtype }) => {
        const n = Math.max(1, Math.floor(bytes / sizeOf(dtype) / WIDTH));
        return [
          input("ids", "i32", [n]),
          input("table", dtype, [ROWS, WIDTH]),
          output("y", dtype, [n, WIDTH]),
          n,
        ];
      },
      expect: ({ input: given }) => {
        const table = given("table");
        const ids = given("ids");
        const y = new Float64Array(ids.length * WIDTH);
        ids.forEach((id, i) => {
          const row = id & (ROWS - 1);
          y.set(table.subarray(row * WIDTH, (row + 1) * WIDTH), i * WIDTH);
        });
        return { y };
      },
    },
    (ids: Ptr<"i32">, table: Ptr, y: Ptr, n: number) => {
      for (let at = 0; at < n; at += BLOCK) gather(ids + at, table, y + at * WIDTH, Math.min(BLOCK, n - at));
    },
  );

export const gatherRows = gatherOf("gather-rows", byPointers);
export const gatherRowsByItem = gatherOf("gather-rows-by-item", byItem);
