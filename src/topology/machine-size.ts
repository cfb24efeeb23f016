import { assert } from "../base/assert.js";
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

/**
 * The grid in which the SIPs of a host stand: as stated, else one row for a ring and a square for torus and mesh. Null
 * where the grid does not hold exactly the host's SIPs.
 */
export function sipGridOrNull({ sips, counts }: Topology): { columns: number; rows: number } | null {
  const count = counts.sipsPerHost;
  const derived = sips.wiring === "ring_1d" ? count : Math.sqrt(count);
  const columns = sips.columns || (sips.rows ? count / sips.rows : derived);
  const rows = sips.rows || count / columns;
  return Number.isInteger(columns) && Number.isInteger(rows) && columns * rows === count
    ? { columns, rows }
    : null;
}

/**
 * The grid of SIPs of a loaded topology, which holds all of them; SIP s stands in column s mod columns.
 * @example sipGrid(loadTopology("host", [])) // { columns: 2, rows: 1 }
 */
export function sipGrid(topology: Topology): { columns: number; rows: number } {
  const grid = sipGridOrNull(topology);
  assert(grid !== null, "a loaded topology has a grid for its SIPs");
  return grid;
}
