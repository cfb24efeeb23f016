/** The levels of the machine, innermost first, and how its nodes are named. */

/** Canonical names by level number: `LEVEL_NAMES[3]` is HOST. */
export const LEVEL_NAMES = ["CORE", "CHIP_DIE", "CHIP", "HOST", "POD", "CLOS1", "CLOS2", "GLOBAL"] as const;

/** Level numbers of the nodes that run an orchestration. */
export const Level = { HOST: 3, POD: 4, CLOS1: 5, CLOS2: 6 } as const;
export type NodeLevel = (typeof Level)[keyof typeof Level];

/** Where a node stands; levels above the machine's top level are 0. */
interface Coordinate {
  supernode: number;
  pod: number;
  host: number;
}

/**
 * The name of a node: every level from the machine's top level down to the node's own, outermost first, as in
 * `supernode0/pod2/host5`. There is only one cluster, so its own name is `cluster` and no path below repeats it.
 */
export function nodePath(top: NodeLevel, level: NodeLevel, at: Coordinate): string {
  if (level === Level.CLOS2) return "cluster";
  const parts: string[] = [];
  if (top >= Level.CLOS1) parts.push(`supernode${at.supernode}`);
  if (top >= Level.POD && level <= Level.POD) parts.push(`pod${at.pod}`);
  if (level === Level.HOST) parts.push(`host${at.host}`);
  return parts.join("/");
}
