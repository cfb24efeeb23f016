/** Task of `linqu list`: what comes with linqu. Reading the kernels' names compiles those that are not in the cache. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../base/package-root.js";
import { compileKernel } from "../../compiler/compile.js";
import type { RunHooks } from "../../session/options.js";
import { benchNames, loadBench } from "../../session/program.js";
import { loadTopology, presetNames } from "../../topology/load.js";
import { peCount } from "../../topology/machine-size.js";

/** The `result` of `linqu list --json`. */
export interface Listing {
  benches: { name: string; description: string; algorithms: string[] }[];
  kernels: { name: string; file: string }[];
  topologies: { name: string; description: string; ranks: number }[];
  /** Every algorithm that some bench has. */
  algorithms: string[];
}

export default async function list(_input: null, hooks: RunHooks): Promise<Listing> {
  const benches: Listing["benches"] = [];
  for (const file of benchNames()) {
    const { name, description, algorithms } = (await loadBench(file)).bench;
    benches.push({ name, description, algorithms: Object.keys(algorithms) });
  }
  const kernels: Listing["kernels"] = [];
  for (const name of readdirSync(join(packageRoot(), "kernels")).sort()) {
    if (!name.endsWith(".ts")) continue;
    const file = `kernels/${name}`;
    hooks.progress?.("read", file);
    const { manifest } = await compileKernel(join(packageRoot(), file));
    kernels.push(...manifest.kernels.filter((kernel) => kernel.defined).map(({ name }) => ({ name, file })));
  }
  const topologies = presetNames().map((name) => {
    const topology = loadTopology(name, []);
    return { name, description: topology.description, ranks: peCount(topology) };
  });
  const algorithms = [...new Set(benches.flatMap((bench) => bench.algorithms))].sort();
  return { benches, kernels, topologies, algorithms };
}
