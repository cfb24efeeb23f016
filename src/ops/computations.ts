/** What the operations on tiles compute: op kinds, and the classes of dtypes that they work on. */
import { tileOperators, tlOps, type TileOperator } from "../../dsl/ops.js";
import { DTYPES, dtypeByName, type DTypeClass } from "../data/dtypes.js";
import { OpKind } from "../data/op-log.js";

export type UnaryName = keyof typeof UNARY;
export type ReductionName = keyof typeof REDUCTIONS;

export type Classes = "any" | "number" | "float" | "integer" | "bits" | "mask";

export const ALLOWED: Record<Classes, readonly DTypeClass[]> = {
  any: ["float", "signed", "unsigned", "bool"],
  number: ["float", "signed", "unsigned"],
  float: ["float"],
  integer: ["signed", "unsigned"],
  bits: ["signed", "unsigned", "bool"],
  mask: ["bool"],
};

/** An operation of two operands, and the classes of dtypes it works on. */
export interface BinaryOp {
  readonly name: BinaryName;
  readonly kind: OpKind;
  readonly classes: Classes;
  /** 1 by code of dtype where it is of these classes. */
  readonly allows: Uint8Array;
  readonly isComparison: boolean;
}

export type BinaryName = TileOperator | "floordiv" | "maximum" | "minimum";

const binaryOp = (name: BinaryName, kind: OpKind, classes: Classes): BinaryOp => ({
  name,
  kind,
  classes,
  allows: Uint8Array.from(DTYPES, (dtype) => (ALLOWED[classes].includes(dtypeByName(dtype)!.class) ? 1 : 0)),
  isComparison: kind >= OpKind.lt && kind <= OpKind.notEqual,
});

export const BINARY = {
  add: binaryOp("add", OpKind.add, "number"),
  sub: binaryOp("sub", OpKind.sub, "number"),
  mul: binaryOp("mul", OpKind.mul, "number"),
  div: binaryOp("div", OpKind.div, "float"),
  floordiv: binaryOp("floordiv", OpKind.floordiv, "integer"),
  mod: binaryOp("mod", OpKind.mod, "number"),
  pow: binaryOp("pow", OpKind.pow, "float"),
  maximum: binaryOp("maximum", OpKind.maximum, "number"),
  minimum: binaryOp("minimum", OpKind.minimum, "number"),
  lt: binaryOp("lt", OpKind.lt, "number"),
  le: binaryOp("le", OpKind.le, "number"),
  gt: binaryOp("gt", OpKind.gt, "number"),
  ge: binaryOp("ge", OpKind.ge, "number"),
  equal: binaryOp("equal", OpKind.equal, "any"),
  notEqual: binaryOp("notEqual", OpKind.notEqual, "any"),
  and: binaryOp("and", OpKind.and, "mask"),
  or: binaryOp("or", OpKind.or, "mask"),
  bitAnd: binaryOp("bitAnd", OpKind.and, "bits"),
  bitOr: binaryOp("bitOr", OpKind.or, "bits"),
  bitXor: binaryOp("bitXor", OpKind.xor, "bits"),
  shiftLeft: binaryOp("shiftLeft", OpKind.shiftLeft, "integer"),
  shiftRight: binaryOp("shiftRight", OpKind.shiftRight, "integer"),
};

export const UNARY = {
  abs: { kind: OpKind.abs, classes: "number" },
  exp: { kind: OpKind.exp, classes: "float" },
  log: { kind: OpKind.log, classes: "float" },
  sqrt: { kind: OpKind.sqrt, classes: "float" },
  rsqrt: { kind: OpKind.rsqrt, classes: "float" },
  sigmoid: { kind: OpKind.sigmoid, classes: "float" },
  tanh: { kind: OpKind.tanh, classes: "float" },
  erf: { kind: OpKind.erf, classes: "float" },
  gelu: { kind: OpKind.gelu, classes: "float" },
  silu: { kind: OpKind.silu, classes: "float" },
  relu: { kind: OpKind.relu, classes: "number" },
} as const;

export const REDUCTIONS = {
  sum: { kind: OpKind.sum, classes: "number" },
  prod: { kind: OpKind.prod, classes: "number" },
  max: { kind: OpKind.max, classes: "number" },
  min: { kind: OpKind.min, classes: "number" },
  argmax: { kind: OpKind.argmax, classes: "number" },
  argmin: { kind: OpKind.argmin, classes: "number" },
} as const;

export const CAST_HINTS: Record<Classes, string | null> = {
  any: null,
  number: 'cast a mask first: tl.cast(mask, "i32"), or choose with tl.where(mask, a, b)',
  float: 'cast it first: tl.cast(a, "f32"); integers are divided with tl.floordiv',
  integer: 'cast it first: tl.cast(a, "i32")',
  bits: 'cast it first: tl.cast(a, "i32")',
  mask: "compare first, as in a > 0; integers have & | ^ ~",
};

/** How an operation is written: `+`, or `tl.exp`. */
export function nameOf(name: string): string {
  const operator = (tileOperators as Record<string, { sign: string } | undefined>)[name];
  return operator?.sign ?? `tl.${name}`;
}

/** Passes of MATH's lanes that one element costs, by op kind. */
export const MATH_WEIGHTS: Float64Array = weights();

function weights(): Float64Array {
  const byKind = new Float64Array(Object.keys(OpKind).length).fill(1);
  const table: Record<string, { weight: number }> = { ...tileOperators, ...tlOps };
  for (const [name, kind] of Object.entries(OpKind)) byKind[kind] = table[name]?.weight ?? 1;
  return byKind;
}
