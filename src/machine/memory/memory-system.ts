import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Engine } from "../../engine/engine.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Links } from "../fabric/links.js";
import { Transfers } from "../fabric/transfers.js";
import type { HbmChannels } from "./hbm-channels.js";
import { Memories } from "./memories.js";
import { MemoryTraffic } from "./memory-traffic.js";

/** The memories of a machine and the traffic that reaches them over its links. */
export interface MemorySystem {
  readonly transfers: Transfers;
  readonly memories: Memories;
  readonly traffic: MemoryTraffic;
}

/** @param links of a routed machine */
export function memorySystem(
  engine: Engine,
  topology: Topology,
  graph: SipGraph,
  layout: RankLayout,
  links: Links,
  hbm: HbmChannels,
): MemorySystem {
  const { flitBytes, flitTrains, bufferFlits } = topology.fabric;
  const transfers = new Transfers(engine, links, flitBytes, !flitTrains, bufferFlits);
  const memories = new Memories(topology, graph, layout, hbm);
  const traffic = new MemoryTraffic(engine, topology, graph, layout, links, transfers, memories);
  return { transfers, memories, traffic };
}
