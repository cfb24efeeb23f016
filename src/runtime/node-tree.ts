import type { Topology } from "../topology/topology.js";
import { Level, nodePath, type NodeLevel } from "./levels.js";

/** A node's place in the tree; ids are indices into the tree's array, parents before children. */
export interface NodePlace {
  id: number;
  level: NodeLevel;
  path: string;
  parent: number | null;
  /** Ids of child nodes; empty for a host, whose children are chips. */
  children: number[];
  /** Position of a host among the selected hosts; −1 above HOST. */
  host: number;
  /** Chips under this node. */
  chips: number;
  /** Chips under each child; the largest number when the selection makes children differ. */
  chipsPerChild: number;
}

/** The machine's top level: the highest of which it has more than one member below. */
function topLevel(counts: Topology["counts"]): NodeLevel {
  if (counts.supernodes > 1) return Level.CLOS2;
  if (counts.podsPerSupernode > 1) return Level.CLOS1;
  if (counts.hostsPerPod > 1) return Level.POD;
  return Level.HOST;
}

/**
 * The tree of nodes above the selected hosts (indices over the whole machine, sorted). Its root is at the
 * machine's top level even when only one host is selected; nodes without a selected host are left out.
 */
export function nodeTree(
  counts: Topology["counts"],
  hosts: readonly number[],
  chipsPerHost: number,
): NodePlace[] {
  const top = topLevel(counts);
  // Hosts that one node of the level spans: dividing a host's index by it gives that node's index.
  const span: Record<NodeLevel, number> = {
    [Level.HOST]: 1,
    [Level.POD]: counts.hostsPerPod,
    [Level.CLOS1]: counts.hostsPerPod * counts.podsPerSupernode,
    [Level.CLOS2]: counts.hostsPerPod * counts.podsPerSupernode * counts.supernodes,
  };
  const places: NodePlace[] = [];
  let above = new Map<number, NodePlace>();
  for (let level: number = top; level >= Level.HOST; level--) {
    const nodeLevel = level as NodeLevel;
    const row = new Map<number, NodePlace>();
    hosts.forEach((host, position) => {
      const index = Math.floor(host / span[nodeLevel]);
      let place = row.get(index);
      if (!place) {
        const parent = above.get(Math.floor(host / span[(level + 1) as NodeLevel])) ?? null;
        place = {
          id: places.length,
          level: nodeLevel,
          path: nodePath(top, nodeLevel, {
            supernode: Math.floor(host / span[Level.CLOS1]),
            pod: Math.floor(host / span[Level.POD]) % counts.podsPerSupernode,
            host: host % counts.hostsPerPod,
          }),
          parent: parent?.id ?? null,
          children: [],
          host: level === Level.HOST ? position : -1,
          chips: 0,
          chipsPerChild: level === Level.HOST ? 1 : 0,
        };
        parent?.children.push(place.id);
        places.push(place);
        row.set(index, place);
      }
      place.chips += chipsPerHost;
    });
    above = row;
  }
  for (const place of places) {
    for (const child of place.children) {
      place.chipsPerChild = Math.max(place.chipsPerChild, places[child]!.chips);
    }
  }
  return places;
}
