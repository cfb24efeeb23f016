import { psPerByte } from "../../base/units.js";
import { BF16, F16, F32, F8E4M3, F8E5M2 } from "../../data/dtypes.js";
import type { Topology } from "../../topology/topology.js";

/**
 * Rate of the GEMM engine by code of dtype, relative to f16 (machine model, cost classes: the usual ratios of matrix
 * engines, ours where the reference has none). f64 and integers run at `OTHER_GEMM_RATE`.
 */
const GEMM_RATES: ReadonlyMap<number, number> = new Map([
  [F8E4M3.code, 2],
  [F8E5M2.code, 2],
  [F16.code, 1],
  [BF16.code, 1],
  [F32.code, 1 / 2],
]);
const OTHER_GEMM_RATE = 1 / 4;

/** What operations cost on one PE, in ps. */
export interface PeCosts {
  dispatchPs: number;
  tcmReadPsPerByte: number;
  tcmWritePsPerByte: number;
  /** What kernels have of the TCM: the scheduler keeps its part. */
  tcmBytes: number;
  /** Time of an operation of MATH over `elements`, of any dtype, that takes so many passes of its lanes. */
  mathPs(elements: number, passes: number): number;
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
    Math.round((flops * psPerFlopF16) / (GEMM_RATES.get(dtype) ?? OTHER_GEMM_RATE));
  return {
    dispatchPs: Math.round(pe.dispatchCycles * cyclePs),
    tcmReadPsPerByte: psPerByte(pe.tcm.readGBps),
    tcmWritePsPerByte: psPerByte(pe.tcm.writeGBps),
    tcmBytes: pe.tcm.sizeBytes - pe.tcm.reservedBytes,
    mathPs: (elements, passes) => Math.round(passes * Math.ceil(elements / pe.math.lanes) * cyclePs),
    gemmPs: (m, k, n, dtype) => flopsPs(2 * m * k * n, dtype),
    flopsPs,
  };
}
