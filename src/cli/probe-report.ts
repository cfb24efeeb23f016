/** What `linqu probe` shows on a terminal. */
import { Chalk } from "chalk";
import type { ChalkInstance } from "chalk";
import { formatBytes } from "../base/units.js";
import type { CaseResult, Measurement, ProbeResult } from "../probe/result.js";
import { renderTable } from "../profile/text-table.js";
import type { Column, Row } from "../profile/text-table.js";
import { percent } from "../profile/words.js";

const FORMULAS = [
  "read: command there + commit of the first flit + first flit over each link + the rest at the bottleneck",
  "write: first flit over each link + the rest at the bottleneck + commit of the last burst + completion back",
  "first flit over a link: flit / bandwidth + latency; a load is estimated: its accesses share alike",
];

const plain = (text: string): string => text;
const figure: Column = { align: "right", overflow: "end", style: plain };

/** Tables of all cases at the sizes chosen, of the others by size, and what came of the invariants. */
export function renderProbe(
  result: ProbeResult,
  { colour, width }: { colour: boolean; width: number },
): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const sections = [
    ...result.tableBytes.map((bytes) => caseTable(result, bytes, chalk, width)),
    sizeTable(result, chalk, width),
    ...result.cases.map((each) => passageTables(each, result.tableBytes, chalk, width)),
    facts(result, chalk, width),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function caseTable(
  { topology, cases }: ProbeResult,
  bytes: number,
  chalk: ChalkInstance,
  width: number,
): string {
  const rows: Row[] = [["case", "ns", "formula", "off", "GB/s", "of peak", "bottleneck"]];
  for (const { name, sizes } of cases) {
    const size = sizes.find((each) => each.bytes === bytes);
    if (size) rows.push([name, ...figures(size), bottleneckOf(size)]);
  }
  if (rows.length === 1) return "";
  const columns: Column[] = [
    { align: "left", overflow: "end", style: chalk.cyan },
    ...[figure, figure, figure, figure, figure],
    { align: "left", overflow: "start", style: plain },
  ];
  return titled(`${topology}, ${formatBytes(bytes)} each`, renderTable(columns, rows, width), chalk, width);
}

/** A title may be wider than its table, but not than the line. */
function titled(title: string, table: string, chalk: ChalkInstance, width: number): string {
  return renderTable([{ align: "left", overflow: "end", style: chalk.bold }], [[title]], width) + table;
}

function figures({
  simulatedNs,
  formulaNs,
  deviationPercent,
  bandwidthGBps,
  utilisation,
}: Measurement): string[] {
  return [
    oneDecimal(simulatedNs),
    oneDecimal(formulaNs),
    // A deviation that rounds to nothing has no sign.
    `${(Number(deviationPercent.toFixed(1)) || 0).toFixed(1)} %`,
    oneDecimal(bandwidthGBps),
    percent(utilisation),
  ];
}

/** Most ways lie in SIP 0, so its name is left away. */
function bottleneckOf({ bottleneck: { name, users } }: Measurement): string {
  const shown = name.replaceAll("sip0.", "");
  return users === 1 ? shown : `${shown} (${users} users)`;
}

/** Only where cases were measured at sizes that no other table shows. */
function sizeTable({ cases, tableBytes }: ProbeResult, chalk: ChalkInstance, width: number): string {
  const swept = cases.filter(({ sizes }) => sizes.length > tableBytes.length);
  const all = [...new Set(swept.flatMap(({ sizes }) => sizes.map(({ bytes }) => bytes)))].sort(
    (a, b) => a - b,
  );
  if (swept.length === 0) return "";
  const rows: Row[] = [
    ["case", ...all.map(formatBytes)],
    ...swept.map(({ name, sizes }) => [
      name,
      ...all.map((bytes) => {
        const size = sizes.find((each) => each.bytes === bytes);
        return size ? oneDecimal(size.simulatedNs) : "";
      }),
    ]),
  ];
  const columns: Column[] = [{ align: "left", overflow: "end", style: chalk.cyan }, ...all.map(() => figure)];
  return titled("ns by size", renderTable(columns, rows, width), chalk, width);
}

function passageTables(
  { name, sizes }: CaseResult,
  tableBytes: readonly number[],
  chalk: ChalkInstance,
  width: number,
): string {
  return sizes
    .flatMap(({ bytes, passages, terms }) => {
      if (passages === null || !tableBytes.includes(bytes)) return [];
      const rows: Row[] = [
        ["node", "first flit", "last flit"],
        ...passages.map(({ node, firstNs, lastNs }) => [node, oneDecimal(firstNs), oneDecimal(lastNs)]),
        ["terms of the formula", "ns", ""],
        ...terms.map(({ what, ns }) => [what, oneDecimal(ns), ""]),
      ];
      const columns: Column[] = [{ align: "left", overflow: "start", style: plain }, figure, figure];
      const title = `${name} of ${formatBytes(bytes)}, node by node, by the formula`;
      return titled(title, renderTable(columns, rows, width), chalk, width);
    })
    .join("\n");
}

function facts(result: ProbeResult, chalk: ChalkInstance, width: number): string {
  const verdict = (text: string): string => (text.startsWith("BROKEN") ? chalk.red(text) : text);
  const columns: Column[] = [
    { align: "left", overflow: "end", style: chalk.dim },
    { align: "left", overflow: "wrap", style: verdict },
  ];
  const rows: Row[] = FORMULAS.map((text, index) => [index === 0 ? "formulas" : "", text]);
  [...usedRanges(result)].forEach(([text, cases], index) => {
    rows.push([index === 0 ? "90 % of peak" : "", `${text}: ${cases.join(", ")}`]);
  });
  [...reasons(result)].forEach(([reason, cases], index) => {
    rows.push([index === 0 ? "left out" : "", `${reason}: ${cases.join(", ")}`]);
  });
  result.invariants.forEach(({ name, checks, broken }, index) => {
    const verdictOf =
      checks === 0
        ? "not checked"
        : broken === 0
          ? `holds (${checks})`
          : `BROKEN ${broken} of ${checks} times`;
    rows.push([index === 0 ? "invariants" : "", `${verdictOf}: ${name}`]);
  });
  return renderTable(columns, rows, width);
}

/** Between which sizes the bottleneck comes to carry 90 %, with the cases that were measured at several. */
function usedRanges({ cases }: ProbeResult): Map<string, string[]> {
  const several = cases.filter(({ sizes }) => sizes.length > 1);
  return grouped(
    several.flatMap(({ name, ninetyPercent }) => {
      if (ninetyPercent === null) return [];
      const { above, upTo } = ninetyPercent;
      const text = above === null ? "at" : `between ${formatBytes(above)} and`;
      return [[`${text} ${formatBytes(upTo)}`, name] as const];
    }),
  );
}

function reasons({ leftOut }: ProbeResult): Map<string, string[]> {
  return grouped(
    leftOut.map(
      ({ case: name, bytes, reason }) =>
        [reason, bytes === null ? name : `${name} of ${formatBytes(bytes)}`] as const,
    ),
  );
}

function grouped(pairs: readonly (readonly [key: string, value: string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

function oneDecimal(value: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
