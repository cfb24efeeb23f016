import { assert } from "../../base/assert.js";
import type { LinquError } from "../../base/diagnostics.js";
import { formatBytes } from "../../base/units.js";
import { formatAddress } from "../../topology/address.js";
import { memoryFault } from "./memory-fault.js";

interface FreeBlock {
  start: number;
  bytes: number;
}

/**
 * First-fit allocator of one memory. Blocks are known by their first address; freed ones join their free neighbours.
 * Every block starts at a multiple of the alignment, counted from the memory's base, and takes whole multiples of it;
 * only at the memory's end a block may be shorter.
 */
export class FreeList {
  /** Sorted by address; two of them never touch. */
  private readonly free: FreeBlock[] = [];
  /** Bytes taken, by first address. */
  private readonly held = new Map<number, number>();

  /** @param name of the memory, as messages call it */
  constructor(
    private readonly name: string,
    private readonly base: number,
    private readonly sizeBytes: number,
    private readonly alignBytes: number,
  ) {
    assert(Number.isSafeInteger(base + sizeBytes) && sizeBytes >= 0, `${name} has ${sizeBytes} bytes`);
    assert(Number.isSafeInteger(alignBytes) && alignBytes >= 1, `${name} is aligned to ${alignBytes}`);
    if (sizeBytes > 0) this.free.push({ start: base, bytes: sizeBytes });
  }

  get freeBytes(): number {
    return this.free.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get largestFreeBytes(): number {
    return this.free.reduce((largest, { bytes }) => Math.max(largest, bytes), 0);
  }

  /** Takes `bytes` ≥ 1 at the lowest address where they fit, and returns it. @throws LQ6120 no such place */
  allocate(bytes: number): number {
    assert(Number.isSafeInteger(bytes) && bytes >= 1, `${this.name} is asked for ${bytes} bytes`);
    const index = this.free.findIndex((block) => block.bytes >= bytes);
    if (index < 0) throw this.exhausted(bytes);
    const block = this.free[index]!;
    const { start } = block;
    const taken = Math.min(Math.ceil(bytes / this.alignBytes) * this.alignBytes, block.bytes);
    this.held.set(start, taken);
    if (taken === block.bytes) this.free.splice(index, 1);
    else {
      block.start += taken;
      block.bytes -= taken;
    }
    return start;
  }

  /** Gives a block back. @throws LQ6121 when no block that is held starts there */
  release(start: number): void {
    const bytes = this.held.get(start);
    if (bytes === undefined) throw this.notHeld(start);
    this.held.delete(start);
    const index = this.firstFreeAfter(start);
    const before = this.free[index - 1];
    const after = this.free[index];
    const joinsBefore = before !== undefined && before.start + before.bytes === start;
    const joinsAfter = after !== undefined && start + bytes === after.start;
    if (joinsBefore) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.free.splice(index, 1);
    } else if (joinsAfter) {
      after.start = start;
      after.bytes += bytes;
    } else {
      this.free.splice(index, 0, { start, bytes });
    }
  }

  /** Index of the first free block behind this address, by bisection. */
  private firstFreeAfter(address: number): number {
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.free[middle]!.start > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private exhausted(bytes: number): LinquError {
    const free = `${formatBytes(this.freeBytes)} are free, the largest block has ${formatBytes(this.largestFreeBytes)}`;
    const scattered = this.freeBytes >= bytes;
    return memoryFault({
      code: "LQ6120",
      message: `${this.name} has no room for ${formatBytes(bytes)}: ${free}`,
      hint: scattered
        ? "free the tensors between the free blocks, or allocate the large ones first"
        : "free tensors that are no longer needed, or choose smaller ones",
    });
  }

  private notHeld(start: number): LinquError {
    const within = start >= this.base && start < this.base + this.sizeBytes;
    const block = this.free[this.firstFreeAfter(start) - 1];
    const isFree = block !== undefined && start < block.start + block.bytes;
    let what = "it is free: freed before, or never allocated";
    if (!within) what = "it lies outside this memory";
    else if (!isFree) what = "it lies inside a block, not at its start";
    return memoryFault({
      code: "LQ6121",
      message: `${this.name} cannot free ${formatAddress(start)}: ${what}`,
      hint: "free each block once, by the address that its allocation returned",
    });
  }
}
