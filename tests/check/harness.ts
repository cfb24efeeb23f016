/** Compiles small kernels and checks them in-process. */
import type { WorldReport } from "../../src/check/report.js";
import { checkWorld, type WorldCheckOptions } from "../../src/check/world-check.js";
import type { Bundle } from "../../src/compiler/bundle.js";
import type { CheckSetup } from "../../src/check/setup.js";
import { checkSetup, worldOf } from "../../src/session/check-setup.js";
import { kernelDefinition } from "../../src/session/kernel-definition.js";
import { readTopology } from "../../src/topology/load.js";
import { compileFiles } from "../compiler/workbench.js";

const IMPORTS =
  'import { allGather, allReduce, broadcast, defineKernel, inout, input, output, reduceScatter, tl, type Ptr, type Tile } from "linqu/dsl";\n';

export const CHECK_DEFAULTS: WorldCheckOptions = {
  maxOperations: 2_000_000,
  beyondBudget: "error",
  findsDepth: true,
  inputs: { data: "±1", seed: 1 },
};

interface Kernel {
  /** Entries of `args`, one for each parameter. */
  args?: string;
  parameters?: string;
  /** Other options of `defineKernel`. */
  options?: string;
}

/** The bundle of one kernel with a body. Its first line is line 4. */
export function compiled(
  body: string,
  { args = "", parameters = "", options = "" }: Kernel = {},
): Promise<Bundle> {
  const head = `export const k = defineKernel({ name: "k", args: ({ world, bytes }) => [${args}], ${options} },\n(${parameters}) => {\n`;
  return compileFiles({ "kernel.ts": `${IMPORTS}${head}${body}\n});\n` });
}

interface Machine {
  set?: readonly string[];
  bytes?: number;
}

/** The first kernel of a bundle on one cube with so many PEs. */
export function setupOf(bundle: Bundle, world: number, { set = [], bytes = 4096 }: Machine = {}): CheckSetup {
  const [manifest] = bundle.manifest.kernels;
  const kernel = { bundle, manifest: manifest!, definition: kernelDefinition(bundle, manifest!) };
  const placed = worldOf(readTopology("cube", set).topology, kernel.definition, world);
  return checkSetup(kernel, placed.topology, placed.layout, { bytes, dtype: "f32" });
}

export async function check(
  body: string,
  world: number,
  kernel: Kernel & Machine & { check?: Partial<WorldCheckOptions> } = {},
): Promise<WorldReport> {
  return checkWorld(setupOf(await compiled(body, kernel), world, kernel), {
    ...CHECK_DEFAULTS,
    ...kernel.check,
  });
}

/** What was found, as `CODE line`. */
export function found({ findings }: WorldReport): string[] {
  return findings.map(({ code, at }) => `${code} ${at?.line ?? "-"}`);
}
