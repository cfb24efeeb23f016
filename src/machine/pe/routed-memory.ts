import type { MemoryTraffic } from "../memory/memory-traffic.js";
import type { MemoryPiece } from "../memory/mmu.js";

/** Accesses of kernels over the NoC: one request for each memory that holds a part of the block. */
export class RoutedMemory {
  /** Requests under way by rank: a kernel has not ended before they have. */
  private readonly underWay: Int32Array;
  private readonly whenIdle = new Map<number, () => void>();

  constructor(
    private readonly traffic: MemoryTraffic,
    world: number,
  ) {
    this.underWay = new Int32Array(world);
  }

  /**
   * Reads or writes all pieces, asked for at `atPs`.
   * @param done called in an event when the last piece is done; `startPs` is when the first one was granted
   */
  access(
    way: "read" | "write" | "update",
    rank: number,
    pieces: readonly MemoryPiece[],
    atPs: number,
    done: (startPs: number, endPs: number) => void,
  ): void {
    let left = pieces.length;
    let firstPs = Infinity;
    this.underWay[rank]! += left;
    for (const piece of pieces) {
      const request = {
        ...piece,
        from: { rank, engine: way === "read" ? ("read" as const) : ("write" as const) },
        done: (startPs: number, endPs: number): void => {
          firstPs = Math.min(firstPs, startPs);
          if (--left === 0) done(firstPs, endPs);
          if (--this.underWay[rank]! === 0) this.idle(rank);
        },
      };
      this.traffic[way](request, atPs);
    }
  }

  /** Calls `then` when no request of the rank is under way any more: at once, or in a later event. */
  afterAll(rank: number, then: () => void): void {
    if (this.underWay[rank] === 0) then();
    else this.whenIdle.set(rank, then);
  }

  private idle(rank: number): void {
    const then = this.whenIdle.get(rank);
    this.whenIdle.delete(rank);
    then?.();
  }
}
