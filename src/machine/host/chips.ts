import { assert } from "../../base/assert.js";
import { nsToPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { LaunchArgs } from "../../data/arguments.js";
import type { Engine } from "../../engine/engine.js";
import type { SpanRecorder } from "../../record/span-recorder.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Machine } from "../machine.js";
import { tensorsBySip, type SipTensors } from "./chip-tensors.js";
import { HostLinks } from "./host-links.js";
import { LaunchWays } from "./launch-ways.js";
import { completionOf, type HostCompletion, type HostError, type HostMessage } from "./messages.js";
import { Targets } from "./targets.js";

/** What an entry of a page table takes on its way over PCIe: addresses, length and flags. */
const MAP_ENTRY_BYTES = 32;

type LaunchMessage = Extract<HostMessage, { kind: "kernel_launch" }>;

/** A launch that runs or waits for its chips. */
interface Launch {
  message: LaunchMessage;
  sips: readonly number[];
  members: Int32Array;
  /** Chips that have not ended, and the latest end so far. */
  chipsLeft: number;
  startPs: number;
  endPs: number;
}

interface Answer {
  message: HostMessage;
  error: HostError | null;
  /** The launch that has ended; null for other messages. */
  launch: Launch | null;
}

export interface ChipsOptions {
  engine: Engine;
  topology: Topology;
  graph: SipGraph;
  layout: RankLayout;
  /** What the launches hand to every rank. */
  launch: LaunchArgs;
  machine: Pick<Machine, "launchSip">;
  spans: SpanRecorder | null;
  /** Path of a chip by the number of its SIP, for reports. */
  chipPath: (sip: number) => string;
  /** A message of a host has been carried out, or could not be. */
  done: (host: number, completion: HostCompletion, nowPs: number) => void;
}

/**
 * The chips of all hosts as their runtimes see them: every message of a host comes in through `submit` and is answered
 * by one completion.
 *
 * All PEs of a launch start at the same moment on all its chips: the time at which the launch has reached the farthest
 * PE of the last chip. A chip's first launch also waits until the host knows that the chip's MMUs have their entries.
 */
export class Chips {
  readonly chipCount: number;
  /** Largest time from a submit to the start of each SIP. */
  readonly dispatchPs: Float64Array;
  /** By SIP. */
  readonly tensors: readonly SipTensors[];

  private readonly targets: Targets;
  private readonly links: HostLinks;
  private readonly ways: LaunchWays;
  /** When the host knows that what was mapped on each SIP is mapped. */
  private readonly mappedPs: Float64Array;
  /** The launch that occupies each SIP. */
  private readonly running: (Launch | null)[];
  /** Launches of each host whose chips are not all free, in the order in which they came. */
  private readonly waiting: Launch[][];
  /** Programs that a host's launches may name. */
  private readonly prepared: Set<string>[];
  private readonly launchFloorPs: number;
  private readonly answerKind: number;
  private readonly answers: (Answer | null)[] = [];
  private readonly freeAnswers: number[] = [];
  private readonly lanes: { down: number; up: number; kernel: number }[] = [];

  constructor(private readonly options: ChipsOptions) {
    const { engine, topology, graph, layout, launch } = options;
    this.chipCount = layout.sipsPerHost;
    this.dispatchPs = new Float64Array(layout.sips);
    this.tensors = tensorsBySip(launch, layout);
    this.targets = new Targets(layout);
    this.links = new HostLinks(topology, graph, layout, this.tensors);
    this.ways = new LaunchWays(topology, graph, layout);
    this.mappedPs = new Float64Array(layout.sips);
    this.running = new Array<Launch | null>(layout.sips).fill(null);
    this.waiting = Array.from({ length: layout.hosts }, () => []);
    this.prepared = Array.from({ length: layout.hosts }, () => new Set());
    this.launchFloorPs = nsToPs(topology.runtime.launchFloorNs);
    this.answerKind = engine.addKind((index) => this.answer(index));
  }

  /** From now on a launch may name the program; its code has come to the host with the runtime's messages. */
  prepare(host: number, callable: string): void {
    this.prepared[host]!.add(callable);
  }

  /** What is copied to and from a chip around a launch. */
  copied(host: number, chip: number): { inputBytes: number; outputBytes: number } {
    return this.tensors[this.sipOf(host, chip)]!.total;
  }

  /** Carries a message out, starting now; its completion comes from an event of its own. */
  submit(message: HostMessage, nowPs: number): void {
    const target = this.targets.resolve(message.target);
    if ("code" in target) return this.answerAt(nowPs, { message, error: target, launch: null });
    const { sips, members } = target;
    switch (message.kind) {
      case "memory_write":
      case "memory_read":
        return this.copy(message, message.bytes, sips, members, nowPs);
      case "mmu_map":
      case "mmu_unmap":
        return this.map(message, sips, members, nowPs);
      case "kernel_launch":
        return this.launch(message, sips, members, nowPs);
    }
  }

  /** The last kernel of a SIP has ended; its end climbs back the way the launch came. */
  sipDone(sip: number, endPs: number): void {
    const launch = this.running[sip];
    assert(launch !== null && launch !== undefined, "a SIP ends within a launch");
    launch.endPs = Math.max(launch.endPs, endPs + this.returnPs(launch.members));
    const { spans } = this.options;
    if (spans !== null) {
      const { kernel } = this.lanesOf(sip, spans);
      spans.add(kernel, spans.nameId("kernel"), -1, launch.startPs, endPs, -1, -1);
    }
    if (--launch.chipsLeft > 0) return;
    this.answerAt(launch.endPs, { message: launch.message, error: null, launch });
  }

  private launch(message: LaunchMessage, sips: readonly number[], members: Int32Array, nowPs: number): void {
    const { host } = message.target;
    if (!this.prepared[host]!.has(message.callable)) {
      const text = `host ${host} launches program ${message.callable}, which its chips do not hold`;
      return this.answerAt(nowPs, { message, error: { code: "LQ6141", message: text }, launch: null });
    }
    this.waiting[host]!.push({ message, sips, members, chipsLeft: sips.length, startPs: 0, endPs: 0 });
    this.startWaiting(host, nowPs);
  }

  /** Starts what finds all its chips free; a launch does not overtake an earlier one that wants the same chip. */
  private startWaiting(host: number, nowPs: number): void {
    const claimed = new Set<number>();
    this.waiting[host] = this.waiting[host]!.filter((launch) => {
      const { sips } = launch;
      const isFree = sips.every((sip) => this.running[sip] === null && !claimed.has(sip));
      if (isFree) this.start(launch, nowPs);
      else for (const sip of sips) claimed.add(sip);
      return !isFree;
    });
  }

  private start(launch: Launch, nowPs: number): void {
    const { message, sips, members } = launch;
    const { ways, links } = this;
    const reachedPs = sips.map((sip) => {
      const readyPs = Math.max(nowPs + this.launchFloorPs, this.mappedPs[sip]!);
      return links.departPs(sip, readyPs) + links.latencyPs + ways.toIoCpuPs;
    });
    const startPs = ways.startPs(members, Math.max(...reachedPs));
    launch.startPs = startPs;
    sips.forEach((sip, index) => {
      ways.assertInTime(members, reachedPs[index]!, startPs);
      this.running[sip] = launch;
      this.dispatchPs[sip] = Math.max(this.dispatchPs[sip]!, startPs - message.submittedPs);
      this.options.machine.launchSip(sip, startPs, members);
    });
  }

  /**
   * Sends one entry for each tensor of a PE, one after another over PCIe, then to the PEs' MMUs as a launch goes; the
   * completion comes back. A launch waits for entries that are put in, nothing for those that are taken out.
   */
  private map(message: HostMessage, sips: readonly number[], members: Int32Array, nowPs: number): void {
    let endPs = nowPs;
    for (const sip of sips) {
      const { mapped } = this.tensors[sip]!;
      const entries = members.reduce((sum, member) => sum + mapped[member]!, 0);
      const sentPs = this.links.send(sip, entries * MAP_ENTRY_BYTES, nowPs);
      const knownPs = sentPs + 2 * this.returnPs(members);
      if (message.kind === "mmu_map") this.mappedPs[sip] = Math.max(this.mappedPs[sip]!, knownPs);
      endPs = Math.max(endPs, knownPs);
    }
    this.answerAt(endPs, { message, error: null, launch: null });
  }

  private copy(
    message: HostMessage,
    bytes: number,
    sips: readonly number[],
    members: Int32Array,
    nowPs: number,
  ): void {
    const { spans } = this.options;
    const isWrite = message.kind === "memory_write";
    let lastPs = nowPs;
    for (const sip of sips) {
      const { startPs, streamedPs, endPs } = isWrite
        ? this.links.write(sip, members, bytes, nowPs)
        : this.links.read(sip, members, bytes, nowPs);
      lastPs = Math.max(lastPs, endPs);
      if (spans !== null) {
        const { down, up } = this.lanesOf(sip, spans);
        const name = spans.nameId(isWrite ? "copy in" : "copy out");
        spans.add(isWrite ? down : up, name, -1, startPs, streamedPs, -1, -1);
      }
    }
    this.answerAt(lastPs, { message, error: null, launch: null });
  }

  /** From the farthest PE to the host; a command without bytes takes as long to come. */
  private returnPs(members: Int32Array): number {
    return this.ways.farthestPs(members) + this.ways.toIoCpuPs + this.links.latencyPs;
  }

  private lanesOf(sip: number, spans: SpanRecorder): { down: number; up: number; kernel: number } {
    const chip = this.options.chipPath(sip);
    return (this.lanes[sip] ??= {
      down: spans.addLane(chip, "PCIe in"),
      kernel: spans.addLane(chip, "kernels"),
      up: spans.addLane(chip, "PCIe out"),
    });
  }

  private answerAt(timePs: number, answer: Answer): void {
    const index = this.freeAnswers.pop() ?? this.answers.length;
    this.answers[index] = answer;
    this.options.engine.schedule(timePs, this.answerKind, index);
  }

  private answer(index: number): void {
    const { message, error, launch } = this.answers[index]!;
    this.answers[index] = null;
    this.freeAnswers.push(index);
    const { nowPs } = this.options.engine;
    const { host } = message.target;
    if (launch !== null) {
      for (const sip of launch.sips) this.running[sip] = null;
      this.startWaiting(host, nowPs);
    }
    this.options.done(host, completionOf(message, error), nowPs);
  }

  private sipOf(host: number, chip: number): number {
    return host * this.chipCount + chip;
  }
}
