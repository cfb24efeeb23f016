/**
 * The values of the op log's rows while they are needed. A row's buffer goes back to the pool after its last use.
 * A message shares the buffer of the tile that was sent, which therefore lives until the message is done with too, and
 * so does a reshaped tile; a tile loaded from a tensor that nobody writes is a view of that tensor.
 */
import { assert } from "../base/assert.js";
import { DTYPES, dtypeByCode, dtypeByName, type DTypeInfo } from "./dtypes.js";
import { NO_VALUE, OP_CHUNK_ROWS, OpKind } from "./op-log.js";
import type { OpLogData } from "./op-log.js";
import { newTileArray, sameArray, type TileArray } from "./tile-array.js";
import { TilePool } from "./tile-pool.js";

/** Where the executor finds operands and puts results. */
export interface Tiles {
  /** The value of a row. */
  get(row: number): TileArray;
  /** A new buffer for the value of a row, with arbitrary content. */
  create(row: number, dtype: DTypeInfo, length: number): TileArray;
  /** Makes the value of a row that of another. */
  share(row: number, source: number): void;
  /** A buffer until the end of the row, with arbitrary content. */
  borrow(dtype: DTypeInfo, length: number): TileArray;
  /** To be called after a row was executed. */
  finish(row: number): void;
}

export class TileStore implements Tiles {
  /** How many operands still refer to each row's value. */
  readonly uses: Int32Array;
  private readonly tiles: (TileArray | null)[];
  /** By dtype; dtypes with the same array share one. */
  private readonly pools: readonly TilePool[] = poolsByCode();
  private readonly borrowed: { tile: TileArray; pool: TilePool }[] = [];
  /** The message that got a buffer of its own. */
  private detached = NO_VALUE;

  /** Tiles that are views of `lent` never enter a pool. */
  constructor(
    private readonly log: OpLogData,
    private readonly lent: ArrayBufferLike,
  ) {
    this.tiles = new Array<TileArray | null>(log.rows).fill(null);
    this.uses = countUses(log);
  }

  get(row: number): TileArray {
    const tile = this.tiles[row];
    assert(tile !== null && tile !== undefined, `the value of row ${row} is alive`);
    return tile;
  }

  create(row: number, dtype: DTypeInfo, length: number): TileArray {
    const tile = this.pools[dtype.code].take(length);
    this.tiles[row] = tile;
    return tile;
  }

  borrow(dtype: DTypeInfo, length: number): TileArray {
    const pool = this.pools[dtype.code];
    const tile = pool.take(length);
    this.borrowed.push({ tile, pool });
    return tile;
  }

  /** Makes a view of a tensor the value of a row. */
  lend(row: number, view: Float32Array): void {
    assert(view.buffer === this.lent, "only views of tensors are lent");
    this.tiles[row] = view;
  }

  share(row: number, source: number): void {
    this.tiles[row] = this.get(source);
  }

  /** Gives a message a buffer of its own, so that changing it does not change what was sent. */
  detach(row: number, sent: number, dtype: DTypeInfo): TileArray {
    const source = this.get(sent);
    const tile = this.create(row, dtype, source.length);
    (tile as Float32Array).set(source as Float32Array);
    this.detached = row;
    return tile;
  }

  /** The row's operands lose one use each, and a value that nobody uses goes. */
  finish(row: number): void {
    while (this.borrowed.length > 0) {
      const { tile, pool } = this.borrowed.pop()!;
      pool.give(tile);
    }
    const chunk = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)];
    const at = row % OP_CHUNK_ROWS;
    if (!this.isShared(row)) {
      if (chunk.a[at] !== NO_VALUE) this.release(chunk.a[at]);
      if (chunk.b[at] !== NO_VALUE) this.release(chunk.b[at]);
      if (chunk.c[at] !== NO_VALUE) this.release(chunk.c[at]);
    }
    if (this.tiles[row] !== null && this.uses[row] === 0) {
      const source = this.drop(row);
      if (source !== NO_VALUE) this.release(source);
    }
  }

  /** A message holds on to what was sent; chains of forwarded messages can be long, hence no recursion. */
  private release(row: number): void {
    for (let current = row; current !== NO_VALUE && --this.uses[current] === 0;) current = this.drop(current);
  }

  /** Ends the life of a row's value; returns the row whose buffer it shared, or NO_VALUE. */
  private drop(row: number): number {
    const tile = this.get(row);
    const shared = this.isShared(row);
    this.tiles[row] = null;
    const chunk = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)];
    const at = row % OP_CHUNK_ROWS;
    if (shared) return chunk.a[at];
    if (tile.buffer !== this.lent) this.pools[chunk.dtype[at]].give(tile);
    return NO_VALUE;
  }

  private isShared(row: number): boolean {
    const kind = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)].kind[row % OP_CHUNK_ROWS];
    return (kind === OpKind.ipcqCopy && row !== this.detached) || kind === OpKind.reshape;
  }
}

function poolsByCode(): TilePool[] {
  const pools: TilePool[] = [];
  for (let code = 0; code < DTYPES.length; code++) {
    const dtype = dtypeByCode(code);
    const same = DTYPES.map((name) => dtypeByName(name)!).find(
      (other) => other.code < code && sameArray(other, dtype),
    );
    pools.push(same ? pools[same.code] : new TilePool((length) => newTileArray(dtype, length)));
  }
  return pools;
}

function countUses(log: OpLogData): Int32Array {
  const uses = new Int32Array(log.rows);
  log.chunks.forEach((chunk, index) => {
    const count = Math.min(OP_CHUNK_ROWS, log.rows - index * OP_CHUNK_ROWS);
    for (let at = 0; at < count; at++) {
      if (chunk.a[at] !== NO_VALUE) uses[chunk.a[at]]++;
      if (chunk.b[at] !== NO_VALUE) uses[chunk.b[at]]++;
      if (chunk.c[at] !== NO_VALUE) uses[chunk.c[at]]++;
    }
  });
  return uses;
}
