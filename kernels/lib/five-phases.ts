/**
 * All-reduce among the first PEs of all cubes of a host, in five phases: along the rows of a SIP's cubes to the root
 * column from both sides, along that column to the root cube, between the root cubes of the SIPs, and back the same
 * way. A vector that fits into a slot is one message per hop; a longer one follows piece after piece.
 */
import {
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
import { converge, cubeLines, spread, type Line } from "./lines.js";

export interface Plan {
  /** Elements of the vector, and of one piece. */
  n: number;
  piece: number;
  dtype: DType;
  cubes: TopologyInfo["cubes"];
  sips: TopologyInfo["sips"];
}

export function fivePhasesArgs({ bytes, dtype, topology }: ArgsContext): [TensorArg, TensorArg, Plan] {
  const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
  const { cubes, sips, queue } = topology;
  const piece = Math.max(1, Math.floor(queue.slotBytes / sizeOf(dtype)));
  return [input("x", dtype, [n]), output("y", dtype, [n]), { n, piece, dtype, cubes, sips }];
}

/** The lines to the root cube that this rank is part of: the row, and the column for members of the root column. */
function linesToRoot({ cubes }: Plan): Line[] {
  const [row, column] = cubeLines(cubes);
  return row.place === row.leader ? [row, column] : [row];
}

/**
 * @param prepare is called by a root before a piece of this length comes to it
 * @param exchange sums the piece up over the roots of all SIPs
 */
export function fivePhases(
  x: Ptr,
  y: Ptr,
  p: Plan,
  prepare: (length: number) => void,
  exchange: (mine: Tile, length: number) => Tile,
): void {
  const hosts = tl.worldSize("host") * tl.worldSize("pod") * tl.worldSize("supernode");
  tl.staticAssert(hosts === 1, "this algorithm works inside one host: select one with --device host:0");
  const lines = linesToRoot(p);
  const isRoot = cubeLines(p.cubes).every((line) => line.place === line.leader);
  /** A piece on its way to the root; returns the finished sum there. */
  const reduce = (at: number, length: number): Tile => {
    if (isRoot) prepare(length);
    let sum: Tile = tl.load(x + at, [length]);
    for (let i = 0; i < lines.length; i++) sum = converge(sum, lines[i], length, p.dtype);
    if (isRoot) sum = exchange(sum, length);
    if (isRoot) tl.store(y + at, sum);
    return sum;
  };
  /** The mirror: a piece on its way back from the root, which starts with `result`. */
  const broadcast = (result: Tile, at: number, length: number): void => {
    let tile = result;
    for (let i = lines.length - 1; i >= 0; i--) tile = spread(tile, lines[i], length, p.dtype);
    if (!isRoot) tl.store(y + at, tile);
  };

  if (p.n <= p.piece) {
    broadcast(reduce(0, p.n), 0, p.n);
    return;
  }
  for (let at = 0; at < p.n; at += p.piece) reduce(at, Math.min(p.piece, p.n - at));
  for (let at = 0; at < p.n; at += p.piece) {
    const length = Math.min(p.piece, p.n - at);
    broadcast(isRoot ? tl.load(y + at, [length]) : tl.zeros([0], p.dtype), at, length);
  }
}

/** An exchange in a ring of SIPs: everybody gets the sum of all, while each one's part goes round once. */
export function circulate(mine: Tile, size: number, to: Direction, receive: () => Tile): Tile {
  let sum = mine;
  let part = mine;
  for (let step = 1; step < size; step++) {
    tl.send(to, part, { axis: "sip" });
    part = receive();
    sum += part;
  }
  return sum;
}
