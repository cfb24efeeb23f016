/** Task of `linqu topology check`: loads a topology with its components and sums up what it is. */
import { ExitCode } from "../../base/diagnostics.js";
import type { RunHooks } from "../../session/options.js";
import { chooseComponents } from "../../session/components.js";
import { extendsChain, readTopology } from "../../topology/load.js";
import { hostCount, peCount } from "../../topology/machine-size.js";
import { unusedValues } from "../../topology/unused-values.js";
import type { CommandOutcome } from "../outcome.js";

/** The `result` of `linqu topology check --json`. */
export interface TopologyCheckResult {
  topology: string;
  /** What it extends, the nearest first. */
  extends: string[];
  hosts: number;
  ranks: number;
  linksPerSip: number;
  /** Values stated without any effect; each is a diagnostic too. */
  unused: number;
}

export default async function topologyCheck(file: string, hooks: RunHooks): Promise<CommandOutcome> {
  hooks.progress?.("read", file);
  const placed = readTopology(file, []);
  const { graph } = await chooseComponents(placed);
  const diagnostics = unusedValues(placed);
  const result: TopologyCheckResult = {
    topology: placed.topology.name,
    extends: extendsChain(file).slice(1),
    hosts: hostCount(placed.topology),
    ranks: peCount(placed.topology),
    linksPerSip: graph.links.length,
    unused: diagnostics.length,
  };
  return { exitCode: ExitCode.ok, result, diagnostics, report: summary(result) };
}

function summary({
  topology,
  extends: bases,
  hosts,
  ranks,
  linksPerSip,
  unused,
}: TopologyCheckResult): string {
  const rows = [
    ["extends", bases.length === 0 ? "nothing: it states every value" : bases.join(", which extends ")],
    ["machine", `${counted(hosts, "host")}, ${counted(ranks, "rank")}`],
    ["links", `${linksPerSip.toLocaleString("en-US")} in each SIP`],
    ["warnings", unused === 0 ? "none" : `${counted(unused, "value")} without effect`],
  ];
  return [`ok  ${topology}`, ...rows.map(([name, text]) => `  ${name!.padEnd(10)}${text}`)].join("\n");
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
