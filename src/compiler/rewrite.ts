/**
 * Turns a source file into code that calls `$`, by edits on its text: operations, operators on handles, functions
 * that wait, loops. Everything else, formatting included, stays as it was written.
 *
 * Children are edited before their parents, and an edit only adds before a node's start and after its end or
 * replaces tokens of the node itself, so nested edits compose.
 */
import MagicString from "magic-string";
import { findConditions } from "./conditions.js";
import { createCountedLoops } from "./counted-loops.js";
import type { Operation } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import type { RewriteContext } from "./rewrite-context.js";
import { createConstantEdits } from "./rewrite-constants.js";
import { createOperatorEdits } from "./rewrite-operators.js";
import { SourceEdits } from "./source-edits.js";
import { isFunctionNode, isTypeOnly, placementOf } from "./syntax.js";
import type { FunctionNode } from "./syntax.js";

export function rewrite(file: TS.SourceFile, context: RewriteContext): MagicString {
  const { program, operations, constants, colours, handles, flavours, sites, ops, host } = context;
  const edits = new SourceEdits(file);
  const { text } = edits;
  const conditions = findConditions(file, constants);
  const countedLoop = createCountedLoops(program, file);
  const constantEdits = createConstantEdits(edits, constants, visit);
  const operatorEdits = createOperatorEdits(edits, context, { conditions, isOnDevice, visit });

  function visit(node: TS.Node): void {
    if (isTypeOnly(node)) return;
    visitInner(node);
    if (conditions.leaves.has(node as TS.Expression)) guardCondition(node as TS.Expression);
  }

  /** What may turn out to be a tile is refused while running, unless it is asked whether there is one at all. */
  function guardCondition(leaf: TS.Expression): void {
    if (!isOnDevice(leaf) || !handles.may(leaf) || flavours.mayBeAbsent(leaf)) return;
    edits.before(leaf, `${ops}.decides(${sites.add(file, edits.startOf(leaf), leaf.end, "condition")}, `);
    edits.after(leaf, ")");
  }

  function visitInner(node: TS.Node): void {
    if (constantEdits.edit(node)) return;
    if (ts.isCallExpression(node)) return visitCall(node);
    if (operatorEdits.edit(node)) return;
    if (ts.isIterationStatement(node, false)) return visitLoop(node);
    ts.forEachChild(node, visit);
    if (isFunctionNode(node)) editFunction(node);
    if (ts.isExpressionStatement(node) && isListed(node) && edits.beginsWithParenthesis(node)) {
      text.prependRight(edits.startOf(node), ";");
    }
  }

  function visitCall(call: TS.CallExpression): void {
    const operation = operations.of(call);
    if (operation) return editOperation(call, operation);
    ts.forEachChild(call, visit);
    if (colours.mayMakeGenerator(call)) {
      edits.before(call, `${host}.finish(`);
      edits.after(call, ")");
    }
    if (!colours.callsGenerator(call)) return;
    const optional = (call.flags & ts.NodeFlags.OptionalChain) !== 0;
    if (ts.isExpressionStatement(call.parent)) {
      edits.before(call, optional ? "yield* (" : "yield* ");
      if (optional) edits.after(call, " ?? [])");
    } else {
      edits.before(call, optional ? "(yield* (" : "(yield* ");
      edits.after(call, optional ? " ?? []))" : ")");
    }
  }

  function editOperation(call: TS.CallExpression, operation: Operation): void {
    const { name, suspends } = operation;
    if (operation.isMethod) return editMethod(call, name);
    const site = sites.add(file, edits.startOf(call), call.expression.end, name);
    call.arguments.forEach(visit);
    const separator = call.arguments.length > 0 ? ", " : "";
    const isStatement = ts.isExpressionStatement(call.parent);
    if (suspends && !isStatement) edits.before(call, "(");
    text.update(edits.startOf(call), call.arguments.pos, `${ops}.${name}(${site}${separator}`);
    if (suspends) edits.after(call, isStatement ? " || (yield)" : ` || (yield), ${ops}.out)`);
  }

  /** `a.sum(1)` is `$.sum(site, a, 1)`. */
  function editMethod(call: TS.CallExpression, name: string): void {
    const { expression: receiver, name: word } = call.expression as TS.PropertyAccessExpression;
    const site = sites.add(file, edits.startOf(word), word.end, name);
    visit(receiver);
    call.arguments.forEach(visit);
    edits.before(call, `${ops}.${name}(${site}, `);
    text.update(receiver.end, call.arguments.pos, call.arguments.length > 0 ? ", " : "");
  }

  function visitLoop(loop: TS.IterationStatement): void {
    const start = edits.startOf(loop);
    const keyword = /^\w+/.exec(file.text.slice(start))![0];
    const site = sites.add(file, start, start + keyword.length, "loop");
    ts.forEachChild(loop, visit);
    const onDevice = isOnDevice(loop);
    const counted = onDevice ? null : countedLoop(loop);
    if (counted) {
      edits.before(counted.from, `${host}.steps(${site}, `);
      edits.after(counted.from, `, ${counted.to.getText(file)}, ${counted.by})`);
      return;
    }
    const tick = `${onDevice ? ops : host}.tick(${site});`;
    const body = loop.statement;
    if (ts.isBlock(body)) {
      text.appendLeft(edits.startOf(body) + 1, ` ${tick}`);
    } else {
      edits.before(body, `{ ${tick} `);
      edits.after(body, " }");
    }
  }

  function editFunction(fn: FunctionNode): void {
    const declared = operatorEdits.declarations(fn);
    if (ts.isBlock(fn.body)) {
      if (declared) text.appendLeft(fn.body.end - 1, declared);
    } else if (declared || colours.isGenerator(fn)) {
      edits.before(fn.body, "{ return (");
      edits.after(fn.body, `)${declared || ";"} }`);
    }
    if (!colours.isGenerator(fn)) return;
    if (ts.isArrowFunction(fn)) editArrow(fn);
    else if (ts.isMethodDeclaration(fn)) edits.before(fn.name, "*");
    else text.appendLeft(fn.getChildren(file).find(isFunctionKeyword)!.end, "*");
  }

  function editArrow(arrow: TS.ArrowFunction): void {
    text.remove(edits.startOf(arrow.equalsGreaterThanToken), arrow.equalsGreaterThanToken.end);
    const parenthesis = arrow.getChildren(file).some((child) => child.kind === ts.SyntaxKind.OpenParenToken);
    edits.before(arrow, parenthesis ? "function* " : "function* (");
    if (!parenthesis) edits.after(arrow.parameters[0]!, ")");
  }

  function isOnDevice(node: TS.Node): boolean {
    const { function: owner, inField } = placementOf(node);
    return inField || (owner !== null && colours.deviceCode.has(owner));
  }

  ts.forEachChild(file, visit);
  text.append(operatorEdits.declarations(null));
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

/** A name for the operations that no source uses, alone or as the beginning of a temporary or of `hostName`. */
export function operationsName({ files }: KernelProgram): string {
  const taken = new Set<string>();
  const collect = (node: TS.Node): void => {
    if (ts.isIdentifier(node) && node.text.startsWith("$")) taken.add(node.text.replace(/(t\d+|h)$/, ""));
    ts.forEachChild(node, collect);
  };
  files.forEach(collect);
  let name = "$";
  while (taken.has(name)) name += "_";
  return name;
}

/** The name of what counts the loops of host code. */
export function hostName(ops: string): string {
  return `${ops}h`;
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
