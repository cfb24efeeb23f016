import { formatRanges } from "../../base/ranges.js";

/** Different lines that are kept; more are counted. */
const MAX_LINES = 200;

/** A printed tile: its values become known in replay, by the row of the op log. */
interface PrintedTile {
  shape: string;
  row: number;
}
type PrintPart = string | PrintedTile;

interface PrintLine {
  site: number;
  ranks: number[];
  parts: readonly PrintPart[];
}

/** Lines printed by kernels; ranks that print the same line are kept together. */
export class Prints {
  private readonly lines: PrintLine[] = [];
  private readonly sameText = new Map<string, PrintLine>();
  private omitted = 0;

  add(site: number, rank: number, parts: readonly PrintPart[]): void {
    const isText = parts.every((part) => typeof part === "string");
    const key = isText ? `${site}:${parts.join(" ")}` : null;
    const known = key === null ? undefined : this.sameText.get(key);
    if (known !== undefined) {
      known.ranks.push(rank);
      return;
    }
    if (this.lines.length >= MAX_LINES) {
      this.omitted++;
      return;
    }
    const line = { site, ranks: [rank], parts };
    this.lines.push(line);
    if (key !== null) this.sameText.set(key, line);
  }

  /**
   * The lines in the order in which they were first printed.
   * @param tileText values of the tile printed by a row of the op log
   */
  format(tileText: (row: number) => string): string[] {
    const lines = this.lines.map(({ ranks, parts }) => {
      const sorted = Float64Array.from(ranks).sort();
      const times = ranks.length > new Set(ranks).size ? ` ${ranks.length}×` : "";
      const unique = sorted.filter((rank, index) => index === 0 || rank !== sorted[index - 1]);
      const text = parts.map((part) =>
        typeof part === "string" ? part : `tile${part.shape} ${tileText(part.row)}`,
      );
      return `[rank ${formatRanges(unique)}${times}] ${text.join(" ")}`;
    });
    if (this.omitted > 0) lines.push(`… and ${this.omitted} more lines`);
    return lines;
  }
}
