/**
 * Where values may go: from expressions into variables, parameters, results, properties and elements.
 *
 * Properties are told apart by name only and all elements of containers are one, so that the answer holds for
 * inheritance, interfaces and aliases. It over-approximates; nothing may be refused because of it alone.
 */
import type { Constants } from "./constants.js";
import type { Definition, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { createSlots } from "./slots.js";
import type { Slot } from "./slots.js";
import { append, enclosingFunction, isAssignment, isFunctionNode } from "./syntax.js";
import type { CallNode, FunctionNode } from "./syntax.js";

/** `from` is an expression when `value` is true, else the slot that a value is taken from. */
export type Flow = { from: TS.Expression; value: true; to: Slot } | { from: Slot; value: false; to: Slot };

export interface ValueFlow {
  readonly functions: readonly FunctionNode[];
  readonly calls: readonly CallNode[];
  readonly definitions: readonly Definition[];
  /** Getters and setters that a member of this name may be. */
  accessorsNamed(name: string): readonly FunctionNode[];
  /** All flows, those of calls included. */
  readonly flows: readonly Flow[];
  slotsOf(expression: TS.Expression): Slot[];
  /** The user's functions that an expression may stand for. */
  functionsOf(expression: TS.Expression): FunctionNode[];
  /** The user's functions that a call may run. */
  calleesOf(call: CallNode): FunctionNode[];
  /** One and the same object for functions that a call cannot tell apart. */
  familyOf(fn: FunctionNode): Slot;
}

export function analyseFlow(program: KernelProgram, operations: Operations, constants: Constants): ValueFlow {
  const { checker, declaredTypeOf } = program;
  const functions: FunctionNode[] = [];
  const calls: CallNode[] = [];
  const definitions: Definition[] = [];
  const fixed: Flow[] = [];
  const accessors = new Map<string, FunctionNode[]>();
  const families = createFamilies();
  const slots = createSlots(program, operations, calleesOf);
  const { slotsOf } = slots;
  const properties = new Set<Slot>();
  let dynamic = false;

  function propertySlot(name: TS.PropertyName | TS.BindingName): Slot {
    const slot = slots.propertySlot(name);
    properties.add(slot);
    return slot;
  }

  const value = (from: TS.Expression, to: Slot) => fixed.push({ from, value: true, to });
  const move = (from: Slot, to: Slot) => fixed.push({ from, value: false, to });

  function collect(node: TS.Node): void {
    dynamic ||= slots.isDynamicAccess(node);
    if (isFunctionNode(node)) {
      functions.push(node);
      families.add(node);
      if (ts.isMethodDeclaration(node)) move(node, propertySlot(node.name));
      if (ts.isGetAccessor(node)) move(node.body, propertySlot(node.name));
      if (ts.isSetAccessor(node)) move(propertySlot(node.name), node.parameters[0]!);
      if (ts.isAccessor(node)) {
        const name = node.name.getText();
        append(accessors, name, node);
      }
      if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) value(node.body, node.body);
    }
    if (ts.isCallExpression(node)) {
      calls.push(node);
      const definition = operations.definition(node);
      if (definition) definitions.push(definition);
    } else if (ts.isNewExpression(node)) {
      calls.push(node);
    } else if (ts.isVariableDeclaration(node)) {
      if (node.initializer && ts.isIdentifier(node.name)) value(node.initializer, node);
    } else if (ts.isParameter(node)) {
      if (node.initializer) value(node.initializer, node);
      if (ts.isParameterPropertyDeclaration(node, node.parent)) move(node, propertySlot(node.name));
    } else if (ts.isBindingElement(node)) {
      const isArray = ts.isArrayBindingPattern(node.parent);
      move(isArray ? "element" : propertySlot(node.propertyName ?? node.name), node);
      if (node.initializer) value(node.initializer, node);
    } else if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const plain = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      assign(node.left, plain || isLogicalAssignment(node.operatorToken.kind) ? node.right : node);
    } else if (ts.isPropertyAssignment(node) && !isDslOptions(node.parent)) {
      value(node.initializer, propertySlot(node.name));
    } else if (ts.isShorthandPropertyAssignment(node) && !isDslOptions(node.parent)) {
      value(node.name, propertySlot(node.name));
    } else if (ts.isPropertyDeclaration(node) && node.initializer) {
      value(node.initializer, propertySlot(node.name));
    } else if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) if (!ts.isSpreadElement(element)) value(element, "element");
    } else if (ts.isReturnStatement(node) && node.expression) {
      const owner = enclosingFunction(node);
      if (owner) value(node.expression, owner.body);
    } else if (ts.isForOfStatement(node)) {
      if (ts.isVariableDeclarationList(node.initializer)) move("element", node.initializer.declarations[0]!);
      else for (const slot of slotsOf(node.initializer)) move("element", slot);
    } else if (ts.isExportAssignment(node)) {
      value(node.expression, node);
    }
  }

  /** Destructuring takes the target apart; anything else has slots of its own. */
  function assign(target: TS.Expression, source: TS.Expression): void {
    if (ts.isArrayLiteralExpression(target)) {
      for (const element of target.elements) for (const slot of slotsOf(element)) move("element", slot);
    } else if (ts.isObjectLiteralExpression(target)) {
      for (const property of target.properties) {
        if (ts.isShorthandPropertyAssignment(property)) {
          for (const slot of slotsOf(property.name)) move(propertySlot(property.name), slot);
        } else if (ts.isPropertyAssignment(property)) {
          for (const slot of slotsOf(property.initializer)) move(propertySlot(property.name), slot);
        }
      }
    } else {
      for (const slot of slotsOf(target)) value(source, slot);
    }
  }

  /** Options of `defineKernel` and its like: host code that no kernel can reach by name. */
  function isDslOptions(literal: TS.Node): boolean {
    return definitions.some((definition) => definition.options === literal);
  }

  function calleesOf(call: CallNode): FunctionNode[] {
    if (ts.isCallExpression(call) && call.expression.kind !== ts.SyntaxKind.SuperKeyword) {
      if (operations.of(call)) return [];
      const found = functionsOf(call.expression);
      return found.length > 0 && isGiven(call) ? [] : found;
    }
    const declaration = checker.getResolvedSignature(call)?.declaration;
    return declaration && isFunctionNode(declaration) && program.files.includes(declaration.getSourceFile())
      ? [declaration]
      : [];
  }

  /** A method of the library, or of what `expect` gets: never a function of the user's, whatever it is called. */
  function isGiven(call: TS.CallExpression): boolean {
    const declaration = checker.getResolvedSignature(call)?.declaration;
    if (!declaration || !ts.isMethodSignature(declaration)) return false;
    const { parent } = declaration;
    if (!ts.isInterfaceDeclaration(parent)) return false;
    const file = parent.getSourceFile();
    return file === program.lib || (file === program.dsl && parent.name.text === "GoldenContext");
  }

  function functionsOf(expression: TS.Expression): FunctionNode[] {
    const found = slotsOf(expression).flatMap((slot) => families.functions(slot));
    return found.length > 0 && mayBeCallable(declaredTypeOf(expression)) ? [...new Set(found)] : [];
  }

  function flowsOf(call: CallNode): Flow[] {
    const given = call.arguments ?? [];
    const found: Flow[] = [];
    for (const callee of calleesOf(call)) {
      callee.parameters.forEach((parameter, index) => {
        if (parameter.dotDotDotToken) {
          for (const argument of given.slice(index))
            found.push({ from: argument, value: true, to: "element" });
        } else {
          const spread = given.slice(0, index + 1).some(ts.isSpreadElement);
          const argument = given[index];
          if (spread) found.push({ from: "element", value: false, to: parameter });
          else if (argument) found.push({ from: argument, value: true, to: parameter });
        }
      });
    }
    if (found.length === 0 && ts.isCallExpression(call) && slots.isContainerCall(call)) {
      for (const argument of given) {
        const callbacks = functionsOf(argument);
        if (callbacks.length === 0) found.push({ from: argument, value: true, to: "element" });
        for (const callback of callbacks) {
          for (const parameter of callback.parameters)
            found.push({ from: "element", value: false, to: parameter });
          found.push({ from: callback.body, value: false, to: "element" });
        }
        if (callbacks.length > 0 && !operations.takesFunction(call, argument)) {
          found.push({ from: argument, value: true, to: "element" });
        }
      }
    }
    return found;
  }

  for (const file of program.files) constants.walk(file, collect);
  if (dynamic) {
    for (const property of properties) {
      move(property, "element");
      move("element", property);
    }
  }

  // Families decide which functions a call may run, and calls merge families: repeat until nothing merges.
  let flows: Flow[];
  let merged: boolean;
  do {
    flows = [...fixed, ...calls.flatMap(flowsOf)];
    merged = false;
    for (const flow of flows) {
      const sources = flow.value ? slotsOf(flow.from) : [flow.from];
      if (flow.value && sources.length > 0 && !mayBeCallable(declaredTypeOf(flow.from))) continue;
      for (const source of sources) merged = families.merge(source, flow.to) || merged;
    }
  } while (merged);

  return {
    functions,
    calls,
    definitions,
    flows,
    slotsOf,
    functionsOf,
    calleesOf,
    accessorsNamed: (name) => accessors.get(name) ?? [],
    familyOf: (fn) => families.root(fn),
  };
}

function mayBeCallable(type: TS.Type): boolean {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return true;
  if (type.isUnionOrIntersection()) return type.types.some(mayBeCallable);
  return type.getCallSignatures().length > 0;
}

function isLogicalAssignment(kind: TS.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.BarBarEqualsToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
    kind === ts.SyntaxKind.QuestionQuestionEqualsToken
  );
}

/** Disjoint sets of slots, with the functions that each set holds. */
function createFamilies() {
  const parents = new Map<Slot, Slot>();
  const members = new Map<Slot, FunctionNode[]>();

  function root(slot: Slot): Slot {
    let at = slot;
    for (let parent = parents.get(at); parent !== undefined; parent = parents.get(at)) at = parent;
    if (at !== slot) parents.set(slot, at);
    return at;
  }

  return {
    root,
    add: (fn: FunctionNode) => void members.set(fn, [fn]),
    functions: (slot: Slot): readonly FunctionNode[] => members.get(root(slot)) ?? [],
    /** Returns whether two sets became one and both mattered. */
    merge(a: Slot, b: Slot): boolean {
      const from = root(a);
      const to = root(b);
      if (from === to) return false;
      parents.set(from, to);
      for (const fn of members.get(from) ?? []) append(members, to, fn);
      members.delete(from);
      return true;
    },
  };
}
