import { assert } from "../../base/assert.js";
import { ExitCode } from "../../base/diagnostics.js";
import { dtypeByCode } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { type Arithmetic, describeValue } from "./arithmetic.js";
import { Pointer, Tile } from "./handles.js";
import type { LocalMemory } from "../memory/local-memory.js";
import type { MemoryPiece, Mmu } from "../memory/mmu.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";
import type { CommandPipeline } from "./pipeline/pipeline.js";
import type { DmaStage, RunningCommand } from "./pipeline/token.js";
import type { RoutedMemory } from "./routed-memory.js";

/**
 * `load` and `store`. While a PE reaches nothing but its own slice of HBM they are timed in program order without
 * suspending, else over the NoC. Accesses to a spread tensor take place when the event clock has reached them: their
 * rows of the op log stand in the order in which all PEs issued them.
 */
export class MemoryOps {
  constructor(
    private readonly core: KernelCore,
    private readonly arithmetic: Arithmetic,
    private readonly memory: LocalMemory,
    private readonly pipeline: CommandPipeline,
    /** Null while nobody but the PE itself reaches its slice. */
    private readonly routed: RoutedMemory | null,
    /** Null while no tensor is spread. */
    private readonly mmu: Mmu | null,
  ) {}

  load(site: number, pointer: unknown, shape: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return this.loadLater(site, pointer, shape);
    const from = this.pointer(site, "tl.load", pointer);
    const tile = this.arithmetic.newTile(site, shape, dtypeByCode(from.dtype).name);
    this.checkBounds(site, "load", from, tile.elements);
    if (this.isBeingWritten(from)) return this.loadAfterWriter(site, from, pointer, shape);
    core.begin(site);
    const { rank } = core;
    const called = core.clockPs;
    core.spend(site, Cause.composite, this.writtenPs(from));
    this.pipeline.settle(rank, core.clockPs);
    if (this.routed !== null) return this.loadInTurn(site, from, tile, called, this.routed);
    const end = this.memory.read(rank, from.address, tile.bytes, core.clockPs);
    this.logLoad(site, from, tile, this.memory.startPs, end);
    return this.finishLoad(site, tile, called, this.memory.startPs, end);
  }

  // Apart from `load` and `store`, so that those make no closure on their usual way.
  private loadLater(site: number, pointer: unknown, shape: unknown): false {
    return this.core.defer(site, () => this.load(site, pointer, shape));
  }

  private loadAfterWriter(site: number, from: Pointer, pointer: unknown, shape: unknown): false {
    return this.afterWriter(site, from, () => this.load(site, pointer, shape));
  }

  private loadInTurn(site: number, from: Pointer, tile: Tile, called: number, routed: RoutedMemory): boolean {
    return this.inTurn(site, from, () => this.loadRouted(site, from, tile, called, routed));
  }

  private storeLater(site: number, pointer: unknown, tile: unknown): false {
    return this.core.defer(site, () => this.store(site, pointer, tile));
  }

  private storeInTurn(site: number, to: Pointer, tile: Tile, routed: RoutedMemory): boolean {
    return this.inTurn(site, to, () => this.storeRouted(site, to, tile, routed));
  }

  /** The kernel waits until the data have come over the NoC. */
  private loadRouted(site: number, from: Pointer, tile: Tile, called: number, routed: RoutedMemory): false {
    const { core } = this;
    const { rank, clockPs } = core;
    const pieces = this.pieces(site, rank, from, tile.bytes, tile.elements);
    this.logLoad(site, from, tile, clockPs, clockPs);
    routed.access("read", rank, pieces, clockPs, (startPs, endPs) => {
      core.pes.routedPs[rank]! += endPs - startPs;
      core.resume(rank, endPs, () => this.finishLoad(site, tile, called, startPs, endPs));
    });
    return core.park(PeStatus.awaitingMemory, -1, site);
  }

  private logLoad(site: number, from: Pointer, tile: Tile, start: number, end: number): void {
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

  store(site: number, pointer: unknown, tile: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return this.storeLater(site, pointer, tile);
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
    if (this.routed !== null) return this.storeInTurn(site, to, tile, this.routed);
    const end = this.memory.write(rank, to.address, tile.bytes, core.clockPs);
    const start = this.memory.startPs;
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
    routed.access(
      "write",
      rank,
      this.pieces(site, rank, to, tile.bytes, tile.elements),
      core.clockPs,
      (startPs, endPs) => {
        pes.routedPs[rank]! += endPs - startPs;
        pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, endPs);
      },
    );
    if (core.opLog !== null) {
      const row = [tile.shape, tile.value, NO_VALUE, to.offset, core.clockPs, core.clockPs] as const;
      core.opLog.append(OpKind.dmaWrite, tile.dtype, to.index, rank, site, ...row);
    }
    core.results.out = undefined;
    return true;
  }

  /** What others may see waits until the event clock has reached the kernel's. */
  inTurn(site: number, { place }: Pointer, access: () => boolean): boolean {
    const { core } = this;
    const isEarly = place.spread !== null && core.clockPs > core.engine.nowPs;
    return isEarly ? core.defer(site, access) : access();
  }

  /** The memories that hold a block. @throws LQ6110 the PE does not map all of it */
  private pieces(
    site: number,
    rank: number,
    { place, address, offset }: Pointer,
    bytes: number,
    elements: number,
  ): MemoryPiece[] {
    const { core, mmu } = this;
    if (place.spread === null) return [{ memory: rank, address, bytes }];
    assert(mmu !== null, "a run with spread tensors has MMUs");
    return mmu.pieces(rank, place.spread, offset, elements, () => ({
      pe: core.nameOf(rank),
      at: core.whereIs(site),
    }));
  }

  /** The memories that hold what a stage of a composite command moves. */
  piecesOfStage(command: RunningCommand, stage: DmaStage): MemoryPiece[] {
    const block = command.blockOf(stage);
    const { sizeBytes } = dtypeByCode(block.dtype);
    const offset = block.offset + stage.offsetBytes / sizeBytes;
    return this.pieces(command.site, command.rank, block.at(offset), stage.bytes, stage.bytes / sizeBytes);
  }

  /** When what the commands so far write to a tensor is there, as far as it is known. */
  writtenPs({ index }: Pointer): number {
    const writer = this.pipeline.writer(this.core.rank, index);
    return (writer && this.pipeline.endOf(writer)) ?? 0;
  }

  /** Is a command of this PE under way that writes to the tensor and ends in an event? */
  isBeingWritten({ index }: Pointer): boolean {
    const writer = this.pipeline.writer(this.core.rank, index);
    return writer !== null && this.pipeline.endOf(writer) === null;
  }

  /** Puts an operation off until the command that writes to the tensor is over. */
  afterWriter(site: number, { index }: Pointer, operation: () => boolean): false {
    const { core, pipeline } = this;
    const { rank } = core;
    pipeline.whenOver(pipeline.writer(rank, index)!, () => {
      const { nowPs } = core.engine;
      core.resume(rank, nowPs, () => {
        core.spend(site, Cause.composite, nowPs);
        return operation();
      });
    });
    return core.park(PeStatus.awaitingMemory, -1, site);
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
