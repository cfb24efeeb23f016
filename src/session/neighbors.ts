import type { KernelDefinition, TopologyInfo } from "../../dsl/index.js";
import { LinquError, invalidInput } from "../base/diagnostics.js";
import { peerQueues } from "../ccl/peers.js";
import type { Queue } from "../ccl/queues.js";

/** Directions are numbered in 16 bits. */
const MAX_DIRECTIONS = 65_536;

/**
 * The queues between the neighbours that a kernel names; none when it names none.
 * @throws LQ2104 a list with something else than ranks, LQ2105 neighbours that do not name each other
 */
export function namedQueues({ options }: KernelDefinition, world: number, topology: TopologyInfo): Queue[] {
  const { name, neighbors } = options;
  if (neighbors === undefined) return [];
  const lists = Array.from({ length: world }, (_, rank) =>
    neighborsOf(name, neighbors, { rank, world, topology }),
  );
  return peerQueues(name, lists);
}

function neighborsOf(
  kernel: string,
  neighbors: NonNullable<KernelDefinition["options"]["neighbors"]>,
  context: Parameters<typeof neighbors>[0],
): readonly number[] {
  const { rank, world } = context;
  let list: unknown;
  try {
    list = neighbors(context);
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    throw refused(kernel, rank, `failed: ${String(cause)}`, cause);
  }
  if (!Array.isArray(list)) throw refused(kernel, rank, "returned no list");
  const entries = list as unknown[];
  if (entries.length > MAX_DIRECTIONS)
    throw refused(kernel, rank, `has ${entries.length} entries: at most ${MAX_DIRECTIONS} are possible`);
  entries.forEach((entry, direction) => {
    const isRank = Number.isInteger(entry) && (entry as number) >= -1 && (entry as number) < world;
    if (isRank && entry !== rank) return;
    const what = entry === rank ? "the rank itself" : String(entry);
    throw refused(kernel, rank, `has ${what} in direction ${direction}`);
  });
  return entries as number[];
}

function refused(kernel: string, rank: number, what: string, cause?: unknown): LinquError {
  return invalidInput(
    {
      code: "LQ2104",
      message: `neighbors of kernel ${kernel} for rank ${rank} ${what}`,
      hint: "return a list of other ranks, from 0 to world − 1, and −1 where a direction leads nowhere",
    },
    cause,
  );
}
