import { describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
import type { SipGraph } from "../../src/topology/sip-graph.js";

const graph = buildSipGraph(loadTopology("sip", []));

function link(of: SipGraph, from: string, to: string) {
  return of.links.filter((each) => of.nodes[each.from]!.name === from && of.nodes[each.to]!.name === to);
}

describe("the graph of a SIP", () => {
  it("has the reference's parts", () => {
    const count = (kind: string) => graph.nodes.filter((node) => node.kind === kind).length;
    expect(count("router")).toBe(16 * 32); // 6 × 6 without the four under the HBM
    expect(count("pe")).toBe(128);
    expect(count("m_cpu")).toBe(16);
    expect(count("hbm_ctrl")).toBe(128); // one for each PE
    expect(count("sram")).toBe(16);
    expect(count("ucie")).toBe(16 * 4 * 4);
    expect(count("io_ucie")).toBe(4 * (1 + 4));
    expect([count("io_noc"), count("io_cpu"), count("pcie_ep")]).toEqual([1, 1, 1]);
  });

  it("has two directed links for each joint", () => {
    const count = (kind: string) => graph.links.filter((each) => each.kind === kind).length;
    // A full 6 × 6 mesh has 60 joints; each missing router takes 4, and 4 of them are shared by two missing ones.
    expect(count("router")).toBe(2 * 16 * (60 - 4 * 4 + 4));
    expect(count("attach")).toBe(2 * 16 * (8 + 8 + 1 + 1 + 16));
    expect(count("ucie")).toBe(2 * 4 * (2 * 12 + 4)); // 12 joints of cubes along each axis, 4 PHYs
    expect(count("io")).toBe(2 * (2 + 4 + 16));
    for (const { from, to } of graph.links) {
      expect(graph.links.some((back) => back.from === to && back.to === from)).toBe(true);
    }
  });

  it("attaches by position", () => {
    expect(link(graph, "cube0.m_cpu", "cube0.r0c2")).toHaveLength(1);
    expect(link(graph, "cube7.pe0", "cube7.r0c0")).toHaveLength(1);
    expect(link(graph, "cube7.pe3", "cube7.r0c5")).toHaveLength(1);
    expect(link(graph, "cube7.pe4", "cube7.r5c5")).toHaveLength(1);
    expect(link(graph, "cube7.pe7", "cube7.r5c0")).toHaveLength(1);
    // (1.5, 9.0) is nearest to the middle of row 3, at 8.75 mm; a slice of HBM sits at its PE's router.
    expect(link(graph, "cube7.sram", "cube7.r3c0")).toMatchObject([{ lengthUm: 250, psPerByte: 1000 / 128 }]);
    expect(link(graph, "cube7.hbm_ctrl.pe4", "cube7.r5c5")).toMatchObject([
      { lengthUm: 0, psPerByte: 1000 / 256 },
    ]);
  });

  it("spreads the connections of a side over its routers", () => {
    const rows = [0, 1, 2, 3].map(
      (i) =>
        graph.links.find(
          (each) => graph.nodes[each.from]!.name === `cube2.ucie_e.conn${i}` && each.kind === "attach",
        )!.to,
    );
    expect(rows.map((node) => graph.nodes[node]!.name)).toEqual([
      "cube2.r0c5",
      "cube2.r2c5",
      "cube2.r3c5",
      "cube2.r5c5",
    ]);
  });

  it("times links by length, bandwidth and the node that is entered", () => {
    // 3 mm between columns, 2.5 mm between rows, at 0.1 ns/mm; 256 GB/s.
    expect(link(graph, "cube0.r0c0", "cube0.r0c1")).toMatchObject([
      { latencyPs: 300, lengthUm: 3000, psPerByte: 1000 / 256, axis: "x" },
    ]);
    expect(link(graph, "cube0.r0c0", "cube0.r1c0")).toMatchObject([
      { latencyPs: 250, lengthUm: 2500, axis: "y" },
    ]);
    // (7.5, 2.0) is 0.75 mm from r0c2 at (7.5, 1.25); M_CPU takes 2 ns.
    expect(link(graph, "cube0.r0c2", "cube0.m_cpu")).toMatchObject([{ latencyPs: 75 + 2000, lengthUm: 750 }]);
    expect(link(graph, "cube0.m_cpu", "cube0.r0c2")).toMatchObject([{ latencyPs: 75 }]);
    // Two ports of 8 ns and a wire of 1 mm; one connection has 128 GB/s.
    expect(link(graph, "cube0.ucie_e.conn2", "cube1.ucie_w.conn2")).toMatchObject([
      { latencyPs: 16_100, psPerByte: 1000 / 128 },
    ]);
    expect(link(graph, "cube0.ucie_s.conn0", "cube4.ucie_n.conn0")).toMatchObject([{ latencyPs: 16_100 }]);
    expect(link(graph, "io.ucie3.conn1", "cube3.ucie_n.conn1")).toMatchObject([{ latencyPs: 16_100 }]);
    expect(link(graph, "io.io_noc", "io.io_cpu")).toMatchObject([{ latencyPs: 10_100 }]);
  });

  it("does not wrap around", () => {
    expect(link(graph, "cube3.ucie_e.conn0", "cube4.ucie_w.conn0")).toEqual([]);
    expect(link(graph, "cube3.ucie_e.conn0", "cube0.ucie_w.conn0")).toEqual([]);
    expect(link(graph, "cube12.ucie_s.conn0", "cube0.ucie_n.conn0")).toEqual([]);
  });

  it("repeats cube 0 with a fixed stride", () => {
    const { nodes, links, nodesPerCube, linksPerCube } = graph;
    expect(graph.peNode(5, 3)).toBe(graph.peNode(0, 3) + 5 * nodesPerCube);
    expect(nodes[graph.mCpuNode(15)]!.name).toBe("cube15.m_cpu");
    for (let i = 0; i < linksPerCube; i++) {
      const { from, to, ...rest } = links[i]!;
      expect(links[i + 5 * linksPerCube]).toEqual({
        ...rest,
        from: from + 5 * nodesPerCube,
        to: to + 5 * nodesPerCube,
      });
    }
  });

  it("stops at PEs and cubes that do not exist", () => {
    expect(() => graph.peNode(16, 0)).toThrow(/cube 16/);
    expect(() => graph.peNode(0, 8)).toThrow(/PE 8/);
    expect(() => graph.mCpuNode(-1)).toThrow(/cube -1/);
    expect(() => graph.hbmNode(0, 8)).toThrow(/HBM 8/);
    expect(() => graph.sramNode(16)).toThrow(/cube 16/);
  });
});

describe("the graph of a ring", () => {
  const ring = buildSipGraph(loadTopology("ring", ["counts.pesPerCube=8"]));

  it("joins each PE with both neighbours at 50 GB/s and 500 ns", () => {
    expect(ring.links.filter((each) => each.kind === "direct")).toHaveLength(16);
    expect(link(ring, "cube0.pe7", "cube0.pe0")).toMatchObject([{ latencyPs: 500_000, psPerByte: 20 }]);
    expect(link(ring, "cube0.pe0", "cube0.pe7")).toMatchObject([{ latencyPs: 500_000, psPerByte: 20 }]);
  });

  it("gives two PEs a link each way in each direction", () => {
    const pair = buildSipGraph(loadTopology("ring", ["counts.pesPerCube=2"]));
    const east = pair.ringLink(0, "E")!;
    const west = pair.ringLink(0, "W")!;
    expect(east).not.toBe(west);
    for (const id of [east, west]) expect(pair.links[id]).toMatchObject({ from: 0, to: 1, kind: "direct" });
    expect(pair.links[pair.ringLink(1, "W")!]).toMatchObject({ from: 1, to: 0, kind: "direct" });
  });

  it("has no ring links with one PE", () => {
    const single = buildSipGraph(loadTopology("ring", ["counts.pesPerCube=1"]));
    expect(single.ringLink(0, "E")).toBeNull();
    expect(single.links.every((each) => each.from !== each.to)).toBe(true);
  });
});
