/** A SIP whose PEs form a ring of point-to-point links. */
import type { SipGraph } from "./graph.js";
import { pointToPointGraph } from "./point-to-point.js";
import type { Topology } from "./topology.js";

/** PE i's eastern link is 2i, its western one 2i + 1: with two PEs these are different links to the same PE. */
export function buildRingGraph(topology: Topology): SipGraph {
  const count = topology.counts.pesPerCube;
  const graph = pointToPointGraph(topology, (builder, pes, link) => {
    if (count === 1) return;
    pes.forEach((pe, i) => {
      builder.addLink(pe, pes[(i + 1) % count]!, link);
      builder.addLink(pe, pes[(i + count - 1) % count]!, link);
    });
  });
  return {
    ...graph,
    ringLink: (pe, direction) => (count > 1 ? 2 * pe + (direction === "E" ? 0 : 1) : null),
  };
}
