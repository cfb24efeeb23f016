/**
 * Which functions may wait. A function waits when it performs an operation that suspends or calls a function that
 * waits; it and all functions that a call cannot tell from it become generators.
 */
import type { Constants } from "./constants.js";
import type { Operation, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import { append, enclosingFunction, isFunctionNode, walk } from "./syntax.js";
import type { CallNode, FunctionNode } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

export interface Colours {
  isGenerator(fn: FunctionNode): boolean;
  /** Whether a call runs a function that waits. */
  callsGenerator(call: CallNode): boolean;
  /** Whether a call in host code, where nothing waits, may run a function that is a generator all the same. */
  mayMakeGenerator(call: CallNode): boolean;
  /** Functions that run in a kernel or an orchestration: operators are rewritten and loops are counted in them. */
  readonly deviceCode: ReadonlySet<FunctionNode>;
  /** The function, those written inside it, and all that they can run. */
  reach(fn: FunctionNode): ReadonlySet<FunctionNode>;
  /** Operations performed by a function itself, in source order. */
  operationsIn(fn: FunctionNode): readonly { call: TS.CallExpression; operation: Operation }[];
}

export function colour(flow: ValueFlow, operations: Operations, constants: Constants): Colours {
  const callsBy = new Map<FunctionNode, CallNode[]>();
  for (const call of flow.calls) {
    const owner = enclosingFunction(call);
    if (owner) append(callsBy, owner, call);
  }

  const operationsIn = (fn: FunctionNode) =>
    (callsBy.get(fn) ?? []).flatMap((call) => {
      const operation = ts.isCallExpression(call) ? operations.of(call) : null;
      return operation ? [{ call: call as TS.CallExpression, operation }] : [];
    });

  const host = hostFunctions(flow);
  const isInHost = (call: CallNode) => {
    const owner = enclosingFunction(call);
    return owner !== null && host.has(owner);
  };
  const waiting = new Set(flow.definitions.flatMap(({ body }) => flow.functionsOf(body)).map(flow.familyOf));
  const isGenerator = (fn: FunctionNode) => !host.has(fn) && waiting.has(flow.familyOf(fn));
  const runsGenerator = (call: CallNode) => flow.calleesOf(call).some(isGenerator);
  const callsGenerator = (call: CallNode) => !isInHost(call) && runsGenerator(call);

  let before: number;
  do {
    before = waiting.size;
    for (const fn of flow.functions) {
      if (isGenerator(fn) || host.has(fn)) continue;
      const waits = operationsIn(fn).some(({ operation }) => operation.suspends);
      if (waits || (callsBy.get(fn) ?? []).some(callsGenerator)) waiting.add(flow.familyOf(fn));
    }
  } while (waiting.size > before);

  const reaches = new Map<FunctionNode, ReadonlySet<FunctionNode>>();
  function reach(fn: FunctionNode): ReadonlySet<FunctionNode> {
    let reached = reaches.get(fn);
    if (!reached) {
      reached = closure([fn], flow, constants);
      reaches.set(fn, reached);
    }
    return reached;
  }

  return {
    isGenerator,
    callsGenerator,
    mayMakeGenerator: (call) => isInHost(call) && runsGenerator(call),
    deviceCode: closure(flow.functions.filter(isGenerator), flow, constants),
    reach,
    operationsIn,
  };
}

/** Those written inside the options of a definition, such as `args` and `expect`: they run before any kernel does. */
function hostFunctions(flow: ValueFlow): ReadonlySet<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const { options } of flow.definitions) {
    if (!options) continue;
    walk(options, (node) => {
      if (isFunctionNode(node)) found.add(node);
    });
  }
  return found;
}

/** A mentioned function may be run, so mentions count, not only calls. */
function closure(roots: readonly FunctionNode[], flow: ValueFlow, constants: Constants): Set<FunctionNode> {
  const reached = new Set<FunctionNode>();
  const open = [...roots];
  for (let fn = open.pop(); fn; fn = open.pop()) {
    if (reached.has(fn)) continue;
    reached.add(fn);
    constants.walk(fn, (node) => {
      if (isFunctionNode(node)) open.push(node);
      else if (isMention(node)) open.push(...flow.functionsOf(node));
      else if (ts.isNewExpression(node) || isSuperCall(node)) open.push(...flow.calleesOf(node));
      if (ts.isPropertyAccessExpression(node)) open.push(...flow.accessorsNamed(node.name.text));
      if (ts.isBindingElement(node))
        open.push(...flow.accessorsNamed((node.propertyName ?? node.name).getText()));
    });
  }
  return reached;
}

function isSuperCall(node: TS.Node): node is TS.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
}

function isMention(node: TS.Node): node is TS.Expression {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return true;
  return ts.isIdentifier(node) && !isName(node);
}

/** An identifier that names a declaration or a member rather than standing for a value. */
function isName(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return "name" in parent && parent.name === node;
}
