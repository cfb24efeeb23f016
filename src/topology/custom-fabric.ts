/** A fabric of a user's module: its function gets a builder that checks every call, and its result is checked too. */
import type { Fabric, FabricGraph, FabricLink, FabricNodeKind, FabricNodes } from "../../dsl/components.js";
import { invalidInput, LinquError } from "../base/diagnostics.js";
import { cubesPerSip } from "./machine-size.js";
import { GraphBuilder } from "./graph.js";
import type { LinkOptions, SipGraph } from "./graph.js";
import { noWay, Router } from "./routes.js";
import type { Unconnected } from "./routes.js";
import type { FabricBuilder } from "./sip-graph.js";
import type { Topology } from "./topology.js";

const KINDS: Readonly<Record<FabricNodeKind, LinkOptions["kind"]>> = {
  router: "router",
  ucie: "ucie",
  io_noc: "io",
  io_ucie: "io",
  pe: "attach",
  m_cpu: "attach",
  hbm_ctrl: "attach",
  sram: "attach",
  pcie_ep: "io",
  io_cpu: "io",
};
/** Stops a loop without an end before it takes all memory. */
const MAX_PARTS = 2_000_000;
/** No die is longer; a way of many such links may still be too long to be found. */
const MAX_LENGTH_UM = 100_000;
/** Different pairs of bandwidth and latency: a machine has 256, some of which are links above the SIP. */
const MAX_LINK_CLASSES = 200;

/** `name` is that of the fabric, for messages; `source` that of its module. */
export function customFabric(build: Fabric, name: string, source: string): FabricBuilder {
  const wrong = (what: string): LinquError =>
    invalidInput({ code: "LQ5033", message: `fabric "${name}" of ${source}: ${what}` });
  return (topology) => {
    const builder = new GraphBuilder(topology.fabric.nsPerMm);
    let nodes: FabricNodes;
    try {
      nodes = build(structuredClone(topology), checkedGraph(builder, cubesPerSip(topology), wrong));
    } catch (cause) {
      if (cause instanceof LinquError) throw cause;
      const message = `fabric "${name}" of ${source} failed: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw invalidInput({ code: "LQ5032", message }, cause);
    }
    const graph = sipGraph(builder, checkedNodes(nodes, builder, topology, wrong));
    const classes = new Set(graph.links.map(({ psPerByte, latencyPs }) => `${psPerByte} ${latencyPs}`));
    if (classes.size > MAX_LINK_CLASSES) {
      throw wrong(
        `it has ${classes.size} different pairs of bandwidth and latency, at most ${MAX_LINK_CLASSES} are possible`,
      );
    }
    const gap = findGap(graph, topology);
    if (gap) throw noWay(graph, gap, `fabric "${name}" of ${source}`);
    return graph;
  };
}

/** The builder as the user's function sees it. */
function checkedGraph(
  builder: GraphBuilder,
  cubes: number,
  wrong: (what: string) => LinquError,
): FabricGraph {
  const names = new Set<string>();
  const refuse = (call: string, expected: string): never => {
    throw wrong(`${call}: expected ${expected}`);
  };
  const inRange = (value: unknown, min: number, max: number): boolean =>
    typeof value === "number" && value >= min && value <= max;
  const addLink = (from: number, to: number, link: FabricLink): void => {
    const call = `link ${builder.nodes[from]?.name ?? from} → ${builder.nodes[to]?.name ?? to}`;
    if (!builder.nodes[from] || !builder.nodes[to] || from === to)
      refuse(call, "two numbers that addNode returned");
    const { bandwidthGBps, lengthUm, extraNs = 0, axis = null } = link;
    if (!inRange(bandwidthGBps, 0.001, 1_000_000)) refuse(call, "bandwidthGBps from 0.001 to 1000000");
    if (!inRange(lengthUm, 0, MAX_LENGTH_UM)) refuse(call, `lengthUm from 0 to ${MAX_LENGTH_UM}`);
    if (!inRange(extraNs, 0, 1_000_000_000)) refuse(call, "extraNs from 0 to 1000000000");
    if (axis !== null && axis !== "x" && axis !== "y") refuse(call, 'axis "x" or "y"');
    if (builder.links.length >= MAX_PARTS) refuse(call, `at most ${MAX_PARTS} links`);
    const kind = linkKind(builder.nodes[from]!.kind, builder.nodes[to]!.kind);
    builder.addLink(from, to, { kind, axis, bandwidthGBps, lengthUm: Math.round(lengthUm), extraNs });
  };
  return {
    addNode(kind, cube, name, overheadNs = 0) {
      const call = `node ${name}`;
      if (typeof name !== "string" || !/^[^\s\p{Cc}]{1,60}$/u.test(name))
        refuse(call, "a name of 1 to 60 characters without spaces");
      if (names.has(name)) refuse(call, "a name of its own");
      if (!Object.hasOwn(KINDS, kind)) refuse(call, `a kind, one of ${Object.keys(KINDS).join(", ")}`);
      if (!Number.isInteger(cube) || !inRange(cube, -1, cubes - 1))
        refuse(call, `a cube from 0 to ${cubes - 1}, or -1`);
      if (!inRange(overheadNs, 0, 1_000_000_000)) refuse(call, "overheadNs from 0 to 1000000000");
      if (names.size >= MAX_PARTS) refuse(call, `at most ${MAX_PARTS} nodes`);
      names.add(name);
      return builder.addNode(kind, cube, name, overheadNs);
    },
    addLink,
    join(a, b, link) {
      addLink(a, b, link);
      addLink(b, a, link);
    },
  };
}

function linkKind(from: FabricNodeKind, to: FabricNodeKind): LinkOptions["kind"] {
  const [one, other] = [KINDS[from], KINDS[to]];
  if (from === "pe" && to === "pe") return "direct";
  return one === other || one === "io" ? one : other === "io" ? "io" : "attach";
}

/** The result names a node of the right kind and cube for every part of the machine. */
function checkedNodes(
  nodes: FabricNodes,
  { nodes: known }: GraphBuilder,
  topology: Topology,
  wrong: (what: string) => LinquError,
): FabricNodes {
  const used = new Map<number, string>();
  const require = (node: unknown, kind: FabricNodeKind, cube: number, path: string): void => {
    const found = typeof node === "number" ? known[node] : undefined;
    if (!found || found.kind !== kind || found.cube !== cube) {
      const what = found ? `${found.name}, a ${found.kind} of cube ${found.cube}` : String(node);
      throw wrong(`${path} of its result is ${what}: expected a node of kind ${kind} of cube ${cube}`);
    }
    const other = used.get(node as number);
    if (other !== undefined) throw wrong(`${path} of its result is ${found.name}, and so is ${other}`);
    used.set(node as number, path);
  };
  const list = (value: unknown, length: number, path: string): readonly unknown[] => {
    if (Array.isArray(value) && value.length === length) return value as readonly unknown[];
    const found = Array.isArray(value) ? `has ${value.length} members` : "is no list";
    throw wrong(`${path} of its result ${found}: expected ${length}`);
  };
  const pesPerCube = topology.counts.pesPerCube;
  list(nodes?.cubes, cubesPerSip(topology), "cubes").forEach((_, cube) => {
    const { pes, hbm, sram, mCpu }: Partial<FabricNodes["cubes"][number]> = nodes.cubes[cube] ?? {};
    const path = `cubes[${cube}]`;
    list(pes, pesPerCube, `${path}.pes`).forEach((node, pe) =>
      require(node, "pe", cube, `${path}.pes[${pe}]`),
    );
    list(hbm, pesPerCube, `${path}.hbm`).forEach((node, pe) =>
      require(node, "hbm_ctrl", cube, `${path}.hbm[${pe}]`),
    );
    require(sram, "sram", cube, `${path}.sram`);
    require(mCpu, "m_cpu", cube, `${path}.mCpu`);
  });
  require(nodes.ioCpu, "io_cpu", -1, "ioCpu");
  require(nodes.pcie, "pcie_ep", -1, "pcie");
  return nodes;
}

function sipGraph({ nodes, links }: GraphBuilder, { cubes, ioCpu, pcie }: FabricNodes): SipGraph {
  return {
    nodes,
    links,
    nodesPerCube: 0,
    linksPerCube: 0,
    pesForward: false,
    ioCpuNode: ioCpu,
    pcieNode: pcie,
    peNode: (cube, pe) => cubes[cube]!.pes[pe]!,
    hbmNode: (cube, pe) => cubes[cube]!.hbm[pe]!,
    sramNode: (cube) => cubes[cube]!.sram,
    mCpuNode: (cube) => cubes[cube]!.mCpu,
    ringLink: () => null,
  };
}

/**
 * Two parts without a way from the first to the second, if there are any. Ways to and from one PE of each cube and
 * the IO chiplet stand for all.
 */
function findGap(graph: SipGraph, topology: Topology): Unconnected | null {
  const backwards = {
    ...graph,
    links: graph.links.map((link) => ({ ...link, from: link.to, to: link.from })),
  };
  const [there, back] = [new Router(graph), new Router(backwards)];
  const gapBetween = (part: number, centre: number): Unconnected | null => {
    const gap = there.gap(part, centre);
    if (gap !== null) return { from: part, to: centre, gap };
    const backGap = back.gap(part, centre);
    return backGap === null ? null : { from: centre, to: part, gap: backGap };
  };
  const { ioCpuNode, pcieNode } = graph;
  const pairs: [part: number, centre: number][] = [[ioCpuNode, pcieNode]];
  for (let cube = 0; cube < cubesPerSip(topology); cube++) {
    const first = graph.peNode(cube, 0);
    const parts = [graph.sramNode(cube), graph.mCpuNode(cube)];
    for (let pe = 0; pe < topology.counts.pesPerCube; pe++)
      parts.push(graph.peNode(cube, pe), graph.hbmNode(cube, pe));
    for (const part of parts) pairs.push([part, first], [part, pcieNode]);
    pairs.push([first, graph.peNode(0, 0)], [graph.mCpuNode(cube), ioCpuNode]);
  }
  for (const [part, centre] of pairs) {
    const gap = gapBetween(part, centre);
    if (gap) return gap;
  }
  return null;
}
