import { resolve } from "node:path";
import type { Diagnostic, SourceLocation } from "../base/diagnostics.js";
import { readablePath, shownPath } from "../base/shown-path.js";
import type { Bundle, ConstexprValue } from "./bundle.js";
import { readCache, writeCache } from "./cache.js";
import type { Sources } from "./sources.js";
import { resolveEntry } from "./entry-file.js";

export interface CompileOptions {
  /** Read and write the compile cache; true when absent. */
  cache?: boolean;
  /** Values of `constexpr` parameters; their defaults when absent. */
  constexpr?: Readonly<Record<string, ConstexprValue>>;
  /** What earlier compilations of the file have parsed; then the cache is written, but not read. */
  sources?: Sources;
}

/**
 * Compiles a kernel file, or takes its bundle from the cache when no source has changed.
 *
 * @throws LQ9001 when the file cannot be read, LQ1001 syntax, LQ1002 types, LQ1003 no kernel in it, LQ1007 and LQ1009
 *   parameters that it does not have, LQ11xx–LQ15xx when a rule of kernels is broken; all errors of all its files at once
 * @example const bundle = await compileKernel("kernels/allreduce.ts", { constexpr: { BLOCK: 64 } });
 */
export async function compileKernel(
  file: string,
  { cache = true, constexpr = {}, sources }: CompileOptions = {},
): Promise<Bundle> {
  sources?.begin(resolve(file));
  const entryPath = resolveEntry(file);
  const variant = JSON.stringify(Object.entries(constexpr).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (cache && !sources) {
    const stored = readCache<Bundle>("kernel", entryPath, variant);
    if (stored) return { ...stored, warnings: relocated(stored.warnings, shownPath), cached: true };
  }
  const { buildBundle } = await import("./build.js");
  const { bundle, dependencies } = await buildBundle(entryPath, constexpr, sources);
  if (cache) {
    const absolute = (path: string): string => resolve(readablePath(path));
    const stored = { ...bundle, warnings: relocated(bundle.warnings, absolute) };
    writeCache("kernel", entryPath, dependencies, stored, variant);
  }
  return bundle;
}

/** A warning that was stored is shown relative to the folder that it is shown in. */
function relocated(warnings: readonly Diagnostic[], rename: (path: string) => string): Diagnostic[] {
  const move = (at: SourceLocation): SourceLocation => ({ ...at, file: rename(at.file) });
  return warnings.map((warning) => ({
    ...warning,
    at: warning.at && move(warning.at),
    related: warning.related.map((each) => ({ ...each, at: move(each.at) })),
  }));
}
