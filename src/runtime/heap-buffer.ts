import type { HeapBlock, HeapRing } from "./heap-ring.js";

/**
 * A buffer of an orchestration. Its memory goes back to the ring when it has been freed (by hand or with its scope)
 * and no unfinished task needs it.
 */
export class HeapBuffer {
  freed = false;
  private references = 1;

  constructor(
    readonly handle: number,
    readonly ring: HeapRing,
    readonly block: HeapBlock,
  ) {}

  get sizeBytes(): number {
    return this.block.sizeBytes;
  }

  /** Ends the orchestration's own use of it; true the first time only. */
  free(): boolean {
    if (this.freed) return false;
    this.freed = true;
    this.release();
    return true;
  }

  /** A task needs the memory until it calls `release`. */
  retain(): void {
    this.references++;
  }

  release(): void {
    if (--this.references === 0) this.ring.free(this.block);
  }
}
