import { describe, expect, it } from "vitest";
import { Router } from "../../src/topology/routes.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
import { runKernel } from "../machine/helpers.js";
import { refusal } from "./refusal.js";

const crossbarOf = (pes: number): string[] => ["fabric.kind=crossbar", `counts.pesPerCube=${pes}`];

describe("the graph of a crossbar", () => {
  const graph = buildSipGraph(loadTopology("cube", crossbarOf(6)));
  const router = new Router(graph);

  it("joins every ordered pair of PEs by a link of its own", () => {
    const direct = graph.links.filter(({ kind }) => kind === "direct");
    expect(direct).toHaveLength(6 * 5);
    expect(new Set(direct.map(({ from, to }) => `${from} ${to}`)).size).toBe(30);
    for (const link of direct) expect(link).toMatchObject({ latencyPs: 500_000, psPerByte: 20 });
  });

  it("leads from any PE to any other over that link alone", () => {
    for (let from = 0; from < 6; from++)
      for (let to = 0; to < 6; to++) {
        const ends = [...router.route(graph.peNode(0, from), graph.peNode(0, to))].map((link) => {
          const { from: source, to: target } = graph.links[link]!;
          return [source, target];
        });
        expect(ends).toEqual(from === to ? [] : [[graph.peNode(0, from), graph.peNode(0, to)]]);
      }
  });

  it("has ways to memories, also to those of other PEs, and to the host", () => {
    const names = (from: number, to: number): string[] =>
      [...router.route(from, to)].map((link) => graph.nodes[graph.links[link]!.to]!.name);
    expect(names(graph.peNode(0, 2), graph.hbmNode(0, 2))).toEqual(["cube0.hbm_ctrl.pe2"]);
    expect(names(graph.peNode(0, 2), graph.hbmNode(0, 5))).toEqual(["cube0.pe5", "cube0.hbm_ctrl.pe5"]);
    expect(names(graph.peNode(0, 2), graph.sramNode(0))).toEqual(["cube0.sram"]);
    expect(names(graph.pcieNode, graph.hbmNode(0, 5))).toEqual(["io.io_noc", "cube0.hbm_ctrl.pe5"]);
    expect(names(graph.peNode(0, 5), graph.pcieNode)).toEqual(["io.io_noc", "io.pcie_ep"]);
  });

  it("joins at most 256 PEs, all of one cube", () => {
    expect(loadTopology("cube", crossbarOf(256)).counts.pesPerCube).toBe(256);
    expect(refusal(() => loadTopology("cube", crossbarOf(257))).problems[0]).toMatchObject({
      code: "LQ5009",
      message: "counts.pesPerCube is 257, but a crossbar joins at most 256 PEs",
    });
    expect(refusal(() => loadTopology("sip", crossbarOf(8))).problems[0]).toMatchObject({
      code: "LQ5009",
      message: expect.stringContaining("cubes is 4 × 4") as string,
    });
  });
});

/** Nothing costs anything but links; a message is one flit. */
const LINKS_ONLY = [
  "pe.dispatchCycles=0",
  "pe.tcm.readGBps=unlimited",
  "pe.tcm.writeGBps=unlimited",
  "pe.math.lanes=65536",
  "pe.clockGHz=100",
  "ipcq.creditBytes=0",
  "ipcq.slotBytes=65536",
  "fabric.flitBytes=65536",
];

describe("messages on a crossbar", () => {
  /** Ends of ranks that first make a tile of n elements, which takes `fullNs`, and then all send it east at once. */
  const shift = (bytes: number, set: string[] = []) =>
    runKernel(
      { topology: "cube", set: [...crossbarOf(8), ...LINKS_ONLY, ...set] },
      ($) =>
        function* () {
          const tile = $.full(1, [bytes / 4], 0, "f32");
          if (!$.send(2, "E", tile)) yield;
          if (!$.recv(3, "W", [bytes / 4], "f32")) yield;
        },
    ).endsNs;

  it("take latency + bytes / bandwidth, all at the same time", () => {
    const fullNs = 0.01; // one cycle at 100 GHz, for up to 65,536 elements
    for (const end of shift(4096)) expect(end).toBe(fullNs + 500 + 4096 / 50);
    const set = ["fabric.direct.bandwidthGBps=200", "fabric.direct.latencyNs=30"];
    for (const end of shift(64_000, set)) expect(end).toBe(fullNs + 30 + 64_000 / 200);
  });

  it("do not meet when they go both ways around", () => {
    const ends = runKernel(
      { topology: "cube", set: [...crossbarOf(4), ...LINKS_ONLY] },
      ($) =>
        function* () {
          const tile = $.full(1, [1024], 0, "f32");
          if (!$.send(2, "E", tile)) yield;
          if (!$.send(2, "W", tile)) yield;
          if (!$.recv(3, "W", [1024], "f32")) yield;
          if (!$.recv(3, "E", [1024], "f32")) yield;
        },
    ).endsNs;
    // The two leave over different links, so neither waits for the other.
    for (const end of ends) expect(end).toBe(0.01 + 500 + 4096 / 50);
  });
});
