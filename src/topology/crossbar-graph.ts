/** A SIP in which every PE has a link of its own to every other: no two pairs of PEs ever meet. */
import type { SipGraph } from "./graph.js";
import { pointToPointGraph } from "./point-to-point.js";
import type { Topology } from "./topology.js";

/** Links grow with the square of the PEs. */
export const MAX_CROSSBAR_PES = 256;

export function buildCrossbarGraph(topology: Topology): SipGraph {
  const graph = pointToPointGraph(topology, (builder, pes, link) => {
    for (const from of pes) for (const to of pes) if (from !== to) builder.addLink(from, to, link);
  });
  return { ...graph, ringLink: () => null };
}
