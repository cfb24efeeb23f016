/**
 * Bytes that algorithm bandwidth counts: those of one rank, but of an all-gather the whole result (nccl-tests counts
 * the larger of a rank's two buffers).
 */
export function algorithmBytes(collective: string | null, bytes: number, world: number): number {
  return collective === "allGather" ? bytes * world : bytes;
}

/**
 * What algorithm bandwidth is multiplied with to give bus bandwidth, as nccl-tests defines it (doc/PERFORMANCE.md):
 * the share of the data that must cross every rank's link.
 */
export function busBandwidthFactor(collective: string | null, world: number): number {
  switch (collective) {
    case "allReduce":
      return (2 * (world - 1)) / world;
    case "reduceScatter":
    case "allGather":
      return (world - 1) / world;
    default:
      return 1;
  }
}
