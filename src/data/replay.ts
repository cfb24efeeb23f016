/**
 * Phase two of a run: makes the op log true on real arrays. Rows are executed in order, which is a valid order for
 * every value; the result does not depend on simulated time.
 */
import { dtypeByCode } from "./dtypes.js";
import { ErrorTracker } from "./error-tracker.js";
import type { Hbm } from "./hbm.js";
import { chooseElement, chooseMessage, corruptElement } from "./injection.js";
import type { Corruption } from "./injection.js";
import { NO_VALUE, OP_CHUNK_ROWS, OpKind, writesTensor } from "./op-log.js";
import type { OpChunk, OpLogData } from "./op-log.js";
import { RowExecutor } from "./row-executor.js";
import { asNumbers } from "./tile-array.js";
import { TileStore } from "./tile-store.js";
import { WriteLog } from "./write-log.js";

/** A tile that a kernel printed; of more than 8 values only the first and last 4. */
export interface PrintedTile {
  row: number;
  shape: number[];
  /** 64-bit integers beyond 2^53 are rounded. */
  values: number[];
}

const PRINTED_EDGE = 4;

export interface ReplayOptions {
  /** Corrupts one element of one message. */
  inject: { seed: number } | null;
  /** Bounds the magnitude behind every tile: needed to judge against anything but a sum of inputs. */
  trackMagnitude: boolean;
  /** Called now and then with the number of rows done. */
  progress?: ((rowsDone: number, rows: number) => void) | undefined;
}

/** What replay leaves behind, for the judgement. */
export interface ReplayOutcome {
  writes: WriteLog;
  errors: ErrorTracker;
  /** Whether any operation's exact result differed from the one stored. */
  inexact: boolean;
  prints: PrintedTile[];
  corrupted: Corruption | null;
}

/**
 * Executes all rows of a log; the tensors in `hbm` are changed in place.
 * @throws DataFault LQ3002 outside a tensor, LQ3703 division by zero
 */
export function replay(log: OpLogData, hbm: Hbm, options: ReplayOptions): ReplayOutcome {
  const replayer = new Replayer(log, hbm, options);
  log.chunks.forEach((chunk, index) => {
    const first = index * OP_CHUNK_ROWS;
    const count = Math.min(OP_CHUNK_ROWS, log.rows - first);
    for (let at = 0; at < count; at++) replayer.execute(chunk, at, first + at);
    options.progress?.(first + count, log.rows);
  });
  const { writes, errors, executor, prints, corrupted } = replayer;
  return { writes, errors, inexact: executor.inexact, prints, corrupted };
}

class Replayer {
  readonly writes: WriteLog;
  readonly errors: ErrorTracker;
  readonly executor: RowExecutor;
  readonly prints: PrintedTile[] = [];
  corrupted: Corruption | null = null;

  private readonly tiles: TileStore;
  /** 1 for slots that the log writes to at all. */
  private readonly isWritten: Uint8Array;
  /** The first message that may be corrupted, or NO_VALUE. */
  private readonly injectFrom: number;

  constructor(
    private readonly log: OpLogData,
    private readonly hbm: Hbm,
    private readonly options: ReplayOptions,
  ) {
    this.tiles = new TileStore(log, hbm.f32.buffer);
    this.errors = new ErrorTracker(log.rows, hbm.slots, options.trackMagnitude);
    this.isWritten = new Uint8Array(hbm.slots);
    this.writes = new WriteLog(hbm.slots, this.findWrites());
    this.executor = new RowExecutor(log, hbm, this.tiles, this.errors, this.writes);
    this.injectFrom = options.inject ? chooseMessage(log, this.tiles.uses, options.inject.seed) : NO_VALUE;
  }

  execute(chunk: OpChunk, at: number, row: number): void {
    const kind = chunk.kind[at];
    const isDone =
      (kind === OpKind.dmaRead && this.lend(chunk, at, row)) ||
      (kind === OpKind.ipcqCopy && this.corrupt(chunk, at, row));
    if (!isDone) this.executor.execute(chunk, at, row);
    if (kind === OpKind.print) this.print(chunk, at, row);
    this.tiles.finish(row);
  }

  /** A load from an f32 tensor that nobody writes needs no copy. */
  private lend(chunk: OpChunk, at: number, row: number): boolean {
    const slot = this.hbm.slotOf(chunk.rank[at], chunk.tensor[at]);
    if (this.isWritten[slot] === 1 || this.hbm.plan(slot).dtype !== "f32") return false;
    const view = this.hbm.view(slot, chunk.extra[at], this.executor.reader.lengthOf(chunk, at));
    this.tiles.lend(row, view);
    this.errors.load(row, slot, view);
    return true;
  }

  /** Sends a copy with one element changed; false when this is not the message, or every element is zero. */
  private corrupt(chunk: OpChunk, at: number, row: number): boolean {
    const isCandidate = this.injectFrom !== NO_VALUE && row >= this.injectFrom && this.corrupted === null;
    if (!isCandidate || this.tiles.uses[row] === 0) return false;
    const sent = chunk.a[at];
    const element = chooseElement(this.tiles.get(sent), this.options.inject!.seed);
    if (element === NO_VALUE) return false;
    const dtype = dtypeByCode(chunk.dtype[at]);
    const tile = this.tiles.detach(row, sent, dtype);
    const value = Number(tile[element]);
    corruptElement(tile, element, dtype);
    this.errors.copy(row, sent);
    this.corrupted = {
      rankFrom: chunk.rank[at],
      rankTo: chunk.extra[at],
      element,
      value,
      site: chunk.site[at],
      row,
    };
    return true;
  }

  private print(chunk: OpChunk, at: number, row: number): void {
    const tile = asNumbers(this.tiles.get(chunk.a[at]));
    const values =
      tile.length <= 2 * PRINTED_EDGE
        ? [...tile]
        : [...tile.subarray(0, PRINTED_EDGE), ...tile.subarray(tile.length - PRINTED_EDGE)];
    this.prints.push({ row, shape: [...this.executor.reader.shapeOf(chunk.a[at])], values });
  }

  /** Marks the slots that are written; returns the number of writes. */
  private findWrites(): number {
    let writes = 0;
    this.log.chunks.forEach((chunk, index) => {
      const rows = Math.min(OP_CHUNK_ROWS, this.log.rows - index * OP_CHUNK_ROWS);
      for (let at = 0; at < rows; at++) {
        if (!writesTensor(chunk.kind[at])) continue;
        writes++;
        this.isWritten[this.hbm.slotOf(chunk.rank[at], chunk.tensor[at])] = 1;
      }
    });
    return writes;
  }
}
