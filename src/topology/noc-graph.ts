/** A SIP with a NoC: cubes with a mesh of routers, UCIe between cubes, an IO chiplet north of the first row. */
import { assert } from "../base/assert.js";
import { cubeGrid, edgeRouters, nearestRouter, SIDES, umOfMm } from "./cube-grid.js";
import type { CubeGrid, GridRouter, Side } from "./cube-grid.js";
import { GraphBuilder } from "./graph.js";
import type { LinkOptions, SipGraph } from "./graph.js";
import { cubesPerSip } from "./machine-size.js";
import type { Topology } from "./topology.js";

/** Wire between the dies that a UCIe crossing joins: ours. */
const CROSSING_UM = 1000;
/** Every wire on the IO chiplet: ours. */
const IO_CHIPLET_UM = 1000;

interface CubeNodes {
  pes: number[];
  /** Controllers of the PEs' slices of HBM. */
  hbm: number[];
  sram: number;
  mCpu: number;
  /** Connections of each side, west to east or north to south. */
  connections: Record<Side, number[]>;
}

export function buildNocGraph(topology: Topology): SipGraph {
  const { columns, rows } = topology.cubes;
  const count = cubesPerSip(topology);
  const grid = cubeGrid(topology.cube);
  const graph = new GraphBuilder(topology.fabric.nsPerMm);
  const cubes = Array.from({ length: count }, (_, cube) => addCube(graph, topology, grid, cube));
  const nodesPerCube = graph.nodes.length / count;
  const linksPerCube = graph.links.length / count;
  for (let cube = 0; cube < count; cube++) {
    const { E, S } = cubes[cube]!.connections;
    const column = cube % columns;
    if (column + 1 < columns) joinSides(graph, topology.ucie, "x", E, cubes[cube + 1]!.connections.W);
    if (cube + columns < columns * rows)
      joinSides(graph, topology.ucie, "y", S, cubes[cube + columns]!.connections.N);
  }
  const io = addIoChiplet(graph, topology, cubes.slice(0, columns));
  return {
    nodes: graph.nodes,
    links: graph.links,
    nodesPerCube,
    linksPerCube,
    pesForward: false,
    ioCpuNode: io.cpu,
    pcieNode: io.pcie,
    peNode: (cube, pe) => {
      const node = cubes[cube]?.pes[pe];
      assert(node !== undefined, `cube ${cube} has a PE ${pe}`);
      return node;
    },
    hbmNode: (cube, pe) => {
      const node = cubes[cube]?.hbm[pe];
      assert(node !== undefined, `cube ${cube} has a slice of HBM ${pe}`);
      return node;
    },
    sramNode: (cube) => {
      assert(cube >= 0 && cube < count, `the SIP has a cube ${cube}`);
      return cubes[cube]!.sram;
    },
    mCpuNode: (cube) => {
      assert(cube >= 0 && cube < count, `the SIP has a cube ${cube}`);
      return cubes[cube]!.mCpu;
    },
    ringLink: () => null,
  };
}

function addCube(graph: GraphBuilder, topology: Topology, grid: CubeGrid, cube: number): CubeNodes {
  const { fabric, cube: plan } = topology;
  const bandwidthGBps = fabric.routerBandwidthGBps;
  const name = `cube${cube}`;
  const routers = grid.routers.map(({ row, column }) =>
    graph.addNode("router", cube, `${name}.r${row}c${column}`, fabric.routerOverheadNs),
  );
  joinRouters(graph, grid, routers, bandwidthGBps);

  const attach = (node: number, xMm: number, yMm: number, linkGBps = bandwidthGBps) => {
    const { router, distanceUm } = nearestRouter(grid, xMm, yMm);
    graph.join(node, routers[router]!, { kind: "attach", bandwidthGBps: linkGBps, lengthUm: distanceUm });
    return node;
  };
  const pes = plan.pes.map(({ xMm, yMm }, pe) =>
    attach(graph.addNode("pe", cube, `${name}.pe${pe}`), xMm, yMm),
  );
  const { mCpu: cpu, sram: memory } = plan;
  const mCpu = attach(graph.addNode("m_cpu", cube, `${name}.m_cpu`, cpu.overheadNs), cpu.xMm, cpu.yMm);
  // A slice's controller sits beside the router of its PE.
  const hbm = plan.pes.map(({ xMm, yMm }, pe) => {
    const { router } = nearestRouter(grid, xMm, yMm);
    const node = graph.addNode("hbm_ctrl", cube, `${name}.hbm_ctrl.pe${pe}`);
    const linkGBps = topology.pe.hbm.bandwidthGBps;
    graph.join(node, routers[router]!, { kind: "attach", bandwidthGBps: linkGBps, lengthUm: 0 });
    return node;
  });
  const sram = attach(graph.addNode("sram", cube, `${name}.sram`), memory.xMm, memory.yMm, memory.linkGBps);

  const connections: CubeNodes["connections"] = { N: [], E: [], S: [], W: [] };
  for (const side of SIDES) {
    const edge = edgeRouters(grid, plan, side);
    const axis = side === "E" || side === "W" ? "x" : "y";
    for (let i = 0; i < topology.ucie.connectionsPerSide; i++) {
      const node = graph.addNode("ucie", cube, `${name}.ucie_${side.toLowerCase()}.conn${i}`);
      const router = edge[spread(i, topology.ucie.connectionsPerSide, edge.length)]!;
      const lengthUm = distanceToSideUm(grid.routers[router]!, plan, side);
      graph.join(node, routers[router]!, { kind: "attach", axis, bandwidthGBps, lengthUm });
      connections[side].push(node);
    }
  }
  return { pes, hbm, sram, mCpu, connections };
}

/** Joins every router with its eastern and southern neighbour, where there is one. */
function joinRouters(
  graph: GraphBuilder,
  grid: CubeGrid,
  routers: readonly number[],
  bandwidthGBps: number,
): void {
  grid.routers.forEach((router, index) => {
    const east = grid.indexAt(router.row, router.column + 1);
    const south = grid.indexAt(router.row + 1, router.column);
    const link = { kind: "router", bandwidthGBps } as const;
    if (east >= 0) {
      const lengthUm = grid.routers[east]!.xUm - router.xUm;
      graph.join(routers[index]!, routers[east]!, { ...link, axis: "x", lengthUm });
    }
    if (south >= 0) {
      const lengthUm = grid.routers[south]!.yUm - router.yUm;
      graph.join(routers[index]!, routers[south]!, { ...link, axis: "y", lengthUm });
    }
  });
}

/** Which of `places` the i-th of `count` goes to, so that they are spread evenly. */
function spread(i: number, count: number, places: number): number {
  return Math.floor(((i + 0.5) * places) / count);
}

function distanceToSideUm(router: GridRouter, cube: Topology["cube"], side: Side): number {
  if (side === "W") return router.xUm;
  if (side === "N") return router.yUm;
  return side === "E" ? umOfMm(cube.widthMm) - router.xUm : umOfMm(cube.heightMm) - router.yUm;
}

/** Joins the connections of two facing sides; a crossing passes a port on each. */
function joinSides(
  graph: GraphBuilder,
  { bandwidthGBps, portNs }: Topology["ucie"],
  axis: "x" | "y",
  side: readonly number[],
  facing: readonly number[],
): void {
  side.forEach((node, i) => {
    graph.join(node, facing[i]!, {
      kind: "ucie",
      axis,
      bandwidthGBps,
      lengthUm: CROSSING_UM,
      extraNs: 2 * portNs,
    });
  });
}

/** PCIe end point and IO_CPU on the chiplet's NoC, and a PHY for each cube of the first row. */
function addIoChiplet(graph: GraphBuilder, topology: Topology, firstRow: readonly CubeNodes[]) {
  const { ioChiplet, ucie } = topology;
  const noc = graph.addNode("io_noc", -1, "io.io_noc", ioChiplet.nocOverheadNs);
  const pcie = graph.addNode("pcie_ep", -1, "io.pcie_ep");
  const cpu = graph.addNode("io_cpu", -1, "io.io_cpu", ioChiplet.ioCpuOverheadNs);
  const wire: LinkOptions = {
    kind: "io",
    bandwidthGBps: ioChiplet.bandwidthGBps,
    lengthUm: IO_CHIPLET_UM,
  };
  graph.join(pcie, noc, wire);
  graph.join(cpu, noc, wire);
  firstRow.forEach(({ connections }, column) => {
    const phy = graph.addNode("io_ucie", -1, `io.ucie${column}`);
    graph.join(noc, phy, { ...wire, bandwidthGBps: ioChiplet.ucieGBps * ucie.connectionsPerSide });
    const side = connections.N.map((_, i) => {
      const node = graph.addNode("io_ucie", -1, `io.ucie${column}.conn${i}`);
      graph.join(phy, node, { ...wire, bandwidthGBps: ioChiplet.ucieGBps });
      return node;
    });
    joinSides(graph, { ...ucie, bandwidthGBps: ioChiplet.ucieGBps }, "y", side, connections.N);
  });
  return { cpu, pcie };
}
