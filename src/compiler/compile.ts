import type { Bundle } from "./bundle.js";
import { readCache, writeCache } from "./cache.js";
import { resolveEntry } from "./entry-file.js";

export interface CompileOptions {
  /** Read and write the compile cache; true when absent. */
  cache?: boolean;
}

/**
 * Compiles a kernel file, or takes its bundle from the cache when no source has changed.
 *
 * @throws LQ9001 when the file cannot be read, LQ1001 syntax, LQ1002 types, LQ1003 no kernel in it, LQ11xx–LQ13xx
 *   when a rule of kernels is broken; all errors of all its files at once
 * @example const bundle = await compileKernel("kernels/allreduce.ts");
 */
export async function compileKernel(file: string, { cache = true }: CompileOptions = {}): Promise<Bundle> {
  const entryPath = resolveEntry(file);
  if (cache) {
    const stored = readCache<Bundle>("kernel", entryPath);
    if (stored) return { ...stored, cached: true };
  }
  const { buildBundle } = await import("./build.js");
  const { bundle, dependencies } = await buildBundle(entryPath);
  if (cache) writeCache("kernel", entryPath, dependencies, bundle);
  return bundle;
}
