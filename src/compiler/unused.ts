/** Tiles that are computed and then dropped (LQ1503). */
import { tileOperators, tlOps } from "../../dsl/ops.js";
import type { OpSpec } from "../../dsl/ops.js";
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Constants } from "./constants.js";
import type { Handles } from "./handles.js";
import type { Operations } from "./operations.js";
import { OPERATORS, isLogical, unaryOperator } from "./operators.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { isAssignment, locate, unwrap } from "./syntax.js";

const TABLE: Readonly<Record<string, OpSpec>> = tlOps;

export function unusedDiagnostics(
  { files }: KernelProgram,
  operations: Operations,
  constants: Constants,
  { must }: Handles,
): Diagnostic[] {
  /** What computes a tile and does nothing else, in words; null for all other statements. */
  function pureWork(expression: TS.Expression): string | null {
    if (ts.isCallExpression(expression)) {
      const operation = operations.of(expression);
      if (!operation || operation.namespace === "rt" || operation.suspends) return null;
      const pure = operation.givesTile || TABLE[operation.name]!.group === "matrix";
      return pure ? `tl.${operation.name}` : null;
    }
    if (ts.isBinaryExpression(expression)) {
      const { kind } = expression.operatorToken;
      const name = OPERATORS.get(kind);
      if (!name || isLogical(name) || isAssignment(kind) || must(expression) !== "tile") return null;
      return `\`${expression.operatorToken.getText()}\``;
    }
    if (!ts.isPrefixUnaryExpression(expression) || must(expression) !== "tile") return null;
    const name = unaryOperator(expression);
    return name && `\`${tileOperators[name].sign}\``;
  }

  const found: Diagnostic[] = [];
  for (const file of files) {
    constants.walk(file, (node) => {
      if (!ts.isExpressionStatement(node)) return;
      const work = pureWork(unwrap(node.expression));
      if (!work) return;
      found.push(
        diagnostic({
          code: "LQ1503",
          severity: "warning",
          message: `the result of ${work} is not used: an operation gives a new tile and leaves its operands as they are`,
          at: locate(node.expression),
          hint: "keep it: const result = …, or remove the statement",
        }),
      );
    });
  }
  return found;
}
