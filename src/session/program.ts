import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { BenchDefinition } from "../../dsl/index.js";
import { invalidInput } from "../base/diagnostics.js";
import type { SourceLocation } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import { packageRoot } from "../base/package-root.js";
import { compileHostModule } from "../compiler/host-module.js";
import type { PlacedTopology } from "../topology/load.js";
import { overriddenPath } from "../topology/overrides.js";
import type { RunOptions } from "./options.js";

/** The algorithm that a topology prefers. */
const PREFERENCE = "ccl.algorithm";

/** A file and the name of one of its exports; null means its only one. */
export interface ModuleReference {
  file: string;
  exportName: string | null;
}

/** What a run compiles and launches. */
export interface Program {
  bench: string;
  algorithm: string;
  kernel: ModuleReference;
  orchestrations: ModuleReference[];
}

/** `FILE` or `FILE#export`, relative to `folder`. */
export function moduleReference(text: string, folder: string): ModuleReference {
  // A folder's name may hold a # too.
  const named = /^(.+)#([\p{ID_Start}$_][\p{ID_Continue}$-]*)?$/u.exec(text);
  return { file: resolve(folder, named?.[1] ?? text), exportName: named?.[2] ?? null };
}

/** Names of the benches that come with linqu. */
export function benchNames(): string[] {
  return readdirSync(join(packageRoot(), "benches"))
    .filter((file) => extname(file) === ".ts")
    .map((file) => basename(file, ".ts"))
    .sort();
}

/** The bench of a name or a file. @throws LQ0101 unknown bench, LQ0102 the file is no bench */
export async function loadBench(nameOrFile: string): Promise<{ bench: BenchDefinition; folder: string }> {
  const isFile = nameOrFile.includes("/") || nameOrFile.endsWith(".ts");
  const file = isFile ? resolve(nameOrFile) : join(packageRoot(), "benches", `${nameOrFile}.ts`);
  if (!isFile && !existsSync(file)) {
    throw invalidInput({
      code: "LQ0101",
      message: `unknown bench "${nameOrFile}"`,
      hint: `${suggestName(nameOrFile, benchNames())} (or the path of a bench file)`,
    });
  }
  const bench = (await compileHostModule(file)) as Partial<BenchDefinition> | undefined;
  if (bench?.kind !== "bench") {
    throw invalidInput({
      code: "LQ0102",
      message: `${nameOrFile} does not export a bench`,
      hint: 'its default export must be defineBench({ name, description, algorithms: { ring: "./ring.ts" }, defaultAlgorithm: "ring" })',
    });
  }
  return { bench: bench as BenchDefinition, folder: dirname(file) };
}

/** Finds the kernel and the orchestrations that the options ask for. @throws LQ0101, LQ0102, LQ0103 unknown algorithm */
export async function resolveProgram(
  options: RunOptions,
  { topology, placeOf }: PlacedTopology,
): Promise<Program> {
  if (options.kernel !== null) {
    if (options.algorithm !== null) throw unknownAlgorithm(options.algorithm, "a kernel file", [], null);
    const kernel = moduleReference(options.kernel, process.cwd());
    return { bench: basename(kernel.file, ".ts"), algorithm: "kernel", kernel, orchestrations: [] };
  }
  const { bench, folder } = await loadBench(options.bench ?? "allreduce");
  const names = Object.keys(bench.algorithms);
  // A preset's preference need not fit every bench; one that the user states must.
  const at = placeOf(PREFERENCE);
  const isAsked = at !== null || options.set.some((override) => overriddenPath(override) === PREFERENCE);
  const isPreferred = isAsked || names.includes(topology.ccl.algorithm);
  const algorithm = options.algorithm ?? (isPreferred ? topology.ccl.algorithm : bench.defaultAlgorithm);
  const kernel = Object.hasOwn(bench.algorithms, algorithm) ? bench.algorithms[algorithm] : undefined;
  if (kernel === undefined) {
    const place = options.algorithm === null ? at : null;
    throw unknownAlgorithm(algorithm, `bench ${bench.name}`, names, place);
  }
  return {
    bench: bench.name,
    algorithm,
    kernel: moduleReference(kernel, folder),
    orchestrations: (bench.orchestrations ?? []).map((text) => moduleReference(text, folder)),
  };
}

function unknownAlgorithm(
  name: string,
  what: string,
  valid: readonly string[],
  at: SourceLocation | null,
): Error {
  return invalidInput({
    code: "LQ0103",
    at,
    message: valid.length > 0 ? `${what} has no algorithm "${name}"` : `${what} has no algorithms`,
    hint:
      valid.length > 0 ? suggestName(name, valid) : "leave --algorithm away, or choose a bench with --bench",
  });
}
