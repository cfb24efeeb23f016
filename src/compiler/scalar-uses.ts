/** Uses of a tile or pointer where only a scalar has a meaning (LQ13xx). */
import { tlOps } from "../../dsl/ops.js";
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Constants } from "./constants.js";
import { findConditions } from "./conditions.js";
import type { Flavours, HandleKind } from "./flavours.js";
import type { Handles } from "./handles.js";
import { OPERATORS, isEquality, isLogical, isPointerArithmetic } from "./operators.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { locate, unwrap } from "./syntax.js";

const MASK_HINT =
  "tl.where(mask, a, b) chooses elementwise; tl.item(tile) reads a tile of one element to decide with";
const SCALAR_HINT = "decide with a scalar: an argument, tl.rank(), a loop's index";
const OPERATOR_HINT = "tiles have + - * / % **, comparisons, && || ! and & | ^ ~ << >>";
const SHIFT_HINT = "`>>` keeps the sign of a signed dtype; cast to an unsigned one to shift in zeros";
const POINTER_HINT = "a pointer has + and - only: compute with offsets, which are numbers";

export function scalarUseDiagnostics(
  program: KernelProgram,
  constants: Constants,
  { must }: Handles,
  { isAbsent, isText }: Flavours,
): Diagnostic[] {
  const found = new Map<TS.Node, Diagnostic>();
  const report = (code: Diagnostic["code"], node: TS.Node, message: string, hint: string) => {
    if (!found.has(node)) found.set(node, diagnostic({ code, message, at: locate(node), hint }));
  };

  function checkCondition(condition: TS.Expression): void {
    const kind = must(condition);
    if (!kind) return;
    const message = `a ${kind} cannot be a condition: its values are not known here`;
    report("LQ1301", condition, message, kind === "tile" ? MASK_HINT : SCALAR_HINT);
  }

  function checkBinary(node: TS.BinaryExpression): void {
    const { left, operatorToken, right } = node;
    const name = OPERATORS.get(operatorToken.kind);
    const kinds = [must(left), must(right)];
    const kind = kinds[0] ?? kinds[1];
    if (!kind) return;
    if (!name) {
      if (isUnsignedShift(operatorToken.kind)) refuseOperator(node, operatorToken.getText(), kind);
    } else if (isLogical(name)) {
      // Masks are combined elementwise; where the result decides, the condition itself is refused.
      if (kinds[0] && kinds[0] !== "tile") checkCondition(left);
    } else if (isEquality(name) && (isAbsent(left) || isAbsent(right))) {
      return;
    } else if (!isPointerArithmetic(name)) {
      const other = kinds.find((each) => each && each !== "tile");
      if (other) refuseOperator(node, operatorToken.getText(), other);
      else if (isEquality(name) && kinds[0] && kinds[1]) warnOfEquality(node, name);
    } else if (name === "add") {
      if (isText(kinds[0] ? right : left)) checkText(kinds[0] ? left : right);
    }
  }

  function refuseOperator(node: TS.Expression, sign: string, kind: HandleKind): void {
    const ofTile = sign.startsWith(">>>") ? SHIFT_HINT : OPERATOR_HINT;
    const hint = kind === "tile" ? ofTile : POINTER_HINT;
    report("LQ1304", node, `\`${sign}\` does not work on a ${kind}`, hint);
  }

  function warnOfEquality(node: TS.BinaryExpression, name: "equal" | "notEqual"): void {
    const sign = node.operatorToken.getText();
    const at = locate(node);
    const message = `\`${sign}\` compares tiles elementwise: the result is a mask`;
    const hint = `write tl.${name}(a, b) to say so`;
    if (!found.has(node)) {
      found.set(node, diagnostic({ code: "LQ1306", severity: "warning", message, at, hint }));
    }
  }

  function checkText(part: TS.Expression): void {
    const kind = must(part);
    if (kind) report("LQ1303", part, `a ${kind} cannot become text`, "print it with tl.print(…)");
  }

  function checkUnary(node: TS.PrefixUnaryExpression | TS.PostfixUnaryExpression): void {
    const kind = must(node.operand);
    if (!kind || node.operator === ts.SyntaxKind.MinusToken) return;
    if (node.operator === ts.SyntaxKind.ExclamationToken) {
      if (kind !== "tile") checkCondition(node.operand);
      return;
    }
    if (node.operator === ts.SyntaxKind.TildeToken && kind === "tile") return;
    const sign = ts.tokenToString(node.operator)!;
    if (sign === "++") report("LQ1304", node, `\`++\` does not work on a ${kind}`, "write `+= 1`");
    else if (sign === "--") report("LQ1304", node, `\`--\` does not work on a ${kind}`, "write `-= 1`");
    else refuseOperator(node, sign, kind);
  }

  function checkCall(call: TS.CallExpression): void {
    const owner = program.checker.getResolvedSignature(call)?.declaration?.parent;
    if (!owner || !ts.isInterfaceDeclaration(owner) || owner.name.text !== "Math") return;
    if (owner.getSourceFile() !== program.lib) return;
    for (const argument of call.arguments) {
      const kind = must(argument);
      if (!kind) continue;
      const name = call.expression.getText();
      report("LQ1302", argument, `${name} does not work on a ${kind}`, inPlaceOf(name));
    }
  }

  for (const file of program.files) {
    findConditions(file, constants).leaves.forEach(checkCondition);
    constants.walk(file, (node) => {
      if (ts.isBinaryExpression(node)) checkBinary(node);
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

/** What to write instead of a function of Math. */
function inPlaceOf(name: string): string {
  const own = name.replace(/^Math\./, "");
  if (own === "max" || own === "min") return `use tl.${own}imum(a, b)`;
  if (own === "pow") return "write `a ** b`";
  if (own in tlOps) return `use tl.${own}(a)`;
  return "use an operation of tl, or an operator";
}

/** No handle has it; an assignment is no better. */
function isUnsignedShift(kind: TS.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken ||
    kind === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken
  );
}
