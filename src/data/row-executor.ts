/**
 * Computes the value of one row of the op log after the other, on the tensors in `hbm`. Where values are kept, and
 * whether errors are bounded and writes remembered, is up to who executes.
 */
import ndarray from "ndarray";
import { gemm } from "./arithmetic.js";
import { castTile } from "./cast.js";
import { isComparison } from "./comparisons.js";
import { DataFault } from "./data-fault.js";
import type { DTypeInfo } from "./dtypes.js";
import { computeElementwise } from "./elementwise.js";
import type { Bound, Operand } from "./error-bounds.js";
import type { ErrorTracker } from "./error-tracker.js";
import { formatOf } from "./float-format.js";
import { gemmF64 } from "./float64-arithmetic.js";
import type { Hbm } from "./hbm.js";
import { gemmI32 } from "./integer-arithmetic.js";
import { NO_VALUE, OpKind, type OpChunk, type OpLogData } from "./op-log.js";
import { broadcastTile, transposeTile } from "./rearrange.js";
import { identityOf, indexOfExtreme, reduceTile, walkOf } from "./reductions.js";
import { RowReader, type RowOperand } from "./row-reader.js";
import {
  gatherElements,
  scatterElements,
  updateElements,
  type AtomicKind,
  type ScatteredElements,
} from "./scattered-elements.js";
import { isBig, type TileArray } from "./tile-array.js";
import type { Tiles } from "./tile-store.js";
import type { WriteLog } from "./write-log.js";

export class RowExecutor {
  /** Whether any operation's exact result differed from the one stored. */
  inexact = false;
  readonly reader: RowReader;

  constructor(
    log: OpLogData,
    private readonly hbm: Hbm,
    private readonly tiles: Tiles,
    private readonly errors: ErrorTracker | null,
    private readonly writes: WriteLog | null,
  ) {
    this.reader = new RowReader(log, tiles);
  }

  /** @throws DataFault LQ3002 outside a tensor, LQ3703 division by zero */
  execute(chunk: OpChunk, at: number, row: number): void {
    const kind = chunk.kind[at] as OpKind;
    switch (kind) {
      case OpKind.dmaRead:
        return this.load(chunk, at, row);
      case OpKind.dmaWrite:
        return this.store(chunk, at, row);
      case OpKind.full:
        return this.fill(chunk, at, row);
      case OpKind.arange:
        return this.count(chunk, at, row);
      case OpKind.ipcqCopy:
      case OpKind.reshape:
        return this.share(chunk, at, row);
      case OpKind.print:
        return;
      case OpKind.gather:
        return this.gather(chunk, at, row);
      case OpKind.scatter:
        return this.scatter(chunk, at, row);
      case OpKind.atomicAdd:
      case OpKind.atomicMax:
      case OpKind.atomicMin:
      case OpKind.atomicXchg:
      case OpKind.atomicCas:
        return this.update(kind, chunk, at, row);
      case OpKind.cast:
        return this.cast(chunk, at, row);
      case OpKind.broadcast:
      case OpKind.transpose:
        return this.rearrange(kind, chunk, at, row);
      case OpKind.gemm:
        return this.multiply(chunk, at, row);
      case OpKind.sum:
      case OpKind.prod:
      case OpKind.max:
      case OpKind.min:
      case OpKind.argmax:
      case OpKind.argmin:
        return this.reduce(kind, chunk, at, row);
      default:
        return this.compute(kind, chunk, at, row);
    }
  }

  slotOf(chunk: OpChunk, at: number): number {
    return this.hbm.slotOf(chunk.rank[at], chunk.tensor[at]);
  }

  private load(chunk: OpChunk, at: number, row: number): void {
    const slot = this.slotOf(chunk, at);
    const tile = this.create(chunk, at, row);
    this.hbm.read(slot, chunk.extra[at], tile);
    this.errors?.load(row, slot, tile);
  }

  private store(chunk: OpChunk, at: number, row: number): void {
    const slot = this.slotOf(chunk, at);
    const { tile, rounded } = this.toWrite(chunk.a[at], slot);
    this.hbm.write(slot, chunk.extra[at], tile);
    this.writes?.append(slot, row, chunk.extra[at], tile.length);
    this.errors?.store(row, slot, chunk.a[at], rounded);
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

  private fill(chunk: OpChunk, at: number, row: number): void {
    const dtype = this.reader.dtypeOf(row);
    const scalar = this.reader.scalar(chunk.extra[at], dtype);
    (this.create(chunk, at, row) as Float32Array).fill(scalar.tile[0] as number);
    this.errors?.fill(row, this.bounded(scalar), dtype);
    if (scalar.isRounded) this.inexact = true;
  }

  private count(chunk: OpChunk, at: number, row: number): void {
    const tile = this.create(chunk, at, row);
    const first = chunk.extra[at];
    if (isBig(tile)) for (let i = 0; i < tile.length; i++) tile[i] = BigInt(first + i);
    else for (let i = 0; i < tile.length; i++) tile[i] = first + i;
    this.errors?.discrete(row, [], tile);
  }

  private share(chunk: OpChunk, at: number, row: number): void {
    this.tiles.share(row, chunk.a[at]);
    this.errors?.copy(row, chunk.a[at]);
  }

  private gather(chunk: OpChunk, at: number, row: number): void {
    const elements = this.elementsOf(chunk, at, row, chunk.b[at]);
    const tile = this.create(chunk, at, row);
    gatherElements(this.hbm, elements, tile);
    this.errors?.gather(row, elements.slot, tile, this.boundsOf(chunk.a[at], chunk.b[at]));
  }

  private scatter(chunk: OpChunk, at: number, row: number): void {
    const elements = this.elementsOf(chunk, at, row, chunk.b[at]);
    const { slot, count } = elements;
    const { tile, rounded } = this.toWrite(chunk.c[at], slot);
    const values = this.spread(
      { ...this.reader.operand(chunk.c[at]), tile, dtype: this.hbm.dtype(slot) },
      row,
      count,
    );
    scatterElements(this.hbm, elements, values.tile, (offset, length) =>
      this.writes?.append(slot, row, offset, length),
    );
    this.errors?.scatter(row, slot, chunk.c[at], rounded, this.boundsOf(chunk.a[at], chunk.b[at]));
  }

  private update(kind: AtomicKind, chunk: OpChunk, at: number, row: number): void {
    const isCas = kind === OpKind.atomicCas;
    const elements = this.elementsOf(chunk, at, row, isCas ? NO_VALUE : chunk.b[at]);
    const { slot, count } = elements;
    const dtype = this.reader.dtypeOf(row);
    const value = this.spread(this.reader.operand(chunk.c[at]), row, count);
    const expected = isCas ? this.spread(this.reader.operand(chunk.b[at]), row, count).tile : null;
    const old = this.create(chunk, at, row);
    const append = (offset: number, length: number): void => this.writes?.append(slot, row, offset, length);
    if (updateElements(this.hbm, elements, kind, value.tile, expected, old, append)) this.inexact = true;
    const control = this.boundsOf(chunk.a[at], chunk.b[at]);
    this.errors?.atomic(row, kind, slot, old, this.errors.boundOf(chunk.c[at]), control, dtype);
  }

  private elementsOf(chunk: OpChunk, at: number, row: number, maskRow: number): ScatteredElements {
    const slot = this.slotOf(chunk, at);
    const count = this.reader.lengthOf(chunk, at);
    const spread = (of: number): TileArray | null =>
      of === NO_VALUE ? null : this.spread(this.reader.operand(of), row, count).tile;
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

  private cast(chunk: OpChunk, at: number, row: number): void {
    const source = this.reader.operand(chunk.a[at]);
    const dtype = this.reader.dtypeOf(row);
    const out = this.create(chunk, at, row);
    const isRounded = castTile(source.tile, dtype, out);
    if (isRounded) this.inexact = true;
    if (dtype.class === "float") this.errors?.conversion(row, this.bounded(source), isRounded, dtype);
    else this.errors?.discrete(row, [this.bounded(source)], out);
  }

  private rearrange(
    kind: typeof OpKind.broadcast | typeof OpKind.transpose,
    chunk: OpChunk,
    at: number,
    row: number,
  ): void {
    const source = this.tiles.get(chunk.a[at]);
    const from = this.reader.shapeOf(chunk.a[at]);
    const out = this.create(chunk, at, row);
    if (kind === OpKind.transpose) transposeTile(source, from[0], from[1], out);
    else broadcastTile(source, from, this.reader.shapeOf(row), out);
    this.errors?.copy(row, chunk.a[at]);
  }

  private multiply(chunk: OpChunk, at: number, row: number): void {
    const { reader } = this;
    const dtype = reader.dtypeOf(row);
    const [m, k] = reader.shapeOf(chunk.a[at]);
    const n = reader.shapeOf(chunk.b[at])[1];
    const a = reader.converted(reader.operand(chunk.a[at]), dtype);
    const b = reader.converted(reader.operand(chunk.b[at]), dtype);
    const out = this.create(chunk, at, row);
    if (out instanceof Float32Array) {
      const matrix = (tile: TileArray, rows: number, columns: number) =>
        ndarray(tile as Float32Array, [rows, columns]);
      if (gemm(matrix(a.tile, m, k), matrix(b.tile, k, n), matrix(out, m, n))) this.inexact = true;
    } else if (out instanceof Float64Array) {
      if (gemmF64(a.tile as Float64Array, b.tile as Float64Array, out, [m, k, n])) this.inexact = true;
    } else {
      gemmI32(a.tile, b.tile, out as Int32Array, [m, k, n]);
    }
    if (a.isRounded || b.isRounded) this.inexact = true;
    if (this.errors === null) return;
    const bounds = [this.bounded(a), this.bounded(b)] as const;
    if (dtype.class === "float") this.errors.times(row, ...bounds, dtype, k);
    else this.errors.discrete(row, bounds, out);
  }

  private reduce(kind: OpKind, chunk: OpChunk, at: number, row: number): void {
    const { reader } = this;
    const isIndex = kind === OpKind.argmax || kind === OpKind.argmin;
    const dtype = reader.dtypeOf(row);
    const own = reader.operand(chunk.a[at]);
    const source = isIndex ? own : reader.converted(own, dtype);
    const walk = walkOf(reader.shapeOf(chunk.a[at]), chunk.extra[at]);
    const out = this.create(chunk, at, row);
    if (walk.length === 0) castTile(new Float64Array(out.length).fill(identityOf(kind)), dtype, out);
    else if (isIndex) indexOfExtreme(kind === OpKind.argmax, source.tile, walk, out as Int32Array);
    else if (reduceTile(kind, source.tile, walk, out, formatOf(dtype))) this.inexact = true;
    if (source.isRounded) this.inexact = true;
    if (this.errors === null) return;
    const bound = this.bounded(source);
    if (dtype.class !== "float") this.errors.discrete(row, [bound], out);
    else if (kind === OpKind.sum) this.errors.sum(row, bound, walk, dtype);
    else if (kind === OpKind.prod) this.errors.product(row, bound, walk.length, out, dtype);
    else this.errors.choice(row, [bound]);
  }

  private compute(kind: OpKind, chunk: OpChunk, at: number, row: number): void {
    const dtype = this.reader.dtypeOf(row);
    const operands = this.operandsOf(kind, chunk, at, row, dtype);
    if ((kind === OpKind.floordiv || kind === OpKind.mod) && dtype.class !== "float") {
      this.checkDivisor(operands[1].tile, chunk, at);
    }
    const out = this.create(chunk, at, row);
    const tiles = operands.map(({ tile }) => tile);
    if (computeElementwise(kind, tiles, out, dtype)) this.inexact = true;
    for (const { isRounded } of operands) if (isRounded) this.inexact = true;
    if (this.errors !== null) this.trackErrors(this.errors, kind, row, operands, out, dtype);
  }

  /** Of `a`, `b` and `c` those that are there, and the number in `extra` where one of two is not. */
  private operandsOf(kind: OpKind, chunk: OpChunk, at: number, row: number, dtype: DTypeInfo): RowOperand[] {
    const { reader } = this;
    const rows = [chunk.a[at], chunk.b[at], chunk.c[at]];
    const count = isUnary(kind) ? 1 : kind === OpKind.where || kind === OpKind.fma ? 3 : 2;
    const compared = isComparison(kind);
    const given = rows.slice(0, count).find((operand) => operand !== NO_VALUE)!;
    const common = compared ? reader.dtypeOf(given) : dtype;
    const length = reader.lengthOf(chunk, at);
    return rows.slice(0, count).map((operand, index) => {
      if (operand === NO_VALUE) {
        return compared
          ? reader.comparedScalar(chunk.extra[at], common)
          : reader.scalar(chunk.extra[at], common);
      }
      const tile = this.spread(reader.operand(operand), row, length);
      return compared || (kind === OpKind.where && index === 0) ? tile : reader.converted(tile, common);
    });
  }

  /** @throws LQ3703 */
  private checkDivisor(divisor: TileArray, chunk: OpChunk, at: number): void {
    let zero = 0;
    while (zero < divisor.length && Number(divisor[zero]) !== 0) zero++;
    if (zero === divisor.length) return;
    throw new DataFault(chunk.site[at], {
      code: "LQ3703",
      message: `rank ${chunk.rank[at]} divides an integer by zero: element ${zero} of the divisor is 0`,
      hint: "guard the divisor: tl.where(d === 0, 1, d)",
    });
  }

  private trackErrors(
    errors: ErrorTracker,
    kind: OpKind,
    row: number,
    operands: readonly RowOperand[],
    out: TileArray,
    dtype: DTypeInfo,
  ): void {
    const [a, b, c] = operands.map((operand) => this.bounded(operand));
    if (dtype.class !== "float" && kind !== OpKind.where) {
      errors.discrete(row, c !== undefined ? [a, b, c] : b !== undefined ? [a, b] : [a], out);
      return;
    }
    switch (kind) {
      case OpKind.add:
      case OpKind.sub:
      case OpKind.maximum:
      case OpKind.minimum:
        return errors.compute(row, kind, a, b, dtype);
      case OpKind.mul:
        return errors.times(row, a, b, dtype, 1);
      case OpKind.div:
        return errors.quotient(row, a, b, out, dtype);
      case OpKind.fma:
        return errors.fma(row, a, b, c, dtype);
      case OpKind.where:
        return a.relative === 0 ? errors.choice(row, [b, c]) : errors.discrete(row, [a], out);
      case OpKind.abs:
      case OpKind.relu:
        return errors.choice(row, [a]);
      case OpKind.mod:
        return errors.discrete(row, [a, b], out);
      case OpKind.pow:
        return errors.through(row, kind, [a, b], out, dtype);
      default:
        return errors.through(row, kind, [a], out, dtype);
    }
  }

  private create(chunk: OpChunk, at: number, row: number): TileArray {
    return this.tiles.create(row, this.reader.dtypeOf(row), this.reader.lengthOf(chunk, at));
  }

  private spread(operand: RowOperand, row: number, length: number): RowOperand {
    return this.reader.broadcast(operand, this.reader.shapeOf(row), length);
  }

  private boundsOf(...rows: readonly number[]): Bound[] {
    const { errors } = this;
    if (errors === null) return [];
    return rows.filter((row) => row !== NO_VALUE).map((row) => errors.boundOf(row));
  }

  /** An operand with the bound of the row it came from, or of a number that may have been rounded. */
  private bounded({ row, tile, dtype, isRounded }: RowOperand): Operand {
    const rounding = isRounded ? dtype.unitRoundoff : 0;
    if (row === NO_VALUE) {
      const value = Number(tile[0]);
      // An infinity says nothing about the size of rounding errors: it would allow any.
      return { tile, relative: rounding, magnitude: Number.isFinite(value) ? Math.abs(value) : 0 };
    }
    const bound = this.errors?.boundOf(row);
    return { tile, relative: (bound?.relative ?? 0) + rounding, magnitude: bound?.magnitude ?? 0 };
  }
}

function isUnary(kind: OpKind): boolean {
  return (kind >= OpKind.not && kind <= OpKind.relu) || kind === OpKind.cast;
}
