/** Values while timing still runs, for kernels that decide by them: `tl.item`. */
import type { LaunchArgs } from "./arguments.js";
import { DataFault } from "./data-fault.js";
import type { DTypeInfo } from "./dtypes.js";
import { Hbm } from "./hbm.js";
import { fillInputs, type InputData } from "./inputs.js";
import { OP_CHUNK_ROWS, type OpLog } from "./op-log.js";
import { RowExecutor } from "./row-executor.js";
import { newTileArray, type TileArray } from "./tile-array.js";
import type { Tiles } from "./tile-store.js";

/** Which values later rows use is not known yet: every tile is kept. */
class KeptTiles implements Tiles {
  private readonly tiles: (TileArray | undefined)[] = [];

  get(row: number): TileArray {
    const tile = this.tiles[row];
    if (tile === undefined) throw new Error(`row ${row} has no value`);
    return tile;
  }

  create(row: number, dtype: DTypeInfo, length: number): TileArray {
    return (this.tiles[row] = newTileArray(dtype, length));
  }

  share(row: number, source: number): void {
    this.tiles[row] = this.get(source);
  }

  borrow(dtype: DTypeInfo, length: number): TileArray {
    return newTileArray(dtype, length);
  }

  finish(): void {
    // Nothing ends its life here.
  }
}

/**
 * Executes the op log as far as it goes whenever a value is asked for, on tensors of its own with the same seeded
 * inputs: the numbers are those of the later replay, as long as that injects nothing. The first question costs a second
 * copy of all tensors; each question executes the rows since the last one; and every tile is kept in memory until the
 * run ends. Who never asks pays nothing.
 */
export class EagerValues {
  private readonly tiles = new KeptTiles();
  private executor: RowExecutor | null = null;
  /** Rows that were executed. */
  private done = 0;

  /** `shapes` is the growing table that the log's shape ids refer to. */
  constructor(
    private readonly launch: LaunchArgs,
    private readonly inputs: { data: InputData; seed: number },
    private readonly log: OpLog,
    private readonly shapes: readonly (readonly number[])[],
  ) {}

  /**
   * The one element of a row's tile; bools are 0 or 1.
   * @throws DataFault LQ3002, LQ3703 of rows up to now, LQ3704 an integer that no number holds
   */
  valueOf(row: number): number {
    const { rows, chunks } = this.log.finish(this.shapes);
    const executor = (this.executor ??= this.start());
    for (; this.done < rows; this.done++) {
      executor.execute(chunks[Math.floor(this.done / OP_CHUNK_ROWS)]!, this.done % OP_CHUNK_ROWS, this.done);
    }
    const [value] = this.tiles.get(row);
    const number = Number(value);
    if (typeof value === "number" || Number.isSafeInteger(number)) return number;
    const site = chunks[Math.floor(row / OP_CHUNK_ROWS)]!.site[row % OP_CHUNK_ROWS]!;
    throw new DataFault(site, {
      code: "LQ3704",
      message: `tl.item: ${value} is beyond 2^53, where numbers of TypeScript have gaps`,
      hint: "ask for something smaller, such as a remainder or a comparison",
    });
  }

  private start(): RowExecutor {
    const hbm = new Hbm(this.launch);
    fillInputs(hbm, this.inputs.data, this.inputs.seed);
    return new RowExecutor(this.log.finish(this.shapes), hbm, this.tiles, null, null);
  }
}
