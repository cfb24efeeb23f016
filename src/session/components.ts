/** The implementations that a run may choose from: those of linqu, and those of the module that its topology names. */
import type { ComponentsDefinition, Fabric, Scheduler } from "../../dsl/index.js";
import { invalidInput, LinquError } from "../base/diagnostics.js";
import { shownPath } from "../base/shown-path.js";
import { compileHostModule } from "../compiler/host-module.js";
import { checkedPlan } from "../machine/pe/pipeline/checked-plan.js";
import { tiledPlan, type SchedulerPlan } from "../machine/pe/pipeline/plan.js";
import { customFabric } from "../topology/custom-fabric.js";
import type { PlacedTopology } from "../topology/load.js";
import { Registry } from "../topology/registry.js";
import { builtInFabrics, buildSipGraph } from "../topology/sip-graph.js";
import type { SipGraph } from "../topology/sip-graph.js";

/** What a topology has chosen. */
export interface ChosenComponents {
  graph: SipGraph;
  scheduler: SchedulerPlan;
}

const EXAMPLE = "export default defineComponents({ fabrics: { torus: (topology, graph) => { … } } })";

/**
 * Loads the topology's module, if it names one, and builds what it chooses.
 * @throws LQ9001, LQ1001, LQ1003, LQ1006 the module cannot be loaded, LQ5030 unknown name, LQ5031 the module does not
 *   export components, LQ5032 to LQ5034 its fabric failed or is not complete
 */
export async function chooseComponents({ topology, placeOf }: PlacedTopology): Promise<ChosenComponents> {
  const fabrics = builtInFabrics();
  const schedulers = new Registry<SchedulerPlan>("pe.scheduler.kind", { tiled: tiledPlan });
  if (topology.components !== "") {
    const module = await loadModule(topology.components, placeOf);
    const source = shownPath(topology.components);
    addAll(fabrics, module.fabrics, "fabrics", source, (name, build) =>
      customFabric(build as Fabric, name, source),
    );
    addAll(schedulers, module.schedulers, "schedulers", source, (name, schedule) =>
      checkedPlan(schedule as Scheduler, name, source),
    );
  }
  return {
    graph: buildSipGraph(topology, fabrics, placeOf("fabric.kind")),
    scheduler: schedulers.choose(topology.pe.scheduler.kind, placeOf("pe.scheduler.kind")),
  };
}

async function loadModule(
  path: string,
  placeOf: PlacedTopology["placeOf"],
): Promise<Partial<ComponentsDefinition>> {
  let exported: unknown;
  try {
    exported = await compileHostModule(path, EXAMPLE);
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    // What has no place in the module itself is the fault of the line that names it.
    const placed = error.diagnostics.map((each) => ({ ...each, at: each.at ?? placeOf("components") }));
    throw new LinquError(error.exitCode, placed, { cause: error });
  }
  if ((exported as Partial<ComponentsDefinition> | null)?.kind !== "components") {
    throw invalidInput({
      code: "LQ5031",
      message: `${shownPath(path)} does not export components`,
      at: placeOf("components"),
      hint: `write: ${EXAMPLE}`,
    });
  }
  return exported as Partial<ComponentsDefinition>;
}

/** The module is not type-checked, so its shape is looked at here. */
function addAll<T>(
  registry: Registry<T>,
  given: unknown,
  section: "fabrics" | "schedulers",
  source: string,
  wrap: (name: string, implementation: unknown) => T,
): void {
  const refuse = (what: string, expected: string): LinquError =>
    invalidInput({ code: "LQ5031", message: `${source}: ${what}`, hint: `expected ${expected}` });
  if (given === undefined) return;
  if (typeof given !== "object" || given === null) {
    throw refuse(`${section} is not a mapping`, `{ name: function }`);
  }
  for (const [name, implementation] of Object.entries(given)) {
    if (registry.has(name)) throw refuse(`${section}.${name} is built in`, "another name");
    if (typeof implementation !== "function")
      throw refuse(`${section}.${name} is not a function`, "a function");
    registry.add(name, wrap(name, implementation));
  }
}
