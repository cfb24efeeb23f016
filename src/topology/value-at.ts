import type { Topology } from "./topology.js";

/** The value at a full path such as `pe.tcm.readGBps`; the path is one of `topologyFields`. */
export function valueAt(topology: Topology, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], topology);
}
