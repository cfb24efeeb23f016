import type { Tile } from "../../ops/handles.js";

/** What a PE is doing. */
export const PeStatus = {
  idle: 0,
  running: 1,
  /** Parked in `send` until a slot of a channel is free. */
  awaitingCredit: 2,
  /** Parked in `recv` until a message has arrived on a channel. */
  awaitingArrival: 3,
  /** Its wake-up is scheduled. */
  waking: 4,
  done: 5,
  /** Parked until data have come over the NoC. */
  awaitingMemory: 6,
  /** Parked in `wait` until a posted receive is over. */
  awaitingReceive: 7,
  /** Parked in `barrier` until all members have come. */
  awaitingBarrier: 8,
} as const;

/** Parked operations of PEs that have one, and the PEs' private timelines, in columns by rank. */
export class PeState {
  readonly status: Uint8Array;
  /** The kernel's clock in ps: ahead of the event clock while it need not wait. */
  readonly clockPs: Float64Array;
  readonly channel: Int32Array;
  readonly site: Int32Array;
  /** Bytes of the parked send or receive that are still to be moved. */
  readonly remaining: Float64Array;
  /** The tile being sent, or to be received. */
  readonly tile: (Tile | null)[];
  readonly coroutine: (Iterator<unknown> | null)[];

  /**
   * When the TCM's read port is free next. Sends hold the DMA's communication channel exactly as long; those of loads
   * and stores are in `memory/local-memory.ts`.
   */
  readonly tcmReadFreePs: Float64Array;
  /** Has a composite command been issued in this run? Until then a kernel has its units to itself. */
  hasCommands = false;
  /**
   * When MATH and GEMM are free next, for the kernel and for composite commands. Tiles that come over the NoC find
   * what a kernel that has run ahead has reserved, and go behind it.
   */
  readonly mathFreePs: Float64Array;
  readonly gemmFreePs: Float64Array;
  /** When everything that the kernel has started is over. */
  readonly drainPs: Float64Array;

  /** Busy time of the engines. */
  readonly mathBusyPs: Float64Array;
  readonly gemmBusyPs: Float64Array;
  /** Time of requests that went over the NoC, each from grant to end: those that overlap count each. */
  readonly routedPs: Float64Array;

  constructor(world: number) {
    this.status = new Uint8Array(world);
    this.clockPs = new Float64Array(world);
    this.channel = new Int32Array(world);
    this.site = new Int32Array(world);
    this.remaining = new Float64Array(world);
    this.tile = new Array<Tile | null>(world).fill(null);
    this.coroutine = new Array<Iterator<unknown> | null>(world).fill(null);
    this.tcmReadFreePs = new Float64Array(world);
    this.mathFreePs = new Float64Array(world);
    this.gemmFreePs = new Float64Array(world);
    this.drainPs = new Float64Array(world);
    this.mathBusyPs = new Float64Array(world);
    this.gemmBusyPs = new Float64Array(world);
    this.routedPs = new Float64Array(world);
  }
}
