/**
 * Softmax of the rows of a matrix, several rows at a time. Fused: a row is read once and written once, and all that is
 * between stays in TCM. `softmaxFused` writes the steps out, `softmaxRows` has them from the language.
 */
import {
  constexpr,
  defineKernel,
  input,
  output,
  sizeOf,
  tl,
  type DType,
  type Ptr,
  type Tile,
} from "linqu/dsl";

export const { COLUMNS, ROWS } = constexpr({ COLUMNS: 100, ROWS: 8 });

/** Softmax along the second axis; the maximum is subtracted so that nothing overflows. */
function stepByStep(tile: Tile): Tile {
  const powers = tl.exp(tile - tl.max(tile, 1, { keepDims: true }));
  return powers / tl.sum(powers, 1, { keepDims: true });
}

const rowsKernel = (name: string, softmax: (tile: Tile) => Tile) =>
  defineKernel(
    {
      name,
      args: ({ bytes, dtype }) => {
        const rows = Math.max(1, Math.floor(bytes / sizeOf(dtype) / COLUMNS));
        const shape = [rows, COLUMNS];
        return [input("x", dtype, shape), output("y", dtype, shape), rows, dtype];
      },
      expect: ({ input: given }) => {
        const x = given("x");
        const y = new Float64Array(x.length);
        for (let start = 0; start < x.length; start += COLUMNS) {
          const row = x.subarray(start, start + COLUMNS);
          const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
          const powers = row.map((value) => Math.exp(value - largest));
          const total = powers.reduce((sum, value) => sum + value, 0);
          y.set(
            powers.map((value) => value / total),
            start,
          );
        }
        return { y };
      },
    },
    (x: Ptr, y: Ptr, rows: number, dtype: DType) => {
      for (let row = 0; row < rows; row += ROWS) {
        const shape = [Math.min(ROWS, rows - row), COLUMNS];
        const at = row * COLUMNS;
        // f16 holds the values, f32 the sums.
        const tile = tl.cast(tl.load(x + at, shape), "f32");
        tl.store(y + at, tl.cast(softmax(tile), dtype));
      }
    },
  );

export const softmaxFused = rowsKernel("softmax-fused", stepByStep);
export const softmaxRows = rowsKernel("softmax", (tile) => tl.softmax(tile, 1));
