import { formatRanges } from "../../base/ranges.js";

/** Different lines that are shown, and prints of tiles that are kept until their values are known. */
const MAX_LINES = 200;
const MAX_TILE_PRINTS = 50_000;

/** A printed tile: its values become known in replay, by the row of the op log. */
interface PrintedTile {
  shape: string;
  row: number;
}
type PrintPart = string | PrintedTile;

interface TilePrint {
  site: number;
  rank: number;
  parts: readonly PrintPart[];
}

/** One line as it is shown: who printed it, and how often. */
class PrintLine {
  readonly ranks = new Set<number>();
  count = 0;

  constructor(readonly text: string) {}

  add(rank: number): void {
    this.ranks.add(rank);
    this.count++;
  }

  toString(): string {
    const ranks = formatRanges(Float64Array.from(this.ranks).sort());
    const times = this.count > this.ranks.size ? ` ${this.count}×` : "";
    return `[rank ${ranks}${times}] ${this.text}`;
  }
}

/** Lines printed by kernels; ranks that print the same line share it. */
export class Prints {
  private readonly lines = new Map<string, PrintLine>();
  private readonly tiles: TilePrint[] = [];
  private omitted = 0;

  add(site: number, rank: number, parts: readonly PrintPart[]): void {
    if (parts.every((part) => typeof part === "string"))
      this.addLine(this.lines, site, rank, parts.join(" "));
    else if (this.tiles.length < MAX_TILE_PRINTS) this.tiles.push({ site, rank, parts });
    else this.omitted++;
  }

  /**
   * The lines, those with tiles last, in the order in which they were first printed.
   * @param tileText values of the tile printed by a row of the op log
   */
  format(tileText: (row: number) => string): string[] {
    const withTiles = new Map<string, PrintLine>();
    for (const { site, rank, parts } of this.tiles) {
      const text = parts.map((part) =>
        typeof part === "string" ? part : `tile${part.shape} ${tileText(part.row)}`,
      );
      this.addLine(withTiles, site, rank, text.join(" "));
    }
    const lines = [...this.lines.values(), ...withTiles.values()].map(String);
    return this.omitted > 0 ? [...lines, `… and ${this.omitted} more lines`] : lines;
  }

  private addLine(lines: Map<string, PrintLine>, site: number, rank: number, text: string): void {
    const key = `${site}:${text}`;
    const known = lines.get(key);
    if (known) {
      known.add(rank);
    } else if (lines.size < MAX_LINES) {
      const line = new PrintLine(text);
      line.add(rank);
      lines.set(key, line);
    } else {
      this.omitted++;
    }
  }
}
