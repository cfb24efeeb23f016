import { assert } from "../base/assert.js";
import { Fifo } from "./fifo.js";
import { RingUsage } from "./ring-usage.js";

/** Blocks start at multiples of this: a cache line, and a DMA burst. */
const HEAP_ALIGN_BYTES = 64;

export interface HeapBlock {
  readonly offset: number;
  readonly sizeBytes: number;
  /** Bytes that come back with the block: its padding, and the waste behind it when the next one wrapped. */
  spanBytes: number;
  freed: boolean;
}

const align = (bytes: number): number => Math.ceil(bytes / HEAP_ALIGN_BYTES) * HEAP_ALIGN_BYTES;

/**
 * A ring of bytes. Blocks are contiguous, so one that does not fit before the end starts at 0 and the remainder is
 * waste until the block is reclaimed. Blocks may be freed in any order; space comes back in allocation order.
 */
export class HeapRing {
  readonly usage = new RingUsage();
  private readonly blocks = new Fifo<HeapBlock>();
  private newest: HeapBlock | null = null;
  private head = 0;
  private usedBytes = 0;
  private wrapped = false;
  private largestBytes = 0;

  /** @param capacity bytes, at least 1 */
  constructor(readonly capacity: number) {
    assert(Number.isInteger(capacity) && capacity >= 1, `a heap ring needs bytes, not ${capacity}`);
  }

  get used(): number {
    return this.usedBytes;
  }

  /** The block whose reclamation makes room next. */
  get oldest(): HeapBlock | undefined {
    return this.blocks.first;
  }

  /** Takes `sizeBytes` ≥ 1, or returns null while there is no contiguous room. */
  alloc(sizeBytes: number): HeapBlock | null {
    if (this.usedBytes === 0) {
      this.head = 0;
      this.wrapped = false;
    }
    const tail = this.blocks.first?.offset ?? 0;
    const toEnd = this.capacity - this.head;
    let offset = this.head;
    let spanBytes = align(sizeBytes);
    if (this.usedBytes > 0 && this.head <= tail) {
      if (spanBytes > tail - this.head) return null;
    } else if (sizeBytes <= toEnd) {
      // The last block before the end may lack padding: the capacity need not be a multiple of the alignment.
      spanBytes = Math.min(spanBytes, toEnd);
    } else if (this.newest && spanBytes <= tail) {
      offset = 0;
      this.newest.spanBytes += toEnd;
      this.usedBytes += toEnd;
      this.wrapped = true;
    } else {
      return null;
    }
    const block = { offset, sizeBytes, spanBytes, freed: false };
    this.newest = block;
    this.head = offset + spanBytes;
    this.usedBytes += spanBytes;
    this.largestBytes = Math.max(this.largestBytes, align(sizeBytes));
    this.blocks.push(block);
    this.usage.allocs++;
    this.usage.peak = Math.max(this.usage.peak, this.usedBytes);
    return block;
  }

  /** Marks a block free and reclaims the oldest run of freed blocks; harmless when repeated. */
  free(block: HeapBlock): void {
    block.freed = true;
    while (this.blocks.first?.freed) {
      this.usedBytes -= this.blocks.first.spanBytes;
      this.blocks.shift();
      this.usage.retires++;
    }
  }

  /**
   * A capacity with which the same sequence, the refused allocation included, succeeds: the smallest one while the ring
   * has not wrapped since it was last empty. Afterwards enough: what it held at most, and twice the largest block,
   * since free space may lie in two parts, before and behind the held blocks.
   */
  sufficientCapacity(sizeBytes: number): number {
    if (!this.wrapped) return align(this.head) + sizeBytes;
    return this.usage.peak + 2 * Math.max(this.largestBytes, align(sizeBytes));
  }
}
