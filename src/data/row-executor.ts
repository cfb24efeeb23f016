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
import { boundElementwise } from "./elementwise-bounds.js";
import type { Operand } from "./error-bounds.js";
import type { ErrorTracker } from "./error-tracker.js";
import { formatOf } from "./float-format.js";
import { gemmF64 } from "./float64-arithmetic.js";
import type { Hbm } from "./hbm.js";
import { gemmI32 } from "./integer-arithmetic.js";
import { MemoryRows } from "./memory-rows.js";
import { NO_VALUE, OpKind, type OpChunk, type OpLogData } from "./op-log.js";
import { broadcastTile, transposeTile } from "./rearrange.js";
import { identityOf, indexOfExtreme, reduceTile, walkOf } from "./reductions.js";
import { RowReader, type RowOperand } from "./row-reader.js";
import { isBig, type TileArray } from "./tile-array.js";
import type { Tiles } from "./tile-store.js";
import type { WriteLog } from "./write-log.js";

export class RowExecutor {
  readonly reader: RowReader;
  private readonly memory: MemoryRows;
  private isRounded = false;

  constructor(
    log: OpLogData,
    hbm: Hbm,
    private readonly tiles: Tiles,
    private readonly errors: ErrorTracker | null,
    writes: WriteLog | null,
  ) {
    this.reader = new RowReader(log, tiles);
    this.memory = new MemoryRows(this.reader, hbm, errors, writes);
  }

  /** Whether any operation's exact result differed from the one stored. */
  get inexact(): boolean {
    return this.isRounded || this.memory.inexact;
  }

  /** @throws DataFault LQ3002 outside a tensor, LQ3703 division by zero */
  execute(chunk: OpChunk, at: number, row: number): void {
    const kind = chunk.kind[at] as OpKind;
    switch (kind) {
      case OpKind.dmaRead:
        return this.memory.load(chunk, at, row);
      case OpKind.dmaWrite:
        return this.memory.store(chunk, at, row);
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
        return this.memory.gather(chunk, at, row);
      case OpKind.scatter:
        return this.memory.scatter(chunk, at, row);
      case OpKind.atomicAdd:
      case OpKind.atomicMax:
      case OpKind.atomicMin:
      case OpKind.atomicXchg:
      case OpKind.atomicCas:
        return this.memory.update(kind, chunk, at, row);
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

  private fill(chunk: OpChunk, at: number, row: number): void {
    const dtype = this.reader.dtypeOf(row);
    const scalar = this.reader.scalar(chunk.extra[at], dtype);
    (this.reader.create(chunk, at, row) as Float32Array).fill(scalar.tile[0] as number);
    this.errors?.fill(row, this.bounded(scalar), dtype);
    if (scalar.isRounded) this.isRounded = true;
  }

  private count(chunk: OpChunk, at: number, row: number): void {
    const tile = this.reader.create(chunk, at, row);
    const first = chunk.extra[at];
    if (isBig(tile)) for (let i = 0; i < tile.length; i++) tile[i] = BigInt(first + i);
    else for (let i = 0; i < tile.length; i++) tile[i] = first + i;
    this.errors?.discrete(row, [], tile);
  }

  private share(chunk: OpChunk, at: number, row: number): void {
    this.tiles.share(row, chunk.a[at]);
    this.errors?.copy(row, chunk.a[at]);
  }

  private cast(chunk: OpChunk, at: number, row: number): void {
    const source = this.reader.operand(chunk.a[at]);
    const dtype = this.reader.dtypeOf(row);
    const out = this.reader.create(chunk, at, row);
    const isRounded = castTile(source.tile, dtype, out);
    if (isRounded) this.isRounded = true;
    if (dtype.class === "float") this.errors?.conversion(row, this.bounded(source), isRounded, out, dtype);
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
    const out = this.reader.create(chunk, at, row);
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
    const out = this.reader.create(chunk, at, row);
    if (out instanceof Float32Array) {
      const matrix = (tile: TileArray, rows: number, columns: number) =>
        ndarray(tile as Float32Array, [rows, columns]);
      if (gemm(matrix(a.tile, m, k), matrix(b.tile, k, n), matrix(out, m, n))) this.isRounded = true;
    } else if (out instanceof Float64Array) {
      if (gemmF64(a.tile as Float64Array, b.tile as Float64Array, out, [m, k, n])) this.isRounded = true;
    } else {
      gemmI32(a.tile, b.tile, out as Int32Array, [m, k, n]);
    }
    if (a.isRounded || b.isRounded) this.isRounded = true;
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
    const out = this.reader.create(chunk, at, row);
    if (walk.length === 0) castTile(new Float64Array(out.length).fill(identityOf(kind)), dtype, out);
    else if (isIndex) indexOfExtreme(kind === OpKind.argmax, source.tile, walk, out as Int32Array);
    else if (reduceTile(kind, source.tile, walk, out, formatOf(dtype))) this.isRounded = true;
    if (source.isRounded) this.isRounded = true;
    if (this.errors === null) return;
    const bound = this.bounded(source);
    if (dtype.class !== "float") this.errors.discrete(row, [bound], out);
    else if (kind === OpKind.sum) this.errors.sum(row, bound, walk, dtype);
    else if (kind === OpKind.prod) this.errors.product(row, bound, walk.length, out, dtype);
    else this.errors.choice(row, [bound], out);
  }

  private compute(kind: OpKind, chunk: OpChunk, at: number, row: number): void {
    const dtype = this.reader.dtypeOf(row);
    const operands = this.operandsOf(kind, chunk, at, row, dtype);
    if ((kind === OpKind.floordiv || kind === OpKind.mod) && dtype.class !== "float") {
      this.checkDivisor(operands[1].tile, chunk, at);
    }
    const out = this.reader.create(chunk, at, row);
    const tiles = operands.map(({ tile }) => tile);
    if (computeElementwise(kind, tiles, out, dtype)) this.isRounded = true;
    for (const { isRounded } of operands) if (isRounded) this.isRounded = true;
    if (this.errors !== null) {
      const bounds = operands.map((operand) => this.bounded(operand));
      boundElementwise(this.errors, kind, row, bounds, out, dtype);
    }
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
      const tile = this.reader.spread(reader.operand(operand), row, length);
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
      hint: "guard the divisor: tl.where(tl.equal(d, 0), 1, d)",
    });
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
