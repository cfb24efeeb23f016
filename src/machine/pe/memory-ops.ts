import { NO_VALUE, OpKind } from "../../data/op-log.js";
import type { Tile } from "../../ops/handles.js";
import type { MemoryArgs } from "../../ops/memory-args.js";
import { addressOf, type PlacedPointer } from "../memory/placed-pointer.js";
import type { TensorPlace } from "../memory/tensor-place.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import type { PeMemory } from "./pe-memory.js";

/**
 * `load` and `store`. While a PE reaches nothing but its own slice of HBM they are timed in program order without
 * suspending, else over the NoC. Accesses to a spread tensor take place when the event clock has reached them: their
 * rows of the op log stand in the order in which all PEs issued them.
 */
export class MemoryOps {
  constructor(
    private readonly core: KernelCore,
    private readonly args: MemoryArgs<TensorPlace>,
    private readonly memory: PeMemory,
  ) {}

  load(site: number, pointer: unknown, shape: unknown): boolean {
    const { core, memory } = this;
    if (core.mustDefer()) return this.loadLater(site, pointer, shape);
    const from = this.args.pointer(site, "tl.load", pointer);
    const tile = this.args.loaded(site, from, shape);
    if (memory.isBeingWritten(from)) return this.loadAfterWriter(site, from, pointer, shape);
    core.begin(site);
    const { rank } = core;
    const called = core.clockPs;
    core.spend(site, Cause.composite, memory.writtenPs(from));
    memory.pipeline.settle(rank, core.clockPs);
    if (memory.routed !== null) return this.loadInTurn(site, from, tile, called);
    const end = memory.local.read(rank, addressOf(from), tile.bytes, core.clockPs);
    this.logLoad(site, from, tile, memory.local.startPs, end);
    return this.finishLoad(site, tile, called, memory.local.startPs, end);
  }

  // Apart from `load` and `store`, so that those make no closure on their usual way.
  private loadLater(site: number, pointer: unknown, shape: unknown): false {
    return this.core.defer(site, () => this.load(site, pointer, shape));
  }

  private loadAfterWriter(site: number, from: PlacedPointer, pointer: unknown, shape: unknown): false {
    return this.memory.afterWriter(site, from, () => this.load(site, pointer, shape));
  }

  private loadInTurn(site: number, from: PlacedPointer, tile: Tile, called: number): boolean {
    return this.memory.inTurn(site, from, () => this.loadRouted(site, from, tile, called));
  }

  private storeLater(site: number, pointer: unknown, tile: unknown, options: unknown): false {
    return this.core.defer(site, () => this.store(site, pointer, tile, options));
  }

  private storeInTurn(site: number, to: PlacedPointer, tile: Tile): boolean {
    return this.memory.inTurn(site, to, () => this.storeRouted(site, to, tile));
  }

  /** The kernel waits until the data have come over the NoC. */
  private loadRouted(site: number, from: PlacedPointer, tile: Tile, called: number): boolean {
    const { rank, clockPs } = this.core;
    const pieces = this.memory.pieces(site, rank, from, tile.bytes, tile.elements);
    this.logLoad(site, from, tile, clockPs, clockPs);
    return this.memory.fetch(site, "read", pieces, (startPs, endPs) =>
      this.finishLoad(site, tile, called, startPs, endPs),
    );
  }

  private logLoad(site: number, from: PlacedPointer, tile: Tile, start: number, end: number): void {
    const { opLog, rank } = this.core;
    if (opLog === null) return;
    const row = [tile.shape, NO_VALUE, NO_VALUE, from.offset, start, end] as const;
    tile.value = opLog.append(OpKind.dmaRead, tile.dtype, from.index, rank, site, ...row);
  }

  private finishLoad(site: number, tile: Tile, called: number, start: number, end: number): true {
    const { core } = this;
    core.spend(site, Cause.dmaQueue, start);
    core.spend(site, Cause.hbm, end);
    const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
    if (lanes) core.spans!.add(lanes.kernel, core.spans!.nameId("load"), site, called, core.clockPs, -1, -1);
    core.results.out = tile;
    return true;
  }

  store(site: number, pointer: unknown, value: unknown, options: unknown): boolean {
    const { core, memory } = this;
    if (core.mustDefer()) return this.storeLater(site, pointer, value, options);
    const to = this.args.pointer(site, "tl.store", pointer);
    const tile = this.args.stored(site, to, value);
    this.args.requireUnmasked(site, "tl.store", options);
    core.begin(site);
    const { pes, rank } = core;
    memory.pipeline.settle(rank, core.clockPs);
    if (memory.routed !== null) return this.storeInTurn(site, to, tile);
    const end = memory.local.write(rank, addressOf(to), tile.bytes, core.clockPs);
    const start = memory.local.startPs;
    pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, end);
    this.logStore(site, to, tile, start, end);
    const lanes = core.spans === null ? undefined : core.lanes.get(rank);
    if (lanes) core.spans!.add(lanes.store, core.spans!.nameId("store"), site, start, end, -1, -1);
    core.results.out = undefined;
    return true;
  }

  /** The kernel goes on; its end waits for the completion. */
  private storeRouted(site: number, to: PlacedPointer, tile: Tile): true {
    const { rank, clockPs, results } = this.core;
    this.memory.write(this.memory.pieces(site, rank, to, tile.bytes, tile.elements));
    this.logStore(site, to, tile, clockPs, clockPs);
    results.out = undefined;
    return true;
  }

  private logStore(site: number, to: PlacedPointer, tile: Tile, start: number, end: number): void {
    const { opLog, rank } = this.core;
    if (opLog === null) return;
    const row = [tile.shape, tile.value, NO_VALUE, to.offset, start, end] as const;
    opLog.append(OpKind.dmaWrite, tile.dtype, to.index, rank, site, ...row);
  }
}
