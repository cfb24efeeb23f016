/** One SIP: its cubes as a mesh, and the IO chiplet north of them. */
import type { SipGraph } from "./graph.js";
import { cubesPerSip, peCount } from "./machine-size.js";
import type { Topology } from "./topology.js";
import { counted } from "./view-table.js";
import { linkRates, viewNode } from "./view.js";
import type { View, ViewLink, ViewNode } from "./view.js";

/** Distance between dies, and the height of the IO chiplet: of the drawing. */
const GAP_MM = 1;
const IO_CHIPLET_MM = 5;

export function sipView(topology: Topology, graph: SipGraph): View {
  const { cube, cubes, counts } = topology;
  const parts = [...new Set(graph.nodes.map((_, node) => partOf(graph, node)))];
  const sips = peCount(topology) / (cubesPerSip(topology) * counts.pesPerCube);
  const pitch = { xMm: cube.widthMm + GAP_MM, yMm: cube.heightMm + GAP_MM };
  const widthMm = cubes.columns * pitch.xMm - GAP_MM;
  const nodes = parts.map((name): ViewNode => {
    const [, kind, digits] = /^(cube|io\.ucie)(\d+)$/.exec(name) ?? [];
    const index = Number(digits ?? 0);
    const xMm = (index % cubes.columns) * pitch.xMm + cube.widthMm / 2;
    if (kind === "cube") {
      const yMm = IO_CHIPLET_MM + GAP_MM + Math.floor(index / cubes.columns) * pitch.yMm + cube.heightMm / 2;
      return viewNode(topology, { name, kind, xMm, yMm, count: sips });
    }
    if (kind !== undefined)
      return viewNode(topology, { name, kind: "io_ucie", xMm, yMm: IO_CHIPLET_MM - 1, count: sips });
    const share = name === "io.pcie_ep" ? 0.25 : name === "io.io_cpu" ? 0.75 : 0.5;
    const part = name.slice("io.".length);
    return viewNode(topology, { name, kind: part, xMm: share * widthMm, yMm: 1, count: sips });
  });
  const mesh = cubesPerSip(topology) === 1 ? "1 cube" : `${cubes.columns} × ${cubes.rows} cubes`;
  return {
    view: "sip",
    title: `SIP: ${mesh}, ${counted(cubesPerSip(topology) * counts.pesPerCube, "PE")}, ${counts.sipsPerHost} in a host`,
    widthMm,
    heightMm: IO_CHIPLET_MM + cubes.rows * pitch.yMm,
    isToScale: true,
    nodes,
    links: linksBetween(graph),
  };
}

/** The cube, or the part of the IO chiplet, to which a node of the graph belongs. */
function partOf({ nodes }: SipGraph, node: number): string {
  const { cube, name } = nodes[node]!;
  return cube >= 0 ? `cube${cube}` : name.replace(/\.conn\d+$/, "");
}

/** Parallel connections of two parts as one link with the bandwidth of all. */
function linksBetween(graph: SipGraph): ViewLink[] {
  const links = new Map<string, ViewLink>();
  for (const link of graph.links) {
    const [from, to] = [partOf(graph, link.from), partOf(graph, link.to)];
    if (from === to) continue;
    const rates = linkRates(link);
    const known = links.get(`${from} ${to}`);
    const bandwidthGBps = rates.bandwidthGBps + (known?.bandwidthGBps ?? 0);
    links.set(`${from} ${to}`, { from, to, ...rates, ...known, bandwidthGBps });
  }
  return [...links.values()];
}
