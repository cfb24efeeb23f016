/** Builds op logs by hand, one call per operation, so that a test reads like the kernel it stands for. */
import type { LaunchArgs, TensorPlan } from "../../src/data/arguments.js";
import type { DTypeName } from "../../src/data/dtypes.js";
import { dtypeByName } from "../../src/data/dtypes.js";
import type { JudgeRequest } from "../../src/data/judge.js";
import type { OpLogData } from "../../src/data/op-log.js";
import { NO_VALUE, OpKind, OpLog } from "../../src/data/op-log.js";

export function tensor(
  name: string,
  role: TensorPlan["role"],
  shape: readonly number[],
  dtype: DTypeName = "f32",
): TensorPlan {
  return { name, role, dtype, shape, elements: shape.reduce((product, length) => product * length, 1) };
}

/** Every rank has the same tensors. */
export function launchOf(world: number, ...tensors: TensorPlan[]): LaunchArgs {
  return launchOfRanks(Array.from({ length: world }, () => tensors));
}

export function launchOfRanks(byRank: readonly (readonly TensorPlan[])[]): LaunchArgs {
  return { world: byRank.length, byRank: byRank.map((tensors) => ({ tensors, args: [] })) };
}

export function requestFor(launch: LaunchArgs, changes: Partial<JudgeRequest> = {}): JudgeRequest {
  return {
    launch,
    bytes: 16,
    dtype: "f32",
    data: "±1",
    seed: 1,
    inject: null,
    verify: true,
    dump: true,
    ...changes,
  };
}

type Operand = number | { scalar: number };

export interface RowFields {
  rank?: number;
  tensor?: number;
  a?: number;
  b?: number;
  c?: number;
  extra?: number;
}

/** The site of every row is its number, so that a test can name it. */
export class HandLog {
  private readonly log = new OpLog(Infinity);
  private readonly shapes: number[][] = [];
  private rows = 0;

  constructor(private readonly dtype: DTypeName = "f32") {}

  load(rank: number, tensorIndex: number, shape: number[], offset = 0): number {
    return this.append(OpKind.dmaRead, rank, shape, { tensor: tensorIndex, extra: offset });
  }

  store(rank: number, tensorIndex: number, tile: number, shape: number[], offset = 0): number {
    return this.append(OpKind.dmaWrite, rank, shape, { tensor: tensorIndex, a: tile, extra: offset });
  }

  full(rank: number, shape: number[], value: number): number {
    return this.append(OpKind.full, rank, shape, { extra: value });
  }

  math(
    kind: "add" | "sub" | "mul" | "div" | "maximum",
    rank: number,
    a: Operand,
    b: Operand,
    shape: number[],
  ): number {
    const scalar = typeof a === "object" ? a.scalar : typeof b === "object" ? b.scalar : 0;
    return this.append(OpKind[kind], rank, shape, {
      a: typeof a === "number" ? a : NO_VALUE,
      b: typeof b === "number" ? b : NO_VALUE,
      extra: scalar,
    });
  }

  /** The result of a product of matrices is f32, whatever the operands are. */
  dot(rank: number, a: number, b: number, shape: [number, number]): number {
    return this.append(OpKind.gemm, rank, shape, { a, b }, "f32");
  }

  send(rank: number, to: number, tile: number, shape: number[]): number {
    return this.append(OpKind.ipcqCopy, rank, shape, { a: tile, extra: to });
  }

  print(rank: number, tile: number, shape: number[]): number {
    return this.append(OpKind.print, rank, shape, { a: tile });
  }

  /** Any operation of rank 0; its result has this dtype. */
  row(kind: keyof typeof OpKind, shape: number[], fields: RowFields, dtype: DTypeName = this.dtype): number {
    return this.append(OpKind[kind], fields.rank ?? 0, shape, fields, dtype);
  }

  /** The log that grows, and the table of its shapes. */
  get growing(): { log: OpLog; shapes: number[][] } {
    return { log: this.log, shapes: this.shapes };
  }

  finish(): OpLogData {
    return this.log.finish(this.shapes);
  }

  private append(
    kind: OpKind,
    rank: number,
    shape: number[],
    fields: RowFields,
    dtype: DTypeName = this.dtype,
  ): number {
    this.shapes.push(shape);
    const { tensor: tensorIndex = 0, a = NO_VALUE, b = NO_VALUE, c = NO_VALUE, extra = 0 } = fields;
    const code = dtypeByName(dtype)!.code;
    const site = this.rows++;
    const shapeId = this.shapes.length - 1;
    return this.log.append(kind, code, tensorIndex, rank, site, shapeId, a, b, extra, 0, 0, c);
  }
}

/** The dumped array of this name, as numbers. */
export function dumped(
  arrays: readonly { name: string; array: { data: ArrayLike<number | bigint>; shape: number[] } }[],
  name: string,
): number[] {
  const found = arrays.find((entry) => entry.name === name);
  if (!found) throw new Error(`no array ${name} among ${arrays.map((entry) => entry.name).join(", ")}`);
  return Array.from(found.array.data, Number);
}
