/** Carries what a kernel has sent to the queue of the receiver. */
export interface Fabric {
  /**
   * Sends the message in `slot` on its way: its first and last flit reach the first link at the slot's
   * `frontPs` and `backPs`, which may lie in the future of the event clock.
   */
  depart(slot: number): void;
}

/** What the fabric tells the machine: the message in `slot` may be read from `backPs` on. */
export type ArrivalHandler = (slot: number) => void;

/** The port through which arriving messages are written into the TCM of each rank. */
export interface ArrivalPorts {
  readonly freeAtPs: Float64Array;
  readonly psPerByte: number;
}
