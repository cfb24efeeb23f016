/**
 * Where a cube's routers are. Router (row, column) sits in the middle of its cell of the die; row 0 is north,
 * column 0 is west. Lengths are whole micrometres.
 */
import { assert } from "../base/assert.js";
import type { Topology } from "./topology.js";

export interface GridRouter {
  row: number;
  column: number;
  xUm: number;
  yUm: number;
}

export interface CubeGrid {
  /** Routers row by row; those under the HBM are left out. */
  routers: readonly GridRouter[];
  /** Index into `routers`, or −1 where there is none. */
  indexAt(row: number, column: number): number;
}

export type Side = "N" | "E" | "S" | "W";
export const SIDES: readonly Side[] = ["N", "E", "S", "W"];

export function umOfMm(mm: number): number {
  return Math.round(mm * 1000);
}

export function cubeGrid(cube: Topology["cube"]): CubeGrid {
  const { routerRows, routerColumns } = cube;
  const index = new Int32Array(routerRows * routerColumns);
  for (const [row, column] of cube.withoutRouters) index[row * routerColumns + column] = -1;
  const routers: GridRouter[] = [];
  for (let row = 0; row < routerRows; row++) {
    for (let column = 0; column < routerColumns; column++) {
      const cell = row * routerColumns + column;
      if (index[cell] === -1) continue;
      index[cell] = routers.length;
      routers.push({
        row,
        column,
        xUm: umOfMm(((column + 0.5) * cube.widthMm) / routerColumns),
        yUm: umOfMm(((row + 0.5) * cube.heightMm) / routerRows),
      });
    }
  }
  const inside = (row: number, column: number) =>
    row >= 0 && row < routerRows && column >= 0 && column < routerColumns;
  return {
    routers,
    indexAt: (row, column) => (inside(row, column) ? index[row * routerColumns + column]! : -1),
  };
}

/** Index of the router nearest to a position (Manhattan; the first one row by row when several are), and how far. */
export function nearestRouter(
  grid: CubeGrid,
  xMm: number,
  yMm: number,
): { router: number; distanceUm: number } {
  const xUm = umOfMm(xMm);
  const yUm = umOfMm(yMm);
  let router = -1;
  let distanceUm = Infinity;
  grid.routers.forEach((each, index) => {
    const distance = Math.abs(each.xUm - xUm) + Math.abs(each.yUm - yUm);
    if (distance < distanceUm) {
      router = index;
      distanceUm = distance;
    }
  });
  assert(router >= 0, "a cube has at least one router");
  return { router, distanceUm };
}

/** Indices of the routers on one side of the cube, west to east or north to south. */
export function edgeRouters(grid: CubeGrid, cube: Topology["cube"], side: Side): number[] {
  const isOnEdge = ({ row, column }: GridRouter): boolean => {
    if (side === "N") return row === 0;
    if (side === "S") return row === cube.routerRows - 1;
    return side === "W" ? column === 0 : column === cube.routerColumns - 1;
  };
  return [...grid.routers.keys()].filter((index) => isOnEdge(grid.routers[index]!));
}

/** Can every router reach every other one over neighbours? */
export function isConnected(grid: CubeGrid): boolean {
  const reached = new Set<number>([0]);
  for (const index of reached) {
    const { row, column } = grid.routers[index]!;
    const neighbours = [
      grid.indexAt(row - 1, column),
      grid.indexAt(row + 1, column),
      grid.indexAt(row, column - 1),
      grid.indexAt(row, column + 1),
    ];
    for (const neighbour of neighbours) if (neighbour >= 0) reached.add(neighbour);
  }
  return reached.size === grid.routers.length;
}
