/** JavaScript's operators on compile-time values. */
import type { ConstexprValue } from "./bundle.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";

type Binary = (a: number, b: number) => ConstexprValue;

const BINARY = new Map<TS.SyntaxKind, Binary>([
  [ts.SyntaxKind.PlusToken, (a, b) => a + b],
  [ts.SyntaxKind.MinusToken, (a, b) => a - b],
  [ts.SyntaxKind.AsteriskToken, (a, b) => a * b],
  [ts.SyntaxKind.SlashToken, (a, b) => a / b],
  [ts.SyntaxKind.PercentToken, (a, b) => a % b],
  [ts.SyntaxKind.AsteriskAsteriskToken, (a, b) => a ** b],
  [ts.SyntaxKind.LessThanToken, (a, b) => a < b],
  [ts.SyntaxKind.LessThanEqualsToken, (a, b) => a <= b],
  [ts.SyntaxKind.GreaterThanToken, (a, b) => a > b],
  [ts.SyntaxKind.GreaterThanEqualsToken, (a, b) => a >= b],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, (a, b) => a === b],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, (a, b) => a !== b],
  [ts.SyntaxKind.AmpersandAmpersandToken, (a, b) => a && b],
  [ts.SyntaxKind.BarBarToken, (a, b) => a || b],
  [ts.SyntaxKind.LessThanLessThanToken, (a, b) => a << b],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, (a, b) => a >> b],
]);

/** Undefined for operators that are not evaluated. */
export function evaluateBinary(
  kind: TS.SyntaxKind,
  a: ConstexprValue,
  b: ConstexprValue,
): ConstexprValue | undefined {
  // The operators do what JavaScript does with text and booleans too.
  return BINARY.get(kind)?.(a as number, b as number);
}

export function evaluateUnary(kind: TS.SyntaxKind, a: ConstexprValue): ConstexprValue | undefined {
  if (kind === ts.SyntaxKind.ExclamationToken) return !a;
  if (kind === ts.SyntaxKind.MinusToken) return -a;
  return kind === ts.SyntaxKind.PlusToken ? Number(a) : undefined;
}
