import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { PointerBlock, type Tile } from "../../ops/handles.js";
import type { IndexedAccess, MemoryArgs } from "../../ops/memory-args.js";
import type { PlacedBlock } from "../memory/placed-pointer.js";
import type { TensorPlace } from "../memory/tensor-place.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import type { PeMemory } from "./pe-memory.js";

/** A tile of pointers, told apart from what `MemoryOps` takes. */
export function isIndexed(pointers: unknown): pointers is PlacedBlock {
  return pointers instanceof PointerBlock;
}

/**
 * `load` and `store` through tiles of pointers. One call gives the DMA one list of accesses, which it serves one after
 * another, as many at once as it has requests under way.
 */
export class IndexedOps {
  constructor(
    private readonly core: KernelCore,
    private readonly args: MemoryArgs<TensorPlace>,
    private readonly memory: PeMemory,
  ) {}

  load(site: number, pointers: PlacedBlock, options: unknown): boolean {
    const { core, args } = this;
    if (core.mustDefer()) return core.defer(site, () => this.load(site, pointers, options));
    const access = args.indexed(site, "tl.load", pointers, options);
    return this.gather(site, access, args.gathered(site, access), options);
  }

  private gather(site: number, access: IndexedAccess<TensorPlace>, tile: Tile, options: unknown): boolean {
    const { core, memory } = this;
    const { pointer } = access.block;
    if (memory.isBeingWritten(pointer)) {
      return memory.afterWriter(site, pointer, () => this.gather(site, access, tile, options));
    }
    core.begin(site);
    const called = core.clockPs;
    core.spend(site, Cause.composite, memory.writtenPs(pointer));
    memory.pipeline.settle(core.rank, core.clockPs);
    return memory.inTurn(site, pointer, () => {
      const pieces = memory.indexedPieces(site, pointer, access.runs, tile.elements);
      tile.value = this.log(site, OpKind.gather, access, NO_VALUE);
      return memory.fetch(site, "read", pieces, (startPs, endPs) => {
        core.spend(site, Cause.dmaQueue, startPs);
        core.spend(site, Cause.hbm, endPs);
        const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
        if (lanes)
          core.spans!.add(lanes.kernel, core.spans!.nameId("load"), site, called, core.clockPs, -1, -1);
        core.results.out = this.args.withOther(site, tile, access, options);
        return true;
      });
    });
  }

  store(site: number, pointers: PlacedBlock, value: unknown, options: unknown): boolean {
    const { core, args, memory } = this;
    if (core.mustDefer()) return core.defer(site, () => this.store(site, pointers, value, options));
    const access = args.indexed(site, "tl.store", pointers, options);
    const tile = args.scattered(site, access, value);
    const { pointer, offsets } = access.block;
    core.begin(site);
    memory.pipeline.settle(core.rank, core.clockPs);
    return memory.inTurn(site, pointer, () => {
      const written = memory.write(memory.indexedPieces(site, pointer, access.runs, offsets.elements));
      this.log(site, OpKind.scatter, access, tile.value);
      const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
      if (lanes && written !== null) {
        const { startPs, endPs } = written;
        core.spans!.add(lanes.store, core.spans!.nameId("store"), site, startPs, endPs, -1, -1);
      }
      core.results.out = undefined;
      return true;
    });
  }

  private log(
    site: number,
    kind: OpKind,
    { block: { pointer, offsets }, mask }: IndexedAccess<TensorPlace>,
    stored: number,
  ): number {
    const { opLog, rank, clockPs } = this.core;
    if (opLog === null) return NO_VALUE;
    const operands = [offsets.shape, offsets.value, mask?.value ?? NO_VALUE, pointer.offset] as const;
    return opLog.append(
      kind,
      pointer.dtype,
      pointer.index,
      rank,
      site,
      ...operands,
      clockPs,
      clockPs,
      stored,
    );
  }
}
