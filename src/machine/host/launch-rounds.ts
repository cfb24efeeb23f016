import type { PeState } from "../pe/pe-state.js";
import { mergeMetrics, type LaunchMetrics } from "./launch-metrics.js";

/** A round of launches: the first start and the last end of its kernels, and what its PEs spent. */
export interface LaunchRound extends LaunchMetrics {
  startPs: number;
  endPs: number;
}

/** What PEs had done before the launch they are in. */
interface Before {
  dmaPs: Float64Array;
  computePs: Float64Array;
}

/**
 * Launches by round: a chip's first launch is its round 0, and so on. One collective is one round of launches over all
 * chips.
 */
export class LaunchRounds {
  readonly list: LaunchRound[] = [];

  /** Launches of each SIP so far, and when the last one started. */
  private readonly launches: Int32Array;
  private readonly startPs: Float64Array;
  /** Null as long as no SIP is in a later round than its first: most runs launch once. */
  private before: Before | null = null;

  constructor(
    private readonly pes: PeState,
    /** Time that a rank's DMA requests have taken so far. */
    private readonly dmaPsOf: (rank: number) => number,
    sips: number,
  ) {
    this.launches = new Int32Array(sips);
    this.startPs = new Float64Array(sips);
  }

  start(sip: number, ranks: readonly number[], startPs: number): void {
    const round = this.launches[sip]!++;
    this.startPs[sip] = startPs;
    this.list[round] ??= { startPs, endPs: startPs, peExecPs: 0, dmaPs: 0, computePs: 0 };
    this.list[round].startPs = Math.min(this.list[round].startPs, startPs);
    if (round > 0) this.remember(ranks);
  }

  /** The PE of `rank` has ended. */
  end(sip: number, rank: number, endPs: number): void {
    const { pes, before } = this;
    const round = this.list[this.launches[sip]! - 1]!;
    round.endPs = Math.max(round.endPs, endPs);
    mergeMetrics(round, {
      peExecPs: endPs - this.startPs[sip]!,
      dmaPs: this.dmaPsOf(rank) - (before?.dmaPs[rank] ?? 0),
      computePs: pes.mathBusyPs[rank]! + pes.gemmBusyPs[rank]! - (before?.computePs[rank] ?? 0),
    });
  }

  private remember(ranks: readonly number[]): void {
    const { pes } = this;
    const world = pes.status.length;
    this.before ??= { dmaPs: new Float64Array(world), computePs: new Float64Array(world) };
    for (const rank of ranks) {
      this.before.dmaPs[rank] = this.dmaPsOf(rank);
      this.before.computePs[rank] = pes.mathBusyPs[rank]! + pes.gemmBusyPs[rank]!;
    }
  }
}
