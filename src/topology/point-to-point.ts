/**
 * A SIP without a NoC: the PEs of its only cube are joined point to point. M_CPU and the IO chiplet reach each PE over
 * a link without length, so that launches and copies have a way; PEs do not use it among themselves.
 */
import { assert } from "../base/assert.js";
import { GraphBuilder } from "./graph.js";
import type { LinkOptions, SipGraph } from "./graph.js";
import type { Topology } from "./topology.js";

/** Weight of a link between PEs in shortest paths; its latency is a value of its own. */
const DIRECT_LINK_UM = 1000;

/** The graph of such a SIP; `joinPes` adds links between the PEs, which are its first ones. */
export function pointToPointGraph(
  topology: Topology,
  joinPes: (graph: GraphBuilder, pes: readonly number[], link: LinkOptions) => void,
): Omit<SipGraph, "ringLink"> {
  const { fabric, counts, cube, ioChiplet } = topology;
  const count = counts.pesPerCube;
  const graph = new GraphBuilder(0);
  const pes = Array.from({ length: count }, (_, pe) => graph.addNode("pe", 0, `cube0.pe${pe}`));
  joinPes(graph, pes, {
    kind: "direct",
    axis: "x",
    bandwidthGBps: fabric.direct.bandwidthGBps,
    lengthUm: DIRECT_LINK_UM,
    extraNs: fabric.direct.latencyNs,
  });
  const star: LinkOptions = { kind: "io", bandwidthGBps: fabric.routerBandwidthGBps, lengthUm: 0 };
  const hbm = pes.map((pe, i) => {
    const node = graph.addNode("hbm_ctrl", 0, `cube0.hbm_ctrl.pe${i}`);
    graph.join(pe, node, { kind: "attach", bandwidthGBps: topology.pe.hbm.bandwidthGBps, lengthUm: 0 });
    return node;
  });
  const sram = graph.addNode("sram", 0, "cube0.sram");
  const mCpu = graph.addNode("m_cpu", 0, "cube0.m_cpu", cube.mCpu.overheadNs);
  for (const pe of pes) graph.join(mCpu, pe, star);
  for (const pe of pes) graph.join(sram, pe, { ...star, bandwidthGBps: cube.sram.linkGBps });
  const nodesPerCube = graph.nodes.length;
  const linksPerCube = graph.links.length;

  const noc = graph.addNode("io_noc", -1, "io.io_noc");
  const pcie = graph.addNode("pcie_ep", -1, "io.pcie_ep");
  const cpu = graph.addNode("io_cpu", -1, "io.io_cpu", ioChiplet.ioCpuOverheadNs);
  for (const node of [pcie, cpu, mCpu, ...pes, ...hbm, sram]) graph.join(noc, node, star);

  const ofCube0 = (cubeIndex: number, nodes: readonly number[], index: number, what: string): number => {
    const node = cubeIndex === 0 ? nodes[index] : undefined;
    assert(node !== undefined, `cube ${cubeIndex} has a ${what} ${index}`);
    return node;
  };
  return {
    nodes: graph.nodes,
    links: graph.links,
    nodesPerCube,
    linksPerCube,
    pesForward: true,
    ioCpuNode: cpu,
    pcieNode: pcie,
    peNode: (cubeIndex, pe) => ofCube0(cubeIndex, pes, pe, "PE"),
    hbmNode: (cubeIndex, pe) => ofCube0(cubeIndex, hbm, pe, "slice of HBM"),
    sramNode: (cubeIndex) => ofCube0(cubeIndex, [sram], 0, "SRAM"),
    mCpuNode: (cubeIndex) => ofCube0(cubeIndex, [mCpu], 0, "M_CPU"),
  };
}
