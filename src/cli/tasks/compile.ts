/** Task of `linqu compile`: compiles every file, also after one has failed, so that all errors are shown at once. */
import { ExitCode, LinquError } from "../../base/diagnostics.js";
import type { Diagnostic } from "../../base/diagnostics.js";
import type { Bundle, ConstexprValue } from "../../compiler/bundle.js";
import { compileKernel } from "../../compiler/compile.js";
import type { RunHooks } from "../../session/options.js";

export interface CompileInput {
  files: readonly string[];
  cache: boolean;
  constexpr: Readonly<Record<string, ConstexprValue>>;
}

export interface CompileOutput {
  exitCode: ExitCode;
  bundles: Bundle[];
  diagnostics: Diagnostic[];
}

export default async function compile(input: CompileInput, hooks: RunHooks): Promise<CompileOutput> {
  const output: CompileOutput = { exitCode: ExitCode.ok, bundles: [], diagnostics: [] };
  for (const file of input.files) {
    hooks.progress?.("compile", file);
    try {
      const bundle = await compileKernel(file, { cache: input.cache, constexpr: input.constexpr });
      output.bundles.push(bundle);
      output.diagnostics.push(...bundle.warnings);
    } catch (error) {
      if (!(error instanceof LinquError)) throw error;
      output.diagnostics.push(...error.diagnostics);
      output.exitCode = error.exitCode;
    }
  }
  return output;
}
