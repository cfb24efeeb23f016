import { psToNs } from "../base/units.js";
import type { Place } from "../machine/fabric/links.js";
import { Router } from "../topology/routes.js";
import type { SipGraph } from "../topology/sip-graph.js";
import type { Topology } from "../topology/topology.js";

/** One directed link of a way, by the names of its ends: `sip0.cube3.r0c2`. */
export interface Hop {
  from: string;
  to: string;
  bandwidthGBps: number;
  latencyNs: number;
}

/** The host itself, where its own reads and writes begin. */
export const HOST: Place = { sip: 0, node: -1 };

const SWITCH = "host0.switch";

/** The ways between places of one host as the topology states them, without anything of the simulator. */
export class Ways {
  private readonly router: Router;

  constructor(
    private readonly topology: Topology,
    private readonly graph: SipGraph,
  ) {
    this.router = new Router(graph);
  }

  between(from: Place, to: Place): Hop[] {
    const isHost = (place: Place): boolean => place.node === HOST.node;
    if (from.sip === to.sip && !isHost(from) && !isHost(to)) return this.inside(from.sip, from.node, to.node);
    const { pcieNode } = this.graph;
    const exit = isHost(from) ? [] : this.inside(from.sip, from.node, pcieNode);
    const entry = isHost(to) ? [] : this.inside(to.sip, pcieNode, to.node);
    const { pcieGBps, pcieNs } = this.topology.host;
    const { sipsPerHost } = this.topology.counts;
    const end = (place: Place) => ({
      name: this.nameOf(isHost(place) ? HOST : { sip: place.sip, node: pcieNode }),
      // The host's own end serves all its SIPs.
      pcie: { bandwidthGBps: isHost(place) ? pcieGBps * sipsPerHost : pcieGBps, latencyNs: pcieNs / 2 },
    });
    const [source, target] = [end(from), end(to)];
    return [
      ...exit,
      { from: source.name, to: SWITCH, ...source.pcie },
      { from: SWITCH, to: target.name, ...target.pcie },
      ...entry,
    ];
  }

  nameOf({ sip, node }: Place): string {
    return node === HOST.node ? "host0" : `sip${sip}.${this.graph.nodes[node]!.name}`;
  }

  private inside(sip: number, from: number, to: number): Hop[] {
    return Array.from(this.router.route(from, to), (index) => {
      const link = this.graph.links[index]!;
      return {
        from: this.nameOf({ sip, node: link.from }),
        to: this.nameOf({ sip, node: link.to }),
        bandwidthGBps: 1000 / link.psPerByte,
        latencyNs: psToNs(link.latencyPs),
      };
    });
  }
}

/** How long a message without bytes takes over a way. */
export function latencyNs(way: readonly Hop[]): number {
  return way.reduce((sum, hop) => sum + hop.latencyNs, 0);
}
