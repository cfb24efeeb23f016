import type { SourceLocation } from "../base/diagnostics.js";
import { buildCrossbarGraph } from "./crossbar-graph.js";
import type { SipGraph } from "./graph.js";
import { buildNocGraph } from "./noc-graph.js";
import { Registry } from "./registry.js";
import { buildRingGraph } from "./ring-graph.js";
import type { Topology } from "./topology.js";

export type { SipGraph } from "./graph.js";

/** An implementation of `fabric.kind`. */
export type FabricBuilder = (topology: Topology) => SipGraph;

/** The fabrics that come with linqu. */
export function builtInFabrics(): Registry<FabricBuilder> {
  return new Registry<FabricBuilder>("fabric.kind", {
    noc: buildNocGraph,
    ring: buildRingGraph,
    crossbar: buildCrossbarGraph,
  });
}

/**
 * The graph of one SIP of the machine; all SIPs are equal. `at` is where the topology names its fabric.
 * @throws LQ5030 `fabrics` has no such fabric
 */
export function buildSipGraph(
  topology: Topology,
  fabrics: Registry<FabricBuilder> = builtInFabrics(),
  at: SourceLocation | null = null,
): SipGraph {
  return fabrics.choose(topology.fabric.kind, at)(topology);
}
