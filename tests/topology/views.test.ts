import { describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
import { svgOf } from "../../src/topology/view-svg.js";
import { renderViews } from "../../src/topology/view-text.js";
import { VIEW_NAMES } from "../../src/topology/view.js";
import type { View, ViewName } from "../../src/topology/view.js";
import { machineViews } from "../../src/topology/views.js";

function views(preset: string, names: readonly ViewName[], ...set: string[]): View[] {
  const topology = loadTopology(preset, set);
  return machineViews(topology, buildSipGraph(topology), names);
}

function view(preset: string, name: ViewName, ...set: string[]): View {
  return views(preset, [name], ...set)[0]!;
}

function link(of: View, from: string, to: string) {
  return of.links.filter((each) => each.from === from && each.to === to);
}

function count(of: View, kind: string): number {
  return of.nodes.filter((node) => node.kind === kind).length;
}

describe("the system's view", () => {
  it("has a switch between the SIPs of a host, at half of PCIe's latency each way", () => {
    const host = view("host", "system");
    expect(host.nodes.map(({ name }) => name)).toEqual([
      "host0.switch0",
      "host0",
      "host0.sip0",
      "host0.sip1",
    ]);
    expect(link(host, "host0.sip1", "host0.switch0")).toMatchObject([{ bandwidthGBps: 64, latencyNs: 250 }]);
    // Wide enough for both SIPs.
    expect(link(host, "host0", "host0.switch0")).toMatchObject([{ bandwidthGBps: 128, latencyNs: 250 }]);
  });

  it("has a tier only where there is something to join, and says how often each part exists", () => {
    const cluster = view("cluster", "system");
    const counts = Object.fromEntries(cluster.nodes.map((node) => [node.name, node.count]));
    expect(counts).toMatchObject({ clos2: 1, supernode0: 16, pod0: 64, host0: 1024, "host0.sip1": 1024 });
    expect(view("pod", "system").nodes.map(({ kind }) => kind)).toEqual([
      "pod",
      "switch",
      "host",
      "sip",
      "sip",
    ]);
    // 16 hosts of 50 GB/s with an oversubscription of 2; 4 pods of them with one of 4. Half of the latency.
    expect(link(cluster, "pod0", "supernode0")).toMatchObject([{ bandwidthGBps: 400, latencyNs: 1000 }]);
    expect(link(cluster, "supernode0", "clos2")).toMatchObject([{ bandwidthGBps: 800, latencyNs: 1500 }]);
    expect(link(cluster, "host0.switch0", "pod0")).toMatchObject([{ bandwidthGBps: 50, latencyNs: 500 }]);
  });

  it.each([
    ["ring_1d", 6], // 5 steps and the way back
    ["torus_2d", 9], // 2 × 3 in rows, which wrap; 3 in columns of two, which do not
    ["mesh_2d_no_wrap", 7], // 2 × 2 in rows, 3 in columns
  ])("%s of 3 × 2 SIPs has %i joints", (wiring, joints) => {
    const six = ["counts.sipsPerHost=6", "sips.columns=3", "sips.rows=2", `sips.wiring=${wiring}`];
    const system = view("host", "system", ...six);
    const between = system.links.filter(({ from, to }) => /sip\d$/.test(from) && /sip\d$/.test(to));
    expect(between).toHaveLength(2 * joints);
    expect(new Set(between.map(({ from, to }) => `${from} ${to}`)).size).toBe(2 * joints);
  });
});

describe("a SIP's view", () => {
  const sip = view("sip", "sip");

  it("joins cubes by all connections of a side together", () => {
    expect(count(sip, "cube")).toBe(16);
    // Four connections of 128 GB/s; two ports of 8 ns and a wire of 1 mm at 0.1 ns/mm.
    expect(link(sip, "cube0", "cube1")).toEqual([
      { from: "cube0", to: "cube1", bandwidthGBps: 512, latencyNs: 16.1, lengthMm: 1 },
    ]);
    expect(link(sip, "cube3", "cube4")).toEqual([]);
    expect(link(sip, "io.ucie3", "cube3")).toMatchObject([{ bandwidthGBps: 512 }]);
  });

  it("puts cubes on a mesh of dies 18 × 15 mm and 1 mm apart", () => {
    const at = (name: string) => sip.nodes.find((node) => node.name === name)!;
    expect([at("cube5").xMm - at("cube0").xMm, at("cube5").yMm - at("cube0").yMm]).toEqual([19, 16]);
    expect(at("io.io_noc").yMm).toBeLessThan(at("cube0").yMm);
  });
});

describe("a cube's view", () => {
  const cube = view("host", "cube");

  it("has its parts, and links only between them", () => {
    const kinds = ["router", "pe", "hbm_ctrl", "sram", "m_cpu", "ucie"];
    expect(kinds.map((kind) => count(cube, kind))).toEqual([32, 8, 8, 1, 1, 16]);
    const names = new Set(cube.nodes.map(({ name }) => name));
    expect(names.size).toBe(66);
    for (const { from, to } of cube.links) expect([names.has(from), names.has(to)]).toEqual([true, true]);
    expect(link(cube, "hbm_ctrl.pe2", "r0c5")).toEqual([
      { from: "hbm_ctrl.pe2", to: "r0c5", bandwidthGBps: 256, latencyNs: 0, lengthMm: 0 },
    ]);
  });

  it("places them in millimetres", () => {
    const places = Object.fromEntries(cube.nodes.map(({ name, xMm, yMm }) => [name, [xMm, yMm]]));
    expect(places).toMatchObject({
      r0c0: [1.5, 1.25],
      r5c5: [16.5, 13.75],
      pe4: [17, 13.75],
      m_cpu: [7.5, 2],
      sram: [1.5, 9],
      "hbm_ctrl.pe4": [16.5, 13.75],
      "ucie_n.conn0": [1.5, 0],
      "ucie_e.conn0": [18, 1.25],
    });
  });

  it("puts neighbours of a ring side by side", () => {
    const ring = view("ring", "cube", "counts.pesPerCube=64");
    const at = Object.fromEntries(ring.nodes.map((node) => [node.name, node]));
    for (let pe = 0; pe + 1 < 64; pe++) {
      const [a, b] = [at[`pe${pe}`]!, at[`pe${pe + 1}`]!];
      expect(Math.abs(a.xMm - b.xMm) + Math.abs(a.yMm - b.yMm)).toBe(1);
      expect(link(ring, a.name, b.name)).toMatchObject([{ bandwidthGBps: 50, latencyNs: 500 }]);
    }
  });
});

describe("a PE's view", () => {
  it("has the reference's units with their values", () => {
    const pe = view("host", "pe", "pe.gemm.fillNs=7");
    const units = ["cpu", "scheduler", "dma", "fetch_store", "gemm", "math", "mmu", "tcm", "ipcq"];
    expect(pe.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(units));
    expect(pe.nodes.find(({ name }) => name === "gemm")!.values).toEqual({
      "pe.gemm.tflopsF16": 8,
      "pe.gemm.fillNs": 7,
    });
  });

  it("says null where a port has no limit, and keeps reading and writing apart", () => {
    const pe = view("host", "pe", "pe.tcm.readGBps=unlimited", "pe.tcm.writeGBps=100");
    expect(link(pe, "tcm", "dma")).toMatchObject([{ bandwidthGBps: null }]);
    expect(link(pe, "dma", "tcm")).toMatchObject([{ bandwidthGBps: 100 }]);
  });
});

describe("the text", () => {
  it("draws routers, what hangs at them, and the gap under the HBM", () => {
    const text = renderViews(views("host", ["cube"]));
    expect(text).toContain(
      [
        "  P───·───M───·───·───P",
        "  │   │   │   │   │   │",
        "  ·───·───·───·───·───·",
        "  │   │           │   │",
        "  ·───·           ·───·",
        "  │   │           │   │",
        "  S───·           ·───·",
        "  │   │           │   │",
        "  ·───·───·───·───·───·",
        "  │   │   │   │   │   │",
        "  P───·───·───·───·───P",
      ].join("\n"),
    );
    expect(text).toMatch(/r0c2 +at 7.5, 1.25 mm +m_cpu\n/);
    // 60 joints of a full 6 × 6 mesh, less 12 at the four routers that are missing.
    expect(text).toMatch(/router ↔ router +24 +256 +0.3 +3\n/);
    expect(text).toMatch(/router ↔ router +24 +256 +0.25 +2.5\n/);
  });

  it.each([
    ["host", []],
    ["cluster", ["counts.sipsPerHost=16", "sips.wiring=torus_2d"]],
    ["sip", ["cubes.columns=16", "cubes.rows=16"]],
    ["sip", ["cube.routerColumns=32", "cube.routerRows=32", "cube.withoutRouters=[]"]],
    ["ring", []],
    ["cube", ["fabric.kind=crossbar"]],
    ["pe", []],
  ])("of %s %j fits 80 columns", (preset, set) => {
    const lines = renderViews(views(preset, VIEW_NAMES, ...set)).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  it("counts in words: one PE, one cube, and thousands with a comma", () => {
    expect(renderViews(views("pe", ["sip", "cube"]))).toMatch(
      /^SIP: 1 cube, 1 PE, 1 in a host\n[\s\S]*, 1 PE, 1 in a SIP\n/,
    );
    const ring = renderViews(views("ring", ["cube"]));
    expect(ring).toMatch(/^Cube: fabric "ring", 1,024 PEs, 1 in a SIP\n/);
    expect(ring).toMatch(/pe ↔ pe +1,024 /);
    expect(renderViews(views("cluster", ["system"]))).toMatch(/sip +× 2,048\n/);
  });

  it("says so when a mesh is too large to draw", () => {
    const large = ["counts.pesPerCube=2080"];
    expect(renderViews(views("ring", ["cube"], ...large))).toContain("2080 parts in 32 × 65: too many");
  });
});

describe("the SVG", () => {
  const svg = [...svgOf(views("host", VIEW_NAMES))].join("");

  it("has a group for each view and a square for each part", () => {
    for (const name of VIEW_NAMES) expect(svg).toContain(`<g id="${name}"`);
    const parts = views("host", VIEW_NAMES).reduce((sum, { nodes }) => sum + nodes.length, 0);
    // One more for the paper and for each of the two dies.
    expect(svg.match(/<rect /g)).toHaveLength(parts + 3);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("writes names as text, whatever they hold", () => {
    const named = [...svgOf(views("pe", ["system"], "description=<script>&"))].join("");
    expect(named).toContain("&#60;script&#62;&#38;");
    expect(named).not.toContain("<script>");
  });
});
