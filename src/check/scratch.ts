import { OpKind } from "../data/op-log.js";
import type { Tile } from "../ops/handles.js";
import type { ScratchReport } from "./report.js";

/** Ranks whose tiles are followed at most; of a larger world, some at even distances. */
const FOLLOWED_RANKS = 32;

/** The most that the tiles of one rank take up together. */
export interface ScratchPeak {
  rank: number;
  bytes: number;
  /** Where the tile was made with which the peak is reached. */
  site: number;
  /** All tiles of the rank together, as if none were ever given back. */
  sumBytes: number;
  /** The largest tiles of that moment: bytes, and where each was made. */
  tiles: { bytes: number; site: number }[];
}

const SHOWN_TILES = 3;

/** Lives of tiles of one rank: each from the operation that makes it to the last one that uses it. */
class Lives {
  readonly bytes: number[] = [];
  readonly born: number[] = [];
  readonly last: number[] = [];
  readonly sites: number[] = [];
  sumBytes = 0;
}

/** How much of the TCM tiles need, even when the place of each is used again as soon as it is read the last time. */
export class Scratch {
  /** By rank; null for ranks that are not followed. */
  private readonly lives: (Lives | null)[];
  private readonly numbers = new WeakMap<Tile, number>();
  readonly followed: number;

  constructor(private readonly world: number) {
    this.lives = new Array<Lives | null>(world).fill(null);
    const step = Math.max(1, Math.floor(world / FOLLOWED_RANKS));
    for (let rank = 0; rank < world; rank += step) this.lives[rank] = new Lives();
    this.lives[world - 1] ??= new Lives();
    this.followed = this.lives.filter((lives) => lives !== null).length;
  }

  get isSampled(): boolean {
    return this.followed < this.world;
  }

  create(rank: number, tile: Tile, at: number, site: number): void {
    const lives = this.lives[rank];
    if (lives === null || lives === undefined) return;
    this.numbers.set(tile, lives.bytes.length);
    lives.bytes.push(tile.bytes);
    lives.born.push(at);
    lives.last.push(at);
    lives.sites.push(site);
    lives.sumBytes += tile.bytes;
  }

  use(rank: number, tile: Tile, at: number): void {
    const lives = this.lives[rank];
    if (lives === null || lives === undefined) return;
    const number = this.numbers.get(tile);
    if (number !== undefined) lives.last[number] = at;
  }

  /** A computation makes a tile; a reshaped one lies where its operand lies. */
  compute(rank: number, kind: OpKind, out: Tile, a: Tile | null, at: number, site: number): void {
    if (this.lives[rank] === null) return;
    const number = kind === OpKind.reshape && a !== null ? this.numbers.get(a) : undefined;
    if (number === undefined) this.create(rank, out, at, site);
    else this.numbers.set(out, number);
  }

  /** What the highest peak is, of how much there is. */
  report(capacityBytes: number): ScratchReport {
    const peak = this.peak();
    return {
      peakBytes: peak?.bytes ?? 0,
      sumBytes: peak?.sumBytes ?? 0,
      capacityBytes,
      ranks: this.followed,
    };
  }

  /** The rank with the highest peak; null when nobody has made a tile. */
  peak(): ScratchPeak | null {
    let highest: ScratchPeak | null = null;
    this.lives.forEach((lives, rank) => {
      if (lives === null || lives.bytes.length === 0) return;
      const peak = peakOf(rank, lives);
      if (highest === null || peak.bytes > highest.bytes) highest = peak;
    });
    return highest;
  }
}

function peakOf(rank: number, { bytes, born, last, sites, sumBytes }: Lives): ScratchPeak {
  const end = last.reduce((latest, at) => Math.max(latest, at), 0) + 2;
  const change = new Float64Array(end);
  for (let i = 0; i < bytes.length; i++) {
    change[born[i]!]! += bytes[i]!;
    change[last[i]! + 1]! -= bytes[i]!;
  }
  let [live, most, at] = [0, -1, 0];
  for (let time = 0; time < end; time++) {
    live += change[time]!;
    if (live > most) [most, at] = [live, time];
  }
  const tiles: { bytes: number; site: number }[] = [];
  let site = -1;
  for (let i = 0; i < bytes.length; i++) {
    if (born[i]! > at || last[i]! < at) continue;
    tiles.push({ bytes: bytes[i]!, site: sites[i]! });
    site = sites[i]!;
  }
  tiles.sort((a, b) => b.bytes - a.bytes);
  return { rank, bytes: most, site, sumBytes, tiles: tiles.slice(0, SHOWN_TILES) };
}
