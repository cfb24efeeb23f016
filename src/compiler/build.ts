/** Sources → bundle: everything that needs the TypeScript checker or esbuild; loaded only when the cache misses. */
import { basename, dirname } from "node:path";
import { LinquError, ExitCode, invalidInput } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Bundle, BundleManifest, ConstexprValue } from "./bundle.js";
import { colour } from "./colour.js";
import type { Colours } from "./colour.js";
import { findConstants } from "./constants.js";
import type { Constants } from "./constants.js";
import { ESBUILD_VERSION, emit, essence, warmUp } from "./emit.js";
import { endlessLoopDiagnostics } from "./endless-loops.js";
import { createFlavours } from "./flavours.js";
import type { Flavours } from "./flavours.js";
import { futureDiagnostics } from "./futures.js";
import { analyseHandles } from "./handles.js";
import type { Handles } from "./handles.js";
import { opArgumentDiagnostics } from "./op-arguments.js";
import { createOperations } from "./operations.js";
import type { Operations } from "./operations.js";
import { createKernelProgram, ts } from "./program.js";
import type { KernelProgram } from "./program.js";
import { recursionDiagnostics } from "./recursion.js";
import { hostName, operationsName, rewrite, rewriteDsl } from "./rewrite.js";
import { scalarUseDiagnostics } from "./scalar-uses.js";
import { shownPath } from "../base/shown-path.js";
import { exportedCallables } from "./signatures.js";
import { SiteTable } from "./sites.js";
import { sha256 } from "./source-text.js";
import type { Dependency } from "./source-text.js";
import type { Sources } from "./sources.js";
import { structureDiagnostics } from "./structure.js";
import { typeDiagnostics } from "./type-errors.js";
import { unusedDiagnostics } from "./unused.js";
import { analyseFlow } from "./value-flow.js";
import type { ValueFlow } from "./value-flow.js";

export interface BuiltBundle {
  bundle: Bundle;
  dependencies: Dependency[];
}

interface Analysis {
  program: KernelProgram;
  operations: Operations;
  constants: Constants;
  flow: ValueFlow;
  colours: Colours;
  handles: Handles;
  flavours: Flavours;
}

/**
 * Compiles an entry file; `sources` keeps what it parses for the next time.
 * @throws LQ1001 syntax, LQ1002 types, LQ1003 no kernel, LQ11xx–LQ15xx the rules of kernels; all at once
 */
export async function buildBundle(
  entryPath: string,
  chosen: Readonly<Record<string, ConstexprValue>> = {},
  sources?: Sources,
): Promise<BuiltBundle> {
  warmUp();
  const program = createKernelProgram(entryPath, sources);
  // Before anything else: the checker is fast when it goes through a file in order, and then remembers all types.
  const found = typeDiagnostics(program);
  const operations = createOperations(program);
  const constants = findConstants(program, operations, chosen);
  const flow = analyseFlow(program, operations, constants);
  const colours = colour(flow, operations, constants);
  const flavours = createFlavours(program);
  const handles = analyseHandles(program, operations, flow, flavours);
  const analysis: Analysis = { program, operations, constants, flow, colours, handles, flavours };

  const rules = ruleDiagnostics(analysis);
  const broken = new Set(found.flatMap(({ code, at }) => (code === "LQ1001" && at ? [at.file] : [])));
  // What a broken file should have said may be what another one seems to lack: only errors are sure enough.
  found.push(
    ...(broken.size > 0
      ? rules.filter(({ at, severity }) => severity === "error" && !broken.has(at?.file ?? ""))
      : rules),
  );
  const diagnostics = inOrder(found, program);
  if (diagnostics.some(({ severity }) => severity === "error")) {
    throw new LinquError(ExitCode.invalidInput, diagnostics);
  }

  const { kernels, orchestrations } = exportedCallables(analysis);
  if (kernels.length + orchestrations.length === 0) throw noKernel(entryPath);

  const sites = new SiteTable(program);
  const ops = operationsName(program);
  const host = hostName(ops);
  const texts = new Map(
    program.files.map((file) => [file, rewrite(file, { ...analysis, sites, ops, host })]),
  );
  texts.set(program.dsl, rewriteDsl(program.dsl));
  const { code, map } = await emit(program, texts, [ops, host]);

  const constexpr = Object.fromEntries(constants.parameters.map(({ name, value }) => [name, value]));
  const api = "tl/1";
  const identity = {
    code: await essence(code),
    api,
    kernels: kernels.map((kernel) => ({ ...kernel, at: undefined })),
    orchestrations,
    constexpr,
    ops: sites.tuples.map((site) => site[4]),
  };
  const manifest: BundleManifest = {
    format: "linqu.bundle/1",
    api,
    name: basename(entryPath, ".ts"),
    hash: `sha256-${sha256(JSON.stringify(identity))}`,
    kernels,
    orchestrations,
    constexpr,
    sites: sites.tuples,
    sources: [...texts.keys()].map((file) => ({ path: program.label(file), sha256: program.sha256(file) })),
    tools: { esbuild: ESBUILD_VERSION, typescript: ts.version },
  };
  return {
    bundle: { manifest, code, map, sourceRoot: dirname(entryPath), warnings: diagnostics, cached: false },
    dependencies: program.dependencies(),
  };
}

/** Everything that the types alone do not tell. */
function ruleDiagnostics(analysis: Analysis): Diagnostic[] {
  const { program, operations, constants, flow, colours, handles, flavours } = analysis;
  return [
    ...constants.diagnostics,
    ...structureDiagnostics(analysis),
    ...scalarUseDiagnostics(program, constants, handles, flavours),
    ...opArgumentDiagnostics(operations, constants, flow, handles),
    ...endlessLoopDiagnostics(program, operations, constants, colours),
    ...recursionDiagnostics(program, flow, colours),
    ...futureDiagnostics(program, operations, constants, flow),
    ...unusedDiagnostics(program, operations, constants, handles),
  ];
}

const EXAMPLE = [
  'import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";',
  "export const copy = defineKernel(",
  "  {",
  '    name: "copy",',
  '    args: ({ bytes }) => [input("x", "f32", [bytes / 4]), output("y", "f32", [bytes / 4]), bytes / 4],',
  "  },",
  '  (x: Ptr<"f32">, y: Ptr<"f32">, n: number) => tl.store(y, tl.load(x, [n])),',
  ");",
];

function noKernel(entryPath: string): LinquError {
  return invalidInput({
    code: "LQ1003",
    message: `${shownPath(entryPath)} exports no kernel: nothing in it loads, stores, sends or receives`,
    detail: EXAMPLE,
    hint: "export one like this; linqu init kernel writes a file to start from",
  });
}

/** By file, line and column; what is said twice about one place is said once, and no warning joins an error's line. */
function inOrder(found: readonly Diagnostic[], { files }: KernelProgram): Diagnostic[] {
  const order = new Map(files.map((file, index) => [shownPath(file.fileName), index]));
  const rank = ({ at }: Diagnostic) => (at ? order.get(at.file)! * 1e12 + at.line * 1e6 + at.column : -1);
  const seen = new Set<string>();
  const lineOf = ({ at }: Diagnostic) => `${at?.file}:${at?.line}`;
  const wrong = new Set(found.filter(({ severity }) => severity === "error").map(lineOf));
  return [...found]
    .sort((a, b) => rank(a) - rank(b))
    .filter((error) => {
      if (error.severity !== "error" && wrong.has(lineOf(error))) return false;
      const key = `${error.code} ${rank(error)} ${error.message}`;
      return !seen.has(key) && seen.add(key);
    });
}
