/** Writes chosen compile-time values into a source's text, and leaves out the branches that they rule out. */
import type { ConstexprValue } from "./bundle.js";
import type { Constants } from "./constants.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import type { SourceEdits } from "./source-edits.js";

export interface ConstantEdits {
  /** Edits a node if compile-time values decide what becomes of it; false when they do not. */
  edit(node: TS.Node): boolean;
}

export function createConstantEdits(
  edits: SourceEdits,
  constants: Constants,
  visit: (node: TS.Node) => void,
): ConstantEdits {
  const chosen = new Map(constants.parameters.map(({ place, value }) => [place as TS.Node, value]));
  const { file, text } = edits;

  function editIf(statement: TS.IfStatement): boolean {
    const { expression, thenStatement, elseStatement } = statement;
    if (constants.isDead(thenStatement)) {
      edits.replace(expression, "false");
      edits.replace(thenStatement, "{}");
      if (elseStatement) visit(elseStatement);
      return true;
    }
    if (!elseStatement || !constants.isDead(elseStatement)) return false;
    edits.replace(expression, "true");
    visit(thenStatement);
    text.remove(thenStatement.end, elseStatement.end);
    return true;
  }

  function editConditional(node: TS.ConditionalExpression): boolean {
    const { condition, whenTrue, whenFalse } = node;
    if (!constants.isDead(whenTrue) && !constants.isDead(whenFalse)) return false;
    const dead = constants.isDead(whenTrue) ? whenTrue : whenFalse;
    edits.replace(condition, dead === whenTrue ? "false" : "true");
    edits.replace(dead, "0");
    visit(dead === whenTrue ? whenFalse : whenTrue);
    return true;
  }

  function editLogical({ left, right }: TS.BinaryExpression): boolean {
    if (!constants.isDead(right)) return false;
    visit(left);
    text.remove(left.end, right.end);
    return true;
  }

  function editName(node: TS.Identifier | TS.PropertyAccessExpression): boolean {
    if (ts.isIdentifier(node) && !standsForValue(node)) return false;
    const value = constants.parameterValue(node);
    if (value === undefined) return false;
    const { parent } = node;
    const isShorthand = ts.isShorthandPropertyAssignment(parent);
    const literal = literalOf(value, ts.isPropertyAccessExpression(parent));
    edits.replace(node, isShorthand ? `${node.getText(file)}: ${literal}` : literal);
    return true;
  }

  return {
    edit(node) {
      const value = chosen.get(node);
      if (value !== undefined) {
        edits.replace(node, literalOf(value, false));
        return true;
      }
      if (ts.isIfStatement(node)) return editIf(node);
      if (ts.isConditionalExpression(node)) return editConditional(node);
      if (ts.isBinaryExpression(node)) return editLogical(node);
      return (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) && editName(node);
    },
  };
}

/** A value as an operand of anything. */
function literalOf(value: ConstexprValue, isObject: boolean): string {
  const literal = typeof value === "string" ? JSON.stringify(value) : String(value);
  return isObject || literal.startsWith("-") ? `(${literal})` : literal;
}

/** Not the name of a declaration, an import, an export or a member. */
function standsForValue(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if ("propertyName" in parent && parent.propertyName === node) return false;
  return !("name" in parent && parent.name === node);
}
