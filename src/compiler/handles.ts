/** Which expressions may be tiles, pointers or buffers (to rewrite operators), and which certainly are (to refuse). */
import type { Flavours, HandleKind } from "./flavours.js";
import type { Operation, Operations } from "./operations.js";
import { OPERATORS, isComparison, isEquality, isLogical, unaryOperator } from "./operators.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import type { Slot } from "./slots.js";
import { append, isAssertion, isAssignment } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

export interface Handles {
  /** Whether the value may be a handle in some run. */
  may(expression: TS.Expression): boolean;
  /** Whether an operator with two operands may get a handle; that a value is undefined or null is asked of anything. */
  meets(operator: TS.BinaryExpression): boolean;
  /** What the value is in every run, as far as types and constants tell; null when it may be a scalar. */
  must(expression: TS.Expression): HandleKind | null;
}

export function analyseHandles(
  { checker, typeOf, declaredTypeOf }: KernelProgram,
  operations: Operations,
  flow: ValueFlow,
  flavours: Flavours,
): Handles {
  const holding = new Set<Slot>();
  /** Answers that the search for holding slots can no longer change. */
  const settled = new Map<TS.Expression, boolean>();

  function may(expression: TS.Expression): boolean {
    const known = settled.get(expression);
    if (known !== undefined) return known;
    const answer = decideMay(expression);
    if (answer) settled.set(expression, true);
    return answer;
  }

  function decideMay(expression: TS.Expression): boolean {
    if (ts.isParenthesizedExpression(expression) || ts.isNonNullExpression(expression))
      return may(expression.expression);
    if (isAssertion(expression)) {
      return flavours.possible(typeOf(expression)) === "yes" || may(expression.expression);
    }
    if (ts.isBinaryExpression(expression)) return mayBinary(expression);
    if (ts.isPrefixUnaryExpression(expression)) {
      return unaryOperator(expression) !== null && may(expression.operand);
    }
    if (ts.isConditionalExpression(expression)) return may(expression.whenTrue) || may(expression.whenFalse);
    const possible = flavours.possible(declaredTypeOf(expression));
    if (possible !== "unknown") return possible === "yes";
    const operation = ts.isCallExpression(expression) ? operations.of(expression) : null;
    // What was waited for may be a tile, also where arithmetic has made its type a plain number.
    if (operation) return operation.name === "wait" || resultKind(operation) !== null;
    return flow.slotsOf(expression).some((slot) => holding.has(slot));
  }

  function mayBinary(node: TS.BinaryExpression): boolean {
    const { left, right } = node;
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.CommaToken || kind === ts.SyntaxKind.EqualsToken) return may(right);
    if (isChoice(kind)) return may(left) || may(right);
    return OPERATORS.has(kind) && meets(node);
  }

  function meets({ left, operatorToken: { kind }, right }: TS.BinaryExpression): boolean {
    const name = OPERATORS.get(kind);
    if (name && isEquality(name) && (flavours.isAbsent(left) || flavours.isAbsent(right))) return false;
    return may(left) || may(right);
  }

  let before: number;
  do {
    before = holding.size;
    for (const { from, value, to } of flow.flows) {
      if (!holding.has(to) && (value ? may(from) : holding.has(from))) holding.add(to);
    }
  } while (holding.size > before);

  /** Expressions given to a slot, with null for a value that comes from another slot. */
  const givenTo = new Map<Slot, (TS.Expression | null)[]>();
  for (const { from, value, to } of flow.flows) append(givenTo, to, value ? from : null);

  /** What all values given to a variable, or returned by a function, have in common. */
  const common = new Map<Slot, HandleKind | null>();
  function mustSlot(slot: Slot): HandleKind | null {
    const known = common.get(slot);
    if (known !== undefined) return known;
    common.set(slot, null); // while it is being found out, for functions that call themselves
    const given = givenTo.get(slot) ?? [];
    // `acc += x` keeps the kind of `acc`, so it says nothing about it.
    const telling = given.filter((from) => from === null || !isUpdate(from));
    const kinds = new Set(telling.map((from) => from && must(from)));
    const kind = kinds.size === 1 ? [...kinds][0]! : null;
    common.set(slot, kind);
    return kind;
  }

  function must(expression: TS.Expression): HandleKind | null {
    if (ts.isParenthesizedExpression(expression) || ts.isNonNullExpression(expression))
      return must(expression.expression);
    if (isAssertion(expression)) return flavours.certain(typeOf(expression)) ?? must(expression.expression);
    if (ts.isPostfixUnaryExpression(expression)) return null;
    if (ts.isPrefixUnaryExpression(expression)) {
      const name = unaryOperator(expression);
      return name === "neg" ? must(expression.operand) : name && tileOnly(must(expression.operand));
    }
    if (ts.isBinaryExpression(expression)) return mustBinary(expression);
    if (ts.isConditionalExpression(expression)) {
      const kind = must(expression.whenTrue);
      return kind === must(expression.whenFalse) ? kind : null;
    }
    // The declared type first: narrowing costs a walk through the control flow.
    const possible = flavours.possible(declaredTypeOf(expression));
    if (possible === "no") return null;
    if (possible === "yes") return flavours.certain(typeOf(expression));
    const operation = ts.isCallExpression(expression) ? operations.of(expression) : null;
    if (operation) return resultKind(operation);
    if (!ts.isIdentifier(expression) && !ts.isCallExpression(expression)) return null;
    const slots = flow.slotsOf(expression);
    return slots.length === 1 && isClosed(slots[0]!) ? mustSlot(slots[0]!) : null;
  }

  function mustBinary({ left, operatorToken: { kind }, right }: TS.BinaryExpression): HandleKind | null {
    if (kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.CommaToken) return must(right);
    const name = OPERATORS.get(kind);
    if (!name) return null;
    if (isLogical(name)) return tileOnly(must(left));
    if (!isComparison(name)) return must(left) ?? must(right);
    if (isEquality(name) && (flavours.isAbsent(left) || flavours.isAbsent(right))) return null;
    return tileOnly(must(left)) ?? tileOnly(must(right));
  }

  /** The flavour of what an operation returns by its declaration: an argument's inferred type may have lost it. */
  function resultKind({ givesTile, declaration }: Operation): HandleKind | null {
    if (givesTile) return "tile";
    return declaration.type ? flavours.certain(checker.getTypeFromTypeNode(declaration.type)) : null;
  }

  return { may, meets, must };
}

function isUpdate(from: TS.Expression): boolean {
  if (!ts.isBinaryExpression(from)) return false;
  const { kind } = from.operatorToken;
  return isAssignment(kind) && OPERATORS.has(kind);
}

function isChoice(kind: TS.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.QuestionQuestionEqualsToken;
}

/** A mask is a tile; of pointers and buffers there are none. */
function tileOnly(kind: HandleKind | null): HandleKind | null {
  return kind === "tile" ? kind : null;
}

/** A slot that gets all its values from expressions in sight: a variable, or what a function returns. */
function isClosed(slot: Slot): boolean {
  return (
    typeof slot !== "string" && (ts.isVariableDeclaration(slot) || ts.isBlock(slot) || ts.isExpression(slot))
  );
}
