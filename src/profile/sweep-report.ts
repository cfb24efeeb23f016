/** What `linqu run` shows of a sweep: one line per run. */
import { Chalk } from "chalk";
import type { ChalkInstance } from "chalk";
import { ExitCode } from "../base/diagnostics.js";
import { formatNs } from "../base/units.js";
import type { RunResult } from "../session/result.js";
import type { SweepResult } from "../session/sweep.js";
import type { TopologyProvenance } from "../topology/provenance.js";
import { renderProvenance } from "./report.js";
import type { ReportOptions } from "./report.js";
import { renderTable } from "./text-table.js";
import type { Column, Row } from "./text-table.js";
import { count } from "./words.js";

type Run = SweepResult["sweep"]["runs"][number];

/** A table of all runs, simulated times also relative to the first run that has one; empty when no run has a result. */
export function renderSweepReport({ sweep }: SweepResult, { colour, width }: ReportOptions): string {
  const { paths, runs } = sweep;
  const first = runs.find(({ result }) => result !== null)?.result;
  if (!first) return "";
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const title = `${first.bench} on ${first.topology}, ${count(runs.length, "run")}; algbw and busbw in GB/s`;
  const header = ["simulated", "ratio", "collective", "algbw", "busbw", "dispatch", "verdict"];
  const rows: Row[] = [
    [...shortNames(paths), ...header],
    ...runs.map((run) => [
      ...paths.map((path) => shown(run.set[path])),
      ...figures(run.result, first.simulatedNs),
      verdict(run),
    ]),
  ];
  const heading = renderTable([{ align: "left", overflow: "end", style: chalk.bold }], [[title]], width);
  const table = renderTable(columns(paths.length, chalk), rows, width);
  return `${heading}${table}\n${renderProvenance(provenanceOfAll(first, runs), { colour, width })}`;
}

/** A value that some run changes counts as changed, though the first run may have the preset's own. */
function provenanceOfAll({ topologyProvenance }: RunResult, runs: readonly Run[]): TopologyProvenance {
  const changed = runs.flatMap(({ result }) => result?.topologyProvenance.overridden ?? []);
  return { ...topologyProvenance, overridden: [...new Set(changed)] };
}

function columns(swept: number, chalk: ChalkInstance): Column[] {
  const plain = (text: string) => text;
  const verdictStyle = (text: string) => {
    if (text.startsWith("pass")) return chalk.green(text);
    return text.startsWith("FAIL") ? chalk.red(text) : text;
  };
  return [
    ...Array.from({ length: swept }, (): Column => ({
      align: "right",
      overflow: "start",
      style: chalk.cyan,
    })),
    ...Array.from({ length: 6 }, (): Column => ({ align: "right", overflow: "end", style: plain })),
    { align: "left", overflow: "end", style: verdictStyle },
  ];
}

/** The last key of each path; more of it where two would look alike. */
function shortNames(paths: readonly string[]): string[] {
  const lastKey = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  const keys = paths.map(lastKey);
  return paths.map((path, index) =>
    keys.filter((key) => key === keys[index]).length > 1 ? path : keys[index]!,
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function figures(result: RunResult | null, firstNs: number): string[] {
  if (result === null) return ["", "", "", "", "", ""];
  const { simulatedNs, collectiveNs, algbwGBps, busbwGBps, levels } = result;
  // A launch goes down all levels: the slowest step is the one to look at.
  const dispatchNs = Math.max(0, ...levels.map((level) => level.dispatchNs));
  const ratio = firstNs > 0 ? `×${(simulatedNs / firstNs).toFixed(3)}` : "";
  const bandwidths = [algbwGBps, busbwGBps].map((gbps) => gbps.toFixed(gbps < 100 ? 3 : 1));
  return [formatNs(simulatedNs), ratio, formatNs(collectiveNs), ...bandwidths, formatNs(dispatchNs)];
}

function verdict({ exitCode, result }: Run): string {
  if (result === null) return exitCode === ExitCode.ok ? "n/a" : "FAIL: refused";
  if (exitCode === ExitCode.ok) return result.verify.status === "pass" ? "pass" : "off";
  return exitCode === ExitCode.wrongValues ? "FAIL: values" : "FAIL: stopped";
}
