/** Layer normalisation of the rows of a matrix: (x − mean) / √(variance + ε) · scale + shift. */
import { constexpr, defineKernel, input, output, sizeOf, tl, type DType, type Ptr } from "linqu/dsl";

export const { COLUMNS, ROWS } = constexpr({ COLUMNS: 64, ROWS: 8 });
const EPSILON = 1e-5;

export const layerNorm = defineKernel(
  {
    name: "layer-norm",
    args: ({ bytes, dtype }) => {
      const rows = Math.max(1, Math.floor(bytes / sizeOf(dtype) / COLUMNS));
      const shape = [rows, COLUMNS];
      return [
        input("x", dtype, shape),
        input("scale", dtype, [COLUMNS]),
        input("shift", dtype, [COLUMNS]),
        output("y", dtype, shape),
        rows,
        dtype,
      ];
    },
    expect: ({ input: given }) => {
      const x = given("x");
      const scale = given("scale");
      const shift = given("shift");
      const y = new Float64Array(x.length);
      for (let start = 0; start < x.length; start += COLUMNS) {
        const row = x.subarray(start, start + COLUMNS);
        const mean = row.reduce((sum, value) => sum + value, 0) / COLUMNS;
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COLUMNS;
        const normal = row.map((value) => (value - mean) / Math.sqrt(variance + EPSILON));
        y.set(
          normal.map((value, i) => value * scale[i] + shift[i]),
          start,
        );
      }
      return { y };
    },
  },
  (x: Ptr, scale: Ptr, shift: Ptr, y: Ptr, rows: number, dtype: DType) => {
    // A row of COLUMNS elements broadcasts over all rows of a tile.
    const gain = tl.cast(tl.load(scale, [COLUMNS]), "f32");
    const bias = tl.cast(tl.load(shift, [COLUMNS]), "f32");
    for (let row = 0; row < rows; row += ROWS) {
      const at = row * COLUMNS;
      const tile = tl.cast(tl.load(x + at, [Math.min(ROWS, rows - row), COLUMNS]), "f32");
      const centred = tile - tl.mean(tile, 1, { keepDims: true });
      const variance = tl.mean(centred * centred, 1, { keepDims: true });
      const normal = centred * tl.rsqrt(variance + EPSILON);
      tl.store(y + at, tl.cast(normal * gain + bias, dtype));
    }
  },
);
