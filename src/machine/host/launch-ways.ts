import { assert } from "../../base/assert.js";
import { nsToPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";

/**
 * Ways of commands inside a SIP: PCIe end point → IO_CPU → M_CPU of a cube → PE. They carry no bytes, so a leg takes
 * the latencies of its links. A link's latency has the overhead of the node that it enters: M_CPU's belongs to the
 * first leg alone and is counted once.
 */
export class LaunchWays {
  /** From the PCIe end point until the IO_CPU has taken a command; as long the other way. */
  readonly toIoCpuPs: number;
  /** The PE_CPU's own overhead before a kernel runs. */
  private readonly startUpPs: number;
  /** The two legs from IO_CPU to PE, by position of the rank in its SIP. */
  private readonly legsPs: Float64Array;

  constructor(topology: Topology, graph: SipGraph, layout: RankLayout) {
    const router = new Router(graph);
    const toMCpuPs = new Map<number, number>();
    this.toIoCpuPs = router.latencyPs(graph.pcieNode, graph.ioCpuNode);
    this.startUpPs = nsToPs(topology.pe.cpuOverheadNs);
    this.legsPs = Float64Array.from({ length: layout.ranksPerSip }, (_, position) => {
      const { cube, pe } = layout.pePosition(position);
      const mCpu = graph.mCpuNode(cube);
      const toMCpu = toMCpuPs.get(cube) ?? router.latencyPs(graph.ioCpuNode, mCpu);
      toMCpuPs.set(cube, toMCpu);
      return toMCpu + router.latencyPs(mCpu, graph.peNode(cube, pe));
    });
  }

  /** From the IO_CPU to the farthest of some PEs, given by their positions in the SIP. */
  farthestPs(members: Int32Array): number {
    return members.reduce((farthest, member) => Math.max(farthest, this.legsPs[member]!), 0);
  }

  /** When PEs may start together, of whose SIPs the last IO_CPU has the command at `reachedPs`. */
  startPs(members: Int32Array, reachedPs: number): number {
    return reachedPs + this.farthestPs(members) + this.startUpPs;
  }

  /** The invariant of a start: no PE of a SIP whose IO_CPU has the command at `reachedPs` gets it later. */
  assertInTime(members: Int32Array, reachedPs: number, startPs: number): void {
    for (const member of members) {
      const arrivalPs = reachedPs + this.legsPs[member]! + this.startUpPs;
      assert(arrivalPs <= startPs, "a PE gets its launch before the common start");
    }
  }
}
