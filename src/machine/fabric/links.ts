import { assert } from "../../base/assert.js";
import { nsToPs, psPerByte } from "../../base/units.js";
import { DIRECTIONS, type Queue, type QueuePlan } from "../../ccl/queues.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";

const UNUSED = -1;
const SHARED = -2;
const MAX_CLASSES = 256;

/**
 * The directed links that the queues of a launch use, and the route of every queue over them.
 *
 * All SIPs are equal, so a route inside a SIP is stored once, as offsets from the SIP's first link; a route between
 * SIPs is stored with absolute link numbers. A route entry carries the class of its link (bandwidth and latency),
 * so that walking a route touches only `freeAtPs` of the link itself.
 */
export class Links {
  /** Links of all SIPs, then those between SIPs. */
  readonly count: number;
  readonly linksPerSip: number;
  /** When each link can take the next byte, in ps. */
  readonly freeAtPs: Float64Array;
  /** 1 when several ranks send over the link: it may only be reserved by an event at that moment. */
  readonly shared: Uint8Array;
  readonly routeStart: Int32Array;
  readonly routeLength: Int32Array;
  readonly hopLink: Int32Array;
  readonly hopClass: Uint8Array;
  readonly classPsPerByte: Float64Array;
  readonly classLatencyPs: Float64Array;

  private readonly graph: SipGraph;
  private readonly layout: RankLayout;
  /** SIP-graph link of each used link of a SIP. */
  private readonly usedGraphLinks: number[];
  private readonly tier: TierLinks;

  constructor(topology: Topology, graph: SipGraph, layout: RankLayout, plan: QueuePlan) {
    this.graph = graph;
    this.layout = layout;
    const router = new Router(graph);
    const compact = new CompactLinks();
    this.tier = new TierLinks(topology);

    const peNode = (rank: number): number => {
      const { cube, pe } = layout.pePosition(rank);
      return graph.peNode(cube, pe);
    };
    const inside = plan.insideSip.map((queue) =>
      (ringRoute(graph, layout, queue) ?? [...router.route(peNode(queue.source), peNode(queue.target))]).map(
        (link) => compact.add(link),
      ),
    );
    const between = plan.betweenSips.map((queue) => {
      const source = layout.pePosition(queue.source);
      const target = layout.pePosition(queue.target);
      return {
        exit: [...router.route(peNode(queue.source), graph.pcieNode)].map((link) => compact.add(link)),
        tier: this.tier.route(source, target),
        entry: [...router.route(graph.pcieNode, peNode(queue.target))].map((link) => compact.add(link)),
      };
    });
    this.usedGraphLinks = compact.links;
    this.linksPerSip = compact.links.length;
    const firstTierLink = this.linksPerSip * layout.sips;
    this.count = firstTierLink + this.tier.links.length;

    const classes = new LinkClasses();
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
    this.freeAtPs = new Float64Array(this.count);
    this.shared = this.findShared(plan);
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

interface TierLink {
  name: string;
  psPerByte: number;
  latencyPs: number;
}

/**
 * Links above the SIP, made when first used. One crossing of a tier takes its latency, half of it on the way up and
 * half on the way down; a message pays the network's overhead once, where it enters the host's NIC. The uplink of a
 * pod or supernode carries the tier's bandwidth of all hosts below it, divided by its oversubscription.
 */
class TierLinks {
  readonly links: TierLink[] = [];
  private readonly numberOf = new Map<string, number>();

  constructor(private readonly topology: Topology) {}

  /** Link numbers from the PCIe end point of one SIP to that of another. */
  route(source: { host: number; sip: number }, target: { host: number; sip: number }): number[] {
    const { network, counts } = this.topology;
    const route = [this.sip("up", source)];
    if (source.host !== target.host) {
      const pod = (index: number): number => Math.floor(index / counts.hostsPerPod);
      const supernode = (index: number): number => Math.floor(pod(index) / counts.podsPerSupernode);
      const samePod = pod(source.host) === pod(target.host);
      const sameSupernode = supernode(source.host) === supernode(target.host);
      const { hostsPerPod, podsPerSupernode } = counts;
      const podGBps = (network.clos1.bandwidthGBps * hostsPerPod) / network.clos1.oversubscription;
      const supernodeGBps =
        (network.clos2.bandwidthGBps * hostsPerPod * podsPerSupernode) / network.clos2.oversubscription;
      const half = (latencyNs: number): number => latencyNs / 2;
      const nic = network.pod.bandwidthGBps / network.pod.oversubscription;
      route.push(
        this.add(`host${source.host} → pod`, nic, half(network.pod.latencyNs) + network.messageOverheadNs),
      );
      if (!samePod) {
        route.push(this.add(`pod${pod(source.host)} → clos1`, podGBps, half(network.clos1.latencyNs)));
        if (!sameSupernode) {
          const [up, down] = [supernode(source.host), supernode(target.host)];
          route.push(this.add(`supernode${up} → clos2`, supernodeGBps, half(network.clos2.latencyNs)));
          route.push(this.add(`clos2 → supernode${down}`, supernodeGBps, half(network.clos2.latencyNs)));
        }
        route.push(this.add(`clos1 → pod${pod(target.host)}`, podGBps, half(network.clos1.latencyNs)));
      }
      route.push(this.add(`pod → host${target.host}`, nic, half(network.pod.latencyNs)));
    }
    route.push(this.sip("down", target));
    return route;
  }

  private sip(way: "up" | "down", { host, sip }: { host: number; sip: number }): number {
    const { pcieGBps, pcieNs } = this.topology.host;
    const name = way === "up" ? `host${host}/sip${sip} → switch` : `host${host}/switch → sip${sip}`;
    return this.add(name, pcieGBps, pcieNs / 2);
  }

  private add(name: string, bandwidthGBps: number, latencyNs: number): number {
    const known = this.numberOf.get(name);
    if (known !== undefined) return known;
    this.numberOf.set(name, this.links.length);
    return this.links.push({ name, psPerByte: psPerByte(bandwidthGBps), latencyPs: nsToPs(latencyNs) }) - 1;
  }
}
