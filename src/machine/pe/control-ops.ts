import { ExitCode } from "../../base/diagnostics.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { describeValue } from "./arithmetic.js";
import { Tile } from "./handles.js";
import type { KernelCore } from "./kernel-core.js";
import type { Prints } from "./prints.js";

/** Operations that ask where the kernel runs, check something or print: they cost a dispatch cycle. */
export class ControlOps {
  constructor(
    private readonly core: KernelCore,
    private readonly prints: Prints,
  ) {}

  rank(site: number, axis: unknown): number {
    this.core.begin(site);
    const { rank, layout } = this.core;
    return axis === undefined ? rank : layout.position(rank, this.core.axisIndex(site, axis));
  }

  worldSize(site: number, axis: unknown): number {
    this.core.begin(site);
    const { layout } = this.core;
    return axis === undefined ? layout.world : layout.sizes[this.core.axisIndex(site, axis)]!;
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
