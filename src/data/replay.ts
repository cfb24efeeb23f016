/**
 * Phase two of a run: makes the op log true on real arrays. Rows are executed in order, which is a valid order for
 * every value; the result does not depend on simulated time.
 */
import { elementwise, gemm, maximum } from "./arithmetic.js";
import type { DTypeInfo } from "./dtypes.js";
import { F16, dtypeByCode } from "./dtypes.js";
import {
  combineMagnitude,
  combineRelative,
  largestMagnitude,
  quotientMagnitude,
  smallestMagnitude,
} from "./error-bounds.js";
import { roundToF16 } from "./float16.js";
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
  /** Index of the print statement's record. */
  record: number;
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

interface Operand {
  tile: Float32Array;
  relative: number;
  magnitude: number;
}

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
  /** Of every row's value (for a write: the value written): relative error, as a sum of unit roundoffs. */
  relative: Float64Array;
  /** Likewise, a bound on the absolute values behind it; null when not tracked. */
  magnitude: Float64Array | null;
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
  readonly prints: PrintedTile[] = [];
  readonly relative: Float64Array;
  readonly magnitude: Float64Array | null;
  inexact = false;
  corrupted: Corruption | null = null;

  private readonly tiles: TileStore;
  /** Of every slot: the worst of what was written to it. */
  private readonly slotRelative: Float64Array;
  private readonly slotMagnitude: Float64Array;
  /** 1 for slots that the log writes to at all. */
  private readonly isWritten: Uint8Array;
  /** The first message that may be corrupted. */
  private readonly injectFrom: number;
  /** Number of elements of every shape. */
  private readonly elements: number[];
  private readonly scalar = new Float32Array(1);

  constructor(
    private readonly log: OpLogData,
    private readonly hbm: Hbm,
    private readonly options: ReplayOptions,
  ) {
    this.tiles = new TileStore(log, hbm.f32.buffer);
    this.elements = log.shapes.map((shape) => shape.reduce((product, length) => product * length, 1));
    this.relative = new Float64Array(log.rows);
    this.magnitude = options.trackMagnitude ? new Float64Array(log.rows) : null;
    this.slotRelative = new Float64Array(hbm.slots);
    this.slotMagnitude = new Float64Array(hbm.slots);
    this.isWritten = new Uint8Array(hbm.slots);
    this.writes = new WriteLog(hbm.slots, this.findWrites());
    this.injectFrom = options.inject ? chooseMessage(log, this.tiles.uses, options.inject.seed) : NO_VALUE;
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

  execute(chunk: OpChunk, at: number, row: number): void {
    const kind = chunk.kind[at] as OpKind;
    switch (kind) {
      case OpKind.dmaRead:
        this.read(chunk, at, row);
        break;
      case OpKind.dmaWrite:
        this.write(chunk, at, row);
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

  private read(chunk: OpChunk, at: number, row: number): void {
    const slot = this.hbm.slotOf(chunk.rank[at]!, chunk.tensor[at]!);
    const length = this.elementsOf(chunk, at);
    const offset = chunk.extra[at]!;
    if (this.hbm.plan(slot).dtype === "f32" && this.isWritten[slot] === 0) {
      this.tiles.lend(row, this.hbm.view(slot, offset, length));
    } else {
      this.hbm.read(slot, offset, this.tiles.create(row, length));
    }
    this.relative[row] = this.slotRelative[slot]!;
    if (this.magnitude) this.magnitude[row] = Math.max(largestMagnitude(this.tiles.get(row)), this.slotMagnitude[slot]!);
  }

  private write(chunk: OpChunk, at: number, row: number): void {
    const slot = this.hbm.slotOf(chunk.rank[at]!, chunk.tensor[at]!);
    const source = chunk.a[at]!;
    const tile = this.tiles.get(source);
    this.hbm.write(slot, chunk.extra[at]!, tile);
    this.writes.append(slot, row, chunk.extra[at]!, tile.length);
    this.inherit(row, source);
    this.slotRelative[slot] = Math.max(this.slotRelative[slot]!, this.relative[row]!);
    if (this.magnitude) this.slotMagnitude[slot] = Math.max(this.slotMagnitude[slot]!, this.magnitude[row]!);
  }

  private fill(chunk: OpChunk, at: number, row: number): void {
    const exact = chunk.extra[at]!;
    const dtype = dtypeByCode(chunk.dtype[at]!);
    const value = roundTo(dtype, exact);
    this.tiles.create(row, this.elementsOf(chunk, at)).fill(value);
    this.relative[row] = this.roundoffOfScalar(exact, value, dtype);
    if (this.magnitude) this.magnitude[row] = Math.abs(value);
  }

  private send(chunk: OpChunk, at: number, row: number): void {
    const sent = chunk.a[at]!;
    this.inherit(row, sent);
    const mayCorrupt = this.injectFrom !== NO_VALUE && row >= this.injectFrom && this.corrupted === null;
    if (mayCorrupt && this.tiles.uses[row]! > 0 && this.corrupt(chunk, at, row)) return;
    this.tiles.share(row, sent);
  }

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
    this.prints.push({ row, record: chunk.extra[at]!, shape: [...this.shapeOf(chunk.a[at]!)], values });
  }

  private compute(kind: ComputeKind, chunk: OpChunk, at: number, row: number): void {
    const dtype = dtypeByCode(chunk.dtype[at]!);
    const a = this.operand(chunk.a[at]!, chunk.extra[at]!, dtype);
    const b = this.operand(chunk.b[at]!, chunk.extra[at]!, dtype);
    const out = this.tiles.create(row, this.elementsOf(chunk, at));
    let depth = 1;
    if (kind === OpKind.gemm) {
      const [m, k] = this.shapeOf(chunk.a[at]!) as [number, number];
      const n = this.shapeOf(chunk.b[at]!)[1]!;
      depth = k;
      if (gemm(a.tile, b.tile, out, m, k, n)) this.inexact = true;
    } else if (kind === OpKind.maximum) {
      maximum(a.tile, b.tile, out);
    } else if (elementwise(kind, a.tile, b.tile, out, dtype === F16)) {
      this.inexact = true;
    }
    this.relative[row] = combineRelative(kind, a.relative, b.relative, dtype, depth);
    if (!this.magnitude) return;
    this.magnitude[row] =
      kind === OpKind.div
        ? quotientMagnitude(a.magnitude, { ...b, smallest: smallestMagnitude(b.tile) }, dtype)
        : combineMagnitude(kind, a.magnitude, b.magnitude, dtype, depth);
  }

  /** An operand's value and bounds: a tile, or the scalar of the row rounded to the dtype of the operation. */
  private operand(row: number, scalar: number, dtype: DTypeInfo): Operand {
    if (row !== NO_VALUE) {
      return { tile: this.tiles.get(row), relative: this.relative[row]!, magnitude: this.magnitude?.[row] ?? 0 };
    }
    const value = roundTo(dtype, scalar);
    this.scalar[0] = value;
    return {
      tile: this.scalar,
      relative: this.roundoffOfScalar(scalar, value, dtype),
      magnitude: Math.abs(value),
    };
  }

  private roundoffOfScalar(exact: number, rounded: number, dtype: DTypeInfo): number {
    if (Object.is(exact, rounded)) return 0;
    this.inexact = true;
    return dtype.unitRoundoff;
  }

  private inherit(row: number, source: number): void {
    this.relative[row] = this.relative[source]!;
    if (this.magnitude) this.magnitude[row] = this.magnitude[source]!;
  }

  private shapeOf(row: number): readonly number[] {
    const chunk = this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)]!;
    return this.log.shapes[chunk.shape[row % OP_CHUNK_ROWS]!]!;
  }

  private elementsOf(chunk: OpChunk, at: number): number {
    return this.elements[chunk.shape[at]!]!;
  }
}

function roundTo(dtype: DTypeInfo, x: number): number {
  return dtype === F16 ? roundToF16(x) : Math.fround(x);
}
