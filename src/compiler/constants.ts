/** Compile-time values: parameters declared with `constexpr`, what is computed from them, and the code they rule out. */
import type { ConstexprValue } from "./bundle.js";
import { findParameters } from "./constexpr.js";
import type { ConstexprDeclarations, ConstexprParameter } from "./constexpr.js";
import { evaluateBinary, evaluateUnary } from "./constant-arithmetic.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { unwrap, walk } from "./syntax.js";

export interface Constants {
  readonly parameters: readonly ConstexprParameter[];
  readonly diagnostics: readonly Diagnostic[];
  /** The chosen value, when an expression names a parameter. */
  parameterValue(expression: TS.Expression): ConstexprValue | undefined;
  /** The value of a constant expression, the same in every run; undefined for others. */
  valueOf(expression: TS.Expression): ConstexprValue | undefined;
  /** Branches that no run takes. */
  isDead(node: TS.Node): boolean;
  /** Visits executable nodes in source order, without those that no run reaches; false leaves out a node's children. */
  walk(node: TS.Node, visit: (node: TS.Node) => boolean | void): void;
}

export function findConstants(
  program: KernelProgram,
  operations: Operations,
  chosen: Readonly<Record<string, ConstexprValue>>,
): Constants {
  const { checker, files } = program;
  const pending = new Set<TS.Node>();
  const declarations: ConstexprDeclarations = { parameters: new Map(), holders: new Set(), diagnostics: [] };
  const { parameters, holders } = declarations;
  findParameters(program, operations, chosen, valueOf, declarations);

  function declarationOf(name: TS.Node): TS.Declaration | undefined {
    const symbol = checker.getSymbolAtLocation(name);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return target?.valueDeclaration;
  }

  function parameterValue(expression: TS.Expression): ConstexprValue | undefined {
    if (holders.size === 0) return undefined;
    if (ts.isIdentifier(expression)) {
      const shorthand = ts.isShorthandPropertyAssignment(expression.parent);
      const declaration = shorthand
        ? checker.getShorthandAssignmentValueSymbol(expression.parent)?.valueDeclaration
        : declarationOf(expression);
      return declaration && boundValue(declaration);
    }
    if (!ts.isPropertyAccessExpression(expression)) return undefined;
    const holder = ts.isIdentifier(expression.expression) && declarationOf(expression.expression);
    if (holder && holders.has(holder)) return parameters.get(expression.name.text)?.value;
    const member = declarationOf(expression.name);
    return member && boundValue(member);
  }

  /** `const { BLOCK, CAUSAL: causal } = constexpr(…)`. */
  function boundValue(declaration: TS.Declaration): ConstexprValue | undefined {
    if (!ts.isBindingElement(declaration) || !holders.has(declaration.parent.parent)) return undefined;
    const name = declaration.propertyName ?? declaration.name;
    return ts.isIdentifier(name) ? parameters.get(name.text)?.value : undefined;
  }

  function valueOf(expression: TS.Expression): ConstexprValue | undefined {
    const inner = unwrap(expression);
    if (ts.isNumericLiteral(inner)) return Number(inner.text);
    if (ts.isStringLiteralLike(inner)) return inner.text;
    if (inner.kind === ts.SyntaxKind.TrueKeyword) return true;
    if (inner.kind === ts.SyntaxKind.FalseKeyword) return false;
    if (ts.isPrefixUnaryExpression(inner)) {
      const operand = valueOf(inner.operand);
      return operand === undefined ? undefined : evaluateUnary(inner.operator, operand);
    }
    if (ts.isBinaryExpression(inner)) {
      const left = valueOf(inner.left);
      const right = left === undefined ? undefined : valueOf(inner.right);
      if (left === undefined || right === undefined) return undefined;
      return evaluateBinary(inner.operatorToken.kind, left, right);
    }
    return isName(inner) ? (parameterValue(inner) ?? initialValue(inner)) : undefined;
  }

  /** The value of a constant that is given one where it is declared. */
  function initialValue(name: TS.Expression): ConstexprValue | undefined {
    const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    const isConstant = ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
    if (!isConstant || pending.has(declaration) || !files.includes(declaration.getSourceFile())) {
      return undefined;
    }
    pending.add(declaration);
    const value = valueOf(declaration.initializer);
    pending.delete(declaration);
    return value;
  }

  const dead = new Set<TS.Node>();
  function addDead(node: TS.Node): void {
    if (ts.isIfStatement(node)) {
      const value = valueOf(node.expression);
      const branch = value ? node.elseStatement : node.thenStatement;
      if (value !== undefined && branch && !hoists(branch)) dead.add(branch);
    } else if (ts.isConditionalExpression(node)) {
      const value = valueOf(node.condition);
      if (value !== undefined) dead.add(value ? node.whenFalse : node.whenTrue);
    } else if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      const isAnd = kind === ts.SyntaxKind.AmpersandAmpersandToken;
      if (!isAnd && kind !== ts.SyntaxKind.BarBarToken) return;
      const value = valueOf(node.left);
      if (value !== undefined && Boolean(value) !== isAnd) dead.add(node.right);
    }
  }

  const isDead = (node: TS.Node): boolean => dead.has(node);
  for (const file of files) {
    walk(file, (node) => {
      if (isDead(node)) return false;
      addDead(node);
      return true;
    });
  }

  return {
    parameters: [...parameters.values()],
    diagnostics: declarations.diagnostics,
    parameterValue,
    valueOf,
    isDead,
    walk: (node, visit) => walk(node, (inner) => !isDead(inner) && visit(inner)),
  };
}

function isName(node: TS.Expression): boolean {
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node);
}

/** Whether a branch declares with `var` what code outside it may use. */
function hoists(branch: TS.Node): boolean {
  let found = false;
  walk(branch, (node) => {
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) found = true;
  });
  return found;
}
