/** `--inject corrupt-element`: one seeded element of one seeded message changes its sign in flight. */
import { hash32 } from "../base/random.js";
import { BOOL, type DTypeInfo } from "./dtypes.js";
import { NO_VALUE, OP_CHUNK_ROWS, OpKind } from "./op-log.js";
import type { OpLogData } from "./op-log.js";
import { isBig, type TileArray } from "./tile-array.js";

/** What was corrupted; `value` is the element before that. */
export interface Corruption {
  rankFrom: number;
  rankTo: number;
  element: number;
  value: number;
  site: number;
  /** The row of the log whose message was corrupted. */
  row: number;
}

/**
 * The row of the first message to try, or NO_VALUE when the run has none that anybody reads. `uses` counts the
 * uses of every row's value; a message that is never read could not change anything.
 */
export function chooseMessage(log: OpLogData, uses: Int32Array, seed: number): number {
  let messages = 0;
  for (let row = 0; row < log.rows; row++) if (isReadMessage(log, uses, row)) messages++;
  if (messages === 0) return NO_VALUE;
  let left = hash32(seed, Math.floor(seed / 2 ** 32), 0x636f) % messages;
  for (let row = 0; row < log.rows; row++) {
    if (isReadMessage(log, uses, row) && left-- === 0) return row;
  }
  return NO_VALUE;
}

function isReadMessage(log: OpLogData, uses: Int32Array, row: number): boolean {
  const chunk = log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!;
  return chunk.kind[row % OP_CHUNK_ROWS] === OpKind.ipcqCopy && uses[row]! > 0;
}

/** Index of the element to corrupt: a seeded one, else the next that is not zero; NO_VALUE when all are zero. */
export function chooseElement(tile: TileArray, seed: number): number {
  const start = tile.length === 0 ? 0 : hash32(seed, Math.floor(seed / 2 ** 32), 0x656c) % tile.length;
  for (let step = 0; step < tile.length; step++) {
    const index = (start + step) % tile.length;
    if (Math.abs(Number(tile[index])) > 0) return index;
  }
  return NO_VALUE;
}

/** Changes the sign of an element; of bools, and of integers that negation leaves alone, the lowest bit. */
export function corruptElement(tile: TileArray, index: number, dtype: DTypeInfo): void {
  if (isBig(tile)) {
    const value = tile[index]!;
    tile[index] = -value;
    if (tile[index] === value) tile[index] = value ^ 1n;
    return;
  }
  const value = tile[index]!;
  tile[index] = -value;
  if (tile[index] === value || dtype === BOOL) tile[index] = value ^ 1;
}
