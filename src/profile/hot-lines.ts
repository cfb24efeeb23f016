/** The kernel lines that took most time, and what they spent it on. */
import type { ChalkInstance } from "chalk";
import { psToNs } from "../base/units.js";
import type { RunRecord } from "../record/run-record.js";
import type { RunResult } from "../session/result.js";
import { renderTable } from "./text-table.js";
import type { Column, Row } from "./text-table.js";
import { percent, printable } from "./words.js";

/** Causes below this share of a line's time are not worth a word. */
const SHOWN_SHARE = 0.005;
const SHOWN_CAUSES = 3;

/** A table with each line's place, share of all kernel time and causes, its source below; empty without lines. */
export function renderHotLines(
  result: RunResult,
  record: RunRecord | null,
  chalk: ChalkInstance,
  width: number,
): string {
  if (result.hotLines.length === 0) return "";
  const kernelNs = psToNs(record?.sites.reduce((sum, site) => sum + site.totalPs, 0) ?? 0);
  const plain = (text: string) => text;
  const columns: Column[] = [
    { align: "left", overflow: "start", style: chalk.cyan },
    { align: "left", overflow: "end", style: plain },
    { align: "right", overflow: "end", style: plain },
    { align: "left", overflow: "end", style: plain },
  ];
  const rows: Row[] = [["hottest lines", "op", "share", "spent on"]];
  for (const line of result.hotLines) {
    const share = kernelNs > 0 ? percent(line.totalNs / kernelNs) : "";
    rows.push([line.at, line.op, share, causes(line.waits, line.totalNs)]);
    if (line.source !== "") rows.push({ across: `  ${printable(line.source)}`, style: chalk.dim });
  }
  return renderTable(columns, rows, width);
}

/** `arrival 97 %, dispatch 3 %`, the largest cause first. */
function causes(waits: Readonly<Record<string, number>>, totalNs: number): string {
  return Object.entries(waits)
    .map(([cause, ns]) => ({ cause, share: totalNs > 0 ? ns / totalNs : 0 }))
    .filter(({ share }) => share >= SHOWN_SHARE)
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN_CAUSES)
    .map(({ cause, share }) => `${cause} ${Math.round(share * 100)} %`)
    .join(", ");
}
