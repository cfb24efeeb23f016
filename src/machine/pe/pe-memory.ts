import { assert } from "../../base/assert.js";
import { dtypeByCode } from "../../data/dtypes.js";
import type { Run } from "../../ops/index-form.js";
import type { LocalMemory } from "../memory/local-memory.js";
import type { MemoryPiece, Mmu } from "../memory/mmu.js";
import { addressOf, type PlacedPointer } from "../memory/placed-pointer.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";
import type { CommandPipeline } from "./pipeline/pipeline.js";
import type { DmaStage, RunningCommand } from "./pipeline/token.js";
import { RankTurns } from "./rank-turns.js";
import type { RoutedMemory } from "./routed-memory.js";

/**
 * What all operations that reach memory share: which memories hold a block, who has to be waited for, and the two ways
 * to get there. While a PE reaches nothing but its own slice of HBM, accesses are timed in program order without
 * suspending, else over the NoC.
 */
export class PeMemory {
  private readonly turns: RankTurns;

  constructor(
    private readonly core: KernelCore,
    readonly local: LocalMemory,
    readonly pipeline: CommandPipeline,
    /** Null while nobody but the PE itself reaches its slice. */
    readonly routed: RoutedMemory | null,
    /** Null while no tensor is spread. */
    private readonly mmu: Mmu | null,
    /** What PEs do at the same moment happens in the order of their ranks, also where they only load and store. */
    private readonly isOrdered: boolean,
  ) {
    this.turns = new RankTurns(core.engine, core);
  }

  /**
   * Reads pieces, or reads and writes them in one step (`update`); goes on with `then` when all of them are there.
   * @param then gets when the first one was granted and when the last one was there
   */
  fetch(
    site: number,
    way: "read" | "update",
    pieces: readonly MemoryPiece[],
    then: (startPs: number, endPs: number) => boolean,
  ): boolean {
    const { core, local, routed } = this;
    const { rank, clockPs } = core;
    if (pieces.length === 0) return then(clockPs, clockPs);
    if (routed === null) {
      let [start, end] = [Infinity, 0];
      for (const { address, bytes } of pieces) {
        end = Math.max(end, local[way](rank, address, bytes, clockPs));
        start = Math.min(start, local.startPs);
      }
      return then(start, end);
    }
    routed.access(way, rank, pieces, clockPs, (startPs, endPs) => {
      core.pes.routedPs[rank]! += endPs - startPs;
      core.resume(rank, endPs, () => then(startPs, endPs));
    });
    return core.park(PeStatus.awaitingMemory, -1, site);
  }

  /**
   * Writes pieces; the kernel goes on, and its end waits for the completion.
   * @returns when the first one was granted and when the last one was written; null when that is decided in events
   */
  write(pieces: readonly MemoryPiece[]): { startPs: number; endPs: number } | null {
    const { core, local, routed } = this;
    const { rank, clockPs, pes } = core;
    if (pieces.length === 0) return { startPs: clockPs, endPs: clockPs };
    if (routed === null) {
      let [startPs, endPs] = [Infinity, 0];
      for (const { address, bytes } of pieces) {
        endPs = Math.max(endPs, local.write(rank, address, bytes, clockPs));
        startPs = Math.min(startPs, local.startPs);
      }
      pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, endPs);
      return { startPs, endPs };
    }
    routed.access("write", rank, pieces, clockPs, (startPs, endPs) => {
      pes.routedPs[rank]! += endPs - startPs;
      pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, endPs);
    });
    return null;
  }

  /** What others may see waits until the event clock has reached the kernel's. */
  inTurn(site: number, { place }: PlacedPointer, access: () => boolean): boolean {
    if (this.isOrdered && place.spread !== null) return this.turns.wait(site, access);
    const { core } = this;
    const isEarly = place.spread !== null && core.clockPs > core.engine.nowPs;
    return isEarly ? core.defer(site, access) : access();
  }

  /** As `inTurn`; what PEs do at the same moment happens in the order of their ranks. */
  inRankOrder(site: number, { place }: PlacedPointer, access: () => boolean): boolean {
    return place.spread === null ? access() : this.turns.wait(site, access);
  }

  /** The memories that hold a block. @throws LQ6110 the PE does not map all of it */
  pieces(site: number, rank: number, pointer: PlacedPointer, bytes: number, elements: number): MemoryPiece[] {
    const { core, mmu } = this;
    const { place, offset } = pointer;
    if (place.spread === null) return [{ memory: rank, address: addressOf(pointer), bytes }];
    assert(mmu !== null, "a run with spread tensors has MMUs");
    return mmu.pieces(rank, place.spread, offset, elements, () => ({
      pe: core.nameOf(rank),
      at: core.whereIs(site),
    }));
  }

  /**
   * The memories that hold the elements of `runs`, or `count` elements of a tensor. Elements that follow one another are one access; all others
   * are one each, for which the memory serves a whole burst. Where only the data say which elements are meant, they
   * are taken to lie evenly over the tensor.
   */
  indexedPieces(
    site: number,
    pointer: PlacedPointer,
    runs: readonly Run[] | null,
    count: number,
  ): MemoryPiece[] {
    const { core } = this;
    const { rank } = core;
    const { sizeBytes } = dtypeByCode(pointer.dtype);
    const pieces: MemoryPiece[] = [];
    const add = (offset: number, elements: number): void => {
      pieces.push(...this.pieces(site, rank, pointer.at(offset), elements * sizeBytes, elements));
    };
    if (runs === null) {
      const { elements } = pointer.tensor;
      for (let index = 0; index < count; index++) {
        const offset = Math.floor((index * elements) / count);
        if (this.isMapped(rank, pointer.at(offset))) add(offset, 1);
        else pieces.push({ memory: rank, address: 0, bytes: sizeBytes });
      }
    } else {
      for (const { offset, count: length, stride } of runs) {
        if (stride === 1) add(offset, length);
        else for (let index = 0; index < length; index++) add(offset + index * stride, 1);
      }
    }
    core.countTokens(site, pieces.length);
    return pieces;
  }

  /** The memories that hold what a stage of a composite command moves. */
  piecesOfStage(command: RunningCommand, stage: DmaStage): MemoryPiece[] {
    const block = command.blockOf(stage);
    const { sizeBytes } = dtypeByCode(block.dtype);
    const offset = block.offset + stage.offsetBytes / sizeBytes;
    return this.pieces(command.site, command.rank, block.at(offset), stage.bytes, stage.bytes / sizeBytes);
  }

  /** When what the commands so far write to a tensor is there, as far as it is known. */
  writtenPs({ index }: PlacedPointer): number {
    const writer = this.pipeline.writer(this.core.rank, index);
    return (writer && this.pipeline.endOf(writer)) ?? 0;
  }

  /** Is a command of this PE under way that writes to the tensor and ends in an event? */
  isBeingWritten({ index }: PlacedPointer): boolean {
    const writer = this.pipeline.writer(this.core.rank, index);
    return writer !== null && this.pipeline.endOf(writer) === null;
  }

  /** Puts an operation off until the command that writes to the tensor is over. */
  afterWriter(site: number, { index }: PlacedPointer, operation: () => boolean): false {
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

  private isMapped(rank: number, { place, offset }: PlacedPointer): boolean {
    return place.spread === null || this.mmu!.isMapped(rank, place.spread, offset);
  }
}
