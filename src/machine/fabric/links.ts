import { assert } from "../../base/assert.js";
import { DIRECTIONS, type Queue, type QueuePlan } from "../../ccl/queues.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import { TierLinks } from "./tier-links.js";

const UNUSED = -1;
const SHARED = -2;
const MAX_CLASSES = 256;

/** A node of one SIP's graph; −1 for the host of the SIP. */
export interface Place {
  sip: number;
  node: number;
}

const HOST = -1;

/**
 * The directed links that the queues of a launch use, and the route of every queue over them.
 *
 * All SIPs are equal, so a route inside a SIP is stored once, as offsets from the SIP's first link; a route between
 * SIPs is stored with absolute link numbers. A route entry carries the class of its link (bandwidth and latency),
 * so that walking a route touches only `freeAtPs` of the link itself.
 *
 * A *routed* machine has all links of its SIPs, all of them shared, and makes further routes when they are asked for.
 */
export class Links {
  /** Links of all SIPs, then those between SIPs. */
  readonly count: number;
  readonly linksPerSip: number;
  /** When each link can take the next byte, in ps. */
  readonly freeAtPs: Float64Array;
  /** 1 when several ranks send over the link: it may only be reserved by an event at that moment. */
  readonly shared: Uint8Array;
  /** Columns of routes and hops; replaced by longer ones when routes are added. */
  routeStart: Int32Array;
  routeLength: Int32Array;
  hopLink: Int32Array;
  hopClass: Uint8Array;
  classPsPerByte: Float64Array;
  classLatencyPs: Float64Array;

  private readonly graph: SipGraph;
  private readonly layout: RankLayout;
  /** SIP-graph link of each used link of a SIP. */
  private readonly usedGraphLinks: number[];
  private readonly tier: TierLinks;
  private readonly router: Router;
  /** Routes and hops in the columns. */
  private routeCount: number;
  private hopCount: number;
  private readonly classes = new LinkClasses();
  /** Routes made on demand, by their ends. */
  private readonly routes = new Map<string, number>();

  constructor(
    topology: Topology,
    graph: SipGraph,
    layout: RankLayout,
    plan: QueuePlan,
    private readonly routed: boolean,
  ) {
    this.graph = graph;
    this.layout = layout;
    this.router = new Router(graph);
    const { router } = this;
    const compact = new CompactLinks();
    if (routed) for (const link of graph.links.keys()) compact.add(link);
    this.tier = new TierLinks(topology);
    if (routed) this.addHostLinks();

    const peNode = (rank: number): number => {
      const { cube, pe } = layout.pePosition(rank);
      return graph.peNode(cube, pe);
    };
    const inside = plan.insideSip.map((queue) =>
      (ringRoute(graph, layout, queue) ?? [...router.route(peNode(queue.source), peNode(queue.target))]).map(
        (link) => compact.add(link),
      ),
    );
    const way = (from: number, to: number): number[] =>
      [...router.route(from, to)].map((link) => compact.add(link));
    const between = plan.betweenSips.map((queue) => {
      const [from, to] = [peNode(queue.source), peNode(queue.target)];
      // Neighbours that a kernel names may be in one SIP.
      if (layout.sipOf(queue.source) === layout.sipOf(queue.target))
        return { exit: way(from, to), tier: [], entry: [] };
      const source = layout.pePosition(queue.source);
      const target = layout.pePosition(queue.target);
      return {
        exit: way(from, graph.pcieNode),
        tier: this.tier.route(source, target),
        entry: way(graph.pcieNode, to),
      };
    });
    this.usedGraphLinks = compact.links;
    this.linksPerSip = compact.links.length;
    const firstTierLink = this.linksPerSip * layout.sips;
    this.count = firstTierLink + this.tier.links.length;

    const { classes } = this;
    const sipClass = this.usedGraphLinks.map((link) => {
      const { psPerByte, latencyPs } = graph.links[link]!;
      return classes.add(psPerByte, latencyPs);
    });
    const tierClass = this.tier.links.map((link) => classes.add(link.psPerByte, link.latencyPs));

    const hopLink: number[] = [];
    const hopClass: number[] = [];
    const starts: number[] = [];
    const lengths: number[] = [];
    for (const route of inside) {
      starts.push(hopLink.length);
      for (const link of route) {
        hopLink.push(link);
        hopClass.push(sipClass[link]!);
      }
      lengths.push(route.length);
    }
    plan.betweenSips.forEach((queue, index) => {
      starts.push(hopLink.length);
      const { exit, tier, entry } = between[index]!;
      const sourceBase = layout.sipOf(queue.source) * this.linksPerSip;
      const targetBase = layout.sipOf(queue.target) * this.linksPerSip;
      for (const link of exit) {
        hopLink.push(sourceBase + link);
        hopClass.push(sipClass[link]!);
      }
      for (const link of tier) {
        hopLink.push(firstTierLink + link);
        hopClass.push(tierClass[link]!);
      }
      for (const link of entry) {
        hopLink.push(targetBase + link);
        hopClass.push(sipClass[link]!);
      }
      lengths.push(hopLink.length - starts[starts.length - 1]!);
    });
    this.routeStart = Int32Array.from(starts);
    this.routeLength = Int32Array.from(lengths);
    this.hopLink = Int32Array.from(hopLink);
    this.hopClass = Uint8Array.from(hopClass);
    this.classPsPerByte = Float64Array.from(classes.psPerByte);
    this.classLatencyPs = Float64Array.from(classes.latencyPs);
    this.routeCount = this.routeStart.length;
    this.hopCount = this.hopLink.length;
    this.freeAtPs = new Float64Array(this.count);
    this.shared = routed ? new Uint8Array(this.count).fill(1) : this.findShared(plan);
  }

  /** The route between two places of one host; its links are absolute. Routed machines only. */
  route(from: Place, to: Place): number {
    assert(this.routed, "routes are made on demand in a routed machine only");
    const key = `${from.sip}:${from.node}>${to.sip}:${to.node}`;
    const known = this.routes.get(key);
    if (known !== undefined) return known;
    const route = this.addRoute(this.linksBetween(from, to));
    this.routes.set(key, route);
    return route;
  }

  /** Sum of the latencies of a route: how long a message without bytes takes. */
  latencyPs(route: number): number {
    const start = this.routeStart[route]!;
    let sum = 0;
    for (let hop = start; hop < start + this.routeLength[route]!; hop++)
      sum += this.classLatencyPs[this.hopClass[hop]!]!;
    return sum;
  }

  private linksBetween(from: Place, to: Place): number[] {
    const inside = (sip: number, source: number, target: number): number[] =>
      [...this.router.route(source, target)].map((link) => sip * this.linksPerSip + link);
    if (from.sip === to.sip && from.node !== HOST && to.node !== HOST) {
      return inside(from.sip, from.node, to.node);
    }
    const { pcieNode } = this.graph;
    const { layout } = this;
    assert(layout.hostOfSip(from.sip) === layout.hostOfSip(to.sip), "a memory belongs to one host");
    const firstTierLink = this.linksPerSip * layout.sips;
    const pcieLink = (way: "up" | "down", sip: number): number =>
      firstTierLink + this.tier.sip(way, layout.pePosition(sip * layout.ranksPerSip));
    const hostLink = (way: "up" | "down", sip: number): number =>
      firstTierLink + this.tier.host(way, layout.pePosition(sip * layout.ranksPerSip));
    const exit =
      from.node === HOST
        ? [hostLink("down", from.sip)]
        : [...inside(from.sip, from.node, pcieNode), pcieLink("up", from.sip)];
    const entry =
      to.node === HOST
        ? [hostLink("up", to.sip)]
        : [pcieLink("down", to.sip), ...inside(to.sip, pcieNode, to.node)];
    return [...exit, ...entry];
  }

  private addRoute(links: readonly number[]): number {
    const route = this.routeCount;
    const firstTierLink = this.linksPerSip * this.layout.sips;
    const classes = links.map((link) => {
      const { psPerByte, latencyPs } =
        link >= firstTierLink
          ? this.tier.links[link - firstTierLink]!
          : this.graph.links[this.usedGraphLinks[link % this.linksPerSip]!]!;
      return this.classes.add(psPerByte, latencyPs);
    });
    this.reserve(links.length);
    this.routeStart[route] = this.hopCount;
    this.routeLength[route] = links.length;
    this.hopLink.set(links, this.hopCount);
    this.hopClass.set(classes, this.hopCount);
    this.routeCount++;
    this.hopCount += links.length;
    this.classPsPerByte = Float64Array.from(this.classes.psPerByte);
    this.classLatencyPs = Float64Array.from(this.classes.latencyPs);
    return route;
  }

  /** Room for one more route of so many hops; columns double, so that many routes stay cheap. */
  private reserve(hops: number): void {
    const grown = <T extends Int32Array | Uint8Array>(column: T, used: number, wanted: number): T => {
      if (wanted <= column.length) return column;
      const larger = new (column.constructor as new (length: number) => T)(2 * wanted);
      larger.set(column.subarray(0, used));
      return larger;
    };
    this.routeStart = grown(this.routeStart, this.routeCount, this.routeCount + 1);
    this.routeLength = grown(this.routeLength, this.routeCount, this.routeCount + 1);
    this.hopLink = grown(this.hopLink, this.hopCount, this.hopCount + hops);
    this.hopClass = grown(this.hopClass, this.hopCount, this.hopCount + hops);
  }

  private addHostLinks(): void {
    const { layout, tier } = this;
    for (let sip = 0; sip < layout.sips; sip++) {
      const place = layout.pePosition(sip * layout.ranksPerSip);
      for (const way of ["up", "down"] as const) {
        tier.sip(way, place);
        tier.host(way, place);
      }
    }
  }

  /** First link of the SIP that a queue's route counts from. */
  baseOf(queueIsInsideSip: boolean, sip: number): number {
    return queueIsInsideSip ? sip * this.linksPerSip : 0;
  }

  /** A link's two ends, for reports: `host0/sip1: cube3.r0c2 → cube3.r0c3`. */
  nameOf(link: number): string {
    const firstTierLink = this.linksPerSip * this.layout.sips;
    if (link >= firstTierLink) return this.tier.links[link - firstTierLink]!.name;
    const sip = Math.floor(link / this.linksPerSip);
    const { from, to } = this.graph.links[this.usedGraphLinks[link % this.linksPerSip]!]!;
    const { host, sip: index } = this.layout.pePosition(sip * this.layout.ranksPerSip);
    return `host${host}/sip${index}: ${this.graph.nodes[from]!.name} → ${this.graph.nodes[to]!.name}`;
  }

  /**
   * A link is shared when more than one rank sends over it. Queues of one rank leave through one DMA channel and
   * their routes form a tree, so they reach every link that only they use in program order.
   */
  private findShared(plan: QueuePlan): Uint8Array {
    const user = new Int32Array(this.count).fill(UNUSED);
    const use = (link: number, rank: number): void => {
      if (user[link] === UNUSED) user[link] = rank;
      else if (user[link] !== rank) user[link] = SHARED;
    };
    const walk = (route: number, queue: Queue): void => {
      const start = this.routeStart[route]!;
      for (let hop = start; hop < start + this.routeLength[route]!; hop++)
        use(this.hopLink[hop]!, queue.source);
    };
    plan.insideSip.forEach((queue, route) => walk(route, queue));
    const template = user.slice(0, this.linksPerSip);
    for (let sip = 1; sip < this.layout.sips; sip++) {
      const base = sip * this.linksPerSip;
      const firstRank = sip * this.layout.ranksPerSip;
      for (let link = 0; link < template.length; link++) {
        const rank = template[link]!;
        user[base + link] = rank < 0 ? rank : rank + firstRank;
      }
    }
    plan.betweenSips.forEach((queue, index) => walk(plan.insideSip.length + index, queue));
    const shared = new Uint8Array(this.count);
    for (let link = 0; link < this.count; link++) if (user[link] === SHARED) shared[link] = 1;
    return shared;
  }
}

/** The link between neighbours that are joined point to point, told apart by direction; null when there is none. */
function ringRoute(graph: SipGraph, layout: RankLayout, queue: Queue): number[] | null {
  const direction = DIRECTIONS[queue.direction]!;
  if (direction !== "E" && direction !== "W") return null;
  const link = graph.ringLink(layout.pePosition(queue.source).pe, direction);
  const target = layout.pePosition(queue.target);
  return link !== null && graph.links[link]!.to === graph.peNode(target.cube, target.pe) ? [link] : null;
}

/** Numbers the SIP links that are used, in the order of their first use. */
class CompactLinks {
  readonly links: number[] = [];
  private readonly numberOf = new Map<number, number>();

  add(link: number): number {
    const known = this.numberOf.get(link);
    if (known !== undefined) return known;
    this.numberOf.set(link, this.links.length);
    return this.links.push(link) - 1;
  }
}

/** Distinct pairs of bandwidth and latency. */
class LinkClasses {
  readonly psPerByte: number[] = [];
  readonly latencyPs: number[] = [];

  add(psPerByteOfLink: number, latencyPs: number): number {
    for (let index = 0; index < this.psPerByte.length; index++) {
      if (this.psPerByte[index] === psPerByteOfLink && this.latencyPs[index] === latencyPs) return index;
    }
    assert(this.psPerByte.length < MAX_CLASSES, "a machine has at most 256 classes of links");
    this.latencyPs.push(latencyPs);
    return this.psPerByte.push(psPerByteOfLink) - 1;
  }
}
