/** Loops that can neither end nor let other ranks go on (LQ1402). */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Colours } from "./colour.js";
import type { Constants } from "./constants.js";
import type { Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { isAssignment, isFunctionNode, locationOf, unwrap } from "./syntax.js";
import type { CallNode } from "./syntax.js";

type Loop = TS.WhileStatement | TS.DoStatement | TS.ForStatement;

/** Operations that end the run when what they check does not hold. */
const STOPPING = new Set(["assert", "staticAssert"]);

export function endlessLoopDiagnostics(
  { checker, files }: KernelProgram,
  operations: Operations,
  constants: Constants,
  colours: Colours,
): Diagnostic[] {
  const found: Diagnostic[] = [];

  function check(loop: Loop): void {
    const condition = ts.isForStatement(loop) ? loop.condition : loop.expression;
    const forever = !condition || Boolean(constants.valueOf(condition));
    const names = condition && !forever ? namesOf(condition) : new Set<TS.Symbol>();
    if (!names || (!forever && names.size === 0) || leaves(loop, names)) return;
    const file = loop.getSourceFile();
    const start = loop.getStart(file);
    const word = /^\w+/.exec(file.text.slice(start))![0];
    const why = forever ? "nothing in it leaves it" : "nothing in it changes its condition";
    found.push(
      diagnostic({
        code: "LQ1402",
        message: `this loop neither waits nor ends: ${why}`,
        at: locationOf(file, start, start + word.length),
        hint: "add a `break`, or a condition that becomes false",
      }),
    );
  }

  /** The local variables that alone decide a condition; null when something else does. */
  function namesOf(condition: TS.Expression): Set<TS.Symbol> | null {
    const names = new Set<TS.Symbol>();
    const isPlain = (node: TS.Node): boolean => {
      if (ts.isIdentifier(node)) {
        const symbol = checker.getSymbolAtLocation(node);
        const declaration = symbol?.valueDeclaration;
        if (!declaration || !(ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)))
          return false;
        names.add(symbol);
        return true;
      }
      if (ts.isParenthesizedExpression(node)) return isPlain(node.expression);
      if (ts.isPrefixUnaryExpression(node)) return !isStep(node.operator) && isPlain(node.operand);
      if (ts.isBinaryExpression(node)) {
        return !isAssignment(node.operatorToken.kind) && isPlain(node.left) && isPlain(node.right);
      }
      return ts.isNumericLiteral(node) || ts.isStringLiteral(node);
    };
    return isPlain(condition) ? names : null;
  }

  /** Whether something may end a loop, change one of the names or wait. */
  function leaves(loop: Loop, names: ReadonlySet<TS.Symbol>): boolean {
    let found = false;
    const changes = (target: TS.Expression): boolean => {
      const inner = unwrap(target);
      // Destructuring is not taken apart: it may change anything.
      if (ts.isArrayLiteralExpression(inner) || ts.isObjectLiteralExpression(inner)) return true;
      const symbol = ts.isIdentifier(inner) && checker.getSymbolAtLocation(inner);
      return symbol ? names.has(symbol) : false;
    };
    const visit = (node: TS.Node, nested: boolean): void => {
      if (found || constants.isDead(node)) return;
      if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) found = !isInFunction(node, loop);
      else if (ts.isBreakStatement(node)) found = node.label !== undefined || !nested;
      else if (ts.isContinueStatement(node)) found = node.label !== undefined;
      else if (ts.isCallExpression(node) || ts.isNewExpression(node)) found = mayStop(node);
      else if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind))
        found = changes(node.left);
      else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
        found = isStep(node.operator) && changes(node.operand);
      }
      const inside = nested || ts.isIterationStatement(node, false) || ts.isSwitchStatement(node);
      ts.forEachChild(node, (child) => visit(child, inside));
    };
    /** A function that is called may change what it closes over, when the loop depends on a variable. */
    const mayStop = (call: CallNode): boolean => {
      const operation = ts.isCallExpression(call) ? operations.of(call) : null;
      if (operation) return operation.suspends || STOPPING.has(operation.name);
      return colours.callsGenerator(call) || names.size > 0;
    };
    ts.forEachChild(loop, (child) => visit(child, false));
    return found;
  }

  for (const file of files) {
    constants.walk(file, (node) => {
      if (ts.isWhileStatement(node) || ts.isDoStatement(node) || ts.isForStatement(node)) check(node);
    });
  }
  return found;
}

function isStep(operator: TS.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isInFunction(node: TS.Node, loop: TS.Node): boolean {
  for (let at = node.parent; at !== loop; at = at.parent) if (isFunctionNode(at)) return true;
  return false;
}
