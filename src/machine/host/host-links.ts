import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { SipTensors } from "./chip-tensors.js";
import { CopyWays, type CopySpread } from "./copy-ways.js";

/** One way of a chip's PCIe link, and of what lies behind it: when each is free next. */
interface Stream {
  readonly pcieFreePs: Float64Array;
  readonly insideFreePs: Float64Array;
}

/** When a copy occupies its PCIe link, and when it is over. */
export interface CopyTimes {
  startPs: number;
  streamedPs: number;
  endPs: number;
}

/**
 * The PCIe links of all SIPs, and the streams of copies behind them. Pieces of a copy follow one another without a
 * gap: together they take as long as the slower of PCIe and the busiest link inside, and the latencies once.
 */
export class HostLinks {
  /** Latency of PCIe. */
  readonly latencyPs: number;

  private readonly psPerByte: number;
  private readonly commitPs: number;
  private readonly ways: CopyWays;
  private readonly down: Stream;
  private readonly up: Stream;
  /** Spreads over whole SIPs; most SIPs of a run share their tensors. */
  private readonly known = new Map<SipTensors, Record<"inputBytes" | "outputBytes", CopySpread>>();

  constructor(
    { host, pe }: Topology,
    graph: SipGraph,
    layout: RankLayout,
    private readonly tensors: readonly SipTensors[],
  ) {
    this.psPerByte = psPerByte(host.pcieGBps);
    this.latencyPs = nsToPs(host.pcieNs);
    this.commitPs = nsToPs(pe.hbm.commitNs);
    this.ways = new CopyWays(graph, layout);
    this.down = newStream(layout.sips);
    this.up = newStream(layout.sips);
  }

  /** When a message without bytes leaves the host: behind what is already on its way down. */
  departPs(sip: number, nowPs: number): number {
    return Math.max(nowPs, this.down.pcieFreePs[sip]!);
  }

  /** Sends bytes to a chip's IO_CPU; returns when the last one has left the host. */
  send(sip: number, bytes: number, nowPs: number): number {
    const leftPs = this.departPs(sip, nowPs) + transferPs(bytes, this.psPerByte);
    this.down.pcieFreePs[sip] = leftPs;
    return leftPs;
  }

  /** Bytes to the HBM of some PEs of a SIP, over when the last one is committed. */
  write(sip: number, members: Int32Array, bytes: number, nowPs: number): CopyTimes {
    const spread = this.spread(sip, members, "inputBytes");
    const { startPs, streamedPs, lastPs } = this.stream(this.down, sip, bytes, spread, nowPs);
    return { startPs, streamedPs, endPs: lastPs + this.latencyPs + spread.latencyPs + this.commitPs };
  }

  /** Bytes from the HBM of some PEs of a SIP: the command there, the data back. */
  read(sip: number, members: Int32Array, bytes: number, nowPs: number): CopyTimes {
    const spread = this.spread(sip, members, "outputBytes");
    const wayPs = this.latencyPs + spread.latencyPs;
    const readyPs = this.departPs(sip, nowPs) + wayPs + this.commitPs;
    const { startPs, streamedPs, lastPs } = this.stream(this.up, sip, bytes, spread, readyPs);
    return { startPs, streamedPs, endPs: lastPs + wayPs };
  }

  private stream(
    { pcieFreePs, insideFreePs }: Stream,
    sip: number,
    bytes: number,
    spread: CopySpread,
    readyPs: number,
  ): { startPs: number; streamedPs: number; lastPs: number } {
    const startPs = Math.max(readyPs, pcieFreePs[sip]!);
    const streamedPs = startPs + transferPs(bytes, this.psPerByte);
    const insidePs = Math.max(startPs, insideFreePs[sip]!) + transferPs(bytes, spread.psPerByte);
    pcieFreePs[sip] = streamedPs;
    insideFreePs[sip] = insidePs;
    return { startPs, streamedPs, lastPs: Math.max(streamedPs, insidePs) };
  }

  private spread(sip: number, members: Int32Array, role: "inputBytes" | "outputBytes"): CopySpread {
    const { ways } = this;
    const tensors = this.tensors[sip]!;
    if (members.length < tensors.mapped.length) return ways.spread(members, tensors[role]);
    const known = this.known.get(tensors) ?? {
      inputBytes: ways.spread(members, tensors.inputBytes),
      outputBytes: ways.spread(members, tensors.outputBytes),
    };
    this.known.set(tensors, known);
    return known[role];
  }
}

function newStream(sips: number): Stream {
  return { pcieFreePs: new Float64Array(sips), insideFreePs: new Float64Array(sips) };
}
