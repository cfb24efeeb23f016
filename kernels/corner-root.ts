/**
 * All-reduce with its root in the corner cube of each SIP, for comparison with the centre. Between the SIPs messages
 * are copied straight to their destination, without slots.
 */
import { allReduce, defineKernel, tl, type Direction, type Future, type Ptr, type Tile } from "linqu/dsl";
import { circulate, fivePhases, fivePhasesArgs, type Plan } from "./lib/five-phases.js";
import { sipLines, type Line } from "./lib/lines.js";

/** Receives of one piece, in the order in which the exchange takes them. */
interface Posted {
  tiles: Future<Tile>[];
  taken: number;
}

function send(to: Direction, tile: Tile): void {
  tl.send(to, tile, { axis: "sip" });
}

function take(posted: Posted): Tile {
  return tl.wait(posted.tiles[posted.taken++]);
}

/** The row and the column of this SIP in a mesh, to SIP 0. */
function meshLines(p: Plan): Line[] {
  return sipLines(p.sips, 0, 0);
}

/** Where the exchange receives from, message by message. */
function sources(p: Plan): Direction[] {
  const { wiring, columns, rows } = p.sips;
  const from: Direction[] = [];
  if (wiring === "mesh_2d_no_wrap") {
    const [row, column] = meshLines(p);
    if (row.place < columns - 1) from.push(row.up);
    if (row.place === 0 && column.place < rows - 1) from.push(column.up);
    if (row.place === 0 && column.place > 0) from.push(column.down);
    if (row.place > 0) from.push(row.down);
    return from;
  }
  for (let step = 1; step < columns; step++) from.push("W");
  for (let step = 1; step < rows; step++) from.push("N");
  return from;
}

/**
 * Posts all receives of a piece. A sender waits until its receive is posted; done before the partial sums arrive,
 * that costs nobody any time.
 */
function post(posted: Posted, length: number, p: Plan): void {
  const from = sources(p);
  posted.tiles = [];
  posted.taken = 0;
  for (let i = 0; i < from.length; i++)
    posted.tiles.push(tl.recvInto(from[i], tl.zeros([length], p.dtype), { axis: "sip" }));
}

/** Partial sums run to SIP 0 of a line. */
function gather(mine: Tile, { place, size, down }: Line, posted: Posted): Tile {
  let sum = mine;
  if (place < size - 1) sum += take(posted);
  if (place > 0) send(down, sum);
  return sum;
}

/** The sum of SIP 0 runs to the end of a line. */
function scatter(mine: Tile, { place, size, up }: Line, posted: Posted): Tile {
  const tile = place > 0 ? take(posted) : mine;
  if (place < size - 1) send(up, tile);
  return tile;
}

function exchange(mine: Tile, posted: Posted, p: Plan): Tile {
  const { wiring, columns, rows } = p.sips;
  if (wiring !== "mesh_2d_no_wrap") {
    const next = (): Tile => take(posted);
    return circulate(circulate(mine, columns, "E", next), rows, "S", next);
  }
  const [row, column] = meshLines(p);
  let sum = gather(mine, row, posted);
  if (row.place === 0) sum = scatter(gather(sum, column, posted), column, posted);
  return scatter(sum, row, posted);
}

export const cornerRootAllReduce = defineKernel(
  {
    name: "corner-root",
    rankUnit: "cube",
    leaderCube: "corner",
    args: fivePhasesArgs,
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, p: Plan) => {
    const posted: Posted = { tiles: [], taken: 0 };
    const prepare = (length: number): void => post(posted, length, p);
    fivePhases(x, y, p, prepare, (mine) => exchange(mine, posted, p));
  },
);
