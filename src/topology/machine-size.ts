import type { Topology } from "./topology.js";

/** Hosts in the whole machine. */
export function hostCount(topology: Topology): number {
  const { supernodes, podsPerSupernode, hostsPerPod } = topology.counts;
  return supernodes * podsPerSupernode * hostsPerPod;
}

/** Cubes in one SIP. */
export function cubesPerSip(topology: Topology): number {
  return topology.cubes.columns * topology.cubes.rows;
}

/** PEs in the whole machine. */
export function peCount(topology: Topology): number {
  return (
    hostCount(topology) * topology.counts.sipsPerHost * cubesPerSip(topology) * topology.counts.pesPerCube
  );
}
