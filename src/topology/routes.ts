/** Routes inside one SIP. */
import { assert } from "../base/assert.js";
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import type { SipGraph, SipNodeKind } from "./graph.js";
import { linkColumns, MAX_WAY_UM, RouteTree } from "./route-tree.js";
import type { LinkColumns } from "./route-tree.js";

/** Kinds of nodes that a route may pass, by how far it reaches. */
const PASSABLE = {
  cube: ["router"],
  cubes: ["router", "ucie"],
  ioChiplet: ["router", "ucie", "io_noc", "io_ucie"],
} as const satisfies Record<string, readonly SipNodeKind[]>;
type Reach = keyof typeof PASSABLE;

/** Bound of the cache: ways to this many destinations are kept, 8 bytes per node of the SIP each. */
const MAX_TREES = 256;

/** Why there is no route; where ways were too long to be looked at, one of these may be the only one. */
type Gap = "no way" | "too long";

/** A node with more links than this is asked for by many others, which share its tree. */
const MAX_SCANNED = 8;

const columnsByGraph = new WeakMap<SipGraph, LinkColumns>();

/** A run makes several routers for one graph. */
function columnsOf(graph: SipGraph): LinkColumns {
  const columns = columnsByGraph.get(graph) ?? linkColumns(graph);
  columnsByGraph.set(graph, columns);
  return columns;
}

/**
 * Finds routes that are shortest by millimetres and go horizontally first where several are shortest.
 *
 * What a route may pass depends on its ends, so that nothing becomes a short cut: inside a cube only its routers,
 * between cubes not the IO chiplet, and never a PE, M_CPU or IO_CPU. Where PEs are joined point to point they
 * forward to one another.
 * @throws LQ5034 no way leads there
 */
export class Router {
  private readonly columns: LinkColumns;
  private readonly passable: Record<Reach, Uint8Array>;
  private readonly trees = new Map<string, RouteTree>();

  constructor(private readonly graph: SipGraph) {
    const { nodes, pesForward } = graph;
    this.columns = columnsOf(graph);
    const passable = (kinds: readonly SipNodeKind[]) =>
      Uint8Array.from(nodes, (node) => (kinds.includes(node.kind) ? 1 : 0));
    this.passable = {
      cube: passable(pesForward ? ["pe"] : PASSABLE.cube),
      cubes: passable(PASSABLE.cubes),
      ioChiplet: passable(PASSABLE.ioChiplet),
    };
  }

  /** Link ids from one node to another, in order; empty when they are the same. */
  route(from: number, to: number): Int32Array {
    const route = this.find(from, to);
    if (typeof route === "string") throw noWay(this.graph, { from, to, gap: route });
    return route;
  }

  /** Sum of the latencies from one node to another: how long a message without bytes takes. */
  latencyPs(from: number, to: number): number {
    const { links } = this.graph;
    return this.route(from, to).reduce((sum, link) => sum + links[link]!.latencyPs, 0);
  }

  /** Why no way leads from one node to another; null when one does. */
  gap(from: number, to: number): Gap | null {
    const route = this.find(from, to);
    return typeof route === "string" ? route : null;
  }

  private find(from: number, to: number): Int32Array | Gap {
    const { nodes, nodesPerCube, linksPerCube } = this.graph;
    const cube = nodes[from]!.cube;
    const toCube = nodes[to]!.cube;
    if (cube < 0 || toCube < 0) return this.walk(from, to, "ioChiplet");
    if (cube !== toCube) return this.walk(from, to, "cubes");
    // All cubes are alike: the route in cube 0, moved.
    const firstNode = cube * nodesPerCube;
    const route = this.walk(from - firstNode, to - firstNode, "cube");
    return typeof route === "string" ? route : route.map((link) => link + cube * linksPerCube);
  }

  private walk(from: number, to: number, reach: Reach): Int32Array | Gap {
    const short = from === to ? -1 : this.shortLink(from, to);
    if (short >= 0) return Int32Array.of(short);
    const tree = this.treeTo(to, reach);
    const route: number[] = [];
    let node = from;
    while (node !== to) {
      const link = tree.nextLink(node);
      if (link < 0) return tree.isCut ? "too long" : "no way";
      assert(route.length < this.columns.nodeCount, `the way from node ${from} to node ${to} is no circle`);
      route.push(link);
      node = this.columns.to[link]!;
    }
    return Int32Array.from(route);
  }

  /**
   * The link without length between two nodes, or −1: no way is shorter, and where a thousand PEs have their slices
   * beside them a tree for each costs tens of MB.
   */
  private shortLink(from: number, to: number): number {
    const { from: sources, lengthUm, incoming, incomingStart } = this.columns;
    const end = incomingStart[to + 1]!;
    if (end - incomingStart[to]! > MAX_SCANNED) return -1;
    for (let i = incomingStart[to]!; i < end; i++) {
      const link = incoming[i]!;
      if (sources[link] === from && lengthUm[link] === 0) return link;
    }
    return -1;
  }

  private treeTo(destination: number, reach: Reach): RouteTree {
    const key = `${reach}${destination}`;
    const known = this.trees.get(key);
    if (known) return known;
    if (this.trees.size === MAX_TREES) this.trees.clear();
    const tree = new RouteTree(this.columns, destination, this.passable[reach]);
    this.trees.set(key, tree);
    return tree;
  }
}

/** Two nodes without a way from the first to the second. */
export interface Unconnected {
  from: number;
  to: number;
  gap: Gap;
}

/** Only a fabric of a user's module can lack a way. */
export function noWay(
  { nodes }: SipGraph,
  { from, to, gap }: Unconnected,
  fabric = "the fabric",
): LinquError {
  const isLong = gap === "too long";
  return invalidInput({
    code: "LQ5034",
    message:
      `${fabric} has no way from ${nodes[from]!.name} to ${nodes[to]!.name}` +
      (isLong ? ` that is not longer than ${Math.floor(MAX_WAY_UM / 1000)} mm` : ""),
    hint: isLong
      ? "give its links a shorter lengthUm, which is in micrometres; a latency of its own is extraNs"
      : "inside a cube a way passes routers only, between cubes also ucie nodes, to and from the IO chiplet also io_noc and io_ucie nodes",
  });
}
