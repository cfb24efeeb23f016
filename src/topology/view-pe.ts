/** One PE: its units with their rates, and who hands work or data to whom. */
import { peCount } from "./machine-size.js";
import type { Topology } from "./topology.js";
import { joint, viewNode } from "./view.js";
import type { View, ViewLink } from "./view.js";

/** Units by column and row of the drawing. */
const UNITS = [
  ["cpu", 0, 0],
  ["scheduler", 1, 0],
  ["gemm", 2, 0],
  ["ipcq", 0, 1],
  ["mmu", 1, 1],
  ["fetch_store", 2, 1],
  ["math", 3, 1],
  ["noc", 0, 2],
  ["dma", 1, 2],
  ["tcm", 2, 2],
  ["hbm", 0, 3],
] as const;

type Unit = (typeof UNITS)[number][0];

export function peView(topology: Topology): View {
  const { pe, counts } = topology;
  const count = peCount(topology);
  return {
    view: "pe",
    title: `PE: ${pe.clockGHz} GHz, ${counts.pesPerCube.toLocaleString("en-US")} in a cube`,
    widthMm: 4,
    heightMm: 4,
    isToScale: false,
    nodes: UNITS.map(([name, column, row]) =>
      viewNode(topology, { name, kind: `pe_${name}`, xMm: column + 0.5, yMm: row + 0.5, count }),
    ),
    links: [
      ...commands("cpu", "scheduler"),
      ...commands("cpu", "ipcq"),
      ...commands("scheduler", "dma"),
      ...commands("scheduler", "fetch_store"),
      ...commands("scheduler", "gemm"),
      ...commands("scheduler", "math"),
      ...commands("ipcq", "dma"),
      ...commands("dma", "mmu"),
      ...commands("gemm", "fetch_store"),
      ...commands("math", "fetch_store"),
      ...tcmPort("fetch_store", pe.tcm),
      ...tcmPort("dma", pe.tcm),
      // The wire to the router is part of the cube's view.
      ...joint("dma", "noc", { bandwidthGBps: outGBps(topology) }),
      ...joint("hbm", "noc", { bandwidthGBps: pe.hbm.bandwidthGBps }),
    ],
  };
}

function commands(from: Unit, to: Unit): ViewLink[] {
  return joint(from, to);
}

/** Reading and writing are two ports with rates of their own. */
function tcmPort(unit: Unit, { readGBps, writeGBps }: Topology["pe"]["tcm"]): ViewLink[] {
  const [write] = joint(unit, "tcm", { bandwidthGBps: writeGBps });
  const [read] = joint("tcm", unit, { bandwidthGBps: readGBps });
  return [write!, read!];
}

function outGBps({ fabric }: Topology): number {
  return fabric.kind === "ring" || fabric.kind === "crossbar"
    ? fabric.direct.bandwidthGBps
    : fabric.routerBandwidthGBps;
}
