/** Tiles whose elements are repeated or exchanged. */
import type { NumberArray, TileArray } from "./tile-array.js";

/** `out` = `source` of shape `from`, repeated to shape `to`: axes are aligned from the right, and length 1 repeats. */
export function broadcastTile(
  source: TileArray,
  from: readonly number[],
  to: readonly number[],
  out: TileArray,
): void {
  const [x, y] = [source as NumberArray, out as NumberArray];
  const strides = broadcastStrides(from, to);
  const last = to.length - 1;
  const width = to[last] ?? 1;
  const step = strides[last] ?? 0;
  const position = new Array<number>(Math.max(last, 0)).fill(0);
  let start = 0;
  for (let row = 0; row < y.length; row += width) {
    if (step === 0) y.fill(x[start], row, row + width);
    else for (let i = 0; i < width; i++) y[row + i] = x[start + i * step];
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis];
      if (++position[axis] < to[axis]) break;
      start -= strides[axis] * to[axis];
      position[axis] = 0;
    }
  }
}

/** How far each axis of `to` steps in a tile of shape `from`: 0 where it repeats. */
function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let axis = to.length - 1, own = from.length - 1; own >= 0; axis--, own--) {
    if (from[own] !== 1) strides[axis] = stride;
    stride *= from[own];
  }
  return strides;
}

/** `out` [columns, rows] = `source` [rows, columns] with both exchanged. */
export function transposeTile(source: TileArray, rows: number, columns: number, out: TileArray): void {
  const [x, y] = [source as NumberArray, out as NumberArray];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) y[column * rows + row] = x[row * columns + column];
  }
}
