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
