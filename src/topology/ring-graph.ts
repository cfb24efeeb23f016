/**
 * A SIP without a NoC: the PEs of its only cube are joined in a ring, point to point. M_CPU and the IO chiplet
 * reach each PE over a link without length, so that launches and copies have a way; PEs do not use it among
 * themselves.
 */
import { assert } from "../base/assert.js";
import { GraphBuilder } from "./graph.js";
import type { LinkOptions, SipGraph } from "./graph.js";
import type { Topology } from "./topology.js";

/** Weight of a ring link in shortest paths; its latency is a value of its own. */
const RING_LINK_UM = 1000;

export function buildRingGraph(topology: Topology): SipGraph {
  const { fabric, counts, cube, ioChiplet } = topology;
  const count = counts.pesPerCube;
  const graph = new GraphBuilder(0);
  const pes = Array.from({ length: count }, (_, pe) => graph.addNode("pe", 0, `cube0.pe${pe}`));
  if (count > 1) addRing(graph, pes, fabric.ring);
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
  for (const node of [pcie, cpu, mCpu, ...pes]) graph.join(noc, node, star);
  return {
    nodes: graph.nodes,
    links: graph.links,
    nodesPerCube,
    linksPerCube,
    ioCpuNode: cpu,
    pcieNode: pcie,
    peNode: (cubeIndex, pe) => {
      assert(cubeIndex === 0 && pe >= 0 && pe < count, `cube ${cubeIndex} has a PE ${pe}`);
      return pes[pe]!;
    },
    hbmNode: (cubeIndex, pe) => {
      assert(cubeIndex === 0 && pe >= 0 && pe < count, `cube ${cubeIndex} has a slice of HBM ${pe}`);
      return hbm[pe]!;
    },
    sramNode: (cubeIndex) => {
      assert(cubeIndex === 0, `the SIP has a cube ${cubeIndex}`);
      return sram;
    },
    mCpuNode: (cubeIndex) => {
      assert(cubeIndex === 0, `the SIP has a cube ${cubeIndex}`);
      return mCpu;
    },
    ringLink: (pe, direction) => (count > 1 ? 2 * pe + (direction === "E" ? 0 : 1) : null),
  };
}

/** PE i's eastern link is 2i, its western one 2i + 1: with two PEs these are different links to the same PE. */
function addRing(graph: GraphBuilder, pes: readonly number[], ring: Topology["fabric"]["ring"]): void {
  const link: LinkOptions = {
    kind: "ring",
    axis: "x",
    bandwidthGBps: ring.bandwidthGBps,
    lengthUm: RING_LINK_UM,
    extraNs: ring.latencyNs,
  };
  pes.forEach((pe, i) => {
    graph.addLink(pe, pes[(i + 1) % pes.length]!, link);
    graph.addLink(pe, pes[(i + pes.length - 1) % pes.length]!, link);
  });
}
