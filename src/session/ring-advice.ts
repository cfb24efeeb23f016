import { LinquError } from "../base/diagnostics.js";
import type { Topology } from "../topology/topology.js";
import { simulate, type Simulation, type SimulationPlan } from "./simulation.js";

/** Code of a deadlock that the runtime's own rings cause. */
const RUNTIME_DEADLOCK = "LQ7020";
/** A program with more events than this is not run again and again only for a better hint. */
const MAX_EVENTS = 1e6;
/** No ring of a program that can end needs more. */
const ROOM = 2 ** 40;

type Runtime = Topology["runtime"];
const SETTINGS: Readonly<Record<string, (runtime: Runtime, value: number) => Runtime>> = {
  "runtime.taskRing.capacity": (runtime, capacity) => ({ ...runtime, taskRing: { capacity } }),
  "runtime.heapRing.capacityBytes": (runtime, capacityBytes) => ({ ...runtime, heapRing: { capacityBytes } }),
  "runtime.tensorMap.capacity": (runtime, capacity) => ({ ...runtime, tensorMap: { capacity } }),
};

/**
 * When a ring was too small, finds the smallest size with which the program ends, by running it again. The runtime's
 * own hint knows only the request that was refused; what comes after it may need still more.
 */
export function adviseRing(plan: SimulationPlan, failed: Simulation): LinquError | null {
  const { failure, engine } = failed;
  const [problem] = failure?.diagnostics ?? [];
  const hinted = /(runtime\.[\w.]+)=(\d+)/.exec(problem?.hint ?? "");
  if (failure === null || problem?.code !== RUNTIME_DEADLOCK || hinted === null) return failure;
  const [, setting, first] = hinted;
  const change = SETTINGS[setting!];
  if (change === undefined || engine.events > MAX_EVENTS) return failure;

  const suffices = (value: number): boolean => {
    const topology = { ...plan.topology, runtime: change(plan.topology.runtime, value) };
    return simulate({ ...plan, topology }, { opLog: null, spans: null, tracedRanks: [] }).failure === null;
  };
  let [low, high] = [Number(first) - 1, Number(first)];
  while (!suffices(high)) {
    if (high > ROOM) return failure;
    [low, high] = [high, 2 * high];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  const hint = `--set ${setting}=${high} or more, or end the scope earlier`;
  return new LinquError(failure.exitCode, [{ ...problem, hint }, ...failure.diagnostics.slice(1)], {
    cause: failure,
  });
}
