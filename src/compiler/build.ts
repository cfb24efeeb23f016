/** Sources → bundle: everything that needs the TypeScript checker or esbuild; loaded only when the cache misses. */
import { basename, dirname } from "node:path";
import { LinquError, ExitCode, invalidInput } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Bundle, BundleManifest } from "./bundle.js";
import { colour } from "./colour.js";
import { ESBUILD_VERSION, emit, essence, warmUp } from "./emit.js";
import { createFlavours } from "./flavours.js";
import { analyseHandles } from "./handles.js";
import { createOperations } from "./operations.js";
import { createKernelProgram, ts } from "./program.js";
import type { KernelProgram } from "./program.js";
import { queueUses } from "./queue-uses.js";
import { operationsName, rewrite, rewriteDsl } from "./rewrite.js";
import { scalarUseDiagnostics } from "./scalar-uses.js";
import { shownPath } from "../base/shown-path.js";
import { exportedCallables } from "./signatures.js";
import { SiteTable } from "./sites.js";
import { sha256 } from "./source-text.js";
import type { Dependency } from "./source-text.js";
import { structureDiagnostics } from "./structure.js";
import { typeDiagnostics } from "./type-errors.js";
import { analyseFlow } from "./value-flow.js";

export interface BuiltBundle {
  bundle: Bundle;
  dependencies: Dependency[];
}

/**
 * Compiles an entry file.
 * @throws LQ1001 syntax, LQ1002 types, LQ1003 no kernel, LQ11xx–LQ13xx the rules of kernels; all at once
 */
export async function buildBundle(entryPath: string): Promise<BuiltBundle> {
  warmUp();
  const program = createKernelProgram(entryPath);
  // Before anything else: the checker is fast when it goes through a file in order, and then remembers all types.
  const errors = typeDiagnostics(program);
  const operations = createOperations(program);
  const flow = analyseFlow(program, operations);
  const colours = colour(flow, operations);
  const flavours = createFlavours(program);
  const handles = analyseHandles(program, operations, flow, flavours);
  const analysis = { program, operations, flow, colours, handles, flavours };

  if (!errors.some(({ code }) => code === "LQ1001")) {
    errors.push(...structureDiagnostics(analysis), ...scalarUseDiagnostics(program, handles, flavours));
  }
  if (errors.length > 0) throw new LinquError(ExitCode.invalidInput, inOrder(errors, program));

  const { kernels, orchestrations } = exportedCallables(analysis);
  if (kernels.length + orchestrations.length === 0) throw noKernel(entryPath);

  const sites = new SiteTable(program);
  const ops = operationsName(program);
  const texts = new Map(program.files.map((file) => [file, rewrite(file, { ...analysis, sites, ops })]));
  texts.set(program.dsl, rewriteDsl(program.dsl));
  const { code, map } = await emit(program, texts, ops);

  const api = "tl/1";
  const identity = {
    code: await essence(code),
    api,
    kernels,
    orchestrations,
    ops: sites.tuples.map((site) => site[4]),
  };
  const manifest: BundleManifest = {
    format: "linqu.bundle/1",
    api,
    name: basename(entryPath, ".ts"),
    hash: `sha256-${sha256(JSON.stringify(identity))}`,
    kernels,
    orchestrations,
    queues: queueUses(program, colours),
    sites: sites.tuples,
    sources: [...texts.keys()].map((file) => ({ path: program.label(file), sha256: program.sha256(file) })),
    tools: { esbuild: ESBUILD_VERSION, typescript: ts.version },
  };
  return {
    bundle: { manifest, code, map, sourceRoot: dirname(entryPath), cached: false },
    dependencies: program.dependencies(),
  };
}

function noKernel(entryPath: string): LinquError {
  return invalidInput({
    code: "LQ1003",
    message: `${shownPath(entryPath)} exports no kernel: nothing in it loads, stores, sends or receives`,
    hint:
      'export one: import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl"; export const copy = ' +
      'defineKernel({ name: "copy", args: ({ bytes }) => [input("x", "f32", [bytes / 4]), output("y", "f32", ' +
      '[bytes / 4]), bytes / 4] }, (x: Ptr<"f32">, y: Ptr<"f32">, n: number) => { tl.store(y, tl.load(x, [n])); });',
  });
}

/** By file, line and column; what is said twice about one place is said once. */
function inOrder(errors: readonly Diagnostic[], { files }: KernelProgram): Diagnostic[] {
  const order = new Map(files.map((file, index) => [shownPath(file.fileName), index]));
  const rank = ({ at }: Diagnostic) => (at ? order.get(at.file)! * 1e12 + at.line * 1e6 + at.column : -1);
  const seen = new Set<string>();
  return [...errors]
    .sort((a, b) => rank(a) - rank(b))
    .filter((error) => {
      const key = `${error.code} ${rank(error)} ${error.message}`;
      return !seen.has(key) && seen.add(key);
    });
}
