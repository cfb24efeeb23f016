/** Bundles a bench with esbuild; loaded only when the cache misses. */
import { extname, join } from "node:path";
import { build } from "esbuild";
import type { BuildFailure, Message, Plugin } from "esbuild";
import { ExitCode, LinquError, diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { packageRoot } from "../base/package-root.js";
import { shownPath } from "../base/shown-path.js";
import { readSourceText } from "./source-text.js";
import type { Dependency } from "./source-text.js";

/** A host module as one CommonJS script, with an inline source map. */
export interface HostScript {
  code: string;
}

/** @throws LQ1001 with every syntax error and missing import */
export async function bundleHostModule(
  entryPath: string,
): Promise<{ script: HostScript; dependencies: Dependency[] }> {
  const dependencies: Dependency[] = [];
  const plugin: Plugin = {
    name: "host-sources",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^linqu\/dsl$/ }, () => ({ path: join(packageRoot(), "dsl", "index.ts") }));
      onLoad({ filter: /\.(ts|js|json)$/, namespace: "file" }, ({ path }) => {
        const { text, sha256 } = readSourceText(path);
        dependencies.push({ path, sha256 });
        return { contents: text, loader: extname(path).slice(1) as "ts" | "js" | "json" };
      });
    },
  };
  try {
    const result = await build({
      entryPoints: [entryPath],
      bundle: true,
      write: false,
      format: "cjs",
      platform: "node",
      target: "node20",
      charset: "utf8",
      packages: "external",
      sourcemap: "inline",
      logLevel: "silent",
      tsconfigRaw: {},
      plugins: [plugin],
    });
    dependencies.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { script: { code: result.outputFiles[0]!.text }, dependencies };
  } catch (cause) {
    const messages = (cause as BuildFailure).errors;
    if (!messages) throw cause;
    throw new LinquError(ExitCode.invalidInput, messages.map(toDiagnostic), { cause });
  }
}

function toDiagnostic({ text, location }: Message): Diagnostic {
  if (!location) return diagnostic({ code: "LQ1001", message: text });
  const { file, line, lineText } = location;
  // esbuild counts UTF-8 bytes, diagnostics count UTF-16 units.
  const bytes = Buffer.from(lineText, "utf8");
  const unitsBefore = (end: number) => bytes.subarray(0, end).toString("utf8").length;
  const column = unitsBefore(location.column) + 1;
  const endColumn = Math.max(unitsBefore(location.column + location.length) + 1, column + 1);
  return diagnostic({
    code: "LQ1001",
    message: text,
    at: { file: shownPath(file), line, column, endColumn },
  });
}
