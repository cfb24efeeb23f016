/** Plain columns for the text of views. */

/** Columns of a terminal, less the indent. */
export const TABLE_WIDTH = 78;

/** Left-aligned columns; the last one wraps at commas. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]!.length))) ?? [];
  return rows.flatMap((row) => {
    const head = row.slice(0, -1).map((text, i) => text.padEnd(widths[i]! + 2));
    const left = head.join("");
    const lines = wrap(row.at(-1)!, TABLE_WIDTH - left.length);
    return lines.map((line, i) => (i === 0 ? left : " ".repeat(left.length)) + line);
  });
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const part of text.split(/(?<=, )/)) {
    if (lines.at(-1)! !== "" && (lines.at(-1)! + part).trimEnd().length > width) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines;
}

/** `1 PE`, `1,024 PEs` */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** At most three places after the point. */
export function round(value: number): string {
  return `${Number(value.toFixed(3))}`;
}
