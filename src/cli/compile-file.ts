import { ExitCode, LinquError } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Bundle } from "../compiler/bundle.js";
import { compileKernel } from "../compiler/compile.js";
import type { CompileOptions } from "../compiler/compile.js";
import type { CommandOutcome } from "./outcome.js";

/** What came of one file: its bundle with warnings, or no bundle and its errors. */
export interface CompiledFile {
  bundle: Bundle | null;
  diagnostics: readonly Diagnostic[];
  exitCode: ExitCode;
}

export async function compileFile(file: string, options: CompileOptions): Promise<CompiledFile> {
  try {
    const bundle = await compileKernel(file, options);
    return { bundle, diagnostics: bundle.warnings, exitCode: ExitCode.ok };
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    return { bundle: null, diagnostics: error.diagnostics, exitCode: error.exitCode };
  }
}

/** Writes the bundles and says so. @throws LQ9002 when the folder cannot be written */
export async function compiledOutcome(
  files: readonly CompiledFile[],
  outDir: string,
): Promise<CommandOutcome> {
  const { writeBundle } = await import("../compiler/write.js");
  const bundles = files.flatMap(({ bundle }) => {
    if (!bundle) return [];
    const { name, hash, kernels, constexpr } = bundle.manifest;
    const { path } = writeBundle(bundle, outDir);
    return [
      { name, hash, path, kernels: kernels.map((kernel) => kernel.name), constexpr, cached: bundle.cached },
    ];
  });
  const lines = bundles.map(({ name, path, kernels, cached }) => {
    return `${name} → ${path}  (${kernels.join(", ")}${cached ? "; from the cache" : ""})`;
  });
  return {
    exitCode: files.findLast(({ exitCode }) => exitCode !== ExitCode.ok)?.exitCode ?? ExitCode.ok,
    result: { bundles },
    diagnostics: files.flatMap(({ diagnostics }) => diagnostics),
    report: lines.join("\n"),
  };
}
