/** What the columns of the op log say of a row, and the operands of rows that compute. */
import { castTile, scalarTile } from "./cast.js";
import { F64, dtypeByCode, type DTypeInfo } from "./dtypes.js";
import { NO_VALUE, OP_CHUNK_ROWS, type OpChunk, type OpLogData } from "./op-log.js";
import { broadcastTile } from "./rearrange.js";
import { sameArray, type TileArray } from "./tile-array.js";
import type { Tiles } from "./tile-store.js";

/** A tile to compute with, and the row it came from: NO_VALUE when it is a number of the log. */
export interface RowOperand {
  row: number;
  tile: TileArray;
  dtype: DTypeInfo;
  /** Of a number that its dtype does not have. */
  isRounded: boolean;
}

export class RowReader {
  /** Number of elements of the shapes met so far. */
  private readonly elements: number[] = [];

  constructor(
    private readonly log: OpLogData,
    private readonly tiles: Tiles,
  ) {}

  dtypeOf(row: number): DTypeInfo {
    return dtypeByCode(this.chunkOf(row).dtype[row % OP_CHUNK_ROWS]);
  }

  shapeOf(row: number): readonly number[] {
    return this.log.shapes[this.chunkOf(row).shape[row % OP_CHUNK_ROWS]];
  }

  /** The length of a row's tile. */
  lengthOf(chunk: OpChunk, at: number): number {
    const shape = chunk.shape[at];
    this.elements[shape] ??= this.log.shapes[shape].reduce((product, length) => product * length, 1);
    return this.elements[shape];
  }

  /** The value of a row as it is. */
  operand(row: number): RowOperand {
    return { row, tile: this.tiles.get(row), dtype: this.dtypeOf(row), isRounded: false };
  }

  /** A number takes part as a value of the dtype. */
  scalar(value: number, dtype: DTypeInfo): RowOperand {
    const { tile, isExact } = scalarTile(value, dtype);
    return { row: NO_VALUE, tile, dtype, isRounded: !isExact };
  }

  /** A number that tiles are compared with: rounded to floats, which is what the comparison means; integers exactly. */
  comparedScalar(value: number, dtype: DTypeInfo): RowOperand {
    if (dtype.class === "float") return { ...this.scalar(value, dtype), isRounded: false };
    if (dtype.sizeBytes === 8 && Number.isSafeInteger(value)) {
      return { row: NO_VALUE, tile: BigInt64Array.of(BigInt(value)), dtype, isRounded: false };
    }
    return { row: NO_VALUE, tile: Float64Array.of(value), dtype: F64, isRounded: false };
  }

  /** The operand as long as a result of this shape, unless it is one element, which stands for all. */
  broadcast(operand: RowOperand, shape: readonly number[], length: number): RowOperand {
    const { tile, row, dtype } = operand;
    if (tile.length === length || tile.length === 1) return operand;
    const repeated = this.tiles.borrow(dtype, length);
    broadcastTile(tile, this.shapeOf(row), shape, repeated);
    return { ...operand, tile: repeated };
  }

  /** A buffer for a row's value. */
  create(chunk: OpChunk, at: number, row: number): TileArray {
    return this.tiles.create(row, this.dtypeOf(row), this.lengthOf(chunk, at));
  }

  /** The operand repeated to the shape of a row. */
  spread(operand: RowOperand, row: number, length: number): RowOperand {
    return this.broadcast(operand, this.shapeOf(row), length);
  }

  /** The operand in an array of `dtype`. */
  converted(operand: RowOperand, dtype: DTypeInfo): RowOperand {
    if (sameArray(operand.dtype, dtype)) return operand;
    const tile = this.tiles.borrow(dtype, operand.tile.length);
    const isRounded = castTile(operand.tile, dtype, tile);
    return { ...operand, tile, dtype, isRounded };
  }

  private chunkOf(row: number): OpChunk {
    return this.log.chunks[Math.floor(row / OP_CHUNK_ROWS)];
  }
}
