/** What the type checker alone knows about tiles, pointers and buffers: the flavours of number in linqu/dsl. */
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";

export type HandleKind = "tile" | "pointer" | "buffer";

export interface Flavours {
  /** The flavour that every value of a type has; null when there is none, or not the same one. */
  certain(type: TS.Type): HandleKind | null;
  /** Whether a type says that a value may be a handle, cannot be one, or (a plain number or boolean) says nothing. */
  possible(type: TS.Type): "yes" | "no" | "unknown";
  isText(expression: TS.Expression): boolean;
  /** Whether a value may be undefined or null, as far as is known where it stands. */
  mayBeAbsent(expression: TS.Expression): boolean;
  /** Whether a value is always undefined or null. */
  isAbsent(expression: TS.Expression): boolean;
}

/** Unique symbols of dsl/index.ts that mark the flavours. */
const MARKS: Readonly<Record<string, HandleKind>> = {
  tileDtype: "tile",
  ptrDtype: "pointer",
  bufferMark: "buffer",
};

const NEVER_HANDLE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.NumberLiteral |
  ts.TypeFlags.Void |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null |
  ts.TypeFlags.Never |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Object;

export function createFlavours({ checker, typeOf, declaredTypeOf }: KernelProgram): Flavours {
  /** The members of a union, or the type itself; of a type parameter, those of its bound. */
  function parts(type: TS.Type): readonly TS.Type[] {
    const bound =
      type.flags & ts.TypeFlags.TypeParameter ? (checker.getBaseConstraintOfType(type) ?? type) : type;
    return bound.isUnion() ? bound.types : [bound];
  }

  function isText(expression: TS.Expression): boolean {
    if (ts.isParenthesizedExpression(expression)) return isText(expression.expression);
    if (!ts.isBinaryExpression(expression))
      return (declaredTypeOf(expression).flags & ts.TypeFlags.StringLike) !== 0;
    const isPlus = expression.operatorToken.kind === ts.SyntaxKind.PlusToken;
    return isPlus && (isText(expression.left) || isText(expression.right));
  }

  return {
    certain(type) {
      const kinds = new Set(parts(type).map(flavourOf));
      return kinds.size === 1 ? [...kinds][0]! : null;
    },
    possible(type) {
      const each = parts(type);
      if (each.some((part) => flavourOf(part) !== null || part.flags & ts.TypeFlags.Any)) return "yes";
      return each.every((part) => part.flags & NEVER_HANDLE) ? "no" : "unknown";
    },
    isText,
    mayBeAbsent: (expression) => parts(typeOf(expression)).some(isAbsentType),
    isAbsent: (expression) => isAbsentType(typeOf(expression)),
  };
}

function isAbsentType({ flags }: TS.Type): boolean {
  return (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0;
}

function flavourOf(type: TS.Type): HandleKind | null {
  if (!type.isIntersection()) return null;
  for (const part of type.types) {
    for (const { escapedName } of part.getProperties()) {
      const mark = /^__@(\w+)@\d+$/.exec(String(escapedName))?.[1];
      if (mark && MARKS[mark]) return MARKS[mark];
    }
  }
  return null;
}
