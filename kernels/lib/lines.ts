/** Lines of PEs along the axes of the machine, on which partial sums run to a leader and results back to both ends. */
import { tl, type Axis, type Direction, type DType, type Tile, type TopologyInfo } from "linqu/dsl";

/** This one's place on a line, the leader's place, and the direction in which places grow. */
export interface Line {
  place: number;
  leader: number;
  size: number;
  up: Direction;
  down: Direction;
  axis: Axis;
}

/** A ring with its leader at index 0: unrolled to a line with the leader in the middle. */
function ringLine(axis: Axis, index: number, size: number, up: Direction, down: Direction): Line {
  const leader = Math.floor((size - 1) / 2);
  return { place: (index + leader) % size, leader, size, up, down, axis };
}

/** A whole axis that is a ring. */
export function axisLine(axis: Axis): Line {
  return ringLine(axis, tl.rank(axis), tl.worldSize(axis), "E", "W");
}

/** The row and the column of this rank's cube in the mesh of its SIP. */
export function cubeLines({ columns, rows, leaderColumn, leaderRow }: TopologyInfo["cubes"]): Line[] {
  const cube = tl.rank("cube");
  return [
    { place: cube % columns, leader: leaderColumn, size: columns, up: "E", down: "W", axis: "cube" },
    { place: Math.floor(cube / columns), leader: leaderRow, size: rows, up: "S", down: "N", axis: "cube" },
  ];
}

/** The row and the column of this rank's SIP in its host, with the leader in the first of both. */
export function sipLines({ wiring, columns, rows }: TopologyInfo["sips"]): Line[] {
  const sip = tl.rank("sip");
  const column = sip % columns;
  const row = Math.floor(sip / columns);
  if (wiring !== "mesh_2d_no_wrap")
    return [ringLine("sip", column, columns, "E", "W"), ringLine("sip", row, rows, "S", "N")];
  return [
    { place: column, leader: 0, size: columns, up: "E", down: "W", axis: "sip" },
    { place: row, leader: 0, size: rows, up: "S", down: "N", axis: "sip" },
  ];
}

/** Partial sums run to the leader from both ends at once. */
export function converge(mine: Tile, line: Line, length: number, dtype: DType): Tile {
  const { place, leader, size, up, down, axis } = line;
  let sum = mine;
  if (place <= leader && place > 0) sum += tl.recv(down, [length], dtype, { axis });
  if (place >= leader && place < size - 1) sum += tl.recv(up, [length], dtype, { axis });
  if (place < leader) tl.send(up, sum, { axis });
  if (place > leader) tl.send(down, sum, { axis });
  return sum;
}

/** The mirror: the leader's tile runs to both ends. */
export function spread(mine: Tile, line: Line, length: number, dtype: DType): Tile {
  const { place, leader, size, up, down, axis } = line;
  let tile = mine;
  if (place < leader) tile = tl.recv(up, [length], dtype, { axis });
  if (place > leader) tile = tl.recv(down, [length], dtype, { axis });
  if (place <= leader && place > 0) tl.send(down, tile, { axis });
  if (place >= leader && place < size - 1) tl.send(up, tile, { axis });
  return tile;
}
