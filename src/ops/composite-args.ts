import { suggestName } from "../base/nearest.js";
import { F16, F32, dtypeByCode } from "../data/dtypes.js";
import { OpKind } from "../data/op-log.js";
import { refuse, type OpsBackend } from "./backend.js";
import { Ref, Tile, describeValue, type Pointer } from "./handles.js";
import type { MemoryArgs } from "./memory-args.js";
import type { TileOps } from "./tile-ops.js";

const COMMANDS = { gemm: OpKind.gemm, add: OpKind.add, mul: OpKind.mul, maximum: OpKind.maximum } as const;
const STEPS = {
  add: OpKind.add,
  sub: OpKind.sub,
  mul: OpKind.mul,
  div: OpKind.div,
  maximum: OpKind.maximum,
} as const;

export interface EpilogueStep {
  kind: OpKind;
  with: number | Tile;
}

/** A composite command as a kernel asked for it. */
export interface CompositeArgs<Place> {
  kind: OpKind;
  left: Tile | Ref<Place>;
  right: Tile | Ref<Place>;
  to: Pointer<Place>;
  /** Id of the result's shape. */
  shape: number;
  steps: readonly EpilogueStep[];
}

/** Checks the arguments of `tl.composite`, alike for everything that executes kernels. */
export class CompositeReader<Place> {
  constructor(
    private readonly backend: OpsBackend,
    private readonly ops: TileOps,
    private readonly memory: MemoryArgs<Place>,
  ) {}

  /** @throws LQ1304, LQ2001, LQ2002, LQ2003, LQ3002, LQ3304 the result would overwrite what is streamed */
  read(
    site: number,
    name: unknown,
    a: unknown,
    b: unknown,
    out: unknown,
    options: unknown,
  ): CompositeArgs<Place> {
    const left = this.operand(site, a);
    const right = this.operand(site, b);
    const to = this.memory.pointer(site, "tl.composite", out);
    const kind = this.named(site, "command", COMMANDS, name);
    const shape =
      kind === OpKind.gemm ? this.productShape(site, left, right) : this.sameShape(site, left, right);
    for (const { dtype } of [left, right, to]) this.requireDtype(site, dtype);
    if (left.dtype !== right.dtype) throw this.ops.dtypesDiffer(site, "composite", left, right);
    const steps = this.epilogue(site, options, shape);
    const elements = this.backend.shapes.elements[shape]!;
    this.memory.checkBounds(site, "composite writes", to, elements);
    this.checkOverlap(site, "a", left, to, elements, kind !== OpKind.gemm);
    this.checkOverlap(site, "b", right, to, elements, kind !== OpKind.gemm);
    return { kind, left, right, to, shape, steps };
  }

  /** @throws LQ1305 the scheduler's units take f32 and f16 */
  private requireDtype(site: number, dtype: number): void {
    if (dtype === F32.code || dtype === F16.code) return;
    throw refuse(this.backend, site, {
      code: "LQ1305",
      message: `tl.composite works on f32 and f16, not on ${dtypeByCode(dtype).name}`,
      hint: "use tl.dot and operators, or cast first",
    });
  }

  private productShape(site: number, left: Tile | Ref, right: Tile | Ref): number {
    const { shapes } = this.backend;
    const [m, k, ...moreLeft] = shapes.byId[left.shape]!;
    const [depth, n, ...moreRight] = shapes.byId[right.shape]!;
    if (m !== undefined && n !== undefined && k === depth && moreLeft.length + moreRight.length === 0) {
      return shapes.idOf([m, n]);
    }
    throw refuse(this.backend, site, {
      code: "LQ2001",
      message: `composite: inner dimensions differ: ${shapes.describe(left.shape)} × ${shapes.describe(right.shape)}`,
      hint: "a gemm multiplies [M, K] by [K, N]",
    });
  }

  private sameShape(site: number, left: { shape: number }, right: { shape: number }): number {
    if (left.shape === right.shape) return left.shape;
    const { shapes } = this.backend;
    throw refuse(this.backend, site, {
      code: "LQ2002",
      message: `composite: shapes ${shapes.describe(left.shape)} and ${shapes.describe(right.shape)} differ`,
      hint: "elementwise commands need operands of equal shapes",
    });
  }

  /**
   * An elementwise command may write the very block that it reads: each tile is read before its result is written, and
   * no other tile reads it.
   */
  private checkOverlap(
    site: number,
    name: "a" | "b",
    operand: Tile | Ref,
    to: Pointer,
    elements: number,
    isElementwise: boolean,
  ): void {
    if (!(operand instanceof Ref) || operand.pointer.index !== to.index) return;
    const { offset } = operand.pointer;
    const from = Math.max(offset, to.offset);
    const until = Math.min(offset + operand.elements, to.offset + elements);
    if (from >= until || (isElementwise && offset === to.offset)) return;
    throw this.backend.fault(site, {
      code: "LQ3304",
      message: `composite: its result overwrites ${to.tensor.name}[${from}..${until}), which operand ${name} streams`,
      hint: "write the result to another place, or load the operand with tl.load",
    });
  }

  private epilogue(site: number, options: unknown, shape: number): EpilogueStep[] {
    const given = (options as { epilogue?: unknown } | null | undefined)?.epilogue ?? [];
    if (!Array.isArray(given)) {
      throw this.invalid(site, `an epilogue is a list of steps, not ${describeValue(given)}`);
    }
    return (given as ({ op?: unknown; with?: unknown } | null)[]).map((step) => {
      const kind = this.named(site, "epilogue operation", STEPS, step?.op);
      const operand = step?.with;
      if (typeof operand === "number") return { kind, with: operand };
      if (!(operand instanceof Tile)) {
        throw this.invalid(
          site,
          `a step of an epilogue takes a number or a tile, not ${describeValue(operand)}`,
        );
      }
      this.requireDtype(site, operand.dtype);
      if (operand.shape === shape) return { kind, with: operand };
      const { shapes } = this.backend;
      throw refuse(this.backend, site, {
        code: "LQ2002",
        message: `composite: a tile of ${shapes.describe(operand.shape)} in the epilogue of a result of ${shapes.describe(shape)}`,
        hint: "the tile of a step has the shape of the result",
      });
    });
  }

  private operand(site: number, value: unknown): Tile | Ref<Place> {
    if (value instanceof Tile) return value;
    if (value instanceof Ref) return value as Ref<Place>;
    throw this.invalid(
      site,
      `tl.composite works on tiles and refs, not on ${describeValue(value)}`,
      "load a block with tl.load, or name it with tl.ref",
    );
  }

  private named(site: number, what: string, known: Readonly<Record<string, OpKind>>, name: unknown): OpKind {
    const kind = typeof name === "string" && Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind !== undefined) return kind;
    const typed = typeof name === "string" ? name : "";
    const hint = suggestName(typed, Object.keys(known));
    throw this.invalid(site, `unknown ${what} ${describeValue(name)}`, hint);
  }

  private invalid(site: number, message: string, hint: string | null = null): Error {
    return refuse(this.backend, site, { code: "LQ1304", message, hint });
  }
}
