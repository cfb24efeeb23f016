/** Rules about where a kernel may wait (LQ11xx) and what it may write (LQ1201) that no type can express. */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Colours } from "./colour.js";
import type { Constants } from "./constants.js";
import { moduleStateDiagnostics } from "./module-state.js";
import type { Definition, Operation, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { isFunctionNode, locate, placementOf, walk } from "./syntax.js";
import type { CallNode, FunctionNode } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

interface Analysis {
  program: KernelProgram;
  operations: Operations;
  constants: Constants;
  flow: ValueFlow;
  colours: Colours;
}

export function structureDiagnostics({
  program,
  operations,
  constants,
  flow,
  colours,
}: Analysis): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (
    code: Diagnostic["code"],
    node: TS.Node,
    message: string,
    hint: string,
    related: Diagnostic["related"] = [],
  ) => found.push(diagnostic({ code, message, at: locate(node), hint, related }));

  /** Where a function that is called waits at last, for a call that is not an operation itself. */
  function waitBehind(callees: readonly FunctionNode[]): Diagnostic["related"] {
    for (const fn of new Set(callees.flatMap((callee) => [...colours.reach(callee)]))) {
      const first = colours.operationsIn(fn).find(({ operation }) => operation.suspends);
      if (first) return [{ at: locate(first.call.expression), message: "it waits here" }];
    }
    return [];
  }

  /** What a call waits for, in words; null when it does not wait. */
  function waitOf(call: CallNode): string | null {
    const operation = ts.isCallExpression(call) ? operations.of(call) : null;
    if (operation) return operation.suspends ? `${nameOf(operation)} waits` : null;
    return colours.callsGenerator(call) ? `${call.expression.getText()}() waits` : null;
  }

  function checkCall(call: CallNode): void {
    const operation = ts.isCallExpression(call) ? operations.of(call) : null;
    const wait = waitOf(call);
    const at = placementOf(call);
    if (at.inField && (operation || wait)) {
      report(
        "LQ1106",
        call.expression,
        `${wait ?? nameOf(operation!)} in a class field`,
        "do it in a method",
        waitBehind(flow.calleesOf(call)),
      );
    } else if (!at.function) {
      if (operation || wait) {
        const what = operation ? `${nameOf(operation)} works only in a kernel` : `${wait} outside a kernel`;
        report(
          "LQ1107",
          call.expression,
          `${what}, not at module level`,
          "move it into the kernel's function",
          waitBehind(flow.calleesOf(call)),
        );
      }
    } else if (wait) {
      checkWait(call, wait, at.function, at);
    }
    if (!operation) checkArguments(call);
    else if (operation.isMethod && call.flags & ts.NodeFlags.OptionalChain) {
      const message = "`?.` does not work on operations of tiles";
      report("LQ1304", call.expression, message, "test for undefined first");
    }
    if (at.function && colours.deviceCode.has(at.function)) checkCallee(call);
  }

  /** A call that the analysis cannot follow might run a function that waits, and would then do nothing. */
  function checkCallee(call: CallNode): void {
    if (!ts.isCallExpression(call) || operations.of(call) || flow.slotsOf(call.expression).length > 0) return;
    const declaration = program.checker.getResolvedSignature(call)?.declaration;
    const file = declaration?.getSourceFile();
    if (!file || (!program.files.includes(file) && !ts.isFunctionTypeNode(declaration!))) return;
    if (call.expression.kind === ts.SyntaxKind.SuperKeyword) return;
    report(
      "LQ1104",
      call.expression,
      "linqu cannot see which function is called here",
      "call a function of this program by its name, or take it as a parameter",
    );
  }

  function checkWait(
    call: CallNode,
    wait: string,
    fn: FunctionNode,
    { inDefault, inTry }: { inDefault: boolean; inTry: boolean },
  ): void {
    if (inDefault) {
      report(
        "LQ1106",
        call.expression,
        `${wait} in a parameter's default value`,
        "compute it in the function's body",
        waitBehind(flow.calleesOf(call)),
      );
    } else if (ts.isConstructorDeclaration(fn) || ts.isAccessor(fn)) {
      const kind = ts.isAccessor(fn) ? "an accessor" : "a constructor";
      const related = waitBehind(flow.calleesOf(call));
      report("LQ1106", call.expression, `${wait} in ${kind}`, "do it in a method", related);
    } else if (inTry) {
      report(
        "LQ1105",
        call.expression,
        `${wait} inside try`,
        "a failed operation stops the run: remove the try",
        waitBehind(flow.calleesOf(call)),
      );
    }
  }

  /** Functions that wait, handed to code that would call them as ordinary functions. */
  function checkArguments(call: CallNode): void {
    if (ts.isCallExpression(call) && operations.definition(call)) return;
    const callees = flow.calleesOf(call);
    for (const argument of call.arguments ?? []) {
      const operation = isValue(argument) ? operations.named(argument) : null;
      if (operation) {
        const hint = `pass a function: (…) => ${nameOf(operation)}(…)`;
        report("LQ1104", argument, `${nameOf(operation)} must be called, it is not a value`, hint);
      }
      if (callees.length > 0 || !flow.functionsOf(argument).some(colours.isGenerator)) continue;
      if (!operations.takesFunction(call, argument)) continue;
      report(
        "LQ1104",
        argument,
        `this function waits, and ${call.expression.getText()} cannot wait`,
        "write a loop: for (const x of list) …",
        waitBehind(flow.functionsOf(argument)),
      );
    }
  }

  function checkFunction(fn: FunctionNode): void {
    const isAsync = ts.canHaveModifiers(fn) ? ts.getModifiers(fn)?.find(isAsyncModifier) : undefined;
    if (isAsync) {
      report(
        "LQ1101",
        isAsync,
        "a kernel has no async functions",
        "remove async and await: operations wait by themselves",
      );
    }
    const star = "asteriskToken" in fn ? fn.asteriskToken : undefined;
    if (star) report("LQ1102", star, "a kernel has no generators of its own", "write an ordinary function");
    if (ts.isArrowFunction(fn) && colours.isGenerator(fn)) {
      const self = findThis(fn);
      if (self) {
        report(
          "LQ1108",
          self,
          "`this` in an arrow function that waits",
          "use a method, or keep the object in a constant",
        );
      }
    }
  }

  for (const file of program.files) {
    constants.walk(file, (node) => {
      if (isFunctionNode(node)) checkFunction(node);
      if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) {
        report("LQ1101", node, "a kernel has no await", "remove it: operations wait by themselves");
      } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        report("LQ1111", node, "a kernel cannot import while it runs", "import at the top of the file");
      } else if (ts.isForInStatement(node)) {
        found.push(orderWarning(node));
      } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        checkCall(node);
      }
    });
  }
  for (const definition of flow.definitions)
    found.push(...placeDiagnostics(definition, program, operations, flow, colours));
  found.push(...moduleStateDiagnostics(program, constants, colours));
  return found;
}

/** Operations in host code, and operations of the other namespace. */
function placeDiagnostics(
  { kind, options, body }: Definition,
  program: KernelProgram,
  operations: Operations,
  flow: ValueFlow,
  colours: Colours,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const own = kind === "kernel" ? "tl" : "rt";
  for (const root of flow.functionsOf(body)) {
    for (const fn of colours.reach(root)) {
      for (const { call, operation } of colours.operationsIn(fn)) {
        if (operation.namespace === own) continue;
        const place =
          kind === "kernel" ? "an orchestration, not in a kernel" : "a kernel, not in an orchestration";
        const message = `${nameOf(operation)} works only in ${place}`;
        found.push(diagnostic({ code: "LQ1107", message, at: locate(call.expression) }));
      }
    }
  }
  for (const property of options?.properties ?? []) {
    if (!property.name) continue;
    const name = property.name.getText();
    for (const { call, operation } of hostOperations(property, program, operations, flow)) {
      found.push(
        diagnostic({
          code: "LQ1107",
          message: `${nameOf(operation)} works only in a kernel: \`${name}\` runs before the launch`,
          at: locate(call.expression),
          hint: "use what the context gives: rank, world, bytes, topology",
        }),
      );
    }
  }
  return found;
}

/** Operations reached from a property of the options; `cdiv` is plain arithmetic and allowed. */
function hostOperations(
  property: TS.Node,
  { checker }: KernelProgram,
  operations: Operations,
  flow: ValueFlow,
) {
  const found: { call: TS.CallExpression; operation: Operation }[] = [];
  const seen = new Set<TS.Node>();
  const open: TS.Node[] = [property];
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    walk(node, (inner) => {
      if (ts.isIdentifier(inner) && !isMemberName(inner) && !isPassedIn(inner, checker))
        open.push(...flow.functionsOf(inner));
      if (!ts.isCallExpression(inner)) return;
      const operation = operations.of(inner);
      if (operation && operation.name !== "cdiv") found.push({ call: inner, operation });
    });
  }
  return found;
}

/** Members are told apart by name only, which is too coarse to refuse a program for. */
function isMemberName(node: TS.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

/** Whether a name stands for a parameter, or for what was taken out of a list or an object: as coarse. */
function isPassedIn(node: TS.Identifier, checker: TS.TypeChecker): boolean {
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  return declaration !== undefined && (ts.isParameter(declaration) || ts.isBindingElement(declaration));
}

/** The order of `for … in` is that in which properties were added. */
function orderWarning(loop: TS.ForInStatement): Diagnostic {
  return diagnostic({
    code: "LQ1204",
    severity: "warning",
    message: "`for … in` goes through properties in the order in which they were added",
    at: locate(loop.initializer),
    hint: "go through a list: for (const name of Object.keys(object).sort((a, b) => (a < b ? -1 : 1)))",
  });
}

function nameOf({ namespace, name }: Operation): string {
  return `${namespace}.${name}`;
}

function isValue(node: TS.Expression): boolean {
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
}

function isAsyncModifier(modifier: TS.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.AsyncKeyword;
}

function findThis(arrow: TS.ArrowFunction): TS.Node | null {
  let self: TS.Node | null = null;
  walk(arrow, (node) => {
    if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) self ??= node;
    return !isFunctionNode(node) || ts.isArrowFunction(node);
  });
  return self;
}
