/** Buffers for tiles of one kind of array, reused by length; holds never more than were alive at once. */
import type { TileArray } from "./tile-array.js";

/** Small buffers are carved from blocks of this many elements: a buffer of its own costs a microsecond each. */
const BLOCK_ELEMENTS = 1 << 18;

export class TilePool {
  private readonly free = new Map<number, TileArray[]>();
  private block: TileArray;
  private used = 0;

  constructor(private readonly allocate: (length: number) => TileArray) {
    this.block = allocate(0);
  }

  /** A buffer of exactly `length` elements, with arbitrary content. */
  take(length: number): TileArray {
    return this.free.get(length)?.pop() ?? this.carve(length);
  }

  /** Takes a buffer back; nobody may use it any more. */
  give(buffer: TileArray): void {
    const list = this.free.get(buffer.length);
    if (list) list.push(buffer);
    else this.free.set(buffer.length, [buffer]);
  }

  private carve(length: number): TileArray {
    if (length >= BLOCK_ELEMENTS) return this.allocate(length);
    if (this.used + length > this.block.length) {
      this.block = this.allocate(BLOCK_ELEMENTS);
      this.used = 0;
    }
    const buffer = this.block.subarray(this.used, this.used + length);
    this.used += length;
    return buffer;
  }
}
