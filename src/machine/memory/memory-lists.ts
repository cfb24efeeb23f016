import { dieLayout, encodeAddress } from "../../topology/address.js";
import type { AddressUnit, DieLayout } from "../../topology/address.js";
import type { Topology } from "../../topology/topology.js";
import { FreeList } from "./free-list.js";

/** Blocks of TCM and SRAM begin at multiples of this. Our choice: a cache line. */
const LOCAL_ALIGN_BYTES = 64;

export type MemoryKind = "hbm" | "tcm" | "sram";

interface MemorySpec {
  unit: AddressUnit;
  /** As messages call it. */
  called: string;
  /** What is handed out of it. */
  sizeBytes: number;
  alignBytes: number;
}

/** The memories of one host's chips, each a free list of physical addresses that is made when it is first needed. */
export class MemoryLists {
  private readonly layout: DieLayout;
  private readonly specs: Record<MemoryKind, MemorySpec>;
  /** By the memory's first address. */
  private readonly lists = new Map<number, FreeList>();

  /** @throws LQ6103 when the machine does not fit into the physical address */
  constructor(topology: Topology) {
    this.layout = dieLayout(topology);
    this.specs = memorySpecs(topology);
  }

  /** The memory of a PE, or for `sram`, with `pe` null, of a cube. */
  list(kind: MemoryKind, { sip, cube, pe }: { sip: number; cube: number; pe: number | null }): FreeList {
    const { unit, called, sizeBytes, alignBytes } = this.specs[kind];
    const base = encodeAddress(this.layout, { sip, die: cube, unit, pe, offset: 0 });
    let list = this.lists.get(base);
    if (!list) {
      const owner = pe === null ? `sip${sip}.cube${cube}` : `sip${sip}.cube${cube}.pe${pe}`;
      list = new FreeList(`the ${called} of ${owner}`, base, sizeBytes, alignBytes);
      this.lists.set(base, list);
    }
    return list;
  }
}

/**
 * A block of HBM begins with a burst of the first channel, so that equal accesses to two tensors take equal time; the
 * scheduler's reserve lies at the end of the TCM.
 */
function memorySpecs({ pe, cube }: Topology): Record<MemoryKind, MemorySpec> {
  const { hbm, tcm } = pe;
  const tcmBytes = Math.max(0, tcm.sizeBytes - tcm.reservedBytes);
  const alignBytes = LOCAL_ALIGN_BYTES;
  return {
    hbm: {
      unit: "HBM",
      called: "HBM",
      sizeBytes: hbm.sizeBytes,
      alignBytes: hbm.burstBytes * hbm.channels,
    },
    tcm: { unit: "PE_LOCAL", called: "TCM", sizeBytes: tcmBytes, alignBytes },
    sram: { unit: "CUBE_SRAM", called: "SRAM", sizeBytes: cube.sram.sizeBytes, alignBytes },
  };
}
