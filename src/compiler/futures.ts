/** Futures that nobody can wait for any more (LQ1501, LQ1502). */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Constants } from "./constants.js";
import type { Operation, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { append, isAssignment, locate, unwrap } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

const WAIT = "wait for it: tl.wait(future)";

export function futureDiagnostics(
  { checker, files, typeOf }: KernelProgram,
  operations: Operations,
  constants: Constants,
  flow: ValueFlow,
): Diagnostic[] {
  const startsAny = flow.calls.some((call) => ts.isCallExpression(call) && isStart(operations.of(call)));
  if (!startsAny) return [];
  const found: Diagnostic[] = [];
  const mentions = new Map<TS.Symbol, TS.Identifier[]>();

  function isFuture(expression: TS.Expression): boolean {
    const { symbol } = typeOf(expression);
    return symbol?.name === "Future" && !files.includes(symbol.declarations![0]!.getSourceFile());
  }

  /** A call that starts something; a name or a conditional stands for a future that has another name. */
  function starts(expression: TS.Expression): boolean {
    const inner = unwrap(expression);
    return ts.isCallExpression(inner) && isFuture(inner);
  }

  function dropped(node: TS.Node): void {
    const message = "this future is dropped: nothing waits for what was started";
    found.push(diagnostic({ code: "LQ1501", message, at: locate(node), hint: WAIT }));
  }

  function mentionsIn(symbol: TS.Symbol, from: number, to: number, file: TS.SourceFile): TS.Identifier[] {
    const all = mentions.get(symbol) ?? [];
    return all.filter((name) => name.getSourceFile() === file && name.pos >= from && name.end <= to);
  }

  function checkVariable(declaration: TS.VariableDeclaration): void {
    const { name, initializer } = declaration;
    if (!initializer || !starts(initializer) || !ts.isIdentifier(name)) return;
    const symbol = checker.getSymbolAtLocation(name);
    if (!symbol || isExported(declaration)) return;
    const used = (mentions.get(symbol) ?? []).some((each) => each !== name && !isTarget(each));
    if (!used) dropped(name);
  }

  /** One assignment of a started future after another, with no mention of the variable between them. */
  function checkList(statements: readonly TS.Statement[]): void {
    const open = new Map<TS.Symbol, TS.Identifier>();
    for (const statement of statements) {
      const given = assigned(statement);
      for (const [symbol, first] of open) {
        const file = statement.getSourceFile();
        const here = mentionsIn(symbol, statement.pos, statement.end, file);
        if (here.length === 0) continue;
        const overwritten = given.find((target) => checker.getSymbolAtLocation(target) === symbol);
        if (overwritten && here.length === 1) overwrites(overwritten, first);
        open.delete(symbol);
      }
      for (const target of given) {
        const symbol = checker.getSymbolAtLocation(target);
        if (symbol && starts(valueFor(target)!)) open.set(symbol, target);
      }
      // What a jump leaves behind is not on this path.
      if (open.size > 0 && mayJump(statement)) open.clear();
    }
  }

  /** A future that each round of a loop puts in the place of the one before. */
  function checkLoop(loop: TS.IterationStatement): void {
    const { statement } = loop;
    const list = ts.isBlock(statement) ? statement.statements : [statement];
    if (list.some(mayJump)) return;
    for (const target of list.flatMap(assigned)) {
      if (ts.isVariableDeclaration(target.parent) || !starts(valueFor(target)!)) continue;
      const symbol = checker.getSymbolAtLocation(target);
      const declaration = symbol?.valueDeclaration;
      if (!symbol || !declaration || (declaration.pos >= loop.pos && declaration.end <= loop.end)) continue;
      if (mentionsIn(symbol, loop.pos, loop.end, loop.getSourceFile()).length === 1) overwrites(target, null);
    }
  }

  function overwrites(target: TS.Identifier, first: TS.Identifier | null): void {
    const when = first ? "" : " by the next round of the loop";
    found.push(
      diagnostic({
        code: "LQ1502",
        message: `\`${target.text}\` is overwritten${when} before anything has waited for its future`,
        at: locate(target),
        related: first ? [{ at: locate(first), message: "started here" }] : [],
        hint: "wait first, or keep the futures in a list",
      }),
    );
  }

  for (const file of files) {
    constants.walk(file, (node) => {
      if (!ts.isIdentifier(node)) return;
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (symbol) append(mentions, symbol, node);
    });
  }
  for (const file of files) {
    constants.walk(file, (node) => {
      if (ts.isExpressionStatement(node) && starts(node.expression)) dropped(node.expression);
      else if (ts.isVariableDeclaration(node)) checkVariable(node);
      else if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) checkList(node.statements);
      else if (ts.isIterationStatement(node, false)) checkLoop(node);
    });
  }
  return found;
}

function isStart(operation: Operation | null): boolean {
  return operation !== null && ["composite", "recvAsync", "recvInto"].includes(operation.name);
}

/** The names that a statement gives values to, first thing: `const f = …`, `f = …`. */
function assigned(statement: TS.Statement): TS.Identifier[] {
  if (ts.isVariableStatement(statement)) {
    const { declarations } = statement.declarationList;
    return declarations.flatMap(({ name, initializer }) =>
      initializer && ts.isIdentifier(name) ? [name] : [],
    );
  }
  if (!ts.isExpressionStatement(statement)) return [];
  const { expression } = statement;
  if (!ts.isBinaryExpression(expression)) return [];
  const isPlain = expression.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isPlain && ts.isIdentifier(expression.left) ? [expression.left] : [];
}

function valueFor(target: TS.Identifier): TS.Expression | undefined {
  const { parent } = target;
  if (ts.isVariableDeclaration(parent)) return parent.initializer;
  return ts.isBinaryExpression(parent) ? parent.right : undefined;
}

function isTarget(name: TS.Identifier): boolean {
  const { parent } = name;
  return ts.isBinaryExpression(parent) && parent.left === name && isAssignment(parent.operatorToken.kind);
}

function isExported(declaration: TS.VariableDeclaration): boolean {
  return (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0;
}

function mayJump(statement: TS.Node): boolean {
  const isJump =
    ts.isBreakOrContinueStatement(statement) ||
    ts.isReturnStatement(statement) ||
    ts.isThrowStatement(statement);
  return isJump || (ts.forEachChild(statement, mayJump) ?? false);
}
