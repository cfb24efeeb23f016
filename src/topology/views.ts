/** The four views of a machine, from the whole of it down to one PE. */
import type { SipGraph } from "./graph.js";
import type { Topology } from "./topology.js";
import { cubeView } from "./view-cube.js";
import { peView } from "./view-pe.js";
import { sipView } from "./view-sip.js";
import { systemView } from "./view-system.js";
import type { View, ViewName } from "./view.js";

/** The views that are asked for, in the given order; `graph` is that of the topology's SIPs. */
export function machineViews(topology: Topology, graph: SipGraph, names: readonly ViewName[]): View[] {
  const make: Record<ViewName, () => View> = {
    system: () => systemView(topology),
    sip: () => sipView(topology, graph),
    cube: () => cubeView(topology, graph),
    pe: () => peView(topology),
  };
  return names.map((name) => make[name]());
}
