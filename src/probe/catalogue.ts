/** The cases of `linqu probe`. PE 0 of cube 0 of SIP 0 asks, unless a case says otherwise. */
import { cubeGrid, nearestRouter } from "../topology/cube-grid.js";
import type { Access, ProbedHost } from "./accesses.js";
import { latencyNs } from "./ways.js";

interface CaseSpec {
  name: string;
  description: string;
  /** The accesses, which start together; or why this machine cannot have the case. */
  accesses: (host: ProbedHost) => Access[] | string;
}

/** A case on one machine. */
export interface ProbeCase {
  name: string;
  description: string;
  accesses: Access[];
}

/** A case that was not measured, at one size or at all. */
export interface LeftOut {
  case: string;
  bytes: number | null;
  reason: string;
}

/** Which slices a PE's own accesses reach, the nearest first: time must not fall along this list. */
export const DISTANCES = ["local", "same-half", "cross-half", "adjacent-cube", "farthest-cube"] as const;
type Distance = (typeof DISTANCES)[number] | "other-sip";

const REACHED: Record<Distance, string> = {
  local: "its own slice",
  "same-half": "the farthest slice of its half of the cube",
  "cross-half": "the farthest slice of the other half of the cube",
  "adjacent-cube": "the farthest slice of cube 1",
  "farthest-cube": "the farthest slice of the SIP",
  "other-sip": "the slice of PE 0 of the next SIP",
};

const SPECS: readonly CaseSpec[] = [
  hostCase("host-to-device", "the host writes to the slice of PE 0", "write"),
  hostCase("device-to-host", "the host reads the slice of PE 0", "read"),
  ...peCases("read"),
  ...peCases("write"),
  ...[2, 3, 8].map((count) => ({
    name: `load-${count}-one-slice`,
    description: `${count} PEs of cube 0 read the slice of its PE 0`,
    accesses: (host: ProbedHost) =>
      host.pesPerCube < count ? `a cube has ${pes(host.pesPerCube)}` : readOne(host, count, 0),
  })),
  {
    name: "load-cube-neighbour",
    description: "all PEs of cube 0 read the slice of PE 0 of cube 1",
    accesses: (host) => {
      if (host.cubes === 1) return "a SIP has 1 cube";
      if (host.pesPerCube === 1) return "a cube has 1 PE";
      return readOne(host, host.pesPerCube, host.rank(0, 1, 0));
    },
  },
  {
    name: "load-sip-local",
    description: "all PEs of a SIP read their own slices",
    accesses: (host) => ofWholeSip(host, (rank) => rank),
  },
  {
    name: "load-sip-one-slice",
    description: "all PEs of a SIP read the slice of PE 0",
    accesses: (host) => ofWholeSip(host, () => 0),
  },
];

export const CASE_NAMES: readonly string[] = SPECS.map(({ name }) => name);

/** The cases with these names that the machine can have, and the others. */
export function catalogue(
  host: ProbedHost,
  names: readonly string[],
): { cases: ProbeCase[]; leftOut: LeftOut[] } {
  const cases: ProbeCase[] = [];
  const leftOut: LeftOut[] = [];
  for (const { name, description, accesses } of SPECS.filter((spec) => names.includes(spec.name))) {
    const made = accesses(host);
    if (typeof made === "string") leftOut.push({ case: name, bytes: null, reason: made });
    else cases.push({ name, description, accesses: made });
  }
  return { cases, leftOut };
}

function hostCase(name: string, description: string, way: Access["way"]): CaseSpec {
  return { name, description, accesses: (host) => [host.byHost(way, 0)] };
}

function peCases(way: Access["way"]): CaseSpec[] {
  return ([...DISTANCES, "other-sip"] as const).map((distance) => ({
    name: `${way}-${distance}`,
    description: `a PE ${way === "read" ? "reads" : "writes to"} ${REACHED[distance]}`,
    accesses: (host) => {
      const slice = sliceAt(host, distance);
      return typeof slice === "string" ? slice : [host.byPe(way, 0, slice)];
    },
  }));
}

/** The slice that PE 0 reaches at a distance, or why there is none. */
function sliceAt(host: ProbedHost, distance: Distance): number | string {
  switch (distance) {
    case "local":
      return 0;
    case "same-half":
    case "cross-half":
      return sliceInHalf(host, distance === "same-half");
    case "adjacent-cube":
      return host.cubes === 1 ? "a SIP has 1 cube" : farthest(host, ranksOfCube(host, 1));
    case "farthest-cube": {
      if (host.cubes === 1) return "a SIP has 1 cube";
      if (host.cubes === 2) return "the adjacent cube is the only other one";
      const others = Array.from({ length: host.cubes - 1 }, (_, index) => index + 1);
      return farthest(
        host,
        others.flatMap((cube) => ranksOfCube(host, cube)),
      );
    }
    case "other-sip":
      return host.topology.counts.sipsPerHost === 1 ? "a host has 1 SIP" : host.rank(1, 0, 0);
  }
}

/** Halves of a cube are its routers west and east of the middle. */
function sliceInHalf(host: ProbedHost, same: boolean): number | string {
  if (host.pesPerCube === 1) return "a cube has 1 PE";
  if (!host.graph.nodes.some(({ kind }) => kind === "router")) return "a cube without routers has no halves";
  const { cube, fabric } = host.topology;
  if (fabric.kind !== "noc") return "a fabric of its own has no halves";
  const grid = cubeGrid(cube);
  const isWest = cube.pes.map(({ xMm, yMm }) => {
    const { router } = nearestRouter(grid, xMm, yMm);
    return grid.routers[router]!.column + 0.5 < cube.routerColumns / 2;
  });
  const others = ranksOfCube(host, 0).filter((rank) => rank !== 0 && (isWest[rank] === isWest[0]) === same);
  if (others.length === 0) return `no other PE is in ${same ? "the half of PE 0" : "the other half"}`;
  return farthest(host, others);
}

function ranksOfCube(host: ProbedHost, cube: number): number[] {
  return Array.from({ length: host.pesPerCube }, (_, pe) => host.rank(0, cube, pe));
}

/** The slice whose data take longest to PE 0 over an idle machine; the first of several. */
function farthest(host: ProbedHost, ranks: readonly number[]): number {
  const ways = ranks.map((rank) => latencyNs(host.readWay(0, rank)));
  return ranks[ways.indexOf(Math.max(...ways))]!;
}

function readOne(host: ProbedHost, count: number, slice: number): Access[] {
  return Array.from({ length: count }, (_, rank) => host.byPe("read", rank, slice));
}

function ofWholeSip(host: ProbedHost, sliceOf: (rank: number) => number): Access[] | string {
  const count = host.cubes * host.pesPerCube;
  if (count === 1) return "a SIP has 1 PE";
  return Array.from({ length: count }, (_, rank) => host.byPe("read", rank, sliceOf(rank)));
}

function pes(count: number): string {
  return count === 1 ? "1 PE" : `${count} PEs`;
}
