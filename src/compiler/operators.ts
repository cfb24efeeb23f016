/** The operators of TypeScript that work on handles, by the name of their operation. */
import type { TileOperator } from "../../dsl/ops.js";
import type { UnaryOperator } from "./kernel-ops.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";

const KIND = ts.SyntaxKind;

/** Operators with two operands, assignments included. */
export const OPERATORS: ReadonlyMap<TS.SyntaxKind, TileOperator> = new Map<TS.SyntaxKind, TileOperator>([
  [KIND.PlusToken, "add"],
  [KIND.MinusToken, "sub"],
  [KIND.AsteriskToken, "mul"],
  [KIND.SlashToken, "div"],
  [KIND.PercentToken, "mod"],
  [KIND.AsteriskAsteriskToken, "pow"],
  [KIND.LessThanToken, "lt"],
  [KIND.LessThanEqualsToken, "le"],
  [KIND.GreaterThanToken, "gt"],
  [KIND.GreaterThanEqualsToken, "ge"],
  [KIND.EqualsEqualsToken, "equal"],
  [KIND.EqualsEqualsEqualsToken, "equal"],
  [KIND.ExclamationEqualsToken, "notEqual"],
  [KIND.ExclamationEqualsEqualsToken, "notEqual"],
  [KIND.AmpersandAmpersandToken, "and"],
  [KIND.BarBarToken, "or"],
  [KIND.AmpersandToken, "bitAnd"],
  [KIND.BarToken, "bitOr"],
  [KIND.CaretToken, "bitXor"],
  [KIND.LessThanLessThanToken, "shiftLeft"],
  [KIND.GreaterThanGreaterThanToken, "shiftRight"],
  [KIND.PlusEqualsToken, "add"],
  [KIND.MinusEqualsToken, "sub"],
  [KIND.AsteriskEqualsToken, "mul"],
  [KIND.SlashEqualsToken, "div"],
  [KIND.PercentEqualsToken, "mod"],
  [KIND.AsteriskAsteriskEqualsToken, "pow"],
  [KIND.AmpersandAmpersandEqualsToken, "and"],
  [KIND.BarBarEqualsToken, "or"],
  [KIND.AmpersandEqualsToken, "bitAnd"],
  [KIND.BarEqualsToken, "bitOr"],
  [KIND.CaretEqualsToken, "bitXor"],
  [KIND.LessThanLessThanEqualsToken, "shiftLeft"],
  [KIND.GreaterThanGreaterThanEqualsToken, "shiftRight"],
]);

/** Operators that keep the kind of a pointer or a buffer: the others make no sense on them. */
const POINTER_ARITHMETIC = new Set<TileOperator>(["add", "sub", "mul", "div"]);
const COMPARISONS = new Set<TileOperator>(["lt", "le", "gt", "ge", "equal", "notEqual"]);

export function isPointerArithmetic(name: TileOperator): boolean {
  return POINTER_ARITHMETIC.has(name);
}

export function isComparison(name: TileOperator): boolean {
  return COMPARISONS.has(name);
}

export function isEquality(name: TileOperator): name is "equal" | "notEqual" {
  return name === "equal" || name === "notEqual";
}

/** `&&` and `||`, which evaluate their right operand only when the left one does not decide. */
export function isLogical(name: TileOperator): name is "and" | "or" {
  return name === "and" || name === "or";
}

export function unaryOperator(node: TS.PrefixUnaryExpression): UnaryOperator | null {
  if (node.operator === KIND.MinusToken) return "neg";
  if (node.operator === KIND.TildeToken) return "bitNot";
  return node.operator === KIND.ExclamationToken ? "not" : null;
}
