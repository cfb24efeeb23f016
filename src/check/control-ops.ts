import { refuse } from "../ops/backend.js";
import { Tile, describeValue } from "../ops/handles.js";
import { axisIndex } from "../ops/queue-finder.js";
import type { TileOps } from "../ops/tile-ops.js";
import { NeedsData, type CheckCore } from "./check-core.js";

/** The value of a tile of one element, computed from the operations so far. */
export interface RowValues {
  valueOf(row: number): number;
}

/** Operations that ask where the kernel runs, decide, or check something. */
export class ControlOps {
  constructor(
    private readonly core: CheckCore,
    private readonly tiles: TileOps,
    /** Null when this execution has no data. */
    private readonly values: RowValues | null,
  ) {}

  rank(site: number, axis: unknown): number {
    const { core } = this;
    core.begin(site);
    return axis === undefined ? core.rank : core.layout.position(core.rank, axisIndex(core, site, axis));
  }

  worldSize(site: number, axis: unknown): number {
    const { core } = this;
    core.begin(site);
    return axis === undefined ? core.layout.world : core.layout.sizes[axisIndex(core, site, axis)]!;
  }

  programId(site: number, axis: unknown): number {
    this.core.begin(site);
    return this.core.layout.position(this.core.rank, this.programAxis(site, axis));
  }

  numPrograms(site: number, axis: unknown): number {
    this.core.begin(site);
    return this.core.layout.sizes[this.programAxis(site, axis)]!;
  }

  cdiv(site: number, a: unknown, b: unknown): number {
    this.core.begin(site);
    if (typeof a === "number" && typeof b === "number" && b !== 0) return Math.ceil(a / b);
    throw refuse(this.core, site, {
      code: "LQ1304",
      message: `tl.cdiv divides two numbers, not ${describeValue(a)} by ${describeValue(b)}`,
    });
  }

  staticAssert(site: number, condition: unknown, message: unknown): void {
    this.core.begin(site);
    if (condition === true) return;
    throw refuse(this.core, site, {
      code: "LQ2007",
      message: `static assertion failed: ${String(message)}`,
    });
  }

  assert(site: number, condition: unknown, message: unknown): void {
    this.core.begin(site);
    if (condition === true) return;
    throw this.core.fault(site, { code: "LQ3701", message: `assertion failed: ${String(message)}` });
  }

  item(site: number, value: unknown): boolean {
    const { core, values } = this;
    const tile = this.tiles.single(site, value);
    core.begin(site);
    if (tile instanceof Tile) core.use(tile, site);
    if (tile instanceof Tile && values === null) throw new NeedsData(site);
    core.results.out = tile instanceof Tile ? values!.valueOf(tile.value) : tile;
    return true;
  }

  print(site: number, values: readonly unknown[]): void {
    this.core.begin(site);
    for (const value of values) if (value instanceof Tile) this.core.use(value, site);
  }

  private programAxis(site: number, axis: unknown): number {
    if (axis === 0 || axis === 1) return axis;
    throw refuse(this.core, site, {
      code: "LQ1304",
      message: `program axis must be 0 (PE in its cube) or 1 (cube in its SIP), not ${describeValue(axis)}`,
    });
  }
}
