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

/** The row and the column of this rank's SIP in its host; a torus has rings instead. */
export function sipLines(
  { columns, rows }: TopologyInfo["sips"],
  leaderColumn: number,
  leaderRow: number,
): Line[] {
  const sip = tl.rank("sip");
  return [
    { place: sip % columns, leader: leaderColumn, size: columns, up: "E", down: "W", axis: "sip" },
    { place: Math.floor(sip / columns), leader: leaderRow, size: rows, up: "S", down: "N", axis: "sip" },
  ];
}

/** The same lines to SIP 0, round the edges where SIPs are joined there. */
export function sipRings(sips: TopologyInfo["sips"]): Line[] {
  const lines = sipLines(sips, 0, 0);
  if (sips.wiring === "mesh_2d_no_wrap") return lines;
  return lines.map(({ axis, place, size, up, down }) => ringLine(axis, place, size, up, down));
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
