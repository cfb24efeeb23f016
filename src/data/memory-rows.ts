/** Rows that read and write tensors: contiguous blocks, scattered elements, atomics. */
import { DataFault } from "./data-fault.js";
import type { DTypeInfo } from "./dtypes.js";
import type { Bound } from "./error-bounds.js";
import type { ErrorTracker } from "./error-tracker.js";
import { formatOf } from "./float-format.js";
import type { Hbm } from "./hbm.js";
import { NO_VALUE, OpKind, type OpChunk } from "./op-log.js";
import type { RowReader } from "./row-reader.js";
import {
  gatherElements,
  mostHits,
  scatterElements,
  updateElements,
  type AtomicKind,
  type ScatteredElements,
} from "./scattered-elements.js";
import type { TileArray } from "./tile-array.js";
import type { WriteLog } from "./write-log.js";

export class MemoryRows {
  /** Whether any write was rounded. */
  inexact = false;

  constructor(
    private readonly reader: RowReader,
    private readonly hbm: Hbm,
    private readonly errors: ErrorTracker | null,
    private readonly writes: WriteLog | null,
  ) {}

  private slotOf(chunk: OpChunk, at: number): number {
    return this.hbm.slotOf(chunk.rank[at], chunk.tensor[at]);
  }

  load(chunk: OpChunk, at: number, row: number): void {
    const slot = this.slotOf(chunk, at);
    const tile = this.reader.create(chunk, at, row);
    this.hbm.read(slot, chunk.extra[at], tile);
    this.errors?.load(row, slot, tile);
  }

  store(chunk: OpChunk, at: number, row: number): void {
    const slot = this.slotOf(chunk, at);
    const { tile, rounded } = this.toWrite(chunk.a[at], slot);
    this.hbm.write(slot, chunk.extra[at], tile);
    this.writes?.append(slot, row, chunk.extra[at], tile.length);
    this.errors?.store(row, slot, chunk.a[at], tile, rounded);
  }

  /** A row's value in an array of the tensor's dtype, and that dtype when writing to it rounds. */
  private toWrite(row: number, slot: number): { tile: TileArray; rounded: DTypeInfo | null } {
    const source = this.reader.operand(row);
    const dtype = this.hbm.dtype(slot);
    const converted = this.reader.converted(source, dtype);
    if (converted.isRounded) this.inexact = true;
    const isNarrower = dtype !== source.dtype && dtype.sizeBytes <= source.dtype.sizeBytes;
    const rounds = dtype.class === "float" && isNarrower;
    const format = formatOf(dtype);
    if (rounds && format !== null && !this.inexact) {
      this.inexact = (converted.tile as Float32Array).some((value) => !Object.is(format.round(value), value));
    }
    return { tile: converted.tile, rounded: rounds ? dtype : null };
  }

  gather(chunk: OpChunk, at: number, row: number): void {
    const elements = this.elementsOf(chunk, at, row, chunk.b[at]);
    const tile = this.reader.create(chunk, at, row);
    gatherElements(this.hbm, elements, tile);
    this.errors?.gather(row, elements.slot, tile, this.boundsOf(chunk.a[at], chunk.b[at]));
  }

  scatter(chunk: OpChunk, at: number, row: number): void {
    const elements = this.elementsOf(chunk, at, row, chunk.b[at]);
    const { slot, count } = elements;
    const { tile, rounded } = this.toWrite(chunk.c[at], slot);
    const values = this.reader.spread(
      { ...this.reader.operand(chunk.c[at]), tile, dtype: this.hbm.dtype(slot) },
      row,
      count,
    );
    scatterElements(this.hbm, elements, values.tile, (offset, length) =>
      this.writes?.append(slot, row, offset, length),
    );
    this.errors?.scatter(row, slot, chunk.c[at], tile, rounded, this.boundsOf(chunk.a[at], chunk.b[at]));
  }

  update(kind: AtomicKind, chunk: OpChunk, at: number, row: number): void {
    const isCas = kind === OpKind.atomicCas;
    const elements = this.elementsOf(chunk, at, row, isCas ? NO_VALUE : chunk.b[at]);
    const { slot, count } = elements;
    const dtype = this.reader.dtypeOf(row);
    const value = this.reader.spread(this.reader.operand(chunk.c[at]), row, count);
    const expected = isCas ? this.reader.spread(this.reader.operand(chunk.b[at]), row, count).tile : null;
    const old = this.reader.create(chunk, at, row);
    const append = (offset: number, length: number): void => this.writes?.append(slot, row, offset, length);
    if (updateElements(this.hbm, elements, kind, value.tile, expected, old, append)) this.inexact = true;
    const control = this.boundsOf(chunk.a[at], chunk.b[at]);
    if (this.errors === null) return;
    const hits = kind === OpKind.atomicAdd && elements.offsets !== null ? mostHits(this.hbm, elements) : 1;
    this.errors.atomic(row, kind, slot, old, this.errors.boundOf(chunk.c[at]), control, dtype, hits);
  }

  private elementsOf(chunk: OpChunk, at: number, row: number, maskRow: number): ScatteredElements {
    const slot = this.slotOf(chunk, at);
    const count = this.reader.lengthOf(chunk, at);
    const spread = (of: number): TileArray | null =>
      of === NO_VALUE ? null : this.reader.spread(this.reader.operand(of), row, count).tile;
    return {
      slot,
      first: chunk.extra[at],
      offsets: spread(chunk.a[at]),
      mask: spread(maskRow),
      count,
      outside: (element) => {
        const { name, elements } = this.hbm.plan(slot);
        return new DataFault(chunk.site[at], {
          code: "LQ3002",
          message: `rank ${chunk.rank[at]} addresses ${name}[${element}], which is outside its ${elements} elements`,
          hint: "give the operation a mask that holds where the offset is inside",
        });
      },
    };
  }

  private boundsOf(...rows: readonly number[]): Bound[] {
    const { errors } = this;
    if (errors === null) return [];
    return rows.filter((row) => row !== NO_VALUE).map((row) => errors.boundOf(row));
  }
}
