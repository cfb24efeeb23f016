/** Slots: the places of a program that can hold a value. */
import type { Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { unwrap } from "./syntax.js";
import type { CallNode, FunctionNode } from "./syntax.js";

/** A declaration, a function's body (what it returns), `property x`, or `element`. */
export type Slot = TS.Node | `property ${string}` | "element";

export interface Slots {
  slotsOf(expression: TS.Expression): Slot[];
  /** Whether properties may be read or written here without their names. */
  isDynamicAccess(node: TS.Node): boolean;
  propertySlot(name: TS.PropertyName | TS.BindingName): Slot;
  /** A call of an array's or a map's method: values go into the container, come out, and reach callbacks. */
  isContainerCall(call: TS.CallExpression): boolean;
}

const NUMBER_ARRAYS = new Set(["Float64Array", "Float32Array", "Int32Array", "Uint32Array", "Uint8Array"]);
const SCALAR_OWNERS = new Set(["Math", "NumberConstructor", "String", "Number", "TypedArray"]);

export function createSlots(
  { checker, files, typeOf }: KernelProgram,
  operations: Operations,
  calleesOf: (call: CallNode) => FunctionNode[],
): Slots {
  function slotsOf(expression: TS.Expression): Slot[] {
    const inner = unwrap(expression);
    if (isFunctionExpression(inner)) return [inner];
    if (ts.isIdentifier(inner)) return declarationSlots(symbolOf(inner));
    if (ts.isPropertyAccessExpression(inner)) {
      const symbol = symbolOf(inner.name);
      if (symbol && isForeign(symbol)) return [];
      const slots = declarationSlots(symbol);
      return slots.length > 0 ? slots : [`property ${inner.name.text}`];
    }
    if (ts.isElementAccessExpression(inner)) return elementSlots(inner);
    if (ts.isCallExpression(inner)) return callSlots(inner);
    if (ts.isConditionalExpression(inner)) return [...slotsOf(inner.whenTrue), ...slotsOf(inner.whenFalse)];
    if (ts.isBinaryExpression(inner)) return binarySlots(inner);
    return [];
  }

  function binarySlots({ left, operatorToken, right }: TS.BinaryExpression): Slot[] {
    switch (operatorToken.kind) {
      case ts.SyntaxKind.CommaToken:
        return slotsOf(right);
      case ts.SyntaxKind.EqualsToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.BarBarEqualsToken:
      case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
      case ts.SyntaxKind.QuestionQuestionEqualsToken:
        return [...slotsOf(left), ...slotsOf(right)];
      default:
        return [];
    }
  }

  function callSlots(call: TS.CallExpression): Slot[] {
    const callees = calleesOf(call);
    if (callees.length > 0) return callees.map((callee) => callee.body);
    return isContainerCall(call) ? ["element"] : [];
  }

  function elementSlots({ expression, argumentExpression }: TS.ElementAccessExpression): Slot[] {
    if (ts.isStringLiteralLike(argumentExpression)) return [`property ${argumentExpression.text}`];
    const type = typeOf(expression);
    if (NUMBER_ARRAYS.has(type.symbol?.name ?? "")) return [];
    return ["element"];
  }

  /** `object[key]`, or a call such as `Object.values(object)`: any property may be meant. */
  function isDynamicAccess(node: TS.Node): boolean {
    if (ts.isElementAccessExpression(node)) {
      if (ts.isStringLiteralLike(node.argumentExpression)) return false;
      const type = typeOf(node.expression);
      return !checker.isArrayLikeType(type) && !NUMBER_ARRAYS.has(type.symbol?.name ?? "");
    }
    if (!ts.isIdentifier(node) || node.text !== "Object") return false;
    const symbol = checker.getSymbolAtLocation(node);
    return symbol !== undefined && isForeign(symbol);
  }

  /** Declared by linqu or the kernel library, not by the user. */
  function isForeign({ declarations }: TS.Symbol): boolean {
    return declarations !== undefined && declarations.every((each) => !files.includes(each.getSourceFile()));
  }

  function symbolOf(name: TS.Identifier | TS.MemberName): TS.Symbol | undefined {
    const symbol = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : checker.getSymbolAtLocation(name);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The user's own variable or function; nothing for properties and for what linqu declares. */
  function declarationSlots(symbol: TS.Symbol | undefined): Slot[] {
    const declarations = symbol?.declarations ?? [];
    const declaration =
      declarations.find((each) => ts.isFunctionDeclaration(each) && each.body) ?? declarations[0];
    if (!declaration || !files.includes(declaration.getSourceFile())) return [];
    return isPropertyLike(declaration) ? [] : [declaration];
  }

  function isContainerCall(call: TS.CallExpression): boolean {
    const declaration = checker.getResolvedSignature(call)?.declaration;
    if (!declaration || operations.of(call)) return false;
    const file = declaration.getSourceFile();
    if (!file.isDeclarationFile || files.includes(file)) return false;
    const owner = declaration.parent;
    return !(ts.isInterfaceDeclaration(owner) && SCALAR_OWNERS.has(owner.name.text));
  }

  return { slotsOf, isContainerCall, isDynamicAccess, propertySlot };
}

function propertySlot(name: TS.PropertyName | TS.BindingName): Slot {
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) return `property ${name.text}`;
  if (ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return `property ${name.text}`;
  return "element";
}

function isFunctionExpression(node: TS.Expression): node is TS.FunctionExpression | TS.ArrowFunction {
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node);
}

function isPropertyLike(declaration: TS.Declaration): boolean {
  return (
    ts.isPropertyAssignment(declaration) ||
    ts.isShorthandPropertyAssignment(declaration) ||
    ts.isPropertySignature(declaration) ||
    ts.isPropertyDeclaration(declaration) ||
    ts.isMethodDeclaration(declaration) ||
    ts.isMethodSignature(declaration) ||
    ts.isAccessor(declaration)
  );
}
