/**
 * Turns a source file into code that calls `$`, by edits on its text: operations, operators on handles, functions
 * that wait, loops. Everything else, formatting included, stays as it was written.
 *
 * Children are edited before their parents, and an edit only adds before a node's start and after its end or
 * replaces tokens of the node itself, so nested edits compose.
 */
import MagicString from "magic-string";
import type { TileOperator } from "../../dsl/ops.js";
import type { Colours } from "./colour.js";
import type { Constants } from "./constants.js";
import { findConditions } from "./conditions.js";
import type { Flavours } from "./flavours.js";
import type { Handles } from "./handles.js";
import type { Operation, Operations } from "./operations.js";
import { OPERATORS, isLogical, unaryOperator } from "./operators.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import type { SiteTable } from "./sites.js";
import { createConstantEdits } from "./rewrite-constants.js";
import { isAssignment, isFunctionNode, isTypeOnly, placementOf, unwrap } from "./syntax.js";
import type { FunctionNode } from "./syntax.js";

export interface RewriteContext {
  operations: Operations;
  constants: Constants;
  colours: Colours;
  handles: Handles;
  flavours: Flavours;
  sites: SiteTable;
  /** The name of the parameter that carries the operations, `$` unless a source uses that name. */
  ops: string;
}

export function rewrite(file: TS.SourceFile, context: RewriteContext): MagicString {
  const { operations, constants, colours, handles, flavours, sites, ops } = context;
  const text = new MagicString(file.text);
  /** Where a statement would now begin with a parenthesis, and so continue the line before it. */
  const parenthesised = new Set<number>();
  /** By function; those of default values and class fields, where nothing waits, belong to the file. */
  const temporaries = new Map<FunctionNode | null, string[]>();
  const conditions = findConditions(file, constants);
  const constantEdits = createConstantEdits(file, text, constants, visit);

  const startOf = (node: TS.Node) => node.getStart(file);

  function before(node: TS.Node, inserted: string): void {
    const start = startOf(node);
    const touchesWord = /[\w$]/.test(file.text[start - 1] ?? "") && /^[\w$]/.test(inserted);
    if (inserted.startsWith("(")) parenthesised.add(start);
    text.prependRight(start, touchesWord ? ` ${inserted}` : inserted);
  }

  function after(node: TS.Node, inserted: string): void {
    text.appendLeft(node.end, inserted);
  }

  function visit(node: TS.Node): void {
    if (isTypeOnly(node)) return;
    visitInner(node);
    if (conditions.leaves.has(node as TS.Expression)) guardCondition(node as TS.Expression);
  }

  /** What may turn out to be a tile is refused while running, unless it is asked whether there is one at all. */
  function guardCondition(leaf: TS.Expression): void {
    if (!isOnDevice(leaf) || !handles.may(leaf) || flavours.mayBeAbsent(leaf)) return;
    before(leaf, `${ops}.decides(${sites.add(file, startOf(leaf), leaf.end, "condition")}, `);
    after(leaf, ")");
  }

  function visitInner(node: TS.Node): void {
    if (constantEdits.edit(node)) return;
    if (ts.isCallExpression(node)) return visitCall(node);
    if (ts.isBinaryExpression(node)) return visitBinary(node);
    if (ts.isPrefixUnaryExpression(node)) return visitUnary(node);
    if (ts.isIterationStatement(node, false)) return visitLoop(node);
    ts.forEachChild(node, visit);
    if (isFunctionNode(node)) editFunction(node);
    if (ts.isExpressionStatement(node) && isListed(node) && parenthesised.has(startOf(node))) {
      text.prependRight(startOf(node), ";");
    }
  }

  function visitCall(call: TS.CallExpression): void {
    const operation = operations.of(call);
    if (operation) return editOperation(call, operation);
    ts.forEachChild(call, visit);
    if (!colours.callsGenerator(call)) return;
    const optional = (call.flags & ts.NodeFlags.OptionalChain) !== 0;
    if (ts.isExpressionStatement(call.parent)) {
      before(call, optional ? "yield* (" : "yield* ");
      if (optional) after(call, " ?? [])");
    } else {
      before(call, optional ? "(yield* (" : "(yield* ");
      after(call, optional ? " ?? []))" : ")");
    }
  }

  function editOperation(call: TS.CallExpression, operation: Operation): void {
    const { name, suspends } = operation;
    if (operation.isMethod) return editMethod(call, name);
    const site = sites.add(file, startOf(call), call.expression.end, name);
    call.arguments.forEach(visit);
    const separator = call.arguments.length > 0 ? ", " : "";
    const isStatement = ts.isExpressionStatement(call.parent);
    if (suspends && !isStatement) before(call, "(");
    text.update(startOf(call), call.arguments.pos, `${ops}.${name}(${site}${separator}`);
    if (suspends) after(call, isStatement ? " || (yield)" : ` || (yield), ${ops}.out)`);
  }

  /** `a.sum(1)` is `$.sum(site, a, 1)`. */
  function editMethod(call: TS.CallExpression, name: string): void {
    const { expression: receiver, name: word } = call.expression as TS.PropertyAccessExpression;
    const site = sites.add(file, startOf(word), word.end, name);
    visit(receiver);
    call.arguments.forEach(visit);
    before(call, `${ops}.${name}(${site}, `);
    text.update(receiver.end, call.arguments.pos, call.arguments.length > 0 ? ", " : "");
  }

  function visitBinary(node: TS.BinaryExpression): void {
    const { left, operatorToken, right } = node;
    const name = OPERATORS.get(operatorToken.kind);
    if (!name || conditions.operators.has(node) || !isOnDevice(node) || !mayApply(node, name)) {
      return ts.forEachChild(node, visit);
    }
    const site = sites.add(file, startOf(operatorToken), operatorToken.end, name);
    if (isAssignment(operatorToken.kind)) return editAssignment(node, name, site);
    visit(left);
    visit(right);
    if (isLogical(name)) {
      // A plain value decides by itself; `out` keeps it until the next operand is evaluated.
      before(node, `((${ops}.out = `);
      text.update(startOf(operatorToken), operatorToken.end, `) ${shortCircuit(name, `${ops}.out`, site)}`);
      after(node, "))");
      return;
    }
    text.update(startOf(operatorToken), operatorToken.end, ",");
    before(node, `${ops}.${name}(${site}, `);
    after(node, ")");
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
      replaceOperator(operatorToken, opening(target.getText(file)));
      after(right, closing);
      return;
    }
    ts.forEachChild(left, visit);
    visit(right);
    const access = target as TS.PropertyAccessExpression | TS.ElementAccessExpression;
    const object = temporary(access);
    if (left !== target) text.remove(startOf(left), startOf(target));
    before(access.expression, `(${object} = `);
    let place: string;
    if (ts.isElementAccessExpression(access)) {
      const key = temporary(access);
      place = `${object}[${key}]`;
      text.update(access.expression.end, startOf(access.argumentExpression), `, ${key} = (`);
      text.update(access.argumentExpression.end, left.end, `), ${place}`);
    } else {
      place = `${object}.${access.name.text}`;
      text.update(access.expression.end, left.end, `, ${place}`);
    }
    replaceOperator(operatorToken, opening(place));
    after(right, `)${closing}`);
  }

  function replaceOperator(token: TS.Node, replacement: string): void {
    text.update(startOf(token), token.end, replacement);
  }

  function visitUnary(node: TS.PrefixUnaryExpression): void {
    const name = unaryOperator(node);
    const stays = !name || conditions.operators.has(node) || !isOnDevice(node) || !handles.may(node.operand);
    if (stays) return ts.forEachChild(node, visit);
    const start = startOf(node);
    const site = sites.add(file, start, start + 1, name);
    visit(node.operand);
    const touchesWord = /[\w$]/.test(file.text[start - 1] ?? "");
    text.update(start, start + 1, `${touchesWord ? " " : ""}${ops}.${name}(${site}, `);
    after(node, ")");
  }

  function visitLoop(loop: TS.IterationStatement): void {
    if (!isOnDevice(loop)) return ts.forEachChild(loop, visit);
    const start = startOf(loop);
    const keyword = /^\w+/.exec(file.text.slice(start))![0];
    const tick = `${ops}.tick(${sites.add(file, start, start + keyword.length, "loop")});`;
    ts.forEachChild(loop, visit);
    const body = loop.statement;
    if (ts.isBlock(body)) {
      text.appendLeft(startOf(body) + 1, ` ${tick}`);
    } else {
      before(body, `{ ${tick} `);
      after(body, " }");
    }
  }

  function editFunction(fn: FunctionNode): void {
    const temporariesHere = temporaries.get(fn);
    const declared = temporariesHere ? `;var ${temporariesHere.join(", ")};` : "";
    if (ts.isBlock(fn.body)) {
      if (declared) text.appendLeft(fn.body.end - 1, declared);
    } else if (declared || colours.isGenerator(fn)) {
      before(fn.body, "{ return (");
      after(fn.body, `)${declared || ";"} }`);
    }
    if (!colours.isGenerator(fn)) return;
    if (ts.isArrowFunction(fn)) editArrow(fn);
    else if (ts.isMethodDeclaration(fn)) before(fn.name, "*");
    else text.appendLeft(fn.getChildren(file).find(isFunctionKeyword)!.end, "*");
  }

  function editArrow(arrow: TS.ArrowFunction): void {
    text.remove(startOf(arrow.equalsGreaterThanToken), arrow.equalsGreaterThanToken.end);
    const parenthesis = arrow.getChildren(file).some((child) => child.kind === ts.SyntaxKind.OpenParenToken);
    before(arrow, parenthesis ? "function* " : "function* (");
    if (!parenthesis) after(arrow.parameters[0]!, ")");
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

  function isOnDevice(node: TS.Node): boolean {
    const { function: owner, inField } = placementOf(node);
    return inField || (owner !== null && colours.deviceCode.has(owner));
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

  ts.forEachChild(file, visit);
  const fileTemporaries = temporaries.get(null);
  if (fileTemporaries) text.append(`\n;var ${fileTemporaries.join(", ")};`);
  return text;
}

/** linqu/dsl as it goes into a bundle: the namespaces have nothing left to do. */
export function rewriteDsl(dsl: TS.SourceFile): MagicString {
  const text = new MagicString(dsl.text);
  for (const statement of dsl.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { type, initializer } of statement.declarationList.declarations) {
      const isNamespace = type !== undefined && ["Tl", "Rt"].includes(type.getText(dsl));
      if (isNamespace && initializer) text.update(initializer.getStart(dsl), initializer.end, "{}");
    }
  }
  return text;
}

/** A name for the operations that no source uses, alone or as the beginning of a temporary. */
export function operationsName({ files }: KernelProgram): string {
  const taken = new Set<string>();
  const collect = (node: TS.Node): void => {
    if (ts.isIdentifier(node) && node.text.startsWith("$")) taken.add(node.text.replace(/t\d+$/, ""));
    ts.forEachChild(node, collect);
  };
  files.forEach(collect);
  let name = "$";
  while (taken.has(name)) name += "_";
  return name;
}

/** A statement among statements, where a semicolon before it changes nothing. */
function isListed({ parent }: TS.Statement): boolean {
  return (
    ts.isBlock(parent) ||
    ts.isSourceFile(parent) ||
    ts.isCaseOrDefaultClause(parent) ||
    ts.isModuleBlock(parent)
  );
}

function isFunctionKeyword(node: TS.Node): boolean {
  return node.kind === ts.SyntaxKind.FunctionKeyword;
}
