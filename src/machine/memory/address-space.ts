import { invalidInput } from "../../base/diagnostics.js";
import { formatRanges } from "../../base/ranges.js";
import type { Selection, Topology } from "../../topology/topology.js";
import { resolveShards, tensorBytes } from "./dp-policy.js";
import type { DpPolicy } from "./dp-policy.js";
import { FreeList } from "./free-list.js";
import { memoryFault } from "./memory-fault.js";
import { MemoryLists } from "./memory-lists.js";

/** Virtual addresses of one host; base and size are the reference's. */
const VA_BASE = 0x1_0000_0000;
const VA_BYTES = 64 * 2 ** 30;

export interface TensorSpec {
  name: string;
  shape: readonly number[];
  elementBytes: number;
}

/** Where a tensor goes: spread over the HBM of one SIP, into one PE's HBM or TCM, or into a cube's SRAM. */
export type Placement =
  | { kind: "spread"; sip: number; policy: DpPolicy }
  | { kind: "hbm" | "tcm"; sip: number; cube: number; pe: number }
  | { kind: "sram"; sip: number; cube: number };

export interface AllocatedShard {
  sip: number;
  cube: number;
  /** The PE whose memory it is; null in the SRAM of a cube. */
  pe: number | null;
  pa: number;
  va: number;
  bytes: number;
}

/** A tensor's memory. Shards of a spread tensor stand in the order of `resolveShards`. */
export interface Allocation {
  readonly name: string;
  readonly placement: Placement;
  readonly va: number;
  readonly bytes: number;
  readonly shards: readonly AllocatedShard[];
}

/** PEs of one SIP that map the same ranges. */
export interface Mapping {
  readonly sip: number;
  readonly pes: readonly { cube: number; pe: number }[];
  readonly ranges: readonly AllocatedShard[];
}

interface Block {
  list: FreeList;
  start: number;
}

/**
 * The memory of one host: virtual addresses, and the HBM, TCM and SRAM behind them. The state of a memory comes into
 * being with the first allocation in it, and nothing here names the host: hosts on which the same tensors are
 * allocated and freed in the same order have the same addresses and can share one space.
 */
export class AddressSpace {
  private readonly virtual: FreeList;
  private readonly memories: MemoryLists;
  private readonly held = new Map<Allocation, readonly Block[]>();
  private readonly freed = new WeakSet<Allocation>();

  /**
   * @param devices those of the run; allocations stay inside them
   * @throws LQ6103 when the machine does not fit into the physical address
   */
  constructor(
    topology: Topology,
    private readonly devices: Pick<Selection, "sips" | "cubes" | "pes">,
  ) {
    this.memories = new MemoryLists(topology);
    const { pageBytes } = topology.pe.mmu;
    this.virtual = new FreeList("the virtual address space of the host", VA_BASE, VA_BYTES, pageBytes);
  }

  /**
   * Takes memory for a tensor; nothing is taken when it fails.
   * @throws LQ6120 no room, LQ6131 or LQ6132 a policy or shape that does not fit, LQ6133 a device that the run has not
   */
  allocate(tensor: TensorSpec, placement: Placement): Allocation {
    const { name } = tensor;
    const bytes = tensorBytes(tensor.shape, tensor.elementBytes);
    const parts = this.partsOf(tensor, placement, bytes);
    const blocks: Block[] = [];
    try {
      const va = take(blocks, this.virtual, bytes);
      const kind = placement.kind === "spread" ? "hbm" : placement.kind;
      const shards = parts.map(({ byteOffset, ...part }) => ({
        ...part,
        pa: take(blocks, this.memories.list(kind, part), part.bytes),
        va: va + byteOffset,
      }));
      const allocation = { name, placement, va, bytes, shards };
      this.held.set(allocation, blocks);
      return allocation;
    } catch (error) {
      release(blocks);
      throw error;
    }
  }

  /** Gives a tensor's memory back. @throws LQ6122 when it is not held */
  free(allocation: Allocation): void {
    const blocks = this.held.get(allocation);
    if (!blocks) {
      const twice = this.freed.has(allocation);
      throw memoryFault({
        code: "LQ6122",
        message: `tensor ${allocation.name} ${twice ? "is freed twice" : "is not of this host: it cannot be freed here"}`,
        hint: twice ? "free each tensor once" : "free it on the host that allocated it",
      });
    }
    release(blocks);
    this.held.delete(allocation);
    this.freed.add(allocation);
  }

  /**
   * Which PEs map what. Of a part with several copies a PE maps the one in its own cube (replicated over cubes) and of
   * its own index (replicated over PEs); so with `replicate` for both each PE maps its local copy, and of a sharded
   * tensor every PE of the SIP maps all shards.
   */
  mappings({ placement, shards }: Allocation): Mapping[] {
    const { sip } = placement;
    if (placement.kind !== "spread") {
      const only = placement.kind === "sram" ? null : placement.pe;
      return [{ sip, pes: this.pesOf([placement.cube], only), ranges: shards }];
    }
    const perCube = placement.policy.cube === "replicate";
    const perPe = placement.policy.pe === "replicate";
    const groups = new Map<string, AllocatedShard[]>();
    for (const shard of shards) {
      const key = `${perCube ? shard.cube : ""}/${perPe ? shard.pe : ""}`;
      const group = groups.get(key);
      if (group) group.push(shard);
      else groups.set(key, [shard]);
    }
    return [...groups.values()].map((ranges) => {
      const { cube, pe } = ranges[0]!;
      return { sip, pes: this.pesOf(perCube ? [cube] : this.devices.cubes, perPe ? pe : null), ranges };
    });
  }

  /** The PEs of these cubes, or the one with this index in each. */
  private pesOf(cubes: readonly number[], only: number | null): { cube: number; pe: number }[] {
    const pes = only === null ? this.devices.pes : [only];
    return cubes.flatMap((cube) => pes.map((pe) => ({ cube, pe })));
  }

  private partsOf(
    { shape, elementBytes }: TensorSpec,
    placement: Placement,
    bytes: number,
  ): (Pick<AllocatedShard, "sip" | "cube" | "pe" | "bytes"> & { byteOffset: number })[] {
    const { sip } = placement;
    const { sips, cubes, pes } = this.devices;
    checkDevice("sip", sip, sips);
    if (placement.kind === "spread") {
      return resolveShards(shape, elementBytes, placement.policy, { sip, cubes, pes }).map(
        ({ cube, pe, byteOffset, sizeBytes }) => ({ sip, cube, pe, byteOffset, bytes: sizeBytes }),
      );
    }
    checkDevice("cube", placement.cube, cubes);
    const pe = placement.kind === "sram" ? null : placement.pe;
    if (pe !== null) checkDevice("pe", pe, pes);
    return [{ sip, cube: placement.cube, pe, byteOffset: 0, bytes }];
  }
}

function take(blocks: Block[], list: FreeList, bytes: number): number {
  const start = list.allocate(bytes);
  blocks.push({ list, start });
  return start;
}

function release(blocks: readonly Block[]): void {
  for (const { list, start } of blocks) list.release(start);
}

function checkDevice(level: "sip" | "cube" | "pe", index: number, selected: readonly number[]): void {
  if (selected.includes(index)) return;
  throw invalidInput({
    code: "LQ6133",
    message: `a tensor is to be placed on ${level} ${index}, which this run does not use`,
    hint: `it uses ${level} ${formatRanges(selected)}`,
  });
}
