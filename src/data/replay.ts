/**
 * Phase two of a run: makes the op log true on real arrays. Rows are executed in order, which is a valid order for
 * every value; the result does not depend on simulated time.
 */
import ndarray from "ndarray";
import type { NdArray } from "ndarray";
import { elementwise, gemm, maximum } from "./arithmetic.js";
import type { DTypeInfo } from "./dtypes.js";
import { F16, dtypeByCode } from "./dtypes.js";
import { ErrorTracker } from "./error-tracker.js";
import type { Operand } from "./error-tracker.js";
import { isExactInF16, roundToF16 } from "./float16.js";
import type { Hbm } from "./hbm.js";
import { chooseElement, chooseMessage } from "./injection.js";
import type { Corruption } from "./injection.js";
import { NO_VALUE, OP_CHUNK_ROWS, OpKind } from "./op-log.js";
import type { OpChunk, OpLogData } from "./op-log.js";
import { TileStore } from "./tile-store.js";
import { WriteLog } from "./write-log.js";

/** A tile that a kernel printed; of more than 8 values only the first and last 4. */
export interface PrintedTile {
  row: number;
  shape: number[];
  values: number[];
}

const PRINTED_EDGE = 4;

type ComputeKind = Exclude<
  OpKind,
  | typeof OpKind.dmaRead
  | typeof OpKind.dmaWrite
  | typeof OpKind.full
  | typeof OpKind.ipcqCopy
  | typeof OpKind.print
>;

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

/** Executes all rows of a log; the tensors in `hbm` are changed in place. */
export function replay(log: OpLogData, hbm: Hbm, options: ReplayOptions): ReplayOutcome {
  const replayer = new Replayer(log, hbm, options);
  log.chunks.forEach((chunk, index) => {
    const first = index * OP_CHUNK_ROWS;
    const count = Math.min(OP_CHUNK_ROWS, log.rows - first);
    for (let at = 0; at < count; at++) replayer.execute(chunk, at, first + at);
    options.progress?.(first + count, log.rows);
  });
  return replayer;
}

class Replayer implements ReplayOutcome {
  readonly writes: WriteLog;
  readonly errors: ErrorTracker;
  readonly prints: PrintedTile[] = [];
  inexact = false;
  corrupted: Corruption | null = null;

  private readonly tiles: TileStore;
  /** 1 for slots that the log writes to at all. */
  private readonly isWritten: Uint8Array;
  /** The first message that may be corrupted, or NO_VALUE. */
  private readonly injectFrom: number;
  /** Number of elements of every shape. */
  private readonly elements: number[];

  constructor(
    private readonly log: OpLogData,
    private readonly hbm: Hbm,
    private readonly options: ReplayOptions,
  ) {
    this.tiles = new TileStore(log, hbm.f32.buffer);
    this.errors = new ErrorTracker(log.rows, hbm.slots, options.trackMagnitude);
    this.elements = log.shapes.map((shape) => shape.reduce((product, length) => product * length, 1));
    this.isWritten = new Uint8Array(hbm.slots);
    this.writes = new WriteLog(hbm.slots, this.findWrites());
    this.injectFrom = options.inject ? chooseMessage(log, this.tiles.uses, options.inject.seed) : NO_VALUE;
  }

  execute(chunk: OpChunk, at: number, row: number): void {
    const kind = chunk.kind[at] as OpKind;
    switch (kind) {
      case OpKind.dmaRead:
        this.load(chunk, at, row);
        break;
      case OpKind.dmaWrite:
        this.store(chunk, at, row);
        break;
      case OpKind.full:
        this.fill(chunk, at, row);
        break;
      case OpKind.ipcqCopy:
        this.send(chunk, at, row);
        break;
      case OpKind.print:
        this.print(chunk, at, row);
        break;
      default:
        this.compute(kind, chunk, at, row);
    }
    this.tiles.finish(row, chunk.a[at]!, chunk.b[at]!);
  }

  private load(chunk: OpChunk, at: number, row: number): void {
    const slot = this.hbm.slotOf(chunk.rank[at]!, chunk.tensor[at]!);
    const length = this.elementsOf(chunk, at);
    const offset = chunk.extra[at]!;
    if (this.hbm.plan(slot).dtype === "f32" && this.isWritten[slot] === 0) {
      this.tiles.lend(row, this.hbm.view(slot, offset, length));
    } else {
      this.hbm.read(slot, offset, this.tiles.create(row, length));
    }
    this.errors.load(row, slot, this.tiles.get(row));
  }

  private store(chunk: OpChunk, at: number, row: number): void {
    const slot = this.hbm.slotOf(chunk.rank[at]!, chunk.tensor[at]!);
    const tile = this.tiles.get(chunk.a[at]!);
    this.hbm.write(slot, chunk.extra[at]!, tile);
    this.writes.append(slot, row, chunk.extra[at]!, tile.length);
    const rounds = this.hbm.plan(slot).dtype === F16.name && chunk.dtype[at] !== F16.code;
    if (rounds && !isExactInF16(tile)) this.inexact = true;
    this.errors.store(row, slot, chunk.a[at]!, rounds ? F16 : null);
  }

  private fill(chunk: OpChunk, at: number, row: number): void {
    const scalar = this.scalar(chunk.extra[at]!, dtypeByCode(chunk.dtype[at]!));
    this.tiles.create(row, this.elementsOf(chunk, at)).fill(scalar.tile[0]!);
    this.errors.fill(row, scalar);
  }

  private send(chunk: OpChunk, at: number, row: number): void {
    const sent = chunk.a[at]!;
    this.errors.copy(row, sent);
    const mayCorrupt = this.injectFrom !== NO_VALUE && row >= this.injectFrom && this.corrupted === null;
    if (mayCorrupt && this.tiles.uses[row]! > 0 && this.corrupt(chunk, at, row)) return;
    this.tiles.share(row, sent);
  }

  /** Sends a copy with one sign changed; false when every element is zero. */
  private corrupt(chunk: OpChunk, at: number, row: number): boolean {
    const sent = chunk.a[at]!;
    const element = chooseElement(this.tiles.get(sent), this.options.inject!.seed);
    if (element === NO_VALUE) return false;
    const tile = this.tiles.detach(row, sent);
    const value = tile[element]!;
    tile[element] = -value;
    this.corrupted = {
      rankFrom: chunk.rank[at]!,
      rankTo: chunk.extra[at]!,
      element,
      value,
      site: chunk.site[at]!,
      row,
    };
    return true;
  }

  private print(chunk: OpChunk, at: number, row: number): void {
    const tile = this.tiles.get(chunk.a[at]!);
    const values =
      tile.length <= 2 * PRINTED_EDGE
        ? [...tile]
        : [...tile.subarray(0, PRINTED_EDGE), ...tile.subarray(tile.length - PRINTED_EDGE)];
    this.prints.push({ row, shape: this.shapeOf(chunk.a[at]!), values });
  }

  private compute(kind: ComputeKind, chunk: OpChunk, at: number, row: number): void {
    const dtype = dtypeByCode(chunk.dtype[at]!);
    const a = this.operand(chunk.a[at]!, chunk.extra[at]!, dtype);
    const b = this.operand(chunk.b[at]!, chunk.extra[at]!, dtype);
    const out = this.tiles.create(row, this.elementsOf(chunk, at));
    let depth = 1;
    if (kind === OpKind.gemm) {
      const left = this.matrix(a.tile, chunk.a[at]!);
      const right = this.matrix(b.tile, chunk.b[at]!);
      depth = left.shape[1]!;
      if (gemm(left, right, ndarray(out, [left.shape[0]!, right.shape[1]!]))) this.inexact = true;
    } else if (kind === OpKind.maximum) {
      maximum(a.tile, b.tile, out);
    } else if (elementwise(kind, a.tile, b.tile, out, dtype === F16)) {
      this.inexact = true;
    }
    this.errors.compute(row, kind, a, b, dtype, depth);
  }

  private operand(row: number, scalar: number, dtype: DTypeInfo): Operand {
    if (row === NO_VALUE) return this.scalar(scalar, dtype);
    return {
      tile: this.tiles.get(row),
      relative: this.errors.relative[row]!,
      magnitude: this.errors.magnitude?.[row] ?? 0,
    };
  }

  /** A scalar takes part as a value of the operation's dtype. */
  private scalar(exact: number, dtype: DTypeInfo): Operand {
    const value = dtype === F16 ? roundToF16(exact) : Math.fround(exact);
    const isExact = Object.is(value, exact);
    if (!isExact) this.inexact = true;
    return {
      tile: Float32Array.of(value),
      relative: isExact ? 0 : dtype.unitRoundoff,
      // An infinity says nothing about the size of rounding errors: it would allow any.
      magnitude: Number.isFinite(value) ? Math.abs(value) : 0,
    };
  }

  private matrix(tile: Float32Array, row: number): NdArray<Float32Array> {
    return ndarray(tile, this.shapeOf(row));
  }

  private shapeOf(row: number): number[] {
    const chunk = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!;
    return [...this.log.shapes[chunk.shape[row % OP_CHUNK_ROWS]!]!];
  }

  private elementsOf(chunk: OpChunk, at: number): number {
    return this.elements[chunk.shape[at]!]!;
  }

  /** Marks the slots that are written; returns the number of writes. */
  private findWrites(): number {
    let writes = 0;
    this.log.chunks.forEach((chunk, index) => {
      const rows = Math.min(OP_CHUNK_ROWS, this.log.rows - index * OP_CHUNK_ROWS);
      for (let at = 0; at < rows; at++) {
        if (chunk.kind[at] !== OpKind.dmaWrite) continue;
        writes++;
        this.isWritten[this.hbm.slotOf(chunk.rank[at]!, chunk.tensor[at]!)] = 1;
      }
    });
    return writes;
  }
}
