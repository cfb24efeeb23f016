/** What the PE that took longest spent in one launch; each figure may be another PE's. */
export interface LaunchMetrics {
  /** End − start of the kernel. */
  peExecPs: number;
  /** Its loads, stores and DMA stages, each from its grant to its end; those under way together count each. */
  dmaPs: number;
  /** Its MATH and GEMM. */
  computePs: number;
}

/** Takes another PE's, cube's or SIP's figures in: the larger of each, so that the order does not matter. */
export function mergeMetrics(into: LaunchMetrics, other: LaunchMetrics): void {
  into.peExecPs = Math.max(into.peExecPs, other.peExecPs);
  into.dmaPs = Math.max(into.dmaPs, other.dmaPs);
  into.computePs = Math.max(into.computePs, other.computePs);
}
