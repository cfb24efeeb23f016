import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";

/** What a copy finds inside a SIP. */
export interface CopySpread {
  /** Time that a byte of the copy costs on the link that has most to do, with the bytes spread over all PEs. */
  readonly psPerByte: number;
  /** Latencies of the longest way between the PCIe end point and a slice of HBM that takes part. */
  readonly latencyPs: number;
}

/**
 * Ways of host copies between the PCIe end point and the PEs' slices of HBM: IO chiplet, UCIe columns, routers. The
 * way in is taken to be the way out backwards, since one search finds the ways of all slices to one end point.
 */
export class CopyWays {
  /** Links and the sum of their latencies, by position of the rank in its SIP. */
  private readonly ways: readonly Int32Array[];
  private readonly latenciesPs: Float64Array;

  constructor(
    private readonly graph: SipGraph,
    layout: RankLayout,
  ) {
    const router = new Router(graph);
    const slices = Array.from({ length: layout.ranksPerSip }, (_, position) => {
      const { cube, pe } = layout.pePosition(position);
      return graph.hbmNode(cube, pe);
    });
    this.ways = slices.map((slice) => router.route(slice, graph.pcieNode));
    this.latenciesPs = Float64Array.from(slices, (slice) => router.latencyPs(slice, graph.pcieNode));
  }

  /** A copy in proportion to the bytes that the slices of these PEs, given by position, have of it. */
  spread(members: Int32Array, sliceBytes: Float64Array): CopySpread {
    const { links } = this.graph;
    const linkBytes = new Map<number, number>();
    let [bytes, latencyPs, busiestPs] = [0, 0, 0];
    for (const member of members) {
      const share = sliceBytes[member]!;
      if (share === 0) continue;
      bytes += share;
      for (const link of this.ways[member]!) {
        const carried = (linkBytes.get(link) ?? 0) + share;
        linkBytes.set(link, carried);
        busiestPs = Math.max(busiestPs, carried * links[link]!.psPerByte);
      }
      latencyPs = Math.max(latencyPs, this.latenciesPs[member]!);
    }
    return { psPerByte: bytes === 0 ? 0 : busiestPs / bytes, latencyPs };
  }
}
