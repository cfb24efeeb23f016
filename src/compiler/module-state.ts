/** Writes of module state in device code (LQ1201). All ranks share it, so results would depend on the order of events. */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Colours } from "./colour.js";
import type { Constants } from "./constants.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { enclosingFunction, isAssignment, locate, placementOf, unwrap } from "./syntax.js";

/** Methods of library containers that change them. */
const MUTATORS = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "),
);
/** Methods of library containers that hand out what is in them. */
const ACCESSORS = new Set(["at", "get"]);

interface Write {
  at: TS.Node;
  /** What is written into, declared at module level; null when it is local. */
  state: TS.Node | null;
}

export function moduleStateDiagnostics(
  { checker, files }: KernelProgram,
  constants: Constants,
  { deviceCode }: Colours,
): Diagnostic[] {
  function writesOf(node: TS.Node): Write[] {
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator, operand } = node;
      const steps = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
      return steps ? [assigned(operand)] : [];
    }
    if (ts.isBinaryExpression(node)) {
      return isAssignment(node.operatorToken.kind) ? targetsOf(node.left).map(assigned) : [];
    }
    if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      return ts.isVariableDeclarationList(node.initializer) ? [] : targetsOf(node.initializer).map(assigned);
    }
    if (ts.isDeleteExpression(node)) return [assigned(node.expression)];
    if (!ts.isCallExpression(node)) return [];
    const { expression: callee, arguments: given } = node;
    if (isLibraryMethod(callee, MUTATORS)) return [{ at: callee, state: holderOf(callee.expression) }];
    const assigns = given[0] && callee.getText() === "Object.assign";
    return assigns ? [{ at: given[0]!, state: holderOf(given[0]!) }] : [];
  }

  /** A name is written itself, anything else is a part of what holds it. */
  function assigned(target: TS.Expression): Write {
    const inner = unwrap(target);
    if (!ts.isIdentifier(inner)) return { at: target, state: holderOf(inner) };
    // A constant or an import cannot be assigned to: the type checker says so.
    const declaration = symbolOf(inner)?.valueDeclaration;
    const isVariable = declaration && isVariableLike(declaration) && !isConstant(declaration);
    return { at: target, state: isVariable && !enclosingFunction(declaration) ? declaration : null };
  }

  /** The declaration at module level of the object that an expression is, or is a part of. */
  function holderOf(expression: TS.Expression, seen = new Set<TS.Node>()): TS.Node | null {
    const inner = unwrap(expression);
    if (inner.kind === ts.SyntaxKind.ThisKeyword) return ownerOfThis(inner);
    if (ts.isIdentifier(inner)) return holderNamed(inner, seen);
    if (ts.isCallExpression(inner)) {
      const { expression: callee } = inner;
      return isLibraryMethod(callee, ACCESSORS) ? holderOf(callee.expression, seen) : null;
    }
    if (ts.isPropertyAccessExpression(inner)) {
      const module = ts.isIdentifier(inner.expression) && targetOf(inner.expression);
      const isNamespace = module && module.flags & ts.SymbolFlags.ValueModule;
      return isNamespace ? holderNamed(inner.name, seen) : holderOf(inner.expression, seen);
    }
    return ts.isElementAccessExpression(inner) ? holderOf(inner.expression, seen) : null;
  }

  function holderNamed(name: TS.Identifier | TS.MemberName, seen: Set<TS.Node>): TS.Node | null {
    const declaration = targetOf(name)?.valueDeclaration;
    if (!declaration || seen.has(declaration) || !files.includes(declaration.getSourceFile())) return null;
    if (!enclosingFunction(declaration)) return declaration;
    seen.add(declaration);
    const source = aliasedBy(declaration);
    return source && holderOf(source, seen);
  }

  function isLibraryMethod(
    callee: TS.Expression,
    names: ReadonlySet<string>,
  ): callee is TS.PropertyAccessExpression {
    if (!ts.isPropertyAccessExpression(callee) || !names.has(callee.name.text)) return false;
    const declarations = symbolOf(callee.name)?.declarations ?? [];
    return declarations.length > 0 && !declarations.some((each) => files.includes(each.getSourceFile()));
  }

  function symbolOf(name: TS.Identifier | TS.MemberName): TS.Symbol | undefined {
    return ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : checker.getSymbolAtLocation(name);
  }

  /** The symbol behind imports. */
  function targetOf(name: TS.Identifier | TS.MemberName): TS.Symbol | undefined {
    const symbol = symbolOf(name);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  const found: Diagnostic[] = [];
  for (const file of files) {
    constants.walk(file, (node) => {
      const writes = writesOf(node).filter(({ state }) => state);
      const owner = writes.length > 0 ? enclosingFunction(node) : null;
      if (owner && deviceCode.has(owner)) found.push(...writes.map(toDiagnostic));
    });
  }
  return found;
}

function toDiagnostic({ at, state }: Write): Diagnostic {
  const name = ts.getNameOfDeclaration(state as TS.Declaration);
  return diagnostic({
    code: "LQ1201",
    message: `\`${name?.getText() ?? "default"}\` is shared by all ranks: written here, it would depend on their order`,
    at: locate(at),
    related: [{ at: locate(name ?? state!), message: "declared at module level" }],
    hint: "keep it in a local variable, or pass it as an argument",
  });
}

/** The places that an assignment writes; a place with a default value is an assignment of its own. */
function targetsOf(pattern: TS.Expression): TS.Expression[] {
  const inner = unwrap(pattern);
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((each) => targetsOf(ts.isSpreadElement(each) ? each.expression : each));
  }
  if (ts.isObjectLiteralExpression(inner)) {
    return inner.properties.flatMap((property) => {
      if (ts.isShorthandPropertyAssignment(property)) return [property.name];
      if (ts.isPropertyAssignment(property)) return targetsOf(property.initializer);
      return ts.isSpreadAssignment(property) ? targetsOf(property.expression) : [];
    });
  }
  return ts.isBinaryExpression(inner) || ts.isOmittedExpression(inner) ? [] : [inner];
}

/** What a local constant is another name for: its initialiser, or the list that a loop goes through. */
function aliasedBy(declaration: TS.Declaration): TS.Expression | null {
  if (!isVariableLike(declaration) || !isConstant(declaration)) return null;
  let variable: TS.Node = declaration;
  while (ts.isBindingElement(variable)) {
    if (variable.dotDotDotToken) return null; // a rest is a copy
    variable = variable.parent.parent;
  }
  if (!ts.isVariableDeclaration(variable)) return null;
  const loop = variable.parent.parent;
  return variable.initializer ?? (ts.isForOfStatement(loop) ? loop.expression : null);
}

/** The module-level object or class whose method says `this`; instances of classes may be local. */
function ownerOfThis(self: TS.Node): TS.Node | null {
  let method = enclosingFunction(self);
  while (method && ts.isArrowFunction(method)) method = enclosingFunction(method);
  if (!method) return null;
  const holder = ts.isPropertyAssignment(method.parent) ? method.parent.parent : method.parent;
  const place = placementOf(holder);
  if (place.function || place.inField) return null;
  if (ts.isObjectLiteralExpression(holder)) return ts.findAncestor(holder, ts.isVariableDeclaration) ?? null;
  const isStatic = ts.getCombinedModifierFlags(method as TS.Declaration) & ts.ModifierFlags.Static;
  return isStatic && ts.isClassLike(holder) ? holder : null;
}

function isVariableLike(node: TS.Node): node is TS.VariableDeclaration | TS.BindingElement {
  return ts.isVariableDeclaration(node) || ts.isBindingElement(node);
}

function isConstant(node: TS.VariableDeclaration | TS.BindingElement): boolean {
  return (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
}
