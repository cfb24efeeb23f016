import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Place } from "../fabric/links.js";
import type { HbmChannels } from "./hbm-channels.js";

/**
 * The memories that are reached over the NoC, by number: first the slice of HBM of every rank's PE, then the SRAM of
 * every cube of the ranks.
 */
export class Memories {
  /** Bytes that each slice of HBM has served. */
  readonly hbmBytes: Float64Array;
  /** When the first bytes of the last access were served. */
  firstPs = 0;

  private readonly slices: number;
  private readonly sramFreePs: Float64Array;
  private readonly sramPsPerByte: number;
  private readonly sramSetupPs: number;

  constructor(
    topology: Topology,
    private readonly graph: SipGraph,
    private readonly layout: RankLayout,
    private readonly hbm: HbmChannels,
  ) {
    const { sram } = topology.cube;
    this.slices = layout.world;
    this.hbmBytes = new Float64Array(layout.world);
    this.sramFreePs = new Float64Array(layout.world / layout.sizes[0]!);
    this.sramPsPerByte = psPerByte(sram.bandwidthGBps);
    this.sramSetupPs = nsToPs(sram.setupNs);
  }

  /** The slice of HBM of a rank's PE. */
  hbmOf(rank: number): number {
    return rank;
  }

  /** The SRAM of a rank's cube. */
  sramOf(rank: number): number {
    return this.slices + Math.floor(rank / this.layout.sizes[0]!);
  }

  placeOf(memory: number): Place {
    const { layout, graph } = this;
    const isHbm = memory < this.slices;
    const rank = isHbm ? memory : (memory - this.slices) * layout.sizes[0]!;
    const { cube, pe } = layout.pePosition(rank);
    return { sip: layout.sipOf(rank), node: isHbm ? graph.hbmNode(cube, pe) : graph.sramNode(cube) };
  }

  /**
   * Serves `bytes` from `address` on that are at the memory from `firstPs` to `lastPs`; `isFirst` marks the first
   * train of a transfer, which pays the set-up, and `isLast` its last.
   * @returns when all of them are served that need not wait for more of the transfer
   */
  access(
    memory: number,
    address: number,
    bytes: number,
    firstPs: number,
    lastPs: number,
    isWrite: boolean,
    isFirst: boolean,
    isLast = true,
  ): number {
    if (memory < this.slices) {
      this.hbmBytes[memory]! += bytes;
      const end = this.hbm.access(memory, address, bytes, firstPs, lastPs, isWrite, isLast);
      this.firstPs = this.hbm.firstPs;
      return end;
    }
    const sram = memory - this.slices;
    const start = Math.max(firstPs, this.sramFreePs[sram]!) + (isFirst ? this.sramSetupPs : 0);
    const end = Math.max(lastPs, start + transferPs(bytes, this.sramPsPerByte));
    this.sramFreePs[sram] = end;
    this.firstPs = start;
    return end;
  }
}
