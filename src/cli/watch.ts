/** `linqu compile --watch`: compiles anew whenever a source has changed, in one process that stays warm. */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Sources } from "../compiler/sources.js";
import { compileFile, compiledOutcome } from "./compile-file.js";
import type { CompiledFile } from "./compile-file.js";
import { FolderWatch } from "./folder-watch.js";
import { failureOf } from "./outcome.js";
import type { CommandOutcome } from "./outcome.js";
import type { CompileInput } from "./tasks/compile.js";

/** An editor saves a file in several steps: as long as they follow each other this closely, nothing is compiled. */
const QUIET_MS = 25;

interface Entry {
  file: string;
  sources: Sources;
  compiled: CompiledFile | null;
}

/** Compiles at once and after each change; never returns unless `signal` says so. */
export async function watchKernels(
  { files, cache, constexpr }: CompileInput,
  outDir: string,
  print: (outcome: CommandOutcome, watched: number) => Promise<void>,
  signal: AbortSignal | null = null,
): Promise<void> {
  const entries = files.map((file): Entry => ({ file, sources: new Sources(), compiled: null }));
  const watch = new FolderWatch();
  signal?.addEventListener("abort", () => watch.close());

  const pathsOf = ({ file, sources }: Entry): string[] => [resolve(file), ...sources.paths()];
  const isStale = ({ compiled, sources }: Entry): boolean => !compiled || sources.haveChanged();

  async function compileStale(): Promise<CommandOutcome> {
    for (const entry of entries.filter(isStale)) entry.compiled = await compileEntry(entry);
    try {
      const compiled = entries.flatMap((entry) => entry.compiled ?? []);
      return await compiledOutcome(compiled, outDir);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** A bug of the compiler ends no session either. */
  async function compileEntry({ file, sources }: Entry): Promise<CompiledFile> {
    try {
      return await compileFile(file, { cache, constexpr, sources });
    } catch (error) {
      const { diagnostics, exitCode } = failureOf(error);
      return { bundle: null, diagnostics, exitCode };
    }
  }

  while (!signal?.aborted) {
    if (entries.some(isStale)) {
      const outcome = await compileStale();
      // Watched before it is said: who reads this may write the next moment.
      watch.follow(entries.flatMap(pathsOf));
      await print(outcome, new Set(entries.flatMap(pathsOf)).size);
    } else {
      watch.follow(entries.flatMap(pathsOf));
    }
    if (entries.some(isStale)) continue;
    await watch.change();
    do await delay(QUIET_MS);
    while (watch.takeChange());
  }
}
