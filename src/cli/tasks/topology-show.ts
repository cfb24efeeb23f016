/** Task of `linqu topology show`: the views of a machine, as text, data or a drawing. */
import { ExitCode } from "../../base/diagnostics.js";
import { writeFileAtomic } from "../../base/files.js";
import type { RunHooks } from "../../session/options.js";
import { chooseComponents } from "../../session/components.js";
import { readTopology } from "../../topology/load.js";
import { svgOf } from "../../topology/view-svg.js";
import { renderViews } from "../../topology/view-text.js";
import type { View, ViewName } from "../../topology/view.js";
import { machineViews } from "../../topology/views.js";
import type { CommandOutcome } from "../outcome.js";

export interface TopologyShowInput {
  /** Preset or file. */
  topology: string;
  set: readonly string[];
  views: readonly ViewName[];
  /** Where the drawing goes; null for none. */
  svg: string | null;
}

/** The `result` of `linqu topology show --json`. */
export interface TopologyShowResult {
  topology: string;
  description: string;
  views: View[];
  /** Paths of the files written. */
  files: string[];
}

export default async function topologyShow(
  { topology: name, set, views: names, svg }: TopologyShowInput,
  hooks: RunHooks,
): Promise<CommandOutcome> {
  hooks.progress?.("read", name);
  const placed = readTopology(name, set);
  const { graph } = await chooseComponents(placed);
  const views = machineViews(placed.topology, graph, names);
  if (svg !== null) writeFileAtomic(svg, svgOf(views));
  const { name: topology, description } = placed.topology;
  const result: TopologyShowResult = { topology, description, views, files: svg === null ? [] : [svg] };
  const report = svg === null ? renderViews(views) : `${topology} → ${svg}`;
  return { exitCode: ExitCode.ok, result, diagnostics: [], report };
}
