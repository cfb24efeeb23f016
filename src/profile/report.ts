/** What `linqu run` and `linqu profile` show on a terminal. */
import { Chalk } from "chalk";
import type { ChalkInstance } from "chalk";
import { ExitCode } from "../base/diagnostics.js";
import { formatBytes, formatNs, psToNs } from "../base/units.js";
import type { RingRecord, RunRecord } from "../record/run-record.js";
import type { RunOutcome, RunResult } from "../session/result.js";
import type { TopologyProvenance } from "../topology/provenance.js";
import { renderHotLines } from "./hot-lines.js";
import { provenanceLine } from "./provenance-line.js";
import { tightestRingGroups } from "./ring-groups.js";
import type { RingGroup } from "./ring-groups.js";
import { occupancy } from "./ring-profile.js";
import { renderTable } from "./text-table.js";
import type { Column, Row } from "./text-table.js";
import { bandwidth, count, deviation, number, percent, printable } from "./words.js";

const SHOWN_RING_GROUPS = 10;

export interface ReportOptions {
  colour: boolean;
  /** Characters that fit on one line of the terminal. */
  width: number;
}

/**
 * One page about a run, or as much of it as there is when the run failed; empty when it was refused. Tables keep
 * to the width; what kernels printed and the paths of files stand as they are.
 */
export function renderRunReport(outcome: RunOutcome, { colour, width }: ReportOptions): string {
  const { result, record, exitCode } = outcome;
  if (result === null) return "";
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const title: Row = { across: `${result.bench} on ${result.topology}`, style: chalk.bold };
  const sections = [
    renderTable(factColumns(chalk), [title, ...facts(result, exitCode)], width),
    renderHotLines(result, record, chalk, width),
    list("printed", result.prints.map(printable), chalk),
    list("files", result.files, chalk),
    renderProvenance(result.topologyProvenance, { colour, width }),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** Where the machine's numbers come from, below a report. */
export function renderProvenance(provenance: TopologyProvenance, { colour, width }: ReportOptions): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return renderTable(factColumns(chalk), [["numbers", provenanceLine(provenance)]], width);
}

/**
 * The ten fullest groups of equal rings, by occupancy, then by the time that somebody waited for room. `task[1]` is
 * the task ring of scope depth 1.
 */
export function renderTightestRings(record: RunRecord, { colour, width }: ReportOptions): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const groups = tightestRingGroups(record);
  if (groups.length === 0) return "  no ring was used\n";
  const plain = (text: string) => text;
  const figure: Column = { align: "right", overflow: "end", style: plain };
  const columns: Column[] = [
    { align: "left", overflow: "end", style: chalk.cyan },
    { align: "left", overflow: "start", style: plain },
    ...[figure, figure, figure, figure],
  ];
  const rows: Row[] = [["tightest rings", "node", "peak", "full", "blocks", "blocked"]];
  for (const group of groups.slice(0, SHOWN_RING_GROUPS)) rows.push(ringRow(group));
  const hidden = groups.length - SHOWN_RING_GROUPS;
  if (hidden > 0) rows.push({ across: `and ${count(hidden, "group")} of emptier rings`, style: chalk.dim });
  return renderTable(columns, rows, width);
}

function factColumns(chalk: ChalkInstance): Column[] {
  const verdictStyle = (text: string) => {
    if (text.startsWith("pass")) return chalk.green(text);
    return text.startsWith("FAIL") ? chalk.red(text) : text;
  };
  return [
    { align: "left", overflow: "end", style: chalk.dim },
    { align: "left", overflow: "wrap", style: verdictStyle },
  ];
}

function facts(result: RunResult, exitCode: ExitCode): Row[] {
  const { engine, link } = result.busiest;
  const levels = result.levels.map(
    ({ level, name, dispatchNs }) => `L${level} ${name} ${formatNs(dispatchNs)}`,
  );
  const rows: [string, string][] = [
    ["kernel", `${result.kernel}, algorithm ${result.algorithm}`],
    ["machine", `${count(result.hosts, "host")}, ${count(result.pes, "PE")}, ${count(result.ranks, "rank")}`],
    ["size", `${formatBytes(result.bytes)} of ${result.dtype} per rank`],
    ["simulated", `${formatNs(result.simulatedNs)}, collective ${formatNs(result.collectiveNs)}`],
    ["bandwidth", `algbw ${bandwidth(result.algbwGBps)}, busbw ${bandwidth(result.busbwGBps)}`],
    ["dispatch", levels.join(", ")],
    ["check", result.check?.verdict ?? ""],
    ["verdict", verdict(result, exitCode)],
    ["engine", engine ? `${engine.name}, busy ${percent(engine.share)}` : ""],
    ["link", link ? `${link.name}, busy ${percent(link.share)}` : ""],
    ["wall time", `${formatNs(result.wallMs * 1e6)}, peak memory ${formatBytes(result.peakRssBytes)}`],
    ["events", `${number(result.events)}, ${number(result.eventsPerSecond)} a second`],
    ["messages", number(result.messages)],
  ];
  return rows.filter(([, text]) => text !== "");
}

function verdict({ verify }: RunResult, exitCode: ExitCode): string {
  if (exitCode === ExitCode.programFailed || exitCode === ExitCode.invalidInput)
    return "none: the program did not finish";
  if (verify.status === "off") return "not verified: add --verify-data";
  const error = `max error ${deviation(verify.maxAbs)}, relative ${deviation(verify.maxRel)}`;
  const allowed = `allowed: ${verify.tolerance}`;
  if (verify.status === "pass") return `pass: ${error} (${allowed})`;
  const wrong = `FAIL: ${count(verify.mismatches, "wrong value")}, ${error} (${allowed})`;
  if (verify.firstMismatch === null) return wrong;
  const { tensor, index, rank, op, at } = verify.firstMismatch;
  return `${wrong}; first ${tensor}[${index}] of rank ${rank}, from ${op} at ${at}`;
}

function list(title: string, texts: readonly string[], chalk: ChalkInstance): string {
  if (texts.length === 0) return "";
  return [chalk.dim(`  ${title}`), ...texts.map((text) => `  ${text}`), ""].join("\n");
}

function ringRow({ node, ring, nodes, blocks, blockedPs }: RingGroup): string[] {
  const depth = ring.depth === null ? "" : `[${ring.depth}]`;
  const axis = ring.axis === null ? "" : ` ${ring.axis}`;
  return [
    `${node.levelName} ${ring.kind}${depth}${axis}`,
    nodes === 1 ? node.node : `${node.node} +${number(nodes - 1)}`,
    `${amount(ring.peak, ring.unit)} / ${amount(ring.capacity, ring.unit)}`,
    percent(occupancy(ring)),
    number(blocks),
    formatNs(psToNs(blockedPs)),
  ];
}

function amount(value: number, unit: RingRecord["unit"]): string {
  return unit === "bytes" ? formatBytes(value) : number(value);
}
