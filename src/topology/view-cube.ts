/** One cube: routers, PEs, HBM controllers, SRAM, M_CPU and connections, where they are on the die. */
import { cubeGrid } from "./cube-grid.js";
import type { SipGraph } from "./graph.js";
import { cubesPerSip, peCount } from "./machine-size.js";
import type { Topology } from "./topology.js";
import { ringOfRouters } from "./view-ring.js";
import { counted } from "./view-table.js";
import { linkRates, viewNode } from "./view.js";
import type { View, ViewNode } from "./view.js";

/** PEs in a row where the fabric has no routers and the PEs have no places. */
const PES_PER_ROW = 32;

type Place = Pick<ViewNode, "xMm" | "yMm">;

interface Layout extends Pick<View, "widthMm" | "heightMm" | "isToScale"> {
  /** By the number of the node. */
  places: Map<number, Place>;
}

/** Cube 0; all others are like it, but for fabrics of a user's own. */
export function cubeView(topology: Topology, graph: SipGraph): View {
  const { cube, counts } = topology;
  const inCube = graph.nodes.map((node) => node.cube === 0);
  const count = peCount(topology) / counts.pesPerCube;
  const { places, widthMm, heightMm, isToScale } = layoutOf(topology, graph);
  const nodes: ViewNode[] = [];
  graph.nodes.forEach(({ name, kind }, node) => {
    if (!inCube[node]) return;
    const place = places.get(node) ?? { xMm: 0, yMm: 0 };
    nodes.push(viewNode(topology, { name: localName(name), kind, ...place, count }));
  });
  const links = graph.links
    .filter(({ from, to }) => inCube[from] && inCube[to])
    .map((link) => {
      const [from, to] = [graph.nodes[link.from]!.name, graph.nodes[link.to]!.name];
      return { from: localName(from), to: localName(to), ...linkRates(link) };
    });
  const routers = nodes.filter(({ kind }) => kind === "router").length;
  const ofFabric = routers === 0 ? "" : `, ${counted(routers, "router")}`;
  const what = isToScale
    ? `${widthMm} × ${heightMm} mm, ${cube.routerColumns} × ${cube.routerRows} routers, ${cube.withoutRouters.length} left out`
    : `fabric "${topology.fabric.kind}"${ofFabric}`;
  const title = `Cube: ${what}, ${counted(counts.pesPerCube, "PE")}, ${cubesPerSip(topology)} in a SIP`;
  return { view: "cube", title, widthMm, heightMm, isToScale, nodes, links };
}

/** Only the places of the built-in NoC are those of the topology: what a fabric of a user's own joins lies nowhere. */
function layoutOf(topology: Topology, graph: SipGraph): Layout {
  const { cube, counts, fabric } = topology;
  if (fabric.kind === "noc") {
    const { widthMm, heightMm } = cube;
    return { places: placesOnDie(topology, graph), widthMm, heightMm, isToScale: true };
  }
  if (graph.nodes.some(({ kind, cube: index }) => kind === "router" && index === 0))
    return ringOfRouters(graph);
  const rows = Math.ceil(counts.pesPerCube / PES_PER_ROW);
  const widthMm = Math.min(counts.pesPerCube, PES_PER_ROW);
  return { places: placesInRows(topology, graph), widthMm, heightMm: rows + 1, isToScale: false };
}

/** `cube0.hbm_ctrl.pe3` is `hbm_ctrl.pe3` inside its cube. */
function localName(name: string): string {
  return name.replace(/^cube0\./, "");
}

/** Where the nodes of cube 0 are on the die, by their number. */
function placesOnDie({ cube }: Topology, graph: SipGraph): Map<number, Place> {
  const places = new Map<number, Place>();
  const grid = cubeGrid(cube);
  graph.nodes.forEach(({ name, kind, cube: index }, node) => {
    const [, row, column] = /\.r(\d+)c(\d+)$/.exec(name) ?? [];
    if (index !== 0 || kind !== "router" || row === undefined) return;
    const router = grid.routers[grid.indexAt(Number(row), Number(column))];
    if (router) places.set(node, { xMm: router.xUm / 1000, yMm: router.yUm / 1000 });
  });
  // HBM controllers lie at their router, connections on the side that they lead to.
  for (const { from, to } of graph.links) {
    const at = places.get(to);
    const { kind, name } = graph.nodes[from]!;
    if (at === undefined || graph.nodes[to]!.kind !== "router") continue;
    if (kind === "hbm_ctrl") places.set(from, at);
    if (kind === "ucie") places.set(from, onSide(at, /ucie_([nesw])/.exec(name)?.[1] ?? "", cube));
  }
  cube.pes.forEach(({ xMm, yMm }, pe) => places.set(graph.peNode(0, pe), { xMm, yMm }));
  places.set(graph.mCpuNode(0), { xMm: cube.mCpu.xMm, yMm: cube.mCpu.yMm });
  places.set(graph.sramNode(0), { xMm: cube.sram.xMm, yMm: cube.sram.yMm });
  return places;
}

/** The point on a side of the die that lies straight out from a place. */
function onSide({ xMm, yMm }: Place, side: string, { widthMm, heightMm }: Topology["cube"]): Place {
  if (side === "n" || side === "s") return { xMm, yMm: side === "n" ? 0 : heightMm };
  return { xMm: side === "e" ? widthMm : 0, yMm };
}

/** Rows that turn round at their ends, so that neighbours of a ring stand side by side. */
function placesInRows({ counts }: Topology, graph: SipGraph): Map<number, Place> {
  const places = new Map<number, Place>();
  places.set(graph.mCpuNode(0), { xMm: 0.25, yMm: 0.5 });
  places.set(graph.sramNode(0), { xMm: 0.75, yMm: 0.5 });
  for (let pe = 0; pe < counts.pesPerCube; pe++) {
    const row = Math.floor(pe / PES_PER_ROW);
    const step = pe % PES_PER_ROW;
    const xMm = (row % 2 === 0 ? step : PES_PER_ROW - 1 - step) + 0.5;
    places.set(graph.peNode(0, pe), { xMm, yMm: row + 1.5 });
    places.set(graph.hbmNode(0, pe), { xMm, yMm: row + 1.5 });
  }
  return places;
}
