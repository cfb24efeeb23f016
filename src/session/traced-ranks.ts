import { RankLayout } from "../ccl/rank-layout.js";
import { selectDevices } from "../topology/device.js";
import type { RunOptions } from "./options.js";
import type { SimulationPlan } from "./simulation.js";

/** Lanes of a traced PE: kernel, comm, store. */
const LANES_PER_PE = 3;
/** Slowest ranks that get lanes besides the first PE of every chip. */
const SLOWEST = 16;

/**
 * Ranks whose lanes a trace shows: those of the given devices, or the first PE of every chip and the ranks that
 * ended last; never more than fit into the lanes, half of which are left to the slowest.
 */
export function tracedRanks(
  { layout, topology }: SimulationPlan,
  trace: NonNullable<RunOptions["trace"]>,
  endPs: Float64Array,
): number[] {
  const limit = Math.floor(trace.maxLanes / LANES_PER_PE);
  if (trace.device !== null) {
    const chosen = new Set<string>();
    const wanted = new RankLayout(topology, selectDevices(topology, trace.device), "pe");
    for (let rank = 0; rank < wanted.world; rank++) chosen.add(wanted.peName(rank));
    return ranksWhere(layout.world, (rank) => chosen.has(layout.peName(rank))).slice(0, limit);
  }
  // A rank that never ended is the slowest of all.
  const endOf = (rank: number): number => endPs[rank]! || Number.MAX_VALUE;
  const slowest = ranksWhere(layout.world, () => true)
    .sort((a, b) => endOf(b) - endOf(a) || a - b)
    .slice(0, Math.min(SLOWEST, Math.ceil(limit / 2)));
  const ranks = new Set(slowest);
  for (let sip = 0; sip < layout.sips && ranks.size < limit; sip++) {
    ranks.add(sip * layout.ranksPerSip);
  }
  return [...ranks].sort((a, b) => a - b);
}

function ranksWhere(world: number, holds: (rank: number) => boolean): number[] {
  const ranks: number[] = [];
  for (let rank = 0; rank < world; rank++) if (holds(rank)) ranks.push(rank);
  return ranks;
}
