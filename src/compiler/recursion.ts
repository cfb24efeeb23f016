/** Ways of calling functions that work but cost more than they show: inheritance (LQ1109) and recursion (LQ1110). */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Colours } from "./colour.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { enclosingFunction, isFunctionNode, locate } from "./syntax.js";
import type { CallNode, FunctionNode } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

interface Edge {
  to: FunctionNode;
  /** Null from a function to one that is written inside it. */
  call: CallNode | null;
}

export function recursionDiagnostics(
  { checker, files }: KernelProgram,
  flow: ValueFlow,
  colours: Colours,
): Diagnostic[] {
  const edges = new Map<FunctionNode, Edge[]>(flow.functions.map((fn) => [fn, []]));
  for (const fn of flow.functions) {
    const outer = enclosingFunction(fn);
    if (outer) edges.get(outer)?.push({ to: fn, call: null });
  }
  for (const call of flow.calls) {
    const owner = enclosingFunction(call);
    // The function that is named, not all that a parameter may stand for: callbacks do not make recursion.
    const callee = checker.getResolvedSignature(call)?.declaration;
    if (owner && callee && isFunctionNode(callee)) edges.get(owner)?.push({ to: callee, call });
  }

  function reaches(from: FunctionNode, goal: FunctionNode): boolean {
    const seen = new Set<FunctionNode>();
    const open = [from];
    for (let fn = open.pop(); fn; fn = open.pop()) {
      if (fn === goal) return true;
      if (seen.has(fn)) continue;
      seen.add(fn);
      for (const { to } of edges.get(fn) ?? []) open.push(to);
    }
    return false;
  }

  const found: Diagnostic[] = [];
  const told = new Set<FunctionNode>();
  for (const fn of flow.functions) {
    if (!colours.isGenerator(fn) || told.has(fn)) continue;
    for (const { to, call } of edges.get(fn)!) {
      if (!call || !colours.isGenerator(to) || told.has(to) || !reaches(to, fn)) continue;
      for (const each of flow.functions) if (reaches(to, each) && reaches(each, fn)) told.add(each);
      found.push(recursion(call, to));
      break;
    }
  }
  return [...found, ...inheritance()];

  function inheritance(): Diagnostic[] {
    const classes = new Set(flow.functions.flatMap(({ parent }) => (ts.isClassLike(parent) ? [parent] : [])));
    return [...classes].flatMap((each) => {
      const base = each.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
        ?.types[0];
      const declaration = base && checker.getTypeAtLocation(base).symbol?.valueDeclaration;
      if (!declaration || !ts.isClassLike(declaration) || !files.includes(declaration.getSourceFile()))
        return [];
      return each.members.flatMap((member) => {
        const overridden = isWaiting(member) && namesake(declaration, member);
        return overridden ? [override(member, overridden)] : [];
      });
    });
  }

  function isWaiting(member: TS.ClassElement): boolean {
    return isFunctionNode(member) && ts.isMethodDeclaration(member) && colours.isGenerator(member);
  }

  /** The member of a class, or of what it extends, that another one stands in for. */
  function namesake(owner: TS.ClassLikeDeclaration, { name }: TS.ClassElement): TS.Node | null {
    const member = owner.members.find((each) => name && each.name?.getText() === name.getText());
    if (member) return member;
    const base = owner.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const declaration = base && checker.getTypeAtLocation(base).symbol?.valueDeclaration;
    return declaration && ts.isClassLike(declaration)
      ? namesake(declaration, { name } as TS.ClassElement)
      : null;
  }
}

function recursion(call: CallNode, to: FunctionNode): Diagnostic {
  return diagnostic({
    code: "LQ1110",
    severity: "warning",
    message: `${call.expression.getText()}() waits and calls itself: every wait passes through all the calls above it`,
    at: locate(call.expression),
    related: [{ at: locate(nameOf(to)), message: "declared here" }],
    hint: "write a loop if it is called often",
  });
}

function override(member: TS.ClassElement, overridden: TS.Node): Diagnostic {
  const name = member.name!;
  return diagnostic({
    code: "LQ1109",
    severity: "warning",
    message: `\`${name.getText()}\` waits and overrides another: every call of either is taken to wait`,
    at: locate(name),
    related: [{ at: locate((overridden as TS.ClassElement).name!), message: "overridden here" }],
    hint: "pass a function, or let one class decide by a field",
  });
}

function nameOf(fn: FunctionNode): TS.Node {
  if (fn.name) return fn.name;
  return ts.isVariableDeclaration(fn.parent) ? fn.parent.name : fn;
}
