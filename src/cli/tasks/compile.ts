/** Task of `linqu compile`: compiles every file, also after one has failed, so that all errors are shown at once. */
import type { ConstexprValue } from "../../compiler/bundle.js";
import type { RunHooks } from "../../session/options.js";
import { compileFile } from "../compile-file.js";
import type { CompiledFile } from "../compile-file.js";

export interface CompileInput {
  files: readonly string[];
  cache: boolean;
  constexpr: Readonly<Record<string, ConstexprValue>>;
}

export default async function compile(input: CompileInput, hooks: RunHooks): Promise<CompiledFile[]> {
  const compiled: CompiledFile[] = [];
  for (const file of input.files) {
    hooks.progress?.("compile", file);
    compiled.push(await compileFile(file, input));
  }
  return compiled;
}
