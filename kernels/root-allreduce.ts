/**
 * All-reduce among the first PEs of all cubes of a host, in five phases: along the rows of a SIP's cubes to the root
 * column from both sides, along that column to the root cube, between the root cubes of the SIPs, and back the same
 * way. The root is the middle cube, or cube 0 in the corner for comparison.
 */
import {
  allReduce,
  defineKernel,
  input,
  output,
  sizeOf,
  tl,
  type ArgsContext,
  type Direction,
  type DType,
  type Ptr,
  type TensorArg,
  type Tile,
  type TopologyInfo,
} from "linqu/dsl";
import { converge, cubeLines, spread, type Line } from "./lib/lines.js";

interface Plan {
  /** Elements of the vector, and of one piece: the whole vector when it fits into a slot. */
  n: number;
  piece: number;
  dtype: DType;
  cubes: TopologyInfo["cubes"];
  sips: TopologyInfo["sips"];
}

function planOf({ bytes, dtype, topology }: ArgsContext): [TensorArg, TensorArg, Plan] {
  const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
  const { cubes, sips, queue } = topology;
  const piece = Math.max(1, Math.floor(queue.slotBytes / sizeOf(dtype)));
  return [input("x", dtype, [n]), output("y", dtype, [n]), { n, piece, dtype, cubes, sips }];
}

/**
 * The lines to the root that this rank is part of; it is the leader of all but the last. In a mesh of SIPs, which has
 * no rings, they go on over the SIPs.
 */
function linesOf({ cubes, sips }: Plan): Line[] {
  const { wiring, columns, rows } = sips;
  const candidates = cubeLines(cubes);
  if (wiring === "mesh_2d_no_wrap") {
    const sip = tl.rank("sip");
    const [column, row] = [sip % columns, Math.floor(sip / columns)];
    const [leaderColumn, leaderRow] = [Math.floor(columns / 2), Math.floor(rows / 2)];
    candidates.push({ place: column, leader: leaderColumn, size: columns, up: "E", down: "W", axis: "sip" });
    candidates.push({ place: row, leader: leaderRow, size: rows, up: "S", down: "N", axis: "sip" });
  }
  const end = candidates.findIndex((line) => line.place !== line.leader);
  return end < 0 ? candidates : candidates.slice(0, end + 1);
}

/** Everybody in a ring of SIPs gets the sum of all: each one's part goes round once. */
function circulate(mine: Tile, size: number, to: Direction, from: Direction, length: number, p: Plan): Tile {
  let sum = mine;
  let part = mine;
  for (let step = 1; step < size; step++) {
    tl.send(to, part, { axis: "sip" });
    part = tl.recv(from, [length], p.dtype, { axis: "sip" });
    sum += part;
  }
  return sum;
}

/** A piece on its way to the root; returns the finished sum there, and what this rank has sent on elsewhere. */
function reduce(x: Ptr, y: Ptr, at: number, length: number, lines: Line[], p: Plan): Tile {
  let sum: Tile = tl.load(x + at, [length]);
  for (let i = 0; i < lines.length; i++) sum = converge(sum, lines[i], length, p.dtype);
  if (!isRoot(lines)) return sum;
  if (p.sips.wiring !== "mesh_2d_no_wrap") {
    sum = circulate(sum, p.sips.columns, "E", "W", length, p);
    sum = circulate(sum, p.sips.rows, "S", "N", length, p);
  }
  tl.store(y + at, sum);
  return sum;
}

/** The mirror: a piece on its way back from the root, which starts with `result`. */
function broadcast(result: Tile, y: Ptr, at: number, length: number, lines: Line[], p: Plan): void {
  let tile = result;
  for (let i = lines.length - 1; i >= 0; i--) tile = spread(tile, lines[i], length, p.dtype);
  if (!isRoot(lines)) tl.store(y + at, tile);
}

function isRoot(lines: Line[]): boolean {
  return lines.every((line) => line.place === line.leader);
}

function fivePhases(x: Ptr, y: Ptr, p: Plan): void {
  const hosts = tl.worldSize("host") * tl.worldSize("pod") * tl.worldSize("supernode");
  tl.staticAssert(hosts === 1, "this algorithm works inside one host: select one with --device host:0");
  const lines = linesOf(p);
  if (p.n <= p.piece) {
    broadcast(reduce(x, y, 0, p.n, lines, p), y, 0, p.n, lines, p);
    return;
  }
  for (let at = 0; at < p.n; at += p.piece) reduce(x, y, at, Math.min(p.piece, p.n - at), lines, p);
  for (let at = 0; at < p.n; at += p.piece) {
    const length = Math.min(p.piece, p.n - at);
    const result: Tile = isRoot(lines) ? tl.load(y + at, [length]) : tl.zeros([0], p.dtype);
    broadcast(result, y, at, length, lines, p);
  }
}

export const centreRootAllReduce = defineKernel(
  { name: "centre-root", rankUnit: "cube", args: planOf, expect: allReduce("sum") },
  fivePhases,
);

export const cornerRootAllReduce = defineKernel(
  { name: "corner-root", rankUnit: "cube", leaderCube: "corner", args: planOf, expect: allReduce("sum") },
  fivePhases,
);
