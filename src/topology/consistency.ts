/** Rules between values: what no single value's range can say. */
import { MAX_CROSSBAR_PES } from "./crossbar-graph.js";
import { cubeGrid, edgeRouters, isConnected, SIDES } from "./cube-grid.js";
import { formatBytes } from "../base/units.js";
import { peCount, sipGridOrNull } from "./machine-size.js";
import type { Topology } from "./topology.js";

interface Inconsistency {
  /** The values that do not fit, the one that most likely has to change first. */
  paths: string[];
  message: string;
  hint: string;
}

/** More PEs than any preset by far, and few enough to number them in 32 bits. */
const MAX_PES = 2 ** 24;

/** A die that is too small leaves many parts outside; the first ones say enough. */
const MAX_OUTSIDE = 10;

/** A die's share of the physical address space that HBM may take. */
const MAX_HBM_OF_A_DIE = 256 * 2 ** 30;

/** Everything that does not fit together. Each value alone is valid. */
export function inconsistencies(topology: Topology): Inconsistency[] {
  const fabric = fabricProblems(topology);
  return [
    ...sizeProblems(topology),
    ...sipProblems(topology),
    ...memoryProblems(topology.pe),
    ...slotProblems(topology),
    ...fabric,
  ];
}

/**
 * What the built-in fabrics need. Those other than the NoC join the PEs of one cube directly, and positions mean
 * nothing to them; a fabric of a user's module may place PEs as it likes.
 */
function fabricProblems(topology: Topology): Inconsistency[] {
  const { kind } = topology.fabric;
  if (kind === "noc")
    return [...placeProblems(topology), ...gridProblems(topology), ...dieProblems(topology)];
  if (kind === "ring") return singleCubeProblems(topology);
  if (kind === "crossbar") return [...singleCubeProblems(topology), ...crossbarProblems(topology)];
  return dieProblems(topology);
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

function sipProblems(topology: Topology): Inconsistency[] {
  if (sipGridOrNull(topology)) return [];
  const { counts, sips } = topology;
  const count = counts.sipsPerHost;
  const isStated = sips.columns > 0 || sips.rows > 0;
  const widths = Array.from({ length: count }, (_, i) => i + 1).filter((columns) => count % columns === 0);
  const possible = widths.map((columns) => `${columns} × ${count / columns}`).join(", ");
  return [
    {
      paths: ["sips.columns", "sips.rows", "sips.wiring", "counts.sipsPerHost"],
      message: isStated
        ? `sips.columns × sips.rows is ${sips.columns || "?"} × ${sips.rows || "?"}, but counts.sipsPerHost is ${count}`
        : `sips.wiring "${sips.wiring}" takes a square of SIPs unless its grid is stated, but counts.sipsPerHost is ${count}`,
      hint: `set sips.columns and sips.rows to one of ${possible}`,
    },
  ];
}

function memoryProblems({ tcm, hbm }: Topology["pe"]): Inconsistency[] {
  const problems: Inconsistency[] = [];
  if (tcm.reservedBytes >= tcm.sizeBytes) {
    problems.push({
      paths: ["pe.tcm.reservedBytes", "pe.tcm.sizeBytes"],
      message: `pe.tcm.reservedBytes is ${tcm.reservedBytes}, which leaves nothing of the ${tcm.sizeBytes} bytes of TCM`,
      hint: "lower pe.tcm.reservedBytes, or raise pe.tcm.sizeBytes",
    });
  }
  for (const key of ["channels", "burstBytes"] as const) {
    const nearest = 2 ** Math.round(Math.log2(hbm[key]));
    if (nearest === hbm[key]) continue;
    problems.push({
      paths: [`pe.hbm.${key}`],
      message: `pe.hbm.${key} is ${hbm[key]}: a channel is chosen by bits of the address, which needs a power of two`,
      hint: `set it to a power of two, such as ${nearest}`,
    });
  }
  if (problems.length === 0 && hbm.sizeBytes % hbm.burstBytes !== 0) {
    problems.push({
      paths: ["pe.hbm.sizeBytes", "pe.hbm.burstBytes"],
      message: `pe.hbm.sizeBytes is ${hbm.sizeBytes}, not a whole number of bursts of ${hbm.burstBytes} bytes`,
      hint: "make it a multiple of pe.hbm.burstBytes",
    });
  }
  return problems;
}

/** How many queues a memory must hold follows from the kernel; one it must hold in any case. */
function slotProblems({ ipcq, pe, cube }: Topology): Inconsistency[] {
  const [path, sizeBytes] = {
    tcm: ["pe.tcm.sizeBytes", pe.tcm.sizeBytes] as const,
    sram: ["cube.sram.sizeBytes", cube.sram.sizeBytes] as const,
    hbm: ["pe.hbm.sizeBytes", pe.hbm.sizeBytes] as const,
  }[ipcq.slotMemory];
  const queueBytes = ipcq.slots * ipcq.slotBytes;
  if (queueBytes <= sizeBytes) return [];
  return [
    {
      paths: ["ipcq.slots", "ipcq.slotBytes", "ipcq.slotMemory", path],
      message: `ipcq.slots × ipcq.slotBytes is ${queueBytes} bytes, more than the ${sizeBytes} of ${path}`,
      hint: "lower ipcq.slots or ipcq.slotBytes, or choose another ipcq.slotMemory",
    },
  ];
}

function dieProblems({ pe, counts }: Topology): Inconsistency[] {
  const sizeBytes = pe.hbm.sizeBytes * counts.pesPerCube;
  if (sizeBytes <= MAX_HBM_OF_A_DIE) return [];
  return [
    {
      paths: ["pe.hbm.sizeBytes", "counts.pesPerCube"],
      message: `${counts.pesPerCube} PEs with ${formatBytes(pe.hbm.sizeBytes)} of HBM each have ${formatBytes(sizeBytes)} in a cube, more than the 256 GiB that a die can address`,
      hint: "lower pe.hbm.sizeBytes or counts.pesPerCube",
    },
  ];
}

function singleCubeProblems({ fabric, cubes }: Topology): Inconsistency[] {
  if (cubes.columns === 1 && cubes.rows === 1) return [];
  return [
    {
      paths: ["fabric.kind", "cubes.columns", "cubes.rows"],
      message: `fabric.kind "${fabric.kind}" joins the PEs of one cube, but cubes is ${cubes.columns} × ${cubes.rows}`,
      hint: "set cubes.columns and cubes.rows to 1, or fabric.kind to noc",
    },
  ];
}

function crossbarProblems({ counts }: Topology): Inconsistency[] {
  if (counts.pesPerCube <= MAX_CROSSBAR_PES) return [];
  return [
    {
      paths: ["counts.pesPerCube", "fabric.kind"],
      message: `counts.pesPerCube is ${counts.pesPerCube}, but a crossbar joins at most ${MAX_CROSSBAR_PES} PEs`,
      hint: `set counts.pesPerCube to ${MAX_CROSSBAR_PES} or less, or fabric.kind to ring`,
    },
  ];
}

function placeProblems({ cube, counts }: Topology): Inconsistency[] {
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
    { paths: ["cube.sram.xMm", "cube.sram.yMm"], name: "cube.sram", ...cube.sram },
    ...cube.pes.map((position, index) => ({ paths: ["cube.pes"], name: `cube.pes[${index}]`, ...position })),
  ];
  const outside = placed.filter(({ xMm, yMm }) => xMm > cube.widthMm || yMm > cube.heightMm);
  for (const { paths, name, xMm, yMm } of outside.slice(0, MAX_OUTSIDE)) {
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
