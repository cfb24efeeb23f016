/** The best ways of all nodes to one destination, found outwards from it and only as far as somebody asks. */
import type { SipGraph } from "./graph.js";
import { MinHeap } from "./min-heap.js";

/** A SIP's links in columns. */
export interface LinkColumns {
  readonly nodeCount: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly lengthUm: Int32Array;
  /** 1 for a step east or west. */
  readonly isHorizontal: Uint8Array;
  /** Links into node n are `incoming[incomingStart[n]]` to `incoming[incomingStart[n + 1] - 1]`. */
  readonly incoming: Int32Array;
  readonly incomingStart: Int32Array;
}

export function linkColumns({ nodes, links }: SipGraph): LinkColumns {
  const to = Int32Array.from(links, (link) => link.to);
  const incomingStart = new Int32Array(nodes.length + 1);
  for (const node of to) incomingStart[node + 1]!++;
  for (let node = 0; node < nodes.length; node++) incomingStart[node + 1]! += incomingStart[node]!;
  const next = incomingStart.slice();
  const incoming = new Int32Array(links.length);
  to.forEach((node, link) => (incoming[next[node]!++] = link));
  return {
    nodeCount: nodes.length,
    from: Int32Array.from(links, (link) => link.from),
    to,
    lengthUm: Int32Array.from(links, (link) => link.lengthUm),
    isHorizontal: Uint8Array.from(links, (link) => (link.axis === "x" ? 1 : 0)),
    incoming,
    incomingStart,
  };
}

const UNKNOWN = 2 ** 31 - 1;
/** Distances are kept in 32 bits: the longest way that is found. */
export const MAX_WAY_UM = UNKNOWN - 1;
const NO_LINK = -1;

/** Dijkstra backwards from the destination; it stops when the way asked for is certain and goes on from there. */
export class RouteTree {
  /** Was a way left out because it is longer than MAX_WAY_UM? */
  isCut = false;
  private readonly distanceUm: Int32Array;
  /** The first link of each node's best way: shortest, then horizontal, then the lowest. */
  private readonly firstLink: Int32Array;
  /** distance × nodeCount + node: nearest first, and the lowest node among equals. */
  private readonly frontier = new MinHeap();

  /** `passable` says which nodes a way may lead through; any node may start one. */
  constructor(
    private readonly columns: LinkColumns,
    destination: number,
    private readonly passable: Uint8Array,
  ) {
    this.distanceUm = new Int32Array(columns.nodeCount).fill(UNKNOWN);
    this.firstLink = new Int32Array(columns.nodeCount).fill(NO_LINK);
    this.distanceUm[destination] = 0;
    this.frontier.push(destination);
  }

  /** The link to take from a node on its best way; −1 at the destination and where no way leads there. */
  nextLink(node: number): number {
    const { frontier } = this;
    // A node that is as far away cannot offer a way that is as short.
    while (frontier.size > 0 && this.distanceOf(frontier.peek()) < this.distanceUm[node]!)
      this.settleNearest();
    return this.firstLink[node]!;
  }

  private distanceOf(key: number): number {
    return Math.floor(key / this.columns.nodeCount);
  }

  private settleNearest(): void {
    const { nodeCount, from, lengthUm, incoming, incomingStart } = this.columns;
    const key = this.frontier.pop();
    const node = key % nodeCount;
    const nodeDistance = this.distanceUm[node]!;
    if (this.distanceOf(key) > nodeDistance) return; // reached on a shorter way since
    for (let i = incomingStart[node]!; i < incomingStart[node + 1]!; i++) {
      const link = incoming[i]!;
      const source = from[link]!;
      const distance = nodeDistance + lengthUm[link]!;
      if (distance > MAX_WAY_UM) {
        this.isCut = true;
        continue;
      }
      const known = this.distanceUm[source]!;
      if (distance === known && lengthUm[link]! > 0 && this.isPreferred(link, this.firstLink[source]!)) {
        this.firstLink[source] = link;
      }
      if (distance >= known) continue;
      this.distanceUm[source] = distance;
      this.firstLink[source] = link;
      if (this.passable[source] === 1) this.frontier.push(distance * nodeCount + source);
    }
  }

  private isPreferred(link: number, other: number): boolean {
    const horizontal = this.columns.isHorizontal;
    return horizontal[link] === horizontal[other] ? link < other : horizontal[link] === 1;
  }
}
