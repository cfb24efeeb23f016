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

  constructor(private readonly layout: RankLayout) {
    this.all = Int32Array.from({ length: layout.ranksPerSip }, (_, position) => position);
  }

  /** The target, or why there is none: LQ6201. */
  resolve({ host, chips, cubes, pes }: HostTarget): ResolvedTarget | HostError {
    const { layout } = this;
    const { sipsPerHost } = layout;
    if (!(host >= 0 && host < layout.hosts)) return missing(`the run has no host ${host}`);
    const stranger = chips.find((chip) => !(chip >= 0 && chip < sipsPerHost));
    if (stranger !== undefined) return missing(`host ${host} has no chip ${stranger}`);
    if (chips.length === 0) return missing(`a message to host ${host} names no chip`);
    const sips = [...new Set(chips)].map((chip) => host * sipsPerHost + chip);
    if (cubes === "all" && pes === "all") return { sips, members: this.all };
    const places = [...this.all].map((position) => layout.pePosition(position));
    const gap = absent(cubes, new Set(places.map(({ cube }) => cube)), "cube");
    const members = this.all.filter(
      (position) => names(cubes, places[position]!.cube) && names(pes, places[position]!.pe),
    );
    const problem = gap ?? absent(pes, new Set(places.map(({ pe }) => pe)), "PE");
    return problem === null ? { sips, members } : missing(`the chips of host ${host} have no ${problem}`);
  }
}

function missing(what: string): HostError {
  return { code: "LQ6201", message: `${what} that takes part in the run` };
}

function names(units: Units, index: number): boolean {
  return units === "all" || (typeof units === "number" ? units === index : units.includes(index));
}

/** The units that are named and not there, as a phrase; null when all are. */
function absent(units: Units, known: ReadonlySet<number>, what: string): string | null {
  if (units === "all") return null;
  const named = typeof units === "number" ? [units] : units;
  if (named.length === 0) return `${what} in an empty list`;
  const strangers = named.filter((index) => !known.has(index));
  return strangers.length === 0 ? null : `${what} ${formatRanges(strangers.sort((a, b) => a - b))}`;
}
