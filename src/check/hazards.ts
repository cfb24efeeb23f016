import { diagnostic, type Diagnostic, type SourceLocation } from "../base/diagnostics.js";
import type { Tile } from "../ops/handles.js";

/** Tiles into which a message may come at any moment: from `recvInto` to the wait for it. */
export class Hazards {
  private readonly posted = new Map<Tile, number>();
  /** The tile that lies where a reshaped one lies. */
  private readonly originals = new WeakMap<Tile, Tile>();

  constructor(
    private readonly locate: (site: number) => SourceLocation | null,
    private readonly report: (problem: Diagnostic) => void,
  ) {}

  /** `view` lies where `tile` lies. Of a tile that is posted that was told already. */
  share(view: Tile, tile: Tile): void {
    const original = this.originalOf(tile);
    if (!this.posted.has(original)) this.originals.set(view, original);
  }

  post(view: Tile, site: number): void {
    const tile = this.originalOf(view);
    if (this.posted.has(tile)) {
      this.tell(tile, site, {
        code: "LQ3302",
        message: "a receive is posted into a tile that a receive is posted into already",
        hint: "wait for the first one with tl.wait, or give the second one a tile of its own",
      });
    }
    this.posted.set(tile, site);
  }

  waited(tile: Tile): void {
    this.posted.delete(this.originalOf(tile));
  }

  use(view: Tile, site: number): void {
    if (this.posted.size === 0) return;
    const tile = this.originalOf(view);
    if (!this.posted.has(tile)) return;
    this.tell(tile, site, {
      code: "LQ3301",
      message: "a tile is used before the wait for the receive that was posted into it",
      hint: "use what tl.wait returns",
    });
  }

  private originalOf(tile: Tile): Tile {
    return this.originals.get(tile) ?? tile;
  }

  private tell(tile: Tile, site: number, problem: Pick<Diagnostic, "code" | "message" | "hint">): void {
    const posted = this.locate(this.posted.get(tile)!);
    const related = posted === null ? [] : [{ at: posted, message: "the receive is posted here" }];
    this.report(diagnostic({ ...problem, at: this.locate(site), related }));
  }
}
