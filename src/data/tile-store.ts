/**
 * The values of the op log's rows while they are needed. A row's buffer goes back to the pool after its last use.
 * A message shares the buffer of the tile that was sent, which therefore lives until the message is done with too;
 * a tile loaded from a tensor that nobody writes is a view of that tensor.
 */
import { assert } from "../base/assert.js";
import { NO_VALUE, OP_CHUNK_ROWS, OpKind } from "./op-log.js";
import type { OpLogData } from "./op-log.js";
import { TilePool } from "./tile-pool.js";

export class TileStore {
  /** How many operands still refer to each row's value. */
  readonly uses: Int32Array;
  private readonly tiles: (Float32Array | null)[];
  private readonly pool = new TilePool();
  /** The message that got a buffer of its own. */
  private detached = NO_VALUE;

  /** Tiles that are views of `lent` never enter the pool. */
  constructor(
    private readonly log: OpLogData,
    private readonly lent: ArrayBufferLike,
  ) {
    this.tiles = new Array<Float32Array | null>(log.rows).fill(null);
    this.uses = countUses(log);
  }

  /** The value of a row. */
  get(row: number): Float32Array {
    const tile = this.tiles[row];
    assert(tile !== null && tile !== undefined, `the value of row ${row} is alive`);
    return tile;
  }

  /** A new buffer for the value of a row, with arbitrary content. */
  create(row: number, length: number): Float32Array {
    const tile = this.pool.take(length);
    this.tiles[row] = tile;
    return tile;
  }

  /** Makes a view of a tensor the value of a row. */
  lend(row: number, view: Float32Array): void {
    assert(view.buffer === this.lent, "only views of tensors are lent");
    this.tiles[row] = view;
  }

  /** Makes the value of a message the value that was sent. */
  share(row: number, sent: number): void {
    this.tiles[row] = this.get(sent);
  }

  /** Gives a message a buffer of its own, so that changing it does not change what was sent. */
  detach(row: number, sent: number): Float32Array {
    const source = this.get(sent);
    const tile = this.create(row, source.length);
    tile.set(source);
    this.detached = row;
    return tile;
  }

  /** To be called after a row was executed: its operands lose one use each, and a value that nobody uses goes. */
  finish(row: number, a: number, b: number): void {
    if (!this.isShared(row)) {
      if (a !== NO_VALUE) this.release(a);
      if (b !== NO_VALUE) this.release(b);
    }
    if (this.tiles[row] !== null && this.uses[row] === 0) {
      const sent = this.drop(row);
      if (sent !== NO_VALUE) this.release(sent);
    }
  }

  /** A message holds on to what was sent; chains of forwarded messages can be long, hence no recursion. */
  private release(row: number): void {
    for (let current = row; current !== NO_VALUE && --this.uses[current]! === 0;)
      current = this.drop(current);
  }

  /** Ends the life of a row's value; returns the row whose buffer it shared, or NO_VALUE. */
  private drop(row: number): number {
    const tile = this.get(row);
    const shared = this.isShared(row);
    this.tiles[row] = null;
    if (shared) return this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!.a[row % OP_CHUNK_ROWS]!;
    if (tile.buffer !== this.lent) this.pool.give(tile);
    return NO_VALUE;
  }

  private isShared(row: number): boolean {
    const chunk = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!;
    return chunk.kind[row % OP_CHUNK_ROWS] === OpKind.ipcqCopy && row !== this.detached;
  }
}

function countUses(log: OpLogData): Int32Array {
  const uses = new Int32Array(log.rows);
  log.chunks.forEach((chunk, index) => {
    const count = Math.min(OP_CHUNK_ROWS, log.rows - index * OP_CHUNK_ROWS);
    for (let at = 0; at < count; at++) {
      const a = chunk.a[at]!;
      const b = chunk.b[at]!;
      if (a !== NO_VALUE) uses[a]!++;
      if (b !== NO_VALUE) uses[b]!++;
    }
  });
  return uses;
}
