/**
 * All-reduce with its root in the middle cube of each SIP, which is half as far from the corners as a corner is.
 * Between the SIPs messages take slots like everywhere else.
 */
import { allReduce, defineKernel, tl, type Direction, type Ptr, type Tile } from "linqu/dsl";
import { circulate, fivePhases, fivePhasesArgs, type Plan } from "./lib/five-phases.js";
import { converge, sipLines, spread } from "./lib/lines.js";

function exchange(mine: Tile, length: number, p: Plan): Tile {
  const { wiring, columns, rows } = p.sips;
  if (wiring !== "mesh_2d_no_wrap") {
    const receive = (from: Direction): Tile => tl.recv(from, [length], p.dtype, { axis: "sip" });
    const row = circulate(mine, columns, "E", () => receive("W"));
    return circulate(row, rows, "S", () => receive("N"));
  }
  // Without rings the SIPs are one more mesh: to its middle and back.
  const [row, column] = sipLines(p.sips, Math.floor(columns / 2), Math.floor(rows / 2));
  const isInColumn = row.place === row.leader;
  let sum = converge(mine, row, length, p.dtype);
  if (isInColumn) sum = spread(converge(sum, column, length, p.dtype), column, length, p.dtype);
  return spread(sum, row, length, p.dtype);
}

export const centreRootAllReduce = defineKernel(
  { name: "centre-root", rankUnit: "cube", args: fivePhasesArgs, expect: allReduce("sum") },
  (x: Ptr, y: Ptr, p: Plan) => {
    const nothing = (): void => undefined;
    fivePhases(x, y, p, nothing, (mine, length) => exchange(mine, length, p));
  },
);
