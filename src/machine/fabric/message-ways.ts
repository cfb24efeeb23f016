import { transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import { TierLinks } from "./tier-links.js";

/** Sum of the latencies of a way, and the rate of its slowest link. */
interface Way {
  latencyPs: number;
  psPerByte: number;
}

/** Ways of small messages between any two ranks, as closed forms: nothing else is on them. */
export class MessageWays {
  private readonly router: Router;
  private readonly tier: TierLinks;
  /** Ways inside a SIP by their ends; all SIPs are equal. */
  private readonly ways = new Map<number, Way>();

  constructor(
    topology: Topology,
    private readonly graph: SipGraph,
    private readonly layout: RankLayout,
    private readonly bytes: number,
  ) {
    this.router = new Router(graph);
    this.tier = new TierLinks(topology);
  }

  /** How long a message takes from one rank to another. */
  messagePs(source: number, target: number): number {
    const { latencyPs, psPerByte } = this.way(source, target);
    return latencyPs + transferPs(this.bytes, psPerByte);
  }

  private way(source: number, target: number): Way {
    const { layout, graph } = this;
    const [from, to] = [this.nodeOf(source), this.nodeOf(target)];
    if (layout.sipOf(source) === layout.sipOf(target)) return this.inside(from, to);
    const links = this.tier
      .route(layout.pePosition(source), layout.pePosition(target))
      .map((link) => this.tier.links[link]!);
    return joined([this.inside(from, graph.pcieNode), ...links, this.inside(graph.pcieNode, to)]);
  }

  private inside(from: number, to: number): Way {
    const { graph, router, ways } = this;
    const key = from * graph.nodes.length + to;
    let way = ways.get(key);
    if (way === undefined) {
      way = joined([...router.route(from, to)].map((link) => graph.links[link]!));
      ways.set(key, way);
    }
    return way;
  }

  private nodeOf(rank: number): number {
    const { cube, pe } = this.layout.pePosition(rank);
    return this.graph.peNode(cube, pe);
  }
}

function joined(ways: readonly Way[]): Way {
  return {
    latencyPs: ways.reduce((sum, { latencyPs }) => sum + latencyPs, 0),
    psPerByte: ways.reduce((slowest, { psPerByte }) => Math.max(slowest, psPerByte), 0),
  };
}
