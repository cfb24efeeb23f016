/** Trains in columns: how far each has come, and when its first and last flit stand before the next link. */
export interface TrainColumns {
  /** Next hop of the route. */
  readonly hop: Uint16Array;
  readonly bytes: Int32Array;
  readonly frontPs: Float64Array;
  readonly backPs: Float64Array;
}

/** What takes in the trains of a transfer at the end of its route; trains of a transfer come in order. */
export interface Sink {
  /**
   * `bytes` from byte `offset` of the transfer `tag` on have come: their first flit at `frontPs`, which is now, the
   * last at `backPs`.
   */
  receive(tag: number, offset: number, bytes: number, frontPs: number, backPs: number, isLast: boolean): void;
}

/** Bytes on their way over the fabric; the source has the first flit at `frontPs` and the last at `backPs`. */
export interface TransferRequest {
  route: number;
  /** Number that is added to the links of the route. */
  base: number;
  bytes: number;
  frontPs: number;
  backPs: number;
  sink: Sink;
  tag: number;
}
