/** What `linqu check` shows: one line for each kernel and world, and what each line's verdict covers. */
import { Chalk } from "chalk";
import type { ChalkInstance } from "chalk";
import { formatRanges } from "../base/ranges.js";
import { formatBytes } from "../base/units.js";
import type { CheckResult, CheckedWorldResult } from "../session/check.js";
import type { ReportOptions } from "./report.js";
import { renderTable, type Column, type Row } from "./text-table.js";
import { number } from "./words.js";

const plain = (text: string): string => text;

/** A line that says what holds; it goes on below where the terminal ends. */
const VERDICT: Column = { align: "left", overflow: "wrap", style: plain };

const HEADER = ["kernel", "ranks", "result", "operations", "least depth", "scratch", "busiest queue"];
/** Where lines are shorter, the last column gives way to the others. */
const WIDE = 72;

export function renderCheckReport(
  { bytes, dtype, kernels }: CheckResult,
  { colour, width }: ReportOptions,
): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const lines = [HEADER];
  for (const { name, worlds } of kernels) {
    const applicable = worlds.filter(({ status }) => status !== "not applicable");
    const others = worlds.filter(({ status }) => status === "not applicable");
    const shown = applicable.map(figures);
    if (others.length > 0)
      shown.unshift([formatRanges(others.map(({ world }) => world)), "n/a", "", "", "", ""]);
    shown.forEach((texts, index) => lines.push([index === 0 ? name : "", ...texts]));
  }
  const count = width < WIDE ? HEADER.length - 1 : HEADER.length;
  const rows = lines.map((line) => line.slice(0, count));
  const table = renderTable(columns(chalk).slice(0, count), rows, width);
  const verdicts = kernels.flatMap(({ name, worlds }) =>
    verdictLines(name, worlds, `${formatBytes(bytes)} of ${dtype}`),
  );
  if (verdicts.length === 0) return table;
  return `${table}\n${renderTable([VERDICT], verdicts, width)}`;
}

function figures(world: CheckedWorldResult): string[] {
  const { status, findings, programOperations, leastDepth, scratch, traffic } = world;
  const busiest = traffic
    .map((line) => ({ ...line.busiest, name: `${line.axis} ${line.direction}` }))
    .sort((a, b) => b.bytes - a.bytes)[0];
  return [
    number(world.world),
    status === "failed" ? `FAIL ${findings.join(" ")}` : status,
    number(programOperations),
    leastDepth === null ? "" : number(leastDepth),
    scratch === null ? "" : formatBytes(scratch.peakBytes),
    busiest === undefined
      ? ""
      : `${busiest.name} ${busiest.from}→${busiest.to}: ${formatBytes(busiest.bytes)}`,
  ];
}

/** What was decided, told once for worlds of which the same holds. */
function verdictLines(kernel: string, worlds: readonly CheckedWorldResult[], size: string): Row[] {
  const lines = new Map<string, number[]>();
  for (const { world, verdict, status } of worlds) {
    if (status === "not applicable") continue;
    const text = verdict.replace(/\b1 rank\b|\b\d+ ranks\b/, "its ranks");
    lines.set(text, [...(lines.get(text) ?? []), world]);
  }
  return [...lines].map(([text, sizes]) => {
    return [`${kernel}, ${sizes.length === 1 ? "world" : "worlds"} ${formatRanges(sizes)}, ${size}: ${text}`];
  });
}

function columns(chalk: ChalkInstance): Column[] {
  const result = (text: string): string => {
    if (text === "ok") return chalk.green(text);
    return text.startsWith("FAIL") ? chalk.red(text) : text;
  };
  const right = { align: "right", overflow: "end", style: plain } as const;
  return [
    { align: "left", overflow: "end", style: chalk.cyan },
    right,
    { align: "left", overflow: "wrap", style: result },
    right,
    right,
    right,
    { align: "left", overflow: "end", style: plain },
  ];
}
