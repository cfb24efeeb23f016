/** The units that tokens pass: each serves them in the order in which they come and knows nothing of the others. */
import { assert } from "../../../base/assert.js";
import { nsToPs, transferPs } from "../../../base/units.js";
import type { Topology } from "../../../topology/topology.js";
import { addressOf } from "../../memory/placed-pointer.js";
import type { PeCosts } from "../costs.js";
import type { PeState } from "../pe-state.js";
import type { Stage } from "./plan.js";
import type { RunningCommand } from "./token.js";

export interface StageUnit {
  /** Serves a stage that may begin at `readyPs`; returns when it is over. */
  serve(command: RunningCommand, stage: Stage, readyPs: number): number;
  /** When the last stage served began. */
  readonly startPs: number;
}

/** The PE's DMA as the pipeline uses it. */
export interface PipelineDma {
  read(rank: number, address: number, bytes: number, atPs: number): number;
  write(rank: number, address: number, bytes: number, atPs: number): number;
  /** When the last request was granted. */
  readonly startPs: number;
  /** When the read engine can grant its next request. */
  nextReadPs(rank: number): number;
}

/** A unit with one timeline per PE. */
class TimelineUnit implements StageUnit {
  startPs = 0;

  constructor(
    private readonly freePs: Float64Array,
    private readonly costPs: (command: RunningCommand, stage: Stage) => number,
    private readonly busyPs: Float64Array | null = null,
  ) {}

  serve(command: RunningCommand, stage: Stage, readyPs: number): number {
    const { rank } = command;
    const start = Math.max(readyPs, this.freePs[rank]!);
    const cost = this.costPs(command, stage);
    this.freePs[rank] = start + cost;
    if (this.busyPs !== null) this.busyPs[rank]! += cost;
    this.startPs = start;
    return start + cost;
  }
}

/** One engine of the DMA. */
class DmaUnit implements StageUnit {
  startPs = 0;

  constructor(private readonly dma: PipelineDma) {}

  serve(command: RunningCommand, stage: Stage, readyPs: number): number {
    const { dma } = this;
    const { rank } = command;
    assert(stage.unit === "dmaRead" || stage.unit === "dmaWrite", "only DMA stages come to the DMA");
    const address = addressOf(command.blockOf(stage)) + stage.offsetBytes;
    const end =
      stage.unit === "dmaRead"
        ? dma.read(rank, address, stage.bytes, readyPs)
        : dma.write(rank, address, stage.bytes, readyPs);
    this.startPs = dma.startPs;
    return end;
  }
}

/**
 * The units of all PEs. MATH and GEMM are those that the kernel's own operations use.
 * @param fetchFreePs when the TCM's read port is free for FETCH, by rank
 */
export function createUnits(
  { gemm }: Topology["pe"],
  costs: PeCosts,
  pes: PeState,
  dma: PipelineDma,
  fetchFreePs: Float64Array,
): Readonly<Record<Stage["unit"], StageUnit>> {
  const fillPs = nsToPs(gemm.fillNs);
  const bytesOf = (stage: Stage): number => ("bytes" in stage ? stage.bytes : 0);
  return {
    dmaRead: new DmaUnit(dma),
    dmaWrite: new DmaUnit(dma),
    fetch: new TimelineUnit(fetchFreePs, (_, stage) => transferPs(bytesOf(stage), costs.tcmReadPsPerByte)),
    gemm: new TimelineUnit(
      pes.gemmFreePs,
      ({ dtype }, stage) => (stage.unit === "gemm" ? costs.flopsPs(stage.flops, dtype) + fillPs : 0),
      pes.gemmBusyPs,
    ),
    math: new TimelineUnit(
      pes.mathFreePs,
      ({ mathPasses }, stage) => (stage.unit === "math" ? costs.mathPs(stage.elements, mathPasses) : 0),
      pes.mathBusyPs,
    ),
    // Results do not go through the port at which messages arrive.
    store: new TimelineUnit(new Float64Array(pes.status.length), (_, stage) =>
      transferPs(bytesOf(stage), costs.tcmWritePsPerByte),
    ),
  };
}
