/** What a launch hands to every rank: tensors in HBM and plain values. Equal ranks share one object. */
import type { DpPolicy } from "../../dsl/index.js";
import type { DTypeName } from "./dtypes.js";

export interface TensorPlan {
  readonly name: string;
  readonly role: "input" | "output" | "inout";
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  /** Product of `shape`. */
  readonly elements: number;
  /** Absent: the tensor is the rank's own. Else it is one of its SIP, the same for all ranks there. */
  readonly policy?: DpPolicy;
}

export type ArgPlan =
  | { readonly kind: "tensor"; /** Index into RankArgs.tensors. */ readonly tensor: number }
  | { readonly kind: "value"; readonly value: unknown };

export interface RankArgs {
  /** Ranks with equal tensors hold the same list. */
  readonly tensors: readonly TensorPlan[];
  /** In the order of the kernel's parameters. */
  readonly args: readonly ArgPlan[];
}

/** How the ranks of a SIP are numbered. */
export interface SipRanks {
  readonly pesPerCube: number;
  readonly cubesPerSip: number;
}

export interface LaunchArgs {
  readonly world: number;
  /** One entry per rank; ranks with equal arguments hold the same object. */
  readonly byRank: readonly RankArgs[];
  /** Present when a tensor is spread; it then stands at the same index for all ranks of its SIP. */
  readonly spread?: SipRanks;
}

/** The first rank of the SIP of `rank`. */
export function firstOfSip(rank: number, { pesPerCube, cubesPerSip }: SipRanks): number {
  return rank - (rank % (pesPerCube * cubesPerSip));
}

/**
 * The rank whose copy of a spread tensor `rank` sees, the first one that sees it. Sharded in both dimensions, a
 * tensor has one copy in the SIP; a replicated dimension has one for each cube, or each PE of a cube. Who has none,
 * being outside `numCubes` or `numPes`, is answered for by the first cube or PE.
 */
export function copyOf(rank: number, policy: DpPolicy, ranks: SipRanks): number {
  const { pesPerCube } = ranks;
  const first = firstOfSip(rank, ranks);
  const pe = rank % pesPerCube;
  const cube = (rank - first - pe) / pesPerCube;
  const cubeOfCopy = policy.cube === "replicate" && cube < (policy.numCubes ?? Infinity) ? cube : 0;
  const peOfCopy = policy.pe === "replicate" && pe < (policy.numPes ?? Infinity) ? pe : 0;
  return first + cubeOfCopy * pesPerCube + peOfCopy;
}

/** The rank from which a tensor's first values follow: all copies of a spread one begin with the same. */
export function seedRank(rank: number, { policy }: TensorPlan, { spread }: LaunchArgs): number {
  return policy === undefined || spread === undefined ? rank : firstOfSip(rank, spread);
}

/** Is a rank's tensor its own, or the copy that it is the first to see? Others have nothing of their own there. */
export function ownsTensor(rank: number, { policy }: TensorPlan, { spread }: LaunchArgs): boolean {
  return policy === undefined || spread === undefined || copyOf(rank, policy, spread) === rank;
}
