import { psPerByte } from "../../base/units.js";
import { F16 } from "../../data/dtypes.js";
import type { Topology } from "../../topology/topology.js";

/** f32 runs at half the f16 rate of the GEMM engine (machine model, cost classes). */
const F32_GEMM_FACTOR = 2;

/** What operations cost on one PE, in ps. */
export interface PeCosts {
  dispatchPs: number;
  tcmReadPsPerByte: number;
  tcmWritePsPerByte: number;
  /** What kernels have of the TCM: the scheduler keeps its part. */
  tcmBytes: number;
  /** Time of an elementwise operation over `elements`. */
  mathPs(elements: number): number;
  /** Time of a product [m,k] × [k,n] of tiles of a dtype. */
  gemmPs(m: number, k: number, n: number, dtype: number): number;
  /** Time of `flops` operations of the GEMM engine on tiles of a dtype. */
  flopsPs(flops: number, dtype: number): number;
}

export function peCosts({ pe }: Topology): PeCosts {
  const cyclePs = 1000 / pe.clockGHz;
  // 1 TFLOPS is one operation per ps.
  const psPerFlopF16 = 1 / pe.gemm.tflopsF16;
  const flopsPs = (flops: number, dtype: number): number =>
    Math.round(flops * psPerFlopF16 * (dtype === F16.code ? 1 : F32_GEMM_FACTOR));
  return {
    dispatchPs: Math.round(pe.dispatchCycles * cyclePs),
    tcmReadPsPerByte: psPerByte(pe.tcm.readGBps),
    tcmWritePsPerByte: psPerByte(pe.tcm.writeGBps),
    tcmBytes: pe.tcm.sizeBytes - pe.tcm.reservedBytes,
    mathPs: (elements) => Math.round(Math.ceil(elements / pe.math.lanes) * cyclePs),
    gemmPs: (m, k, n, dtype) => flopsPs(2 * m * k * n, dtype),
    flopsPs,
  };
}
