import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { Topology } from "../../topology/topology.js";
import type { Memories } from "../memory/memories.js";
import type { PeCosts } from "../pe/costs.js";

/** The memory that holds the slots of a rank: when an access that is asked for at `atPs` is over. */
export interface SlotPort {
  write(rank: number, bytes: number, atPs: number): number;
  /** For events only: a kernel that reads its own slots uses the TCM's read port itself. */
  read(rank: number, bytes: number, atPs: number): number;
}

export function slotPort(topology: Topology, costs: PeCosts, memories: Memories, world: number): SlotPort {
  switch (topology.ipcq.slotMemory) {
    case "tcm":
      return new TcmSlots(world, costs);
    case "hbm":
      return new HbmSlots(world, topology.ipcq.hbmSlot);
    case "sram":
      return new SramSlots(memories);
  }
}

/**
 * A port for arriving messages, and one for receives that were posted: the kernel, which may have run ahead, has the
 * other read port to itself.
 */
class TcmSlots implements SlotPort {
  private readonly writeFreePs: Float64Array;
  private readonly readFreePs: Float64Array;

  constructor(
    world: number,
    private readonly costs: PeCosts,
  ) {
    this.writeFreePs = new Float64Array(world);
    this.readFreePs = new Float64Array(world);
  }

  write(rank: number, bytes: number, atPs: number): number {
    const start = Math.max(atPs, this.writeFreePs[rank]!);
    return (this.writeFreePs[rank] = start + transferPs(bytes, this.costs.tcmWritePsPerByte));
  }

  read(rank: number, bytes: number, atPs: number): number {
    const start = Math.max(atPs, this.readFreePs[rank]!);
    return (this.readFreePs[rank] = start + transferPs(bytes, this.costs.tcmReadPsPerByte));
  }
}

/** One port for each PE's slots in HBM, beside the channels that loads and stores use. */
class HbmSlots implements SlotPort {
  private readonly freePs: Float64Array;
  private readonly setupPs: number;
  private readonly psPerByte: number;

  constructor(world: number, { bandwidthGBps, setupNs }: Topology["ipcq"]["hbmSlot"]) {
    this.freePs = new Float64Array(world);
    this.setupPs = nsToPs(setupNs);
    this.psPerByte = psPerByte(bandwidthGBps);
  }

  write(rank: number, bytes: number, atPs: number): number {
    const start = Math.max(atPs, this.freePs[rank]!);
    return (this.freePs[rank] = start + this.setupPs + transferPs(bytes, this.psPerByte));
  }

  read(rank: number, bytes: number, atPs: number): number {
    return this.write(rank, bytes, atPs);
  }
}

/** The port of the cube's SRAM, which everything else that reaches the SRAM uses as well. */
class SramSlots implements SlotPort {
  constructor(private readonly memories: Memories) {}

  write(rank: number, bytes: number, atPs: number): number {
    return this.memories.access(this.memories.sramOf(rank), 0, bytes, atPs, atPs, true, true);
  }

  read(rank: number, bytes: number, atPs: number): number {
    return this.memories.access(this.memories.sramOf(rank), 0, bytes, atPs, atPs, false, true);
  }
}
