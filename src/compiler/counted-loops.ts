/** Loops that count up to a number that is known where they begin: they end, after so many steps. */
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { isAssignment, isFunctionNode, unwrap, walk } from "./syntax.js";

/** `for (let i = from; i < to; i += by)`. */
export interface CountedLoop {
  from: TS.Expression;
  to: TS.Expression;
  by: number;
}

/** Arrays that have as many elements as they were made with. */
const FIXED_ARRAYS = new Set(["Float64Array", "Float32Array", "Int32Array", "Uint32Array", "Uint8Array"]);

const ARITHMETIC = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
]);

/** Finds the counted loops of a file; it gives null for others, and for those that may be left early. */
export function createCountedLoops(
  { checker, typeOf }: KernelProgram,
  file: TS.SourceFile,
): (loop: TS.IterationStatement) => CountedLoop | null {
  let assignedInFile: ReadonlySet<string> | null = null;

  /** Whether an expression has one value throughout; names are told apart by their text only. */
  function isFixed(expression: TS.Expression): boolean {
    const inner = unwrap(expression);
    if (ts.isNumericLiteral(inner)) return true;
    if (ts.isBinaryExpression(inner)) {
      return ARITHMETIC.has(inner.operatorToken.kind) && isFixed(inner.left) && isFixed(inner.right);
    }
    if (ts.isIdentifier(inner)) return isFixedName(inner) && isNumber(inner);
    if (!ts.isPropertyAccessExpression(inner) || inner.name.text !== "length") return false;
    const { expression: array } = inner;
    const type = typeOf(array).symbol?.name ?? "";
    return ts.isIdentifier(array) && isFixedName(array) && FIXED_ARRAYS.has(type);
  }

  function isFixedName(name: TS.Identifier): boolean {
    const declaration = checker.getSymbolAtLocation(name)?.valueDeclaration;
    assignedInFile ??= assignedNames(file);
    return declaration?.getSourceFile() === file && !assignedInFile.has(name.text);
  }

  function isNumber(expression: TS.Expression): boolean {
    return (typeOf(expression).flags & ts.TypeFlags.NumberLike) !== 0;
  }

  return (loop) => {
    if (!ts.isForStatement(loop) || !loop.initializer || !loop.condition) return null;
    if (!ts.isVariableDeclarationList(loop.initializer) || !(loop.initializer.flags & ts.NodeFlags.Let))
      return null;
    const [variable, second] = loop.initializer.declarations;
    if (!variable?.initializer || second || !ts.isIdentifier(variable.name)) return null;
    const { text } = variable.name;
    const to = upperBound(loop.condition, text);
    const by = stepOf(loop.incrementor, text);
    if (!to || !by || !isFixed(to) || !isNumber(variable.initializer)) return null;
    if (mayLeave(loop.statement) || assignedNames(loop.statement).has(text)) return null;
    return { from: variable.initializer, to, by };
  };
}

function upperBound(condition: TS.Expression, variable: string): TS.Expression | null {
  if (!ts.isBinaryExpression(condition) || !isName(condition.left, variable)) return null;
  const { kind } = condition.operatorToken;
  const isBound = kind === ts.SyntaxKind.LessThanToken || kind === ts.SyntaxKind.LessThanEqualsToken;
  return isBound ? condition.right : null;
}

/** The whole number that a variable grows by; null when it does something else. */
function stepOf(incrementor: TS.Expression | undefined, variable: string): number | null {
  if (!incrementor) return null;
  if (ts.isPostfixUnaryExpression(incrementor) || ts.isPrefixUnaryExpression(incrementor)) {
    const isStep = incrementor.operator === ts.SyntaxKind.PlusPlusToken;
    return isStep && isName(incrementor.operand, variable) ? 1 : null;
  }
  if (!ts.isBinaryExpression(incrementor) || !isName(incrementor.left, variable)) return null;
  const { operatorToken, right } = incrementor;
  if (operatorToken.kind !== ts.SyntaxKind.PlusEqualsToken || !ts.isNumericLiteral(right)) return null;
  const by = Number(right.text);
  return Number.isInteger(by) && by > 0 ? by : null;
}

function isName(expression: TS.Expression, name: string): boolean {
  return ts.isIdentifier(expression) && expression.text === name;
}

function mayLeave(body: TS.Statement): boolean {
  let found = false;
  const visit = (node: TS.Node): boolean => {
    found ||= ts.isBreakStatement(node) || ts.isReturnStatement(node) || ts.isThrowStatement(node);
    found ||= ts.isContinueStatement(node) && node.label !== undefined;
    return !found && !isFunctionNode(node);
  };
  if (visit(body)) walk(body, visit);
  return found;
}

/** Names that an assignment or a step inside a node gives a new value; those inside a pattern are all taken to be. */
function assignedNames(root: TS.Node): Set<string> {
  const names = new Set<string>();
  const add = (target: TS.Expression): void => {
    const inner = unwrap(target);
    if (ts.isIdentifier(inner)) names.add(inner.text);
    if (!ts.isArrayLiteralExpression(inner) && !ts.isObjectLiteralExpression(inner)) return;
    walk(inner, (node) => void (ts.isIdentifier(node) && names.add(node.text)));
  };
  const visit = (node: TS.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) add(node.left);
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator } = node;
      if (operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken)
        add(node.operand);
    } else if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      if (!ts.isVariableDeclarationList(node.initializer)) add(node.initializer);
    }
  };
  visit(root);
  walk(root, visit);
  return names;
}
