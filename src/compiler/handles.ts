/** Which expressions may be tiles, pointers or buffers (to rewrite operators), and which certainly are (to refuse). */
import type { Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import type { Slot } from "./slots.js";
import { unwrap } from "./syntax.js";
import { append, isAssignment } from "./value-flow.js";
import type { ValueFlow } from "./value-flow.js";

export type HandleKind = "tile" | "pointer" | "buffer";

export interface Handles {
  /** Whether the value may be a handle in some run. */
  may(expression: TS.Expression): boolean;
  /** What the value is in every run, as far as types and constants tell; null when it may be a scalar. */
  must(expression: TS.Expression): HandleKind | null;
}

/** The operators that work on handles, by the name of their operation. */
export const ARITHMETIC = new Map<TS.SyntaxKind, "add" | "sub" | "mul" | "div">([
  [ts.SyntaxKind.PlusToken, "add"],
  [ts.SyntaxKind.MinusToken, "sub"],
  [ts.SyntaxKind.AsteriskToken, "mul"],
  [ts.SyntaxKind.SlashToken, "div"],
  [ts.SyntaxKind.PlusEqualsToken, "add"],
  [ts.SyntaxKind.MinusEqualsToken, "sub"],
  [ts.SyntaxKind.AsteriskEqualsToken, "mul"],
  [ts.SyntaxKind.SlashEqualsToken, "div"],
]);

/** Unique symbols of dsl/index.ts that mark the flavours of number. */
const MARKS: Readonly<Record<string, HandleKind>> = { tileDtype: "tile", ptrDtype: "pointer", bufferMark: "buffer" };

const NEVER_HANDLE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.NumberLiteral |
  ts.TypeFlags.Void |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null |
  ts.TypeFlags.Never |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Object;

export function analyseHandles({ checker, typeOf }: KernelProgram, operations: Operations, flow: ValueFlow): Handles {
  const holding = new Set<Slot>();

  function may(expression: TS.Expression): boolean {
    const inner = unwrap(expression);
    const type = typeOf(inner);
    if (couldBe(type, (each) => flavour(each) !== null || (each.flags & ts.TypeFlags.Any) !== 0)) return true;
    if (!couldBe(type, (each) => (each.flags & NEVER_HANDLE) === 0)) return false;
    if (ts.isBinaryExpression(inner)) return mayBinary(inner);
    if (ts.isPrefixUnaryExpression(inner)) {
      return inner.operator === ts.SyntaxKind.MinusToken && may(inner.operand);
    }
    if (ts.isConditionalExpression(inner)) return may(inner.whenTrue) || may(inner.whenFalse);
    if (ts.isCallExpression(inner)) {
      const operation = operations.of(inner);
      if (operation) return resultFlavour(operation.declaration) !== null;
    }
    return flow.slotsOf(inner).some((slot) => holding.has(slot));
  }

  function mayBinary({ left, operatorToken: { kind }, right }: TS.BinaryExpression): boolean {
    if (ARITHMETIC.has(kind)) return may(left) || may(right);
    if (kind === ts.SyntaxKind.CommaToken || kind === ts.SyntaxKind.EqualsToken) return may(right);
    const chooses =
      kind === ts.SyntaxKind.BarBarToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken ||
      isAssignment(kind);
    return chooses && (may(left) || may(right));
  }

  let before: number;
  do {
    before = holding.size;
    for (const { from, value, to } of flow.flows) {
      if (value ? may(from) : holding.has(from)) holding.add(to);
    }
  } while (holding.size > before);

  /** Expressions given to a slot, with null for a value that comes from another slot. */
  const givenTo = new Map<Slot, (TS.Expression | null)[]>();
  for (const { from, value, to } of flow.flows) append(givenTo, to, value ? from : null);

  /** What all values given to a variable or returned by a function have in common. */
  const open = new Set<Slot>();
  function mustSlot(slot: Slot): HandleKind | null {
    const given = givenTo.get(slot);
    if (!given || given.includes(null) || open.has(slot)) return null;
    open.add(slot);
    const kinds = new Set(given.map((from) => (updates(from!, slot) ? undefined : must(from!))));
    open.delete(slot);
    kinds.delete(undefined);
    return kinds.size === 1 ? [...kinds][0]! : null;
  }

  /** `acc += x` keeps the kind of `acc`, so it says nothing about it. */
  function updates(from: TS.Expression, slot: Slot): boolean {
    return ts.isBinaryExpression(from) && ARITHMETIC.has(from.operatorToken.kind) && flow.slotsOf(from.left).includes(slot);
  }

  function must(expression: TS.Expression): HandleKind | null {
    const inner = unwrap(expression);
    const declared = certainFlavour(typeOf(inner));
    if (declared) return declared;
    if (ts.isPrefixUnaryExpression(inner)) {
      return inner.operator === ts.SyntaxKind.MinusToken ? must(inner.operand) : null;
    }
    if (ts.isBinaryExpression(inner)) {
      const { left, operatorToken, right } = inner;
      if (operatorToken.kind === ts.SyntaxKind.EqualsToken) return must(right);
      return ARITHMETIC.has(operatorToken.kind) ? (must(left) ?? must(right)) : null;
    }
    if (ts.isConditionalExpression(inner)) {
      const kind = must(inner.whenTrue);
      return kind === must(inner.whenFalse) ? kind : null;
    }
    if (ts.isCallExpression(inner)) {
      const operation = operations.of(inner);
      if (operation) return resultFlavour(operation.declaration);
    }
    if (!ts.isIdentifier(inner) && !ts.isCallExpression(inner)) return null;
    const slots = flow.slotsOf(inner);
    return slots.length === 1 && isLocal(slots[0]!) ? mustSlot(slots[0]!) : null;
  }

  /** The flavour of what an operation returns by its declaration: an argument's inferred type may have lost it. */
  function resultFlavour(declaration: TS.MethodSignature): HandleKind | null {
    return declaration.type ? certainFlavour(checker.getTypeFromTypeNode(declaration.type)) : null;
  }

  function certainFlavour(type: TS.Type): HandleKind | null {
    const bound = type.flags & ts.TypeFlags.TypeParameter ? checker.getBaseConstraintOfType(type) : type;
    if (!bound) return null;
    if (!bound.isUnion()) return flavour(bound);
    const kinds = new Set(bound.types.map(flavour));
    return kinds.size === 1 ? [...kinds][0]! : null;
  }

  function couldBe(type: TS.Type, test: (type: TS.Type) => boolean): boolean {
    const bound = type.flags & ts.TypeFlags.TypeParameter ? (checker.getBaseConstraintOfType(type) ?? type) : type;
    return bound.isUnion() ? bound.types.some((each) => couldBe(each, test)) : test(bound);
  }

  return { may, must };
}

/** A variable without a type, or what a function without a declared result returns. */
function isLocal(slot: Slot): boolean {
  if (typeof slot === "string") return false;
  if (ts.isVariableDeclaration(slot)) return slot.type === undefined;
  return ts.isBlock(slot) || ts.isExpression(slot);
}

function flavour(type: TS.Type): HandleKind | null {
  if (!type.isIntersection()) return null;
  for (const part of type.types) {
    for (const { escapedName } of part.getProperties()) {
      const mark = /^__@(\w+)@\d+$/.exec(String(escapedName))?.[1];
      if (mark && MARKS[mark]) return MARKS[mark];
    }
  }
  return null;
}
