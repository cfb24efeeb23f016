/** Buffers for tiles, reused by length; holds never more than the largest number of tiles alive at once. */

/** Small buffers are carved from blocks of this many elements: a buffer of its own costs a microsecond each. */
const BLOCK_ELEMENTS = 1 << 18;

export class TilePool {
  private readonly free = new Map<number, Float32Array[]>();
  private block = new Float32Array(0);
  private used = 0;

  /** A buffer of exactly `length` elements, with arbitrary content. */
  take(length: number): Float32Array {
    return this.free.get(length)?.pop() ?? this.carve(length);
  }

  /** Takes a buffer back; nobody may use it any more. */
  give(buffer: Float32Array): void {
    const list = this.free.get(buffer.length);
    if (list) list.push(buffer);
    else this.free.set(buffer.length, [buffer]);
  }

  private carve(length: number): Float32Array {
    if (length >= BLOCK_ELEMENTS) return new Float32Array(length);
    if (this.used + length > this.block.length) {
      this.block = new Float32Array(BLOCK_ELEMENTS);
      this.used = 0;
    }
    const buffer = this.block.subarray(this.used, this.used + length);
    this.used += length;
    return buffer;
  }
}
