import { describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { Router } from "../../src/topology/routes.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
import type { SipGraph } from "../../src/topology/sip-graph.js";

const graph = buildSipGraph(loadTopology("sip", []));
const router = new Router(graph);

const latencyPs = (from: number, to: number): number => router.latencyPs(from, to);

/** Names of the nodes that a route passes, its end included. */
function names(of: SipGraph, route: Int32Array): string[] {
  return [...route].map((link) => of.nodes[of.links[link]!.to]!.name);
}

function node(name: string): number {
  return graph.nodes.findIndex((each) => each.name === name);
}

describe("routes inside a cube", () => {
  const pe = (index: number) => graph.peNode(0, index);

  it("take the time of their millimetres", () => {
    // Every PE is 0.5 mm from its corner's router; corners are 15 mm and 12.5 mm apart; 0.1 ns/mm.
    expect(latencyPs(pe(0), pe(1))).toBe(100);
    expect(latencyPs(pe(0), pe(7))).toBe(1_250 + 100);
    expect(latencyPs(pe(0), pe(2))).toBe(1_500 + 100);
    expect(latencyPs(pe(0), pe(4))).toBe(2_750 + 100);
    expect(router.route(pe(0), pe(2))).toHaveLength(7);
    expect(router.route(pe(3), pe(3))).toHaveLength(0);
  });

  it("go horizontally first", () => {
    const passed = names(graph, router.route(pe(0), pe(4)));
    expect(passed).toEqual(
      ["r0c0", "r0c1", "r0c2", "r0c3", "r0c4", "r0c5", "r1c5", "r2c5", "r3c5", "r4c5", "r5c5", "pe4"].map(
        (name) => `cube0.${name}`,
      ),
    );
  });

  it("go round the routers that the HBM displaces", () => {
    expect(names(graph, router.route(node("cube0.r2c1"), node("cube0.r2c4")))).toEqual(
      ["r1c1", "r1c2", "r1c3", "r1c4", "r2c4"].map((name) => `cube0.${name}`),
    );
    expect(names(graph, router.route(node("cube0.r3c4"), node("cube0.r3c1")))).toEqual(
      ["r4c4", "r4c3", "r4c2", "r4c1", "r3c1"].map((name) => `cube0.${name}`),
    );
  });

  it("are the same in every cube", () => {
    for (let from = 0; from < 8; from++) {
      for (let to = 0; to < 8; to++) {
        const moved = [...router.route(graph.peNode(5, from), graph.peNode(5, to))];
        expect(moved).toEqual(
          [...router.route(pe(from), pe(to))].map((link) => link + 5 * graph.linksPerCube),
        );
      }
    }
  });

  it("stay inside even where the neighbour would be a short cut", () => {
    // A wall south from the northern side leaves a gap in the last row only; the cube to the north has its gap at hand.
    const wall = [0, 1, 2, 3, 4].map((row) => `[${row}, 2]`).join(", ");
    const walled = buildSipGraph(loadTopology("sip", [`cube.withoutRouters=[${wall}]`]));
    const route = new Router(walled).route(walled.peNode(4, 0), walled.peNode(4, 2));
    expect(new Set(names(walled, route).map((name) => name.split(".")[0]))).toEqual(new Set(["cube4"]));
    // 15 mm across, 12.5 mm down and up again, 0.5 mm at each end.
    expect(route.reduce((sum, link) => sum + walled.links[link]!.lengthUm, 0)).toBe(41_000);
  });
});

describe("routes between cubes", () => {
  it("cross UCIe once for each cube on the way", () => {
    // 0.5 + 1.5 mm, the crossing of 1 mm and two ports of 8 ns, 1.5 + 0.5 mm.
    expect(latencyPs(graph.peNode(0, 2), graph.peNode(1, 0))).toBe(400 + 16_100);
    // From corner to corner: 69 mm and 57.5 mm of dies, 1 mm for the PEs, 6 crossings of 1 mm and 16 ns.
    expect(latencyPs(graph.peNode(0, 0), graph.peNode(15, 4))).toBe(13_350 + 6 * 16_000);
  });

  it("go horizontally first", () => {
    const passed = names(graph, router.route(graph.peNode(0, 0), graph.peNode(5, 0)));
    const cubes = [...new Set(passed.map((name) => name.split(".")[0]))];
    expect(cubes).toEqual(["cube0", "cube1", "cube5"]);
  });

  it("never use the IO chiplet", () => {
    const passed = names(graph, router.route(graph.peNode(0, 0), graph.peNode(3, 0)));
    expect(passed.filter((name) => name.startsWith("io."))).toEqual([]);
  });
});

describe("routes to and from the host", () => {
  it("take the time of the launch's legs", () => {
    // IO NoC, PHY, connection: 1 mm each; crossing 16.1 ns; 1.25 mm to r0c2; 0.75 mm and 2 ns to M_CPU.
    expect(latencyPs(graph.ioCpuNode, graph.mCpuNode(0))).toBe(300 + 16_100 + 125 + 75 + 2_000);
    // 0.75 mm, 6 mm to the corner, 0.5 mm.
    expect(latencyPs(graph.mCpuNode(0), graph.peNode(0, 0))).toBe(725);
    expect(latencyPs(graph.pcieNode, graph.ioCpuNode)).toBe(200 + 10_000);
  });

  it("enter by the PHY of the cube's column", () => {
    const passed = names(graph, router.route(graph.pcieNode, graph.peNode(6, 0)));
    expect(passed.slice(0, 4)).toEqual(["io.io_noc", "io.ucie2", "io.ucie2.conn0", "cube2.ucie_n.conn0"]);
    expect(passed.at(-1)).toBe("cube6.pe0");
  });
});

describe("all routes of a SIP", () => {
  const ends = [graph.pcieNode, graph.ioCpuNode];
  for (let cube = 0; cube < 16; cube++) {
    ends.push(graph.mCpuNode(cube));
    for (let pe = 0; pe < 8; pe++) ends.push(graph.peNode(cube, pe));
  }

  it("exist, are continuous, take time and pass only what forwards", () => {
    const forwards = new Set(["router", "ucie", "io_noc", "io_ucie"]);
    const faults: string[] = [];
    for (const from of ends) {
      for (const to of ends) {
        if (from === to) continue;
        let at = from;
        let time = 0;
        for (const id of router.route(from, to)) {
          const link = graph.links[id]!;
          if (link.from !== at) faults.push(`${from}→${to} jumps at ${id}`);
          if (at !== from && !forwards.has(graph.nodes[at]!.kind)) faults.push(`${from}→${to} passes ${at}`);
          at = link.to;
          time += link.latencyPs;
        }
        if (at !== to || time <= 0) faults.push(`${from}→${to} ends at ${at} after ${time} ps`);
      }
    }
    expect(faults).toEqual([]);
  });

  it("are ordered: local < same half < cross half < next cube < far cube", () => {
    const from = graph.peNode(0, 0);
    const range = (pes: [cube: number, pe: number][]) => {
      const times = pes.map(([cube, pe]) => latencyPs(from, graph.peNode(cube, pe)));
      return { min: Math.min(...times), max: Math.max(...times) };
    };
    const all = (cube: number): [number, number][] => [0, 1, 2, 3, 4, 5, 6, 7].map((pe) => [cube, pe]);
    const groups = [
      range([[0, 1]]),
      range([
        [0, 6],
        [0, 7],
      ]), // the western half
      range([
        [0, 2],
        [0, 3],
        [0, 4],
        [0, 5],
      ]),
      range([...all(1), ...all(4)]),
      range(all(15)),
    ];
    for (let i = 1; i < groups.length; i++) expect(groups[i]!.min).toBeGreaterThan(groups[i - 1]!.max);
  });

  it("are as long as a search without tricks says", () => {
    // Bellman–Ford over routers and connections, from one PE to all.
    const source = graph.peNode(6, 1);
    const passable = (id: number) => id === source || ["router", "ucie"].includes(graph.nodes[id]!.kind);
    const lengthUm = graph.nodes.map(() => Infinity);
    lengthUm[source] = 0;
    for (let changed = true; changed;) {
      changed = false;
      for (const link of graph.links) {
        const through = lengthUm[link.from]! + link.lengthUm;
        if (!passable(link.from) || through >= lengthUm[link.to]!) continue;
        lengthUm[link.to] = through;
        changed = true;
      }
    }
    for (let cube = 0; cube < 16; cube++) {
      const target = graph.peNode(cube, 5);
      const route = router.route(source, target);
      const total = route.reduce((sum, link) => sum + graph.links[link]!.lengthUm, 0);
      expect(total).toBe(lengthUm[target]);
    }
  });
});

describe("routes of a ring", () => {
  const ring = buildSipGraph(loadTopology("ring", ["counts.pesPerCube=6"]));
  const ringRouter = new Router(ring);
  const pe = (index: number) => ring.peNode(0, index);

  it("follow the links between PEs, the shorter way round", () => {
    expect([...ringRouter.route(pe(5), pe(0))]).toEqual([ring.ringLink(5, "E")]);
    expect([...ringRouter.route(pe(0), pe(5))]).toEqual([ring.ringLink(0, "W")]);
    expect([...ringRouter.route(pe(1), pe(3))]).toEqual([ring.ringLink(1, "E"), ring.ringLink(2, "E")]);
  });

  it("give launches and copies a way to every PE", () => {
    for (let i = 0; i < 6; i++) {
      expect(names(ring, ringRouter.route(ring.pcieNode, pe(i)))).toEqual(["io.io_noc", `cube0.pe${i}`]);
      expect(names(ring, ringRouter.route(pe(i), ring.pcieNode))).toEqual(["io.io_noc", "io.pcie_ep"]);
      expect(names(ring, ringRouter.route(ring.mCpuNode(0), pe(i)))).toEqual([`cube0.pe${i}`]);
    }
    expect(names(ring, ringRouter.route(ring.ioCpuNode, ring.mCpuNode(0)))).toEqual([
      "io.io_noc",
      "cube0.m_cpu",
    ]);
  });
});

it("routes on a machine of a single PE", () => {
  const single = buildSipGraph(loadTopology("pe", []));
  const route = new Router(single).route(single.pcieNode, single.peNode(0, 0));
  expect(names(single, route)).toEqual([
    "io.io_noc",
    "io.ucie0",
    "io.ucie0.conn0",
    "cube0.ucie_n.conn0",
    "cube0.r0c0",
    "cube0.pe0",
  ]);
});
