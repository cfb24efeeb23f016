import { ExitCode } from "../../base/diagnostics.js";
import { F32, dtypeByCode, dtypeByName } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { Future } from "./futures.js";
import { Pointer, Ref, Tile } from "./handles.js";
import { Cause, type KernelCore } from "./kernel-core.js";

const NAMES: Record<number, string> = {
  [OpKind.add]: "+",
  [OpKind.sub]: "-",
  [OpKind.mul]: "*",
  [OpKind.div]: "/",
  [OpKind.maximum]: "maximum",
};

/** Operators on tiles and pointers, and operations that make or multiply tiles: MATH and GEMM engines. */
export class Arithmetic {
  constructor(private readonly core: KernelCore) {}

  add(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (a instanceof Pointer) return this.offset(site, a, b, 1);
    if (b instanceof Pointer) return this.offset(site, b, a, 1);
    if (typeof a === "string" || typeof b === "string") throw this.text(site);
    return this.elementwise(site, OpKind.add, a, b);
  }

  sub(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (a instanceof Pointer) return this.offset(site, a, b, -1);
    return this.elementwise(site, OpKind.sub, a, b);
  }

  mul(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a * b;
    return this.elementwise(site, OpKind.mul, a, b);
  }

  div(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a / b;
    return this.elementwise(site, OpKind.div, a, b);
  }

  neg(site: number, a: unknown): unknown {
    if (typeof a === "number") return -a;
    return this.elementwise(site, OpKind.mul, a, -1);
  }

  maximum(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
    return this.elementwise(site, OpKind.maximum, a, b);
  }

  /** A tile of one value. */
  full(site: number, shape: unknown, value: unknown, dtype: unknown): Tile {
    if (typeof value !== "number") throw this.scalarExpected(site, "the value of tl.full", value);
    const tile = this.newTile(site, shape, dtype);
    const start = this.beginMath(site, tile.elements);
    this.record(OpKind.full, "full", site, tile, start, NO_VALUE, NO_VALUE, value);
    return tile;
  }

  /** Matrix product; f32 accumulation, f32 result. */
  dot(site: number, a: unknown, b: unknown): Tile {
    const { core } = this;
    const { shapes } = core;
    if (!(a instanceof Tile) || !(b instanceof Tile)) {
      throw core.fault(site, { code: "LQ1304", message: "tl.dot needs two tiles" }, ExitCode.invalidInput);
    }
    const left = shapes.byId[a.shape]!;
    const right = shapes.byId[b.shape]!;
    if (left.length !== 2 || right.length !== 2 || left[1] !== right[0]) {
      throw core.fault(
        site,
        {
          code: "LQ2001",
          message: `dot: inner dimensions differ: ${shapes.describe(a.shape)} × ${shapes.describe(b.shape)}`,
          hint: "tl.dot multiplies [M, K] by [K, N]",
        },
        ExitCode.invalidInput,
      );
    }
    if (a.dtype !== b.dtype) throw this.dtypesDiffer(site, "dot", a, b);
    const tile = this.newTile(site, [left[0]!, right[1]!], F32.name);
    core.begin(site);
    const { pes, rank } = core;
    if (pes.hasCommands) core.spend(site, Cause.composite, pes.gemmFreePs[rank]!);
    const start = core.clockPs;
    core.spend(site, Cause.gemm, start + core.costs.gemmPs(left[0]!, left[1]!, right[1]!, a.dtype));
    pes.gemmBusyPs[rank]! += core.clockPs - start;
    if (pes.hasCommands) pes.gemmFreePs[rank] = core.clockPs;
    this.record(OpKind.gemm, "dot", site, tile, start, a.value, b.value, 0);
    return tile;
  }

  /** A tile without a value yet. @throws LQ2006 bad shape, LQ1305 unknown dtype, LQ3501 larger than the TCM */
  newTile(site: number, shape: unknown, dtype: unknown): Tile {
    const { core } = this;
    const id = this.shapeOf(site, shape);
    const info = dtypeByName(dtype);
    if (info === null) {
      throw core.fault(
        site,
        { code: "LQ1305", message: `unknown dtype ${describeValue(dtype)}`, hint: 'use "f32" or "f16"' },
        ExitCode.invalidInput,
      );
    }
    return this.tileOf(site, id, info.code, info.sizeBytes);
  }

  /** The id of a shape as a kernel wrote it. @throws LQ2006 */
  shapeOf(site: number, shape: unknown): number {
    const { core } = this;
    const id = core.shapes.idOf(shape);
    if (id >= 0) return id;
    throw core.fault(
      site,
      {
        code: "LQ2006",
        message: `a shape must be a list of non-negative integers, not ${describeValue(shape)}`,
        hint: "write it as [rows, columns] or [length]; divide with tl.cdiv or Math.floor",
      },
      ExitCode.invalidInput,
    );
  }

  /** Charges an operation of MATH, which follows what composite commands have it do; returns its start. */
  private beginMath(site: number, elements: number): number {
    const { core } = this;
    core.begin(site);
    const { pes, rank } = core;
    if (pes.hasCommands) core.spend(site, Cause.composite, pes.mathFreePs[rank]!);
    const start = core.clockPs;
    core.spend(site, Cause.math, start + core.costs.mathPs(elements));
    pes.mathBusyPs[rank]! += core.clockPs - start;
    if (pes.hasCommands) pes.mathFreePs[rank] = core.clockPs;
    return start;
  }

  private tileOf(site: number, shape: number, dtype: number, sizeBytes: number): Tile {
    const { core } = this;
    const elements = core.shapes.elements[shape]!;
    const bytes = elements * sizeBytes;
    if (bytes > core.costs.tcmBytes) {
      throw core.fault(
        site,
        {
          code: "LQ3501",
          message: `a tile of ${core.shapes.describe(shape)} needs ${bytes} B, but a kernel has ${core.costs.tcmBytes} B of TCM`,
          hint: "work in smaller tiles",
        },
        ExitCode.invalidInput,
      );
    }
    return new Tile(dtype, shape, elements, bytes, NO_VALUE);
  }

  private elementwise(site: number, kind: OpKind, a: unknown, b: unknown): Tile {
    const { core } = this;
    const left = a instanceof Tile ? a : null;
    const right = b instanceof Tile ? b : null;
    const model = left ?? right;
    if (
      model === null ||
      (left === null && typeof a !== "number") ||
      (right === null && typeof b !== "number")
    ) {
      throw this.scalarExpected(site, `an operand of ${NAMES[kind]}`, left === null ? a : b);
    }
    if (left !== null && right !== null) {
      if (left.shape !== right.shape) {
        const { shapes } = core;
        throw core.fault(
          site,
          {
            code: "LQ2002",
            message: `${NAMES[kind]}: shapes ${shapes.describe(left.shape)} and ${shapes.describe(right.shape)} differ`,
            hint: "elementwise operations need equal shapes, or a tile and a scalar",
          },
          ExitCode.invalidInput,
        );
      }
      if (left.dtype !== right.dtype) throw this.dtypesDiffer(site, NAMES[kind]!, left, right);
    }
    const tile = new Tile(model.dtype, model.shape, model.elements, model.bytes, NO_VALUE);
    const start = this.beginMath(site, tile.elements);
    const scalar = left === null ? (a as number) : right === null ? (b as number) : 0;
    const leftValue = left === null ? NO_VALUE : left.value;
    const rightValue = right === null ? NO_VALUE : right.value;
    this.record(kind, NAMES[kind]!, site, tile, start, leftValue, rightValue, scalar);
    return tile;
  }

  private offset(site: number, pointer: Pointer, by: unknown, sign: 1 | -1): Pointer {
    if (typeof by !== "number" || !Number.isSafeInteger(by)) {
      throw this.core.fault(
        site,
        {
          code: "LQ2005",
          message: `a pointer moves by a whole number of elements, not by ${describeValue(by)}`,
          hint: "round the offset with Math.floor or tl.cdiv",
        },
        ExitCode.invalidInput,
      );
    }
    return pointer.at(pointer.offset + sign * by);
  }

  /** Gives a tile its row of the op log, and its span when the rank is traced. */
  private record(
    kind: OpKind,
    name: string,
    site: number,
    tile: Tile,
    startPs: number,
    a: number,
    b: number,
    extra: number,
  ): void {
    const { core } = this;
    const { rank, clockPs, spans } = core;
    if (core.opLog !== null) {
      const { dtype, shape } = tile;
      tile.value = core.opLog.append(kind, dtype, -1, rank, site, shape, a, b, extra, startPs, clockPs);
    }
    if (spans === null) return;
    const lanes = core.lanes.get(rank);
    if (lanes) spans.add(lanes.kernel, spans.nameId(name), site, startPs, clockPs, -1, -1);
  }

  dtypesDiffer(site: number, what: string, a: { dtype: number }, b: { dtype: number }): Error {
    return this.core.fault(
      site,
      {
        code: "LQ2003",
        message: `${what}: dtypes ${dtypeByCode(a.dtype).name} and ${dtypeByCode(b.dtype).name} differ`,
        hint: "both operands must have the same dtype",
      },
      ExitCode.invalidInput,
    );
  }

  private scalarExpected(site: number, what: string, value: unknown): Error {
    return this.core.fault(
      site,
      { code: "LQ1304", message: `${what} must be a tile or a number, not ${describeValue(value)}` },
      ExitCode.invalidInput,
    );
  }

  private text(site: number): Error {
    return this.core.fault(
      site,
      {
        code: "LQ1303",
        message: "a tile and text cannot be joined",
        hint: "print tiles with tl.print(tile)",
      },
      ExitCode.invalidInput,
    );
  }
}

/** A value that a kernel passed, as messages show it. */
export function describeValue(value: unknown): string {
  if (value instanceof Tile) return "a tile";
  if (value instanceof Pointer) return `a pointer into ${value.tensor.name}`;
  if (value instanceof Ref) return `a ref to ${value.pointer.tensor.name}`;
  if (value instanceof Future) return "a future";
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return String(value);
}
