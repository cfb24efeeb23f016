/** Small questions about syntax trees. */
import type { SourceLocation } from "../base/diagnostics.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import { shownPath } from "../base/shown-path.js";

/** A function with a body. */
export type FunctionNode = (
  | TS.FunctionDeclaration
  | TS.FunctionExpression
  | TS.ArrowFunction
  | TS.MethodDeclaration
  | TS.ConstructorDeclaration
  | TS.AccessorDeclaration
) & { readonly body: TS.ConciseBody };

export type CallNode = TS.CallExpression | TS.NewExpression;

export function isFunctionNode(node: TS.Node): node is FunctionNode {
  return (
    (ts.isFunctionDeclaration(node) ||
      ts.isFunctionExpression(node) ||
      ts.isArrowFunction(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isConstructorDeclaration(node) ||
      ts.isAccessor(node)) &&
    node.body !== undefined
  );
}

/** Where a node runs: in a function, in a parameter's default value, in a class field, or at module level. */
export interface Placement {
  function: FunctionNode | null;
  inDefault: boolean;
  inField: boolean;
  inTry: boolean;
}

export function placementOf(node: TS.Node): Placement {
  const placement: Placement = { function: null, inDefault: false, inField: false, inTry: false };
  for (let at = node.parent; at; at = at.parent) {
    if (isFunctionNode(at)) return { ...placement, function: at };
    if (ts.isParameter(at)) placement.inDefault = true;
    if (ts.isTryStatement(at)) placement.inTry = true;
    if (ts.isPropertyDeclaration(at) || ts.isClassStaticBlockDeclaration(at)) placement.inField = true;
  }
  return placement;
}

export function enclosingFunction(node: TS.Node): FunctionNode | null {
  return placementOf(node).function;
}

/** Visits executable nodes in source order; types are left out. Return false to leave out a node's children. */
export function walk(node: TS.Node, visit: (node: TS.Node) => boolean | void): void {
  ts.forEachChild(node, (child) => {
    if (isTypeOnly(child)) return;
    if (visit(child) !== false) walk(child, visit);
  });
}

export function isTypeOnly(node: TS.Node): boolean {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  return ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node);
}

/** The expression inside parentheses, type assertions and `!`. */
export function unwrap(expression: TS.Expression): TS.Expression {
  let inner = expression;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isTypeAssertionExpression(inner) ||
    ts.isNonNullExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

/** Line and columns of a range, from 1, in UTF-16 units; a range over several lines ends with its first line. */
export function rangeOf(
  file: TS.SourceFile,
  start: number,
  end: number,
): { line: number; column: number; endColumn: number } {
  const from = file.getLineAndCharacterOfPosition(start);
  const to = file.getLineAndCharacterOfPosition(end);
  const lineStart = start - from.character;
  const lineLength = file.text.slice(lineStart).search(/[\r\n\u2028\u2029]|$/);
  const endCharacter = to.line === from.line ? to.character : lineLength;
  return {
    line: from.line + 1,
    column: from.character + 1,
    endColumn: Math.max(endCharacter, from.character + 1) + 1,
  };
}

export function locationOf(file: TS.SourceFile, start: number, end: number): SourceLocation {
  return { file: shownPath(file.fileName), ...rangeOf(file, start, end) };
}

export function locate(node: TS.Node): SourceLocation {
  const file = node.getSourceFile();
  return locationOf(file, node.getStart(file), node.end);
}

export function isAssignment(kind: TS.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** `x as T` and `<T>x`. */
export function isAssertion(node: TS.Node): node is TS.AssertionExpression {
  return ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
}

/** Adds to the list under a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
