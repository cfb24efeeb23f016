/** Where a value only decides: the parts of conditions whose truth is asked for. */
import type { Constants } from "./constants.js";
import { OPERATORS, isLogical } from "./operators.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import { isAssignment } from "./syntax.js";

export interface Conditions {
  /** Values that decide. */
  readonly leaves: ReadonlySet<TS.Expression>;
  /** `&&`, `||` and `!` that combine them: they stay JavaScript's own. */
  readonly operators: ReadonlySet<TS.Expression>;
}

export function findConditions(file: TS.SourceFile, constants: Constants): Conditions {
  const leaves = new Set<TS.Expression>();
  const operators = new Set<TS.Expression>();

  function add(expression: TS.Expression): void {
    if (ts.isParenthesizedExpression(expression)) return add(expression.expression);
    if (ts.isPrefixUnaryExpression(expression) && expression.operator === ts.SyntaxKind.ExclamationToken) {
      operators.add(expression);
      return add(expression.operand);
    }
    if (ts.isConditionalExpression(expression)) {
      // Its own condition is found where it stands.
      add(expression.whenTrue);
      return add(expression.whenFalse);
    }
    if (!ts.isBinaryExpression(expression)) return void leaves.add(expression);
    const { left, operatorToken, right } = expression;
    if (operatorToken.kind === ts.SyntaxKind.CommaToken) return add(right);
    if (!isShortCircuit(operatorToken.kind)) return void leaves.add(expression);
    operators.add(expression);
    add(left);
    add(right);
  }

  /** `test && act();` */
  function addStatement(expression: TS.Expression): void {
    const inner = ts.isParenthesizedExpression(expression) ? expression.expression : expression;
    if (!ts.isBinaryExpression(inner) || !isShortCircuit(inner.operatorToken.kind)) return;
    operators.add(inner);
    add(inner.left);
    addStatement(inner.right);
  }

  constants.walk(file, (node) => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) add(node.expression);
    else if (ts.isForStatement(node) && node.condition) add(node.condition);
    else if (ts.isConditionalExpression(node)) add(node.condition);
    else if (ts.isSwitchStatement(node)) leaves.add(node.expression);
    else if (ts.isExpressionStatement(node)) addStatement(node.expression);
  });
  return { leaves, operators };
}

function isShortCircuit(kind: TS.SyntaxKind): boolean {
  const name = OPERATORS.get(kind);
  return name !== undefined && isLogical(name) && !isAssignment(kind);
}
