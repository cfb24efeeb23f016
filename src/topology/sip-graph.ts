import type { SipGraph } from "./graph.js";
import { buildNocGraph } from "./noc-graph.js";
import { buildRingGraph } from "./ring-graph.js";
import type { Topology } from "./topology.js";

export type { SipGraph } from "./graph.js";

/** The graph of one SIP of the machine; all SIPs are equal. */
export function buildSipGraph(topology: Topology): SipGraph {
  return topology.fabric.kind === "ring" ? buildRingGraph(topology) : buildNocGraph(topology);
}
