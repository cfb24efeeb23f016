/** Task of `linqu probe`: measures the memory accesses of a machine. */
import { probe as probeMachine } from "../../probe/probe.js";
import type { ProbeOptions } from "../../probe/probe.js";
import { chooseComponents } from "../../session/components.js";
import type { RunHooks } from "../../session/options.js";
import { readTopology } from "../../topology/load.js";
import type { CommandOutcome } from "../outcome.js";
import { renderProbe } from "../probe-report.js";

export interface ProbeInput {
  /** Preset or file. */
  topology: string;
  set: readonly string[];
  options: ProbeOptions;
  report: { colour: boolean; width: number };
}

export default async function probe(
  { topology: name, set, options, report }: ProbeInput,
  hooks: RunHooks,
): Promise<CommandOutcome> {
  hooks.progress?.("read", name);
  const placed = readTopology(name, set);
  const { graph } = await chooseComponents(placed);
  const progress = (text: string): void => hooks.progress?.("probe", text);
  const outcome = probeMachine(placed.topology, graph, options, progress);
  return { ...outcome, report: renderProbe(outcome.result, report) };
}
