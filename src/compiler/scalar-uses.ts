/** Uses of a tile or pointer where only a scalar has a meaning (LQ13xx). */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Flavours } from "./flavours.js";
import { ARITHMETIC } from "./handles.js";
import type { Handles } from "./handles.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { isAssignment, locate, unwrap, walk } from "./syntax.js";

const CONDITION_HINT = "decide with a scalar: an argument, tl.rank(), a loop's index";

export function scalarUseDiagnostics(
  program: KernelProgram,
  { must }: Handles,
  { isText }: Flavours,
): Diagnostic[] {
  const found = new Map<TS.Node, Diagnostic>();
  const report = (code: Diagnostic["code"], node: TS.Node, message: string, hint: string) => {
    if (!found.has(node)) found.set(node, diagnostic({ code, message, at: locate(node), hint }));
  };

  function checkCondition(condition: TS.Expression): void {
    const kind = must(condition);
    if (kind)
      report(
        "LQ1301",
        condition,
        `a ${kind} cannot be a condition: its values are not known here`,
        CONDITION_HINT,
      );
  }

  function checkBinary(node: TS.BinaryExpression): void {
    const { left, operatorToken, right } = node;
    const { kind } = operatorToken;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) {
      checkCondition(left);
    } else if (isComparison(kind)) {
      const handle = must(left) ?? must(right);
      if (handle)
        report(
          "LQ1301",
          node,
          `${handle}s cannot be compared: the result would be a condition`,
          CONDITION_HINT,
        );
    } else if (isScalarOnly(kind)) {
      const handle = must(left) ?? must(right);
      if (handle)
        report(
          "LQ1304",
          node,
          `\`${operatorToken.getText()}\` does not work on a ${handle}`,
          "tiles have + - * / only",
        );
    } else if (ARITHMETIC.get(kind) === "add") {
      const handle = must(left) ? left : right;
      if (must(handle) && isText(handle === left ? right : left)) checkText(handle);
    }
  }

  function checkText(part: TS.Expression): void {
    const kind = must(part);
    if (kind) report("LQ1303", part, `a ${kind} cannot become text`, "print it with tl.print(…)");
  }

  function checkUnary(node: TS.PrefixUnaryExpression | TS.PostfixUnaryExpression): void {
    if (node.operator === ts.SyntaxKind.ExclamationToken) return checkCondition(node.operand);
    if (node.operator === ts.SyntaxKind.MinusToken) return;
    const kind = must(node.operand);
    if (!kind) return;
    const sign = ts.tokenToString(node.operator)!;
    const hint = sign === "++" ? "write `+= 1`" : sign === "--" ? "write `-= 1`" : "tiles have + - * / only";
    report("LQ1304", node, `\`${sign}\` does not work on a ${kind}`, hint);
  }

  function checkCall(call: TS.CallExpression): void {
    const owner = program.checker.getResolvedSignature(call)?.declaration?.parent;
    if (!owner || !ts.isInterfaceDeclaration(owner) || owner.name.text !== "Math") return;
    if (program.files.includes(owner.getSourceFile())) return;
    for (const argument of call.arguments) {
      const kind = must(argument);
      if (!kind) continue;
      const name = call.expression.getText();
      const hint = name === "Math.max" ? "use tl.maximum(a, b)" : "use an operation of tl, or + - * /";
      report("LQ1302", argument, `${name} does not work on a ${kind}`, hint);
    }
  }

  for (const file of program.files) {
    walk(file, (node) => {
      if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
        checkCondition(node.expression);
      else if (ts.isForStatement(node) && node.condition) checkCondition(node.condition);
      else if (ts.isConditionalExpression(node)) checkCondition(node.condition);
      else if (ts.isBinaryExpression(node)) checkBinary(node);
      else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) checkUnary(node);
      else if (ts.isTemplateSpan(node)) checkText(node.expression);
      else if (ts.isCallExpression(node)) checkCall(node);
      else if (ts.isElementAccessExpression(node)) checkIndex(unwrap(node.argumentExpression));
    });
  }

  function checkIndex(index: TS.Expression): void {
    const kind = must(index);
    if (kind) report("LQ1304", index, `a ${kind} cannot be an index`, "index with a scalar");
  }

  return [...found.values()];
}

function isComparison(kind: TS.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.LessThanToken ||
    kind === ts.SyntaxKind.LessThanEqualsToken ||
    kind === ts.SyntaxKind.GreaterThanToken ||
    kind === ts.SyntaxKind.GreaterThanEqualsToken
  );
}

/** `%`, `**`, shifts and bit operators, with and without assignment. */
function isScalarOnly(kind: TS.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.PercentToken:
    case ts.SyntaxKind.AsteriskAsteriskToken:
    case ts.SyntaxKind.LessThanLessThanToken:
    case ts.SyntaxKind.GreaterThanGreaterThanToken:
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken:
    case ts.SyntaxKind.AmpersandToken:
    case ts.SyntaxKind.BarToken:
    case ts.SyntaxKind.CaretToken:
      return true;
    default:
      return isAssignment(kind) && !ARITHMETIC.has(kind) && !isPlainAssignment(kind);
  }
}

function isPlainAssignment(kind: TS.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.EqualsToken ||
    kind === ts.SyntaxKind.BarBarEqualsToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
    kind === ts.SyntaxKind.QuestionQuestionEqualsToken
  );
}
