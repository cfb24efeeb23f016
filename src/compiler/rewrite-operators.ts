/** Calls in the place of operators that may meet a handle. */
import type { TileOperator } from "../../dsl/ops.js";
import type { Conditions } from "./conditions.js";
import { OPERATORS, isLogical, unaryOperator } from "./operators.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import type { RewriteContext } from "./rewrite-context.js";
import type { SourceEdits } from "./source-edits.js";
import { isAssignment, placementOf, unwrap } from "./syntax.js";
import type { FunctionNode } from "./syntax.js";

interface Surroundings {
  conditions: Conditions;
  isOnDevice(node: TS.Node): boolean;
  visit(node: TS.Node): void;
}

interface OperatorEdits {
  /** Edits an operator; false when it stays as it is. */
  edit(node: TS.Node): boolean;
  /** Declares the temporaries of a function, or of the file itself. */
  declarations(fn: FunctionNode | null): string;
}

export function createOperatorEdits(
  edits: SourceEdits,
  { handles, flavours, sites, ops }: RewriteContext,
  { conditions, isOnDevice, visit }: Surroundings,
): OperatorEdits {
  const { file, text } = edits;
  /** By function; those of default values and class fields, where nothing waits, belong to the file. */
  const temporaries = new Map<FunctionNode | null, string[]>();

  function editBinary(node: TS.BinaryExpression): boolean {
    const { left, operatorToken, right } = node;
    const name = OPERATORS.get(operatorToken.kind);
    if (!name || conditions.operators.has(node) || !isOnDevice(node) || !mayApply(node, name)) {
      return false;
    }
    const site = sites.add(file, edits.startOf(operatorToken), operatorToken.end, name);
    if (isAssignment(operatorToken.kind)) {
      editAssignment(node, name, site);
      return true;
    }
    visit(left);
    visit(right);
    if (isLogical(name)) {
      // A plain value decides by itself; `out` keeps it until the next operand is evaluated.
      edits.before(node, `((${ops}.out = `);
      edits.replace(operatorToken, `) ${shortCircuit(name, `${ops}.out`, site)}`);
      edits.after(node, "))");
      return true;
    }
    edits.replace(operatorToken, ",");
    edits.before(node, `${ops}.${name}(${site}, `);
    edits.after(node, ")");
    return true;
  }

  /** Whether an operator may meet a handle; a pointer's being there or not is plain JavaScript. */
  function mayApply(node: TS.BinaryExpression, name: TileOperator): boolean {
    return name === "add" && flavours.isText(node) ? false : handles.meets(node);
  }

  /** What stands between the left operand, which `left` names, and the right one. */
  function shortCircuit(name: "and" | "or", left: string, site: number): string {
    const otherwise = `${ops}.${name}(${site}, ${left},`;
    return name === "and" ? `&& ${otherwise}` : `&& !${ops}.isTile(${left}) ? ${left} : ${otherwise}`;
  }

  /** `x += v` reads `x`, then evaluates `v`, then stores; the target's parts are evaluated once. */
  function editAssignment(
    { left, operatorToken, right }: TS.BinaryExpression,
    name: TileOperator,
    site: number,
  ): void {
    const opening = (place: string): string =>
      isLogical(name)
        ? `= (${place} ${shortCircuit(name, place, site)}`
        : `= ${ops}.${name}(${site}, ${place},`;
    const closing = isLogical(name) ? "))" : ")";
    const target = unwrap(left);
    if (isRepeatable(target)) {
      visit(right);
      edits.replace(operatorToken, opening(target.getText(file)));
      edits.after(right, closing);
      return;
    }
    ts.forEachChild(left, visit);
    visit(right);
    const access = target as TS.PropertyAccessExpression | TS.ElementAccessExpression;
    const object = temporary(access);
    if (left !== target) text.remove(edits.startOf(left), edits.startOf(target));
    edits.before(access.expression, `(${object} = `);
    let place: string;
    if (ts.isElementAccessExpression(access)) {
      const key = temporary(access);
      place = `${object}[${key}]`;
      text.update(access.expression.end, edits.startOf(access.argumentExpression), `, ${key} = (`);
      text.update(access.argumentExpression.end, left.end, `), ${place}`);
    } else {
      place = `${object}.${access.name.text}`;
      text.update(access.expression.end, left.end, `, ${place}`);
    }
    edits.replace(operatorToken, opening(place));
    edits.after(right, `)${closing}`);
  }

  function editUnary(node: TS.PrefixUnaryExpression): boolean {
    const name = unaryOperator(node);
    if (!name || conditions.operators.has(node) || !isOnDevice(node) || !handles.may(node.operand))
      return false;
    const start = edits.startOf(node);
    const site = sites.add(file, start, start + 1, name);
    visit(node.operand);
    edits.replaceSign(node, `${ops}.${name}(${site}, `);
    edits.after(node, ")");
    return true;
  }

  /** A variable of the enclosing function, so that each call of it has its own. */
  function temporary(node: TS.Node): string {
    const { function: fn, inDefault, inField } = placementOf(node);
    const owner = inDefault || inField ? null : fn;
    const names = temporaries.get(owner) ?? [];
    const name = `${ops}t${[...temporaries.values()].reduce((count, each) => count + each.length, 1)}`;
    temporaries.set(owner, [...names, name]);
    return name;
  }

  /** Whether an assignment's target may be evaluated twice: names, members and plain arithmetic of them. */
  function isRepeatable(expression: TS.Expression): boolean {
    const inner = unwrap(expression);
    if (ts.isIdentifier(inner) || ts.isNumericLiteral(inner) || ts.isStringLiteral(inner)) return true;
    if (inner.kind === ts.SyntaxKind.ThisKeyword) return true;
    if (ts.isPropertyAccessExpression(inner)) return isRepeatable(inner.expression);
    if (ts.isElementAccessExpression(inner)) {
      return isRepeatable(inner.expression) && isRepeatable(inner.argumentExpression);
    }
    if (!ts.isBinaryExpression(inner) || isAssignment(inner.operatorToken.kind)) return false;
    return [inner.left, inner.right].every((side) => isRepeatable(side) && !handles.may(side));
  }

  return {
    edit(node) {
      if (ts.isBinaryExpression(node)) return editBinary(node);
      return ts.isPrefixUnaryExpression(node) && editUnary(node);
    },
    declarations(fn) {
      const names = temporaries.get(fn);
      return names ? `${fn ? "" : "\n"};var ${names.join(", ")};` : "";
    },
  };
}
