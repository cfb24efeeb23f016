/** What the operators that the compiler puts in place of JavaScript's give for plain values: the same as those. */
import type { TileOperator } from "../../dsl/ops.js";
import type { UnaryOperator } from "./kernel-ops.js";

type BinaryOperator = Exclude<TileOperator, UnaryOperator>;

/** `and` and `or` are called only when the left operand has not decided. */
export const plainOperators: Readonly<Record<BinaryOperator, (a: number, b: number) => unknown>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
  pow: (a, b) => a ** b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  and: (_a, b) => b,
  or: (_a, b) => b,
  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  shiftLeft: (a, b) => a << b,
  shiftRight: (a, b) => a >> b,
};
