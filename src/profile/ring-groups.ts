/** Equal rings of equal nodes as one: a cluster has thousands of them. */
import type { NodeRecord, RingRecord, RunRecord } from "../record/run-record.js";
import { occupancy } from "./ring-profile.js";

/** Rings of one kind, level, capacity and peak. */
export interface RingGroup {
  /** The member that somebody waited for longest, and its node. */
  node: NodeRecord;
  ring: RingRecord;
  nodes: number;
  blocks: number;
  blockedPs: number;
}

/** All rings that held something, in groups, the fullest first; among equally full ones the longest waited for. */
export function tightestRingGroups(record: RunRecord): RingGroup[] {
  const groups = new Map<string, RingGroup>();
  for (const node of record.nodes) {
    for (const ring of node.rings) {
      if (ring.peak === 0) continue;
      const key = [node.level, ring.kind, ring.depth, ring.axis, ring.unit, ring.capacity, ring.peak].join(
        "|",
      );
      const group = groups.get(key);
      if (group) addRing(group, node, ring);
      else groups.set(key, { node, ring, nodes: 1, blocks: ring.blocks, blockedPs: ring.blockedPs });
    }
  }
  return [...groups.values()].sort(
    (a, b) => occupancy(b.ring) - occupancy(a.ring) || b.blockedPs - a.blockedPs,
  );
}

function addRing(group: RingGroup, node: NodeRecord, ring: RingRecord): void {
  if (ring.blockedPs > group.ring.blockedPs) {
    group.node = node;
    group.ring = ring;
  }
  group.nodes++;
  group.blocks += ring.blocks;
  group.blockedPs += ring.blockedPs;
}
