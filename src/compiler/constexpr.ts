/** Parameters that are chosen when a kernel is compiled: `const { BLOCK } = constexpr({ BLOCK: 128 })`. */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import type { ConstexprValue } from "./bundle.js";
import type { Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { locate, unwrap, walk } from "./syntax.js";

export interface ConstexprParameter {
  name: string;
  /** As chosen, or the default. */
  value: ConstexprValue;
  /** The default's expression, in whose place the value is written. */
  place: TS.Expression;
}

export interface ConstexprDeclarations {
  parameters: Map<string, ConstexprParameter>;
  /** Declarations of variables that hold parameters. */
  holders: Set<TS.Node>;
  diagnostics: Diagnostic[];
}

const FORM = "write `export const { BLOCK } = constexpr({ BLOCK: 128 })` at module level";

/** Fills `found` in the order of the sources, so that a default may use what was declared before it. */
export function findParameters(
  { files }: KernelProgram,
  operations: Operations,
  chosen: Readonly<Record<string, ConstexprValue>>,
  valueOf: (expression: TS.Expression) => ConstexprValue | undefined,
  { parameters, holders, diagnostics }: ConstexprDeclarations,
): void {
  function declare(call: TS.CallExpression): void {
    const { parent } = call;
    const [defaults] = call.arguments.map(unwrap);
    if (!ts.isVariableDeclaration(parent) || !isModuleConstant(parent)) {
      return malformed(call.expression, "constexpr declares constants at module level only");
    }
    if (!defaults || !ts.isObjectLiteralExpression(defaults)) return; // the type checker says what is wrong
    holders.add(parent);
    defaults.properties.forEach(addParameter);
  }

  function addParameter(property: TS.ObjectLiteralElementLike): void {
    const { name } = property;
    const value = ts.isPropertyAssignment(property) ? valueOf(property.initializer) : undefined;
    if (!name || !ts.isPropertyAssignment(property) || value === undefined) {
      return malformed(property, "a constexpr parameter has a number, a boolean or text as its default");
    }
    const key = ts.isStringLiteralLike(name) ? name.text : name.getText();
    const first = parameters.get(key);
    if (first) {
      const related = [{ at: locate(first.place.parent), message: "declared here first" }];
      return malformed(property, `the constexpr parameter ${key} is declared twice`, related);
    }
    parameters.set(key, { name: key, value: choose(key, value, property), place: property.initializer });
  }

  function choose(name: string, value: ConstexprValue, property: TS.PropertyAssignment): ConstexprValue {
    const other = Object.hasOwn(chosen, name) ? chosen[name]! : value;
    if (typeof other === typeof value) return other;
    const message = `${name} is ${kindOf(value)} (${JSON.stringify(value)} by default), not ${kindOf(other)}`;
    const hint = typeof value === "string" ? `write ${name}='"${other}"'` : null;
    diagnostics.push(diagnostic({ code: "LQ1009", message, at: locate(property), hint }));
    return value;
  }

  function malformed(node: TS.Node, message: string, related: Diagnostic["related"] = []): void {
    diagnostics.push(diagnostic({ code: "LQ1010", message, at: locate(node), related, hint: FORM }));
  }

  for (const file of files) {
    walk(file, (node) => {
      if (ts.isCallExpression(node) && operations.isConstexpr(node)) declare(node);
    });
  }
  for (const name of Object.keys(chosen)) {
    if (parameters.has(name)) continue;
    const names = [...parameters.keys()];
    const message = `no constexpr parameter is called ${JSON.stringify(name)}`;
    const hint = names.length > 0 ? suggestName(name, names) : `the kernel declares none: ${FORM}`;
    diagnostics.push(diagnostic({ code: "LQ1007", message, hint }));
  }
}

function isModuleConstant(declaration: TS.VariableDeclaration): boolean {
  const list = declaration.parent;
  if (!(list.flags & ts.NodeFlags.Const) || !ts.isVariableStatement(list.parent)) return false;
  return ts.isSourceFile(list.parent.parent);
}

function kindOf(value: ConstexprValue): string {
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
