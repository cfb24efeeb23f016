/** The kernels and orchestrations that an entry file exports. */
import { tlOps } from "../../dsl/ops.js";
import type { KernelManifest, OrchestrationManifest, PlaceTuple } from "./bundle.js";
import type { Colours } from "./colour.js";
import type { Definition, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { queueUses } from "./queue-uses.js";
import { rangeOf, unwrap } from "./syntax.js";
import type { FunctionNode } from "./syntax.js";
import type { ValueFlow } from "./value-flow.js";

interface Analysis {
  program: KernelProgram;
  operations: Operations;
  flow: ValueFlow;
  colours: Colours;
}

export interface ExportedCallables {
  kernels: KernelManifest[];
  orchestrations: OrchestrationManifest[];
}

export function exportedCallables({ program, operations, flow, colours }: Analysis): ExportedCallables {
  const { checker, entry, typeOf } = program;
  const kernels: KernelManifest[] = [];
  const orchestrations: OrchestrationManifest[] = [];

  function usesOf(roots: readonly FunctionNode[]): Pick<KernelManifest, "ops" | "queues"> {
    const reached = new Set(roots.flatMap((root) => [...colours.reach(root)]));
    const performed = [...reached]
      .flatMap((fn) => colours.operationsIn(fn))
      .filter(({ operation }) => operation.namespace === "tl");
    const names = new Set<string>(performed.map(({ operation }) => operation.name));
    return {
      ops: Object.keys(tlOps).filter((name) => names.has(name)),
      queues: queueUses(program, performed),
    };
  }

  function placeOf(node: TS.Node): PlaceTuple {
    const file = node.getSourceFile();
    const { line, column, endColumn } = rangeOf(file, node.getStart(file), node.end);
    return [program.files.indexOf(file), line, column, endColumn];
  }

  function addDefinition(name: string, at: PlaceTuple, definition: Definition): void {
    if (definition.kind === "orchestration") {
      orchestrations.push({ export: name, level: textOption(definition, "level") ?? "" });
      return;
    }
    const [signature] = typeOf(definition.body).getCallSignatures();
    kernels.push({
      export: name,
      at,
      name: textOption(definition, "name") ?? name,
      defined: true,
      params: signature ? parametersOf(signature) : [],
      ...usesOf(flow.functionsOf(definition.body)),
    });
  }

  function addValue(name: string, expression: TS.Expression): void {
    const inner = unwrap(expression);
    const definition = ts.isCallExpression(inner) ? operations.definition(inner) : null;
    const [fn] = flow.functionsOf(inner);
    if (definition) addDefinition(name, placeOf((inner as TS.CallExpression).expression), definition);
    else if (isKernelType(typeOf(inner))) addComputed(name, inner);
    else if (fn) addFunction(name, fn);
  }

  /** A kernel made by a function of the user's: all kernels that the program defines may be meant. */
  function addComputed(name: string, expression: TS.Expression): void {
    const type = typeOf(expression);
    const body = type.getProperty("body");
    const [signature] = body ? checker.getTypeOfSymbolAtLocation(body, expression).getCallSignatures() : [];
    const definitions = flow.definitions.filter(({ kind }) => kind === "kernel");
    kernels.push({
      export: name,
      at: placeOf(ts.isCallExpression(expression) ? expression.expression : expression),
      name,
      defined: true,
      params: signature ? parametersOf(signature) : [],
      ...usesOf(definitions.flatMap((definition) => flow.functionsOf(definition.body))),
    });
  }

  function addFunction(name: string, fn: FunctionNode): void {
    const uses = usesOf([fn]);
    if (!colours.isGenerator(fn) || uses.ops.length === 0) return;
    const signature = checker.getSignatureFromDeclaration(fn)!;
    kernels.push({
      export: name,
      at: placeOf(fn.name ?? fn),
      name: fn.name?.getText() ?? name,
      defined: false,
      params: parametersOf(signature),
      ...uses,
    });
  }

  function isKernelType(type: TS.Type): boolean {
    return (
      type.symbol?.name === "KernelDefinition" &&
      type.symbol.declarations?.[0]?.getSourceFile() === program.dsl
    );
  }

  function textOption({ options }: Definition, name: string): string | null {
    const property = options?.properties.find((each) => each.name?.getText() === name);
    if (!property) return null;
    const type = typeOf(ts.isPropertyAssignment(property) ? property.initializer : property);
    return type.isStringLiteral() ? type.value : null;
  }

  function parametersOf(signature: TS.Signature): KernelManifest["params"] {
    return signature.getParameters().flatMap((parameter) => {
      const declaration = parameter.valueDeclaration;
      const type = declaration
        ? checker.getTypeOfSymbolAtLocation(parameter, declaration)
        : checker.getTypeOfSymbol(parameter);
      if (checker.isTupleType(type) && declaration?.getSourceFile() === program.dsl) return elementsOf(type);
      const name =
        declaration && ts.isParameter(declaration) && !ts.isIdentifier(declaration.name)
          ? declaration.name.getText().replace(/\s+/g, " ")
          : parameter.name;
      return [{ name, type: textOf(type) }];
    });
  }

  /** The parameters of a kernel's body as `KernelDefinition` carries them: one labelled tuple. */
  function elementsOf(type: TS.Type): KernelManifest["params"] {
    const { target } = type as TS.TupleTypeReference;
    return checker.getTypeArguments(type as TS.TupleTypeReference).map((element, index) => ({
      name: target.labeledElementDeclarations?.[index]?.name.getText() ?? `argument${index}`,
      type: textOf(element),
    }));
  }

  function textOf(type: TS.Type): string {
    return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  }

  const module = checker.getSymbolAtLocation(entry);
  for (const symbol of module ? checker.getExportsOfModule(module) : []) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target.declarations?.find((each) => !ts.isFunctionDeclaration(each) || each.body);
    if (!declaration || !program.files.includes(declaration.getSourceFile())) continue;
    if (ts.isFunctionDeclaration(declaration)) addFunction(symbol.name, declaration as FunctionNode);
    else if (ts.isExportAssignment(declaration)) addValue(symbol.name, declaration.expression);
    else if (ts.isVariableDeclaration(declaration) && declaration.initializer)
      addValue(symbol.name, declaration.initializer);
  }
  return { kernels, orchestrations };
}
