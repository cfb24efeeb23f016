import { sipGrid } from "../topology/machine-size.js";
import type { Selection, Topology } from "../topology/topology.js";

/** Axes along which PEs have neighbours, inner ones first. */
export const AXES = ["pe", "cube", "sip", "host", "pod", "supernode"] as const;
export type AxisName = (typeof AXES)[number];
export type RankUnit = "pe" | "cube" | "sip";
/** Which cube leads its SIP: the middle of the mesh, or its first one. */
export type LeaderCube = "centre" | "corner";

/** The cubes of a SIP as a mesh, and which of them is the leader. */
export interface CubeMesh {
  columns: number;
  rows: number;
  leaderColumn: number;
  leaderRow: number;
}

/** The SIPs of a host as a grid; a ring is one row. */
export interface SipGrid {
  wiring: Topology["sips"]["wiring"];
  columns: number;
  rows: number;
}

/** Where a rank sits in the machine: indices over the whole machine, not over the selection. */
export interface PePosition {
  host: number;
  sip: number;
  cube: number;
  pe: number;
}

/**
 * How the ranks of a launch lie on the machine. Ranks count the PE fastest, then cube, SIP, host, pod, supernode.
 *
 * On an upper axis only *leaders* have queues: on the cube axis the first PE of every cube, on the axes above it the
 * first PE of the leader cube (the middle of the mesh, unless told otherwise) of the first SIP, host or pod.
 */
export class RankLayout {
  readonly world: number;
  /** Ranks in one SIP. */
  readonly ranksPerSip: number;
  /** SIPs that take part. */
  readonly sips: number;
  readonly cubes: CubeMesh;
  readonly sipGrid: SipGrid;
  /** Members on each axis, in the order of AXES. */
  readonly sizes: readonly number[];
  /** Ranks between two neighbours on each axis. */
  readonly strides: readonly number[];
  /** Offset of a leader inside its stride on each axis. */
  readonly leaderOffsets: readonly number[];

  private readonly selection: Selection;

  constructor(topology: Topology, selection: Selection, unit: RankUnit, leader: LeaderCube = "centre") {
    const mesh = cubeMesh(topology, selection, leader);
    const leaderCube = mesh.leaderRow * mesh.columns + mesh.leaderColumn;
    this.selection = {
      hosts: selection.hosts,
      sips: selection.sips,
      cubes: unit === "sip" ? [selection.cubes[leaderCube]!] : selection.cubes,
      pes: unit === "pe" ? selection.pes : [selection.pes[0]!],
    };
    this.cubes = unit === "sip" ? { columns: 1, rows: 1, leaderColumn: 0, leaderRow: 0 } : mesh;
    const { hosts, sips, cubes, pes } = this.selection;
    this.sipGrid = selectedSips(topology, selection);
    const [hostsPerPod, podsPerSupernode, supernodes] = hostTree(topology, hosts);
    this.sizes = [pes.length, cubes.length, sips.length, hostsPerPod, podsPerSupernode, supernodes];
    const strides: number[] = [];
    let stride = 1;
    for (const size of this.sizes) {
      strides.push(stride);
      stride *= size;
    }
    this.strides = strides;
    this.world = stride;
    this.ranksPerSip = pes.length * cubes.length;
    this.sips = sips.length * hosts.length;
    const leaderOffset = (unit === "sip" ? 0 : leaderCube) * pes.length;
    this.leaderOffsets = [0, 0, leaderOffset, leaderOffset, leaderOffset, leaderOffset];
  }

  /** Position of `rank` on an axis, from 0. */
  position(rank: number, axis: number): number {
    return Math.floor(rank / this.strides[axis]!) % this.sizes[axis]!;
  }

  /** Index of the SIP of `rank` among the SIPs that take part. */
  sipOf(rank: number): number {
    return Math.floor(rank / this.ranksPerSip);
  }

  /** Index of the host of a SIP among the hosts that take part. */
  hostOfSip(sip: number): number {
    return Math.floor(sip / this.selection.sips.length);
  }

  get hosts(): number {
    return this.selection.hosts.length;
  }

  get sipsPerHost(): number {
    return this.selection.sips.length;
  }

  /** Where the PE of `rank` really is. */
  pePosition(rank: number): PePosition {
    const { hosts, sips, cubes, pes } = this.selection;
    const sip = this.sipOf(rank);
    const local = rank % this.ranksPerSip;
    return {
      host: hosts[this.hostOfSip(sip)]!,
      sip: sips[sip % sips.length]!,
      cube: cubes[Math.floor(local / pes.length)]!,
      pe: pes[local % pes.length]!,
    };
  }

  /** The device path of a rank's PE, as `--device` would name it. */
  peName(rank: number): string {
    const { host, sip, cube, pe } = this.pePosition(rank);
    return `host:${host}/sip:${sip}/cube:${cube}/pe:${pe}`;
  }
}

/** The selected cubes as a mesh, and its leader. */
function cubeMesh(topology: Topology, { cubes }: Selection, leader: LeaderCube): CubeMesh {
  const { columns, rows } = shapeOf(cubes, topology.cubes.columns);
  const isCorner = leader === "corner";
  return {
    columns,
    rows,
    leaderColumn: isCorner ? 0 : Math.floor(columns / 2),
    leaderRow: isCorner ? 0 : Math.floor(rows / 2),
  };
}

function selectedSips(topology: Topology, { sips }: Selection): SipGrid {
  const { wiring } = topology.sips;
  const isRing = wiring === "ring_1d";
  return {
    wiring,
    ...(isRing ? { columns: sips.length, rows: 1 } : shapeOf(sips, sipGrid(topology).columns)),
  };
}

/** Chosen places of a grid: a rectangle of it, or else a line in index order. */
function shapeOf(chosen: readonly number[], gridColumns: number): { columns: number; rows: number } {
  const columns = new Set(chosen.map((index) => index % gridColumns)).size;
  const rows = new Set(chosen.map((index) => Math.floor(index / gridColumns))).size;
  return columns * rows === chosen.length ? { columns, rows } : { columns: chosen.length, rows: 1 };
}

/**
 * Hosts per pod, pods per supernode, supernodes of the selected hosts when they form a regular tree;
 * an irregular choice becomes one line of hosts.
 */
function hostTree(topology: Topology, hosts: readonly number[]): [number, number, number] {
  const { hostsPerPod, podsPerSupernode } = topology.counts;
  const pods = new Map<number, number[]>();
  for (const host of hosts) {
    const pod = Math.floor(host / hostsPerPod);
    const members = pods.get(pod) ?? [];
    members.push(host % hostsPerPod);
    pods.set(pod, members);
  }
  const podKeys = [...pods.values()].map((members) => members.join());
  const supernodes = new Map<number, number[]>();
  for (const pod of pods.keys()) {
    const supernode = Math.floor(pod / podsPerSupernode);
    const members = supernodes.get(supernode) ?? [];
    members.push(pod % podsPerSupernode);
    supernodes.set(supernode, members);
  }
  const supernodeKeys = [...supernodes.values()].map((members) => members.join());
  const regular = new Set(podKeys).size === 1 && new Set(supernodeKeys).size === 1;
  if (!regular) return [hosts.length, 1, 1];
  return [hosts.length / pods.size, pods.size / supernodes.size, supernodes.size];
}
