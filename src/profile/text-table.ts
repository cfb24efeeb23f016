/** Tables for a terminal: no borders, never wider than asked, laid out before they are coloured. */
import Table from "cli-table3";

const PADDING = 2;
const NARROWEST = 24;
const SIDES = ["top", "bottom", "left", "right"];
const BORDER_PARTS = SIDES.flatMap((side) => [side, `${side}-left`, `${side}-mid`, `${side}-right`]);
const NO_BORDERS = Object.fromEntries(
  [...BORDER_PARTS, "mid", "mid-mid", "middle"].map((part) => [part, ""]),
);

export type Style = (text: string) => string;

export interface Column {
  align: "left" | "right";
  /** What happens to a text that is too wide: it wraps, or loses its end or its start. */
  overflow: "wrap" | "end" | "start";
  style: Style;
}

/** One text per column, or one text across all columns. */
export type Row = readonly string[] | { across: string; style: Style };

/** Lays out rows in at most `width` characters a line (24 at least); no line ends in blanks. */
export function renderTable(columns: readonly Column[], rows: readonly Row[], width: number): string {
  const widths = columnWidths(columns.length, rows, Math.max(width, NARROWEST));
  const acrossWidth = widths.reduce((sum, textWidth) => sum + textWidth + PADDING, -PADDING);
  const table = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], "padding-left": PADDING, "padding-right": 0, compact: true },
    colWidths: widths.map((textWidth) => textWidth + PADDING),
    colAligns: columns.map(({ align }) => align),
  });
  for (const row of rows) {
    if ("across" in row) {
      table.push([{ content: row.style(cut(row.across, acrossWidth, "end")), colSpan: columns.length }]);
    } else {
      table.push(row.map((text, index) => cell(text, columns[index]!, widths[index]!)));
    }
  }
  const lines = table.toString().split("\n");
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function cell(text: string, { overflow, style }: Column, width: number) {
  if (overflow === "wrap") return { content: style(text), wordWrap: true };
  return { content: style(cut(text, width, overflow)) };
}

/** Shortens a text before it is coloured: a cut escape code would colour the rest of the screen. */
function cut(text: string, width: number, side: "end" | "start"): string {
  if (displayWidth(text) <= width) return text;
  const characters = Array.from(text);
  while (displayWidth(characters.join("")) >= width) {
    if (side === "end") characters.pop();
    else characters.shift();
  }
  return side === "end" ? `${characters.join("")}…` : `…${characters.join("")}`;
}

/** Columns on screen, at most: Chinese, Japanese and Korean characters and emoji take two. */
function displayWidth(text: string): number {
  return text.length + (text.match(/[\u1100-\u115f\u2e80-\uffff]/g)?.length ?? 0);
}

/** The natural width of each column; the widest ones give way until all fit. */
function columnWidths(count: number, rows: readonly Row[], width: number): number[] {
  const widths = new Array<number>(count).fill(1);
  for (const row of rows) {
    if ("across" in row) continue;
    row.forEach((text, column) => (widths[column] = Math.max(widths[column]!, displayWidth(text))));
  }
  let excess = widths.reduce((sum, textWidth) => sum + textWidth + PADDING, -width);
  for (; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! === 1) break;
    widths[widest]!--;
  }
  return widths;
}
