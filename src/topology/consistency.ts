/** Rules between values: what no single value's range can say. */
import { cubeGrid, edgeRouters, isConnected, SIDES } from "./cube-grid.js";
import { peCount } from "./machine-size.js";
import type { Topology } from "./topology.js";

interface Inconsistency {
  /** The values that do not fit, the one that most likely has to change first. */
  paths: string[];
  message: string;
  hint: string;
}

/** More PEs than any preset by far, and few enough to number them in 32 bits. */
const MAX_PES = 2 ** 24;

/** Everything that does not fit together. Each value alone is valid. */
export function inconsistencies(topology: Topology): Inconsistency[] {
  const fabric =
    topology.fabric.kind === "ring"
      ? ringProblems(topology)
      : [...peProblems(topology), ...gridProblems(topology)];
  return [...sizeProblems(topology), ...fabric];
}

function sizeProblems(topology: Topology): Inconsistency[] {
  const pes = peCount(topology);
  if (pes <= MAX_PES) return [];
  return [
    {
      paths: ["counts.supernodes", "counts.podsPerSupernode", "counts.hostsPerPod", "counts.pesPerCube"],
      message: `the counts multiply to ${pes} PEs, more than ${MAX_PES}`,
      hint: "lower one of the counts, cubes.columns or cubes.rows",
    },
  ];
}

function ringProblems({ cubes }: Topology): Inconsistency[] {
  if (cubes.columns === 1 && cubes.rows === 1) return [];
  return [
    {
      paths: ["fabric.kind", "cubes.columns", "cubes.rows"],
      message: `fabric.kind "ring" joins the PEs of one cube, but cubes is ${cubes.columns} × ${cubes.rows}`,
      hint: "set cubes.columns and cubes.rows to 1, or fabric.kind to noc",
    },
  ];
}

function peProblems({ cube, counts }: Topology): Inconsistency[] {
  const problems: Inconsistency[] = [];
  if (cube.pes.length !== counts.pesPerCube) {
    problems.push({
      paths: ["cube.pes", "counts.pesPerCube"],
      message: `cube.pes has ${cube.pes.length} positions, but counts.pesPerCube is ${counts.pesPerCube}`,
      hint: "give one position for each PE of a cube",
    });
  }
  const placed = [
    { paths: ["cube.mCpu.xMm", "cube.mCpu.yMm"], name: "cube.mCpu", ...cube.mCpu },
    ...cube.pes.map((position, index) => ({ paths: ["cube.pes"], name: `cube.pes[${index}]`, ...position })),
  ];
  for (const { paths, name, xMm, yMm } of placed) {
    if (xMm <= cube.widthMm && yMm <= cube.heightMm) continue;
    problems.push({
      paths: [...paths, "cube.widthMm", "cube.heightMm"],
      message: `${name} is at (${xMm}, ${yMm}) mm, outside the die of ${cube.widthMm} × ${cube.heightMm} mm`,
      hint: "move it onto the die, or change cube.widthMm and cube.heightMm",
    });
  }
  return problems;
}

function gridProblems({ cube }: Topology): Inconsistency[] {
  const paths = ["cube.withoutRouters", "cube.routerRows", "cube.routerColumns"];
  const { routerRows, routerColumns, withoutRouters } = cube;
  const outside = withoutRouters.find(([row, column]) => row >= routerRows || column >= routerColumns);
  if (outside) {
    return [
      {
        paths,
        message: `cube.withoutRouters has [${outside.join(", ")}], outside the grid of ${routerRows} rows and ${routerColumns} columns`,
        hint: `rows are 0 to ${routerRows - 1}, columns 0 to ${routerColumns - 1}`,
      },
    ];
  }
  const grid = cubeGrid(cube);
  if (grid.routers.length === 0 || SIDES.some((side) => edgeRouters(grid, cube, side).length === 0)) {
    const message = "cube.withoutRouters leaves a side of the cube without any router";
    return [{ paths, message, hint: "keep at least one router on each side" }];
  }
  if (!isConnected(grid)) {
    const message = "cube.withoutRouters cuts the grid of routers in two";
    return [{ paths, message, hint: "leave a way between all routers" }];
  }
  return [];
}
