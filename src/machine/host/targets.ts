import { formatRanges } from "../../base/ranges.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { HostError, HostTarget, Units } from "./messages.js";

/** What a message's target stands for. */
export interface ResolvedTarget {
  /** Indices over the SIPs of the run. */
  readonly sips: readonly number[];
  /** PEs of each of them, as positions of their ranks in the SIP. */
  readonly members: Int32Array;
}

/** Finds the SIPs and PEs that host messages name. */
export class Targets {
  private readonly all: Int32Array;
  private readonly hosts: ReadonlySet<number>;
  private readonly chips: ReadonlySet<number>;

  constructor(private readonly layout: RankLayout) {
    this.all = Int32Array.from({ length: layout.ranksPerSip }, (_, position) => position);
    this.hosts = indices(layout.hosts);
    this.chips = indices(layout.sipsPerHost);
  }

  /** The target, or why there is none: LQ6140. */
  resolve({ host, chips, cubes, pes }: HostTarget): ResolvedTarget | HostError {
    const { layout } = this;
    const problem = absent("host", [host], this.hosts) ?? absent("chip", chips, this.chips);
    if (problem !== null) return refusal(host, problem);
    const sips = [...new Set(chips)].map((chip) => host * layout.sipsPerHost + chip);
    if (cubes === "all" && pes === "all") return { sips, members: this.all };
    const places = [...this.all].map((position) => layout.pePosition(position));
    const knownCubes = new Set(places.map(({ cube }) => cube));
    const knownPes = new Set(places.map(({ pe }) => pe));
    const wantedCubes = named(cubes, knownCubes);
    const wantedPes = named(pes, knownPes);
    const gap = absent("cube", wantedCubes, knownCubes) ?? absent("PE", wantedPes, knownPes);
    if (gap !== null) return refusal(host, gap);
    const isMember = ({ cube, pe }: { cube: number; pe: number }): boolean =>
      wantedCubes.includes(cube) && wantedPes.includes(pe);
    return { sips, members: this.all.filter((position) => isMember(places[position]!)) };
  }
}

function refusal(host: number, problem: string): HostError {
  return { code: "LQ6140", message: `a message to the chips of host ${host} names ${problem}` };
}

function named(units: Units, known: ReadonlySet<number>): readonly number[] {
  if (units === "all") return [...known];
  return typeof units === "number" ? [units] : units;
}

/** What is wrong with the units that are named, or null. */
function absent(what: string, wanted: readonly number[], known: ReadonlySet<number>): string | null {
  if (wanted.length === 0) return `no ${what}`;
  const strangers = wanted.filter((index) => !known.has(index)).sort((a, b) => a - b);
  return strangers.length === 0 ? null : `${what} ${formatRanges(strangers)}, which takes no part in the run`;
}

function indices(count: number): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, index) => index));
}
