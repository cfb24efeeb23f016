import { ExitCode } from "../../base/diagnostics.js";
import { dtypeByCode } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { type Arithmetic, describeValue } from "./arithmetic.js";
import { Pointer, Tile } from "./handles.js";
import type { LocalMemory } from "../memory/local-memory.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import type { MemoryPiece, RoutedMemory } from "./routed-memory.js";

/** `load` and `store`: the PE's DMA and its own slice of HBM, timed in program order without suspending. */
export class MemoryOps {
  constructor(
    private readonly core: KernelCore,
    private readonly arithmetic: Arithmetic,
    private readonly memory: LocalMemory,
    private readonly pipeline: Pipeline,
    /** Null while nobody but the PE itself reaches its slice. */
    private readonly routed: RoutedMemory | null,
  ) {}

  load(site: number, pointer: unknown, shape: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.load(site, pointer, shape));
    const from = this.pointer(site, "tl.load", pointer);
    const tile = this.arithmetic.newTile(site, shape, dtypeByCode(from.dtype).name);
    this.checkBounds(site, "load", from, tile.elements);
    core.begin(site);
    const { rank } = core;
    const called = core.clockPs;
    core.spend(site, Cause.composite, this.pipeline.writtenPs(rank, from.index));
    this.pipeline.settle(rank, core.clockPs);
    if (this.routed !== null) return this.loadRouted(site, from, tile, called, this.routed);
    const end = this.memory.read(rank, from.address, tile.bytes, core.clockPs);
    return this.finishLoad(site, from, tile, called, this.memory.startPs, end);
  }

  /** The kernel waits until the data have come over the NoC. */
  private loadRouted(site: number, from: Pointer, tile: Tile, called: number, routed: RoutedMemory): false {
    const { core } = this;
    const { rank } = core;
    routed.access("read", rank, this.pieces(rank, from, tile.bytes), core.clockPs, (startPs, endPs) =>
      core.resume(rank, endPs, () => this.finishLoad(site, from, tile, called, startPs, endPs)),
    );
    return core.park(PeStatus.awaitingMemory, -1, site);
  }

  private finishLoad(
    site: number,
    from: Pointer,
    tile: Tile,
    called: number,
    start: number,
    end: number,
  ): true {
    const { core } = this;
    const { pes, rank } = core;
    pes.hbmBusyPs[rank]! += end - start;
    core.spend(site, Cause.dmaQueue, start);
    core.spend(site, Cause.hbm, end);
    if (core.opLog !== null) {
      const row = [tile.shape, NO_VALUE, NO_VALUE, from.offset, start, core.clockPs] as const;
      tile.value = core.opLog.append(OpKind.dmaRead, tile.dtype, from.index, rank, site, ...row);
    }
    const lanes = core.spans === null ? undefined : core.lanes.get(rank);
    if (lanes) core.spans!.add(lanes.kernel, core.spans!.nameId("load"), site, called, core.clockPs, -1, -1);
    core.results.out = tile;
    return true;
  }

  store(site: number, pointer: unknown, tile: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.store(site, pointer, tile));
    const to = this.pointer(site, "tl.store", pointer);
    if (!(tile instanceof Tile)) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `tl.store writes a tile, not ${describeValue(tile)}`,
          hint: "make a tile of a scalar with tl.full([1], value, dtype)",
        },
        ExitCode.invalidInput,
      );
    }
    if (tile.dtype !== to.dtype) {
      throw core.fault(
        site,
        {
          code: "LQ2004",
          message: `store: a tile of ${dtypeByCode(tile.dtype).name} into ${to.tensor.name}, which holds ${to.tensor.dtype}`,
        },
        ExitCode.invalidInput,
      );
    }
    this.checkBounds(site, "store", to, tile.elements);
    core.begin(site);
    const { pes, rank } = core;
    this.pipeline.settle(rank, core.clockPs);
    if (this.routed !== null) return this.storeRouted(site, to, tile, this.routed);
    const end = this.memory.write(rank, to.address, tile.bytes, core.clockPs);
    const start = this.memory.startPs;
    core.records.note(rank, start, end);
    pes.hbmBusyPs[rank]! += end - start;
    pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, end);
    if (core.opLog !== null) {
      const row = [tile.shape, tile.value, NO_VALUE, to.offset, start, end] as const;
      core.opLog.append(OpKind.dmaWrite, tile.dtype, to.index, rank, site, ...row);
    }
    const lanes = core.spans === null ? undefined : core.lanes.get(rank);
    if (lanes) core.spans!.add(lanes.store, core.spans!.nameId("store"), site, start, end, -1, -1);
    core.results.out = undefined;
    return true;
  }

  /** The kernel goes on; its end waits for the completion. */
  private storeRouted(site: number, to: Pointer, tile: Tile, routed: RoutedMemory): true {
    const { core } = this;
    const { pes, rank } = core;
    routed.access("write", rank, this.pieces(rank, to, tile.bytes), core.clockPs, (startPs, endPs) => {
      core.records.note(rank, startPs, endPs);
      pes.hbmBusyPs[rank]! += endPs - startPs;
      pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, endPs);
    });
    if (core.opLog !== null) {
      const row = [tile.shape, tile.value, NO_VALUE, to.offset, core.clockPs, core.clockPs] as const;
      core.opLog.append(OpKind.dmaWrite, tile.dtype, to.index, rank, site, ...row);
    }
    core.results.out = undefined;
    return true;
  }

  /** The memories that hold a block. */
  private pieces(rank: number, pointer: Pointer, bytes: number): MemoryPiece[] {
    return [{ memory: rank, address: pointer.address, bytes }];
  }

  /** A pointer as a kernel gave it. @throws LQ1304 */
  pointer(site: number, what: string, value: unknown): Pointer {
    if (value instanceof Pointer) return value;
    throw this.core.fault(
      site,
      { code: "LQ1304", message: `${what} needs a pointer, not ${describeValue(value)}` },
      ExitCode.invalidInput,
    );
  }

  /** @throws LQ3002 when elements from the pointer on are not all in its tensor */
  checkBounds(site: number, what: string, pointer: Pointer, elements: number): void {
    const { tensor, offset } = pointer;
    if (offset >= 0 && offset + elements <= tensor.elements) return;
    throw this.core.fault(site, {
      code: "LQ3002",
      message: `${what} ${tensor.name}[${offset}..${offset + elements}) is outside its ${tensor.elements} elements`,
    });
  }
}
