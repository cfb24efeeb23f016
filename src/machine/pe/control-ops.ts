import { ExitCode, LinquError, diagnostic } from "../../base/diagnostics.js";
import { transferPs } from "../../base/units.js";
import { DataFault } from "../../data/data-fault.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import type { OpsBackend } from "../../ops/backend.js";
import { Tile, describeValue } from "../../ops/handles.js";
import { axisIndex } from "../../ops/queue-finder.js";
import type { TileOps } from "../../ops/tile-ops.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import type { Prints } from "./prints.js";

/** Computes the op log so far on the run's inputs. */
export interface RowValues {
  /** The value of a row with one element. @throws DataFault */
  valueOf(row: number): number;
}

/** Operations that ask where the kernel runs, check something or print: they cost a dispatch cycle. */
export class ControlOps {
  constructor(
    private readonly core: KernelCore,
    private readonly tiles: TileOps,
    private readonly backend: OpsBackend,
    private readonly prints: Prints,
    /** Null when this execution has no data. */
    private readonly values: RowValues | null,
  ) {}

  rank(site: number, axis: unknown): number {
    this.core.begin(site);
    const { rank, layout } = this.core;
    return axis === undefined ? rank : layout.position(rank, axisIndex(this.backend, site, axis));
  }

  worldSize(site: number, axis: unknown): number {
    this.core.begin(site);
    const { layout } = this.core;
    return axis === undefined ? layout.world : layout.sizes[axisIndex(this.backend, site, axis)]!;
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
    throw this.core.fault(
      site,
      {
        code: "LQ1304",
        message: `tl.cdiv divides two numbers, not ${describeValue(a)} by ${describeValue(b)}`,
      },
      ExitCode.invalidInput,
    );
  }

  staticAssert(site: number, condition: unknown, message: unknown): void {
    this.core.begin(site);
    if (condition === true) return;
    throw this.core.fault(
      site,
      { code: "LQ2007", message: `static assertion failed: ${String(message)}` },
      ExitCode.invalidInput,
    );
  }

  assert(site: number, condition: unknown, message: unknown): void {
    this.core.begin(site);
    if (condition === true) return;
    throw this.core.fault(site, { code: "LQ3701", message: `assertion failed: ${String(message)}` });
  }

  /** Reads the element from the TCM; its value is known when the event clock has come so far. */
  item(site: number, value: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.item(site, value));
    const tile = this.tiles.single(site, value);
    core.begin(site);
    if (!(tile instanceof Tile)) return this.finishItem(tile);
    const { values } = this;
    if (values === null) {
      throw core.fault(site, {
        code: "LQ3705",
        message: "tl.item needs values, and this execution has no data",
        hint: "run the kernel with linqu run",
      });
    }
    core.spend(site, Cause.copy, core.clockPs + transferPs(tile.bytes, core.costs.tcmReadPsPerByte));
    const read = (): true => this.finishItem(this.valueOf(values, tile.value));
    return core.clockPs > core.engine.nowPs ? core.defer(site, read) : read();
  }

  /** @throws LQ3002, LQ3703, LQ3704 with the place of the row that failed */
  private valueOf(values: RowValues, row: number): number {
    try {
      return values.valueOf(row);
    } catch (error) {
      if (!(error instanceof DataFault)) throw error;
      const at = this.core.whereIs(error.site);
      throw new LinquError(error.exitCode, diagnostic({ ...error.problem, at }), { cause: error });
    }
  }

  private finishItem(value: number): true {
    this.core.results.out = value;
    return true;
  }

  print(site: number, values: unknown[]): void {
    const { core } = this;
    core.begin(site);
    const parts = values.map((value) => {
      if (!(value instanceof Tile)) return typeof value === "string" ? value : describeValue(value);
      const shape = core.shapes.describe(value.shape);
      if (core.opLog === null) return `tile${shape} data=N/A`;
      const operands = [value.shape, value.value, NO_VALUE, 0, core.clockPs, core.clockPs] as const;
      const row = core.opLog.append(OpKind.print, value.dtype, -1, core.rank, site, ...operands);
      return { shape, row };
    });
    this.prints.add(site, core.rank, parts);
  }

  private programAxis(site: number, axis: unknown): number {
    if (axis === 0 || axis === 1) return axis;
    throw this.core.fault(
      site,
      {
        code: "LQ1304",
        message: `program axis must be 0 (PE in its cube) or 1 (cube in its SIP), not ${describeValue(axis)}`,
      },
      ExitCode.invalidInput,
    );
  }
}
