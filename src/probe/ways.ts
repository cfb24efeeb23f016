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

/** The switch between a host and its SIPs, where the host's own reads and writes begin. */
export const HOST_SWITCH: Place = { sip: 0, node: -1 };

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
    const isHost = from.node === HOST_SWITCH.node || to.node === HOST_SWITCH.node;
    if (from.sip === to.sip && !isHost) return this.inside(from.sip, from.node, to.node);
    const { pcieNode } = this.graph;
    const { pcieGBps, pcieNs } = this.topology.host;
    const pcie = { bandwidthGBps: pcieGBps, latencyNs: pcieNs / 2 };
    const exit =
      from.node === HOST_SWITCH.node
        ? []
        : [
            ...this.inside(from.sip, from.node, pcieNode),
            { from: this.nameOf({ sip: from.sip, node: pcieNode }), to: this.nameOf(HOST_SWITCH), ...pcie },
          ];
    const entry =
      to.node === HOST_SWITCH.node
        ? []
        : [
            { from: this.nameOf(HOST_SWITCH), to: this.nameOf({ sip: to.sip, node: pcieNode }), ...pcie },
            ...this.inside(to.sip, pcieNode, to.node),
          ];
    return [...exit, ...entry];
  }

  nameOf({ sip, node }: Place): string {
    return node === HOST_SWITCH.node ? "host0.switch" : `sip${sip}.${this.graph.nodes[node]!.name}`;
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
