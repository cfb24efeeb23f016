/** Which calls are operations of `tl` or `rt`, and which declare a kernel or an orchestration. */
import { rtOps, tlOps } from "../../dsl/ops.js";
import type { OpGroup, OpSpec } from "../../dsl/ops.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import type { CallNode } from "./syntax.js";

export interface Operation {
  namespace: "tl" | "rt";
  name: string;
  suspends: boolean;
  /** Whether the result is a tile whatever the types have become. */
  givesTile: boolean;
  /** The member of `Tl` or `Rt` in dsl/index.ts, or the method of numbers in kernel-lib.d.ts. */
  declaration: TS.MethodSignature;
  /** Written as a method of its first argument. */
  isMethod: boolean;
}

export interface Definition {
  kind: "kernel" | "orchestration";
  call: TS.CallExpression;
  /** The object literal of options, also when it is named by a constant; null when it cannot be seen. */
  options: TS.ObjectLiteralExpression | null;
  body: TS.Expression;
}

const TABLES: Record<"tl" | "rt", Readonly<Record<string, OpSpec>>> = { tl: tlOps, rt: rtOps };

/** Library interfaces that have operations of tiles as methods: a mask is a boolean to the type checker. */
const METHOD_OWNERS = new Set(["Number", "Boolean"]);

/** Groups of operations that always give a tile. */
const TILE_GROUPS = new Set<OpGroup>(["create", "elementwise", "compare", "reduce", "shape"]);

function traitsOf(namespace: "tl" | "rt", name: string): Pick<Operation, "suspends" | "givesTile"> {
  const { suspends, group } = TABLES[namespace][name]!;
  return { suspends, givesTile: TILE_GROUPS.has(group) };
}

export interface Operations {
  /** The operation that a call performs, whatever name `tl` was imported under; null for other calls. */
  of(call: TS.CallExpression): Operation | null;
  /** The operation that a function-valued expression stands for. */
  named(expression: TS.Expression): Operation | null;
  definition(call: TS.CallExpression): Definition | null;
  isConstexpr(call: TS.CallExpression): boolean;
  /** Whether the callee's declaration wants a function there, rather than a value to keep. */
  takesFunction(call: CallNode, argument: TS.Expression): boolean;
}

export function createOperations({ checker, dsl, lib, typeOf }: KernelProgram): Operations {
  const known = new Map<TS.CallExpression, Operation | null>();

  function fromDeclaration(declaration: TS.Node | undefined): Operation | null {
    if (!declaration || !ts.isMethodSignature(declaration)) return null;
    if (!ts.isInterfaceDeclaration(declaration.parent)) return null;
    const file = declaration.getSourceFile();
    const owner = declaration.parent.name.text;
    const name = declaration.name.getText(file);
    if (file === lib) {
      if (!METHOD_OWNERS.has(owner) || !TABLES.tl[name]?.method) return null;
      return { namespace: "tl", name, ...traitsOf("tl", name), declaration, isMethod: true };
    }
    if (file !== dsl || (owner !== "Tl" && owner !== "Rt")) return null;
    const namespace = owner === "Tl" ? "tl" : "rt";
    return { namespace, name, ...traitsOf(namespace, name), declaration, isMethod: false };
  }

  /** The name of the function of linqu/dsl that an expression stands for. */
  function dslFunction(expression: TS.Expression): string | null {
    const named = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    if (!ts.isIdentifier(named)) return null;
    const symbol = checker.getSymbolAtLocation(named);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target?.valueDeclaration;
    return declaration?.getSourceFile() === dsl && ts.isFunctionDeclaration(declaration)
      ? target!.name
      : null;
  }

  return {
    of(call) {
      let operation = known.get(call);
      if (operation === undefined) {
        operation = fromDeclaration(checker.getResolvedSignature(call)?.declaration);
        known.set(call, operation);
      }
      return operation;
    },
    named(expression) {
      const [signature] = typeOf(expression).getCallSignatures();
      return fromDeclaration(signature?.declaration);
    },
    definition(call) {
      const name = dslFunction(call.expression);
      if (name !== "defineKernel" && name !== "defineOrchestration") return null;
      const [options, body] = call.arguments;
      if (!options || !body) return null;
      const kind = name === "defineKernel" ? "kernel" : "orchestration";
      return { kind, call, options: objectLiteral(options, checker), body };
    },
    isConstexpr: (call) => dslFunction(call.expression) === "constexpr",
    takesFunction(call, argument) {
      const declaration = checker.getResolvedSignature(call)?.declaration;
      const parameter = declaration?.parameters[([...(call.arguments ?? [])] as TS.Node[]).indexOf(argument)];
      return (
        parameter !== undefined && "type" in parameter && ts.isFunctionTypeNode(parameter.type as TS.Node)
      );
    },
  };
}

function objectLiteral(
  expression: TS.Expression,
  checker: TS.TypeChecker,
): TS.ObjectLiteralExpression | null {
  if (ts.isObjectLiteralExpression(expression)) return expression;
  if (ts.isParenthesizedExpression(expression) || ts.isSatisfiesExpression(expression)) {
    return objectLiteral(expression.expression, checker);
  }
  if (!ts.isIdentifier(expression)) return null;
  const declaration = checker.getSymbolAtLocation(expression)?.valueDeclaration;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return null;
  return objectLiteral(declaration.initializer, checker);
}
