/** Benches and components: TypeScript that runs on this computer, bundled in memory because Node strips no types. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";
import { LinquError, invalidInput } from "../base/diagnostics.js";
import { readCache, writeCache } from "./cache.js";
import { resolveEntry } from "./entry-file.js";
import type { HostScript } from "./host-bundle.js";
import { shownPath } from "../base/shown-path.js";

const BENCH_EXAMPLE = "export default defineBench({ name, description, algorithms, defaultAlgorithm })";

/**
 * The default export of a file, compiled or taken from the cache.
 * @throws LQ9001 when the file cannot be read, LQ1001 when it does not parse or an import is missing, LQ1003 without
 *   a default export (the hint shows `example`), LQ1006 when it throws while it is evaluated
 */
export async function compileHostModule(file: string, example = BENCH_EXAMPLE): Promise<unknown> {
  const entryPath = resolveEntry(file);
  let script = readCache<HostScript>("host", entryPath);
  if (!script) {
    const { bundleHostModule } = await import("./host-bundle.js");
    const built = await bundleHostModule(entryPath);
    script = built.script;
    writeCache("host", entryPath, built.dependencies, script);
  }
  const exported = evaluate(script, entryPath);
  if (exported["default"] === undefined) {
    throw invalidInput({
      code: "LQ1003",
      message: `${shownPath(entryPath)} has no default export`,
      hint: `write: ${example}`,
    });
  }
  return exported["default"];
}

function evaluate({ code }: HostScript, entryPath: string): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  try {
    const opening = "((module, exports, require, __filename, __dirname) => {";
    const script = new Script(`${opening}${code}\n})`, {
      filename: entryPath,
      columnOffset: -opening.length,
    });
    const run = script.runInThisContext() as (...names: unknown[]) => void;
    run(module, module.exports, createRequire(entryPath), entryPath, dirname(entryPath));
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw invalidInput(
      { code: "LQ1006", message: `${shownPath(entryPath)} failed while it was loaded: ${message}` },
      cause,
    );
  }
  return module.exports;
}
