/** Bundles rewritten sources with esbuild into one expression, and merges the source maps. */
import remapping from "@jridgewell/remapping";
import type { EncodedSourceMap } from "@jridgewell/remapping";
import { build, transform, version } from "esbuild";
import type { Plugin } from "esbuild";
import type MagicString from "magic-string";
import type { KernelProgram, TS } from "./program.js";

export const ESBUILD_VERSION = version;

/** Starts esbuild's process early, so that it is ready when the sources are. */
export function warmUp(): void {
  void transform("");
}

export interface EmittedCode {
  code: string;
  map: string;
}

const NAMESPACE = "source";

/** `texts` holds the rewritten text of every file, linqu/dsl included; `parameters` names those of the expression. */
export async function emit(
  program: KernelProgram,
  texts: ReadonlyMap<TS.SourceFile, MagicString>,
  parameters: readonly string[],
): Promise<EmittedCode> {
  const files = new Map([...texts.keys()].map((file) => [program.label(file), file]));
  const plugin: Plugin = {
    name: "kernel-sources",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
        const file = kind === "entry-point" ? program.entry : program.resolve(files.get(importer)!, path)!;
        return { path: program.label(file), namespace: NAMESPACE, sideEffects: file !== program.dsl };
      });
      onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: texts.get(files.get(path)!)!.toString(),
        loader: "ts",
      }));
    },
  };
  const result = await build({
    entryPoints: [program.label(program.entry)],
    outfile: "bundle.js",
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    sourcemap: "external",
    logLevel: "silent",
    banner: { js: `(${parameters.join(", ")}) => {\n"use strict";` },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
    plugins: [plugin],
  });
  const outputs = new Map(result.outputFiles.map((file) => [file.path.endsWith(".map"), file.text]));
  return {
    code: returnExports(outputs.get(false)!),
    map: mergeMaps(outputs.get(true)!, program, texts),
  };
}

/** A module's last statement lists its exports; an expression returns them. */
function returnExports(module: string): string {
  const end = /export \{\n([\s\S]*?)\n\};\s*$/.exec(module);
  const body = end ? module.slice(0, end.index) : module;
  const exports = (end?.[1] ?? "").split(",\n").flatMap((line) => {
    const [local, exported] = line.trim().split(" as ");
    return local ? [exported ? `${exported}: ${local}` : local] : [];
  });
  return `${body}return { ${exports.join(", ")} };\n}\n`;
}

/** Sources are numbered while the maps are merged: paths would be resolved against each other. */
function mergeMaps(
  bundled: string,
  program: KernelProgram,
  texts: ReadonlyMap<TS.SourceFile, MagicString>,
): string {
  const files = [...texts.keys()];
  const labels = files.map((file) => program.label(file));
  const outer = JSON.parse(bundled) as EncodedSourceMap;
  const numbered = outer.sources.map((source) => String(labels.indexOf(source!.slice(NAMESPACE.length + 1))));
  const merged = remapping({ ...outer, sources: numbered }, (number, { depth }) => {
    if (depth > 1) return null;
    const text = texts.get(files[Number(number)]!)!;
    return text.generateMap({ source: number, hires: "boundary" }) as unknown as EncodedSourceMap;
  });
  const sources = merged.sources.map((number) => files[Number(number)]!);
  return JSON.stringify({
    version: 3,
    file: "bundle.js",
    sources: sources.map((file) => program.label(file)),
    sourcesContent: sources.map((file) => file.text),
    names: merged.names,
    mappings: merged.mappings,
  });
}

/** The code without comments, layout and local names: what decides whether two kernels are the same. */
export async function essence(code: string): Promise<string> {
  const result = await transform(`export default ${code}`, {
    minifyWhitespace: true,
    minifyIdentifiers: true,
    legalComments: "none",
    charset: "utf8",
    sourcemap: false,
  });
  return result.code;
}
