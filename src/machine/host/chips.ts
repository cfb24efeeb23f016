import { assert } from "../../base/assert.js";
import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Engine } from "../../engine/engine.js";
import type { SpanRecorder } from "../../record/span-recorder.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Machine } from "../machine.js";

interface LaunchRequest {
  host: number;
  chips: readonly number[];
  callable: string;
  token: number;
  submittedPs: number;
}

/** A launch that runs or waits for its chips. */
interface Launch extends LaunchRequest {
  /** Chips that have not ended, and the latest end so far. */
  chipsLeft: number;
  startPs: number;
  endPs: number;
}

interface Completion {
  host: number;
  token: number;
  /** The launch that has ended; null for a copy. */
  launch: Launch | null;
}

/** Longest way from IO_CPU over M_CPU to a PE_CPU, overheads included; launch messages carry no bytes. */
function launchLegsPs(topology: Topology, graph: SipGraph, layout: RankLayout): number {
  const router = new Router(graph);
  const latency = (route: Iterable<number>): number => {
    let sum = 0;
    for (const link of route) sum += graph.links[link]!.latencyPs;
    return sum;
  };
  // All cubes are equal inside, so the farthest cube and the farthest PE of one cube make the longest way.
  let [toCube, toPe] = [0, 0];
  const pesPerCube = layout.sizes[0]!;
  for (let rank = 0; rank < layout.ranksPerSip; rank += pesPerCube) {
    const { cube } = layout.pePosition(rank);
    toCube = Math.max(toCube, latency(router.route(graph.ioCpuNode, graph.mCpuNode(cube))));
  }
  for (let rank = 0; rank < pesPerCube; rank++) {
    const { cube, pe } = layout.pePosition(rank);
    toPe = Math.max(toPe, latency(router.route(graph.mCpuNode(cube), graph.peNode(cube, pe))));
  }
  return toCube + toPe + nsToPs(topology.pe.cpuOverheadNs);
}

/**
 * The chips of all hosts as their runtimes see them: copies over PCIe, and launches through IO_CPU and M_CPU.
 *
 * All PEs of a launch start at the same moment on all chips of a host: the time at which the launch can have reached
 * the farthest PE of the last chip. A copy occupies the chip's PCIe link; spreading the bytes inside the chip
 * overlaps with the stream and is not timed on its own.
 */
export class Chips {
  readonly chipCount: number;
  /** Largest time from a submit to the start of each SIP. */
  readonly dispatchPs: Float64Array;

  /** The launch that occupies each SIP. */
  private readonly running: (Launch | null)[];
  /** Launches of each host whose chips are not all free, in the order in which they came. */
  private readonly waiting: Launch[][];
  private readonly prepared = new Set<string>();
  private readonly downFreePs: Float64Array;
  private readonly upFreePs: Float64Array;
  private readonly pciePsPerByte: number;
  private readonly pcieLatencyPs: number;
  private readonly launchFloorPs: number;
  private readonly legsPs: number;
  private readonly doneKind: number;
  private readonly completions: (Completion | null)[] = [];
  private readonly freeCompletions: number[] = [];
  private readonly lanes: { down: number; up: number; kernel: number }[] = [];

  constructor(
    private readonly engine: Engine,
    topology: Topology,
    graph: SipGraph,
    private readonly layout: RankLayout,
    private readonly machine: Machine,
    private readonly spans: SpanRecorder | null,
    /** Path of a chip by the number of its SIP, for reports. */
    private readonly chipPath: (sip: number) => string,
    private readonly done: (host: number, token: number, nowPs: number) => void,
  ) {
    this.chipCount = layout.sipsPerHost;
    this.dispatchPs = new Float64Array(layout.sips);
    this.running = new Array<Launch | null>(layout.sips).fill(null);
    this.waiting = Array.from({ length: layout.hosts }, () => []);
    this.downFreePs = new Float64Array(layout.sips);
    this.upFreePs = new Float64Array(layout.sips);
    this.pciePsPerByte = psPerByte(topology.host.pcieGBps);
    this.pcieLatencyPs = nsToPs(topology.host.pcieNs);
    this.launchFloorPs = nsToPs(topology.runtime.launchFloorNs);
    this.legsPs = launchLegsPs(topology, graph, layout) + nsToPs(topology.ioChiplet.ioCpuOverheadNs);
    this.doneKind = engine.addKind((index) => this.complete(index));
  }

  /** From now on a launch may name the program; its code has come to the host with the runtime's messages. */
  prepare(_host: number, callable: string): void {
    this.prepared.add(callable);
  }

  copyIn(host: number, chip: number, bytes: number, token: number, nowPs: number): void {
    this.copy(this.downFreePs, "copy in", host, chip, bytes, token, nowPs);
  }

  copyOut(host: number, chip: number, bytes: number, token: number, nowPs: number): void {
    this.copy(this.upFreePs, "copy out", host, chip, bytes, token, nowPs);
  }

  launch(request: LaunchRequest, nowPs: number): void {
    assert(this.prepared.has(request.callable), "a program is prepared before it is launched");
    const launch = { ...request, chipsLeft: request.chips.length, startPs: 0, endPs: 0 };
    this.waiting[request.host]!.push(launch);
    this.startWaiting(request.host, nowPs);
  }

  /** The last kernel of a SIP has ended; its end climbs back the way the launch came. */
  sipDone(sip: number, endPs: number): void {
    const launch = this.running[sip];
    assert(launch !== null && launch !== undefined, "a SIP ends within a launch");
    launch.endPs = Math.max(launch.endPs, endPs + this.legsPs + this.pcieLatencyPs);
    if (this.spans !== null) {
      const { kernel } = this.lanesOf(sip, this.spans);
      this.spans.add(kernel, this.spans.nameId("kernel"), -1, launch.startPs, endPs, -1, -1);
    }
    if (--launch.chipsLeft > 0) return;
    this.completeAt(launch.endPs, { host: launch.host, token: launch.token, launch });
  }

  /** Starts what finds all its chips free; a launch does not overtake an earlier one that wants the same chip. */
  private startWaiting(host: number, nowPs: number): void {
    const claimed = new Set<number>();
    this.waiting[host] = this.waiting[host]!.filter((launch) => {
      const sips = launch.chips.map((chip) => this.sipOf(host, chip));
      const isFree = sips.every((sip) => this.running[sip] === null && !claimed.has(sip));
      if (isFree) this.start(launch, sips, nowPs);
      else for (const sip of sips) claimed.add(sip);
      return !isFree;
    });
  }

  private start(launch: Launch, sips: readonly number[], nowPs: number): void {
    let startPs = nowPs;
    for (const sip of sips) {
      const reached = Math.max(nowPs + this.launchFloorPs, this.downFreePs[sip]!) + this.pcieLatencyPs;
      startPs = Math.max(startPs, reached + this.legsPs);
    }
    launch.startPs = startPs;
    for (const sip of sips) {
      this.running[sip] = launch;
      this.dispatchPs[sip] = Math.max(this.dispatchPs[sip]!, startPs - launch.submittedPs);
      this.machine.launchSip(sip, startPs);
    }
  }

  private copy(
    freePs: Float64Array,
    name: "copy in" | "copy out",
    host: number,
    chip: number,
    bytes: number,
    token: number,
    nowPs: number,
  ): void {
    const sip = this.sipOf(host, chip);
    const start = Math.max(nowPs, freePs[sip]!);
    const end = start + transferPs(bytes, this.pciePsPerByte);
    freePs[sip] = end;
    if (this.spans !== null) {
      const { down, up } = this.lanesOf(sip, this.spans);
      this.spans.add(name === "copy in" ? down : up, this.spans.nameId(name), -1, start, end, -1, -1);
    }
    this.completeAt(end + this.pcieLatencyPs, { host, token, launch: null });
  }

  private lanesOf(sip: number, spans: SpanRecorder): { down: number; up: number; kernel: number } {
    const chip = this.chipPath(sip);
    return (this.lanes[sip] ??= {
      down: spans.addLane(chip, "PCIe in"),
      kernel: spans.addLane(chip, "kernels"),
      up: spans.addLane(chip, "PCIe out"),
    });
  }

  private completeAt(timePs: number, completion: Completion): void {
    const index = this.freeCompletions.pop() ?? this.completions.length;
    this.completions[index] = completion;
    this.engine.schedule(timePs, this.doneKind, index);
  }

  private complete(index: number): void {
    const { host, token, launch } = this.completions[index]!;
    this.completions[index] = null;
    this.freeCompletions.push(index);
    const { nowPs } = this.engine;
    if (launch !== null) {
      for (const chip of launch.chips) this.running[this.sipOf(host, chip)] = null;
      this.startWaiting(host, nowPs);
    }
    this.done(host, token, nowPs);
  }

  private sipOf(host: number, chip: number): number {
    return host * this.chipCount + chip;
  }
}
