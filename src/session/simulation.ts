import type { OrchestrationDefinition } from "../../dsl/index.js";
import { assert } from "../base/assert.js";
import {
  ExitCode,
  LinquError,
  diagnostic,
  type Diagnostic,
  type SourceLocation,
} from "../base/diagnostics.js";
import type { QueuePlan } from "../ccl/queues.js";
import type { RankLayout } from "../ccl/rank-layout.js";
import type { KernelOps, OrchestrationOps } from "../compiler/kernel-ops.js";
import type { LaunchArgs } from "../data/arguments.js";
import { EagerValues } from "../data/eager-values.js";
import type { InputData } from "../data/inputs.js";
import type { OpLog } from "../data/op-log.js";
import { Engine } from "../engine/engine.js";
import { blockedKernels } from "../machine/blocked.js";
import { mostCopied } from "../machine/host/chip-tensors.js";
import { Chips } from "../machine/host/chips.js";
import { formatRanges } from "../base/ranges.js";
import type { Placement } from "../machine/memory/placement.js";
import { Machine, type KernelBody, type MachineOptions } from "../machine/machine.js";
import type { SchedulerPlan } from "../machine/pe/pipeline/plan.js";
import { PeStatus } from "../machine/pe/pe-state.js";
import type { SpanRecorder } from "../record/span-recorder.js";
import type { NodeRecord } from "../record/run-record.js";
import { Level } from "../runtime/levels.js";
import { nodeTree } from "../runtime/node-tree.js";
import { SharedOps } from "../runtime/shared-ops.js";
import type { SipGraph } from "../topology/sip-graph.js";
import type { Selection, Topology } from "../topology/topology.js";
import { buildRuntime, type SimulatedRuntime } from "../transport/simulated-runtime.js";

/** Code of a deadlock that the runtime's own rings cause. */
const RUNTIME_DEADLOCK = "LQ7020";

/** Everything that one pass of the simulation needs; nothing in it changes from pass to pass. */
export interface SimulationPlan {
  topology: Topology;
  selection: Selection;
  graph: SipGraph;
  /** Cuts composite commands into tiles. */
  scheduler: SchedulerPlan;
  layout: RankLayout;
  queues: QueuePlan;
  launch: LaunchArgs;
  /** Where the launch's tensors lie. */
  placement: Placement;
  /** The kernel uses atomics, or decides by values. */
  isOrdered: boolean;
  /** The inputs of a kernel that asks for values while it runs (`tl.item`): its passes need a log. Else null. */
  decidesOn: { data: InputData; seed: number } | null;
  callable: { hash: string; codeBytes: number; sites: number };
  /** Evaluates the kernel with the machine's operations. */
  loadKernel: (ops: KernelOps) => KernelBody;
  /** Evaluates the bundles of the orchestrations with the runtime's operations. */
  loadOrchestrations: (ops: OrchestrationOps) => OrchestrationDefinition[];
  locate: (site: number) => SourceLocation | null;
  opOf: (site: number) => string;
  explain: (error: unknown, who: string) => LinquError;
  locateOrchestration: {
    site(site: number): SourceLocation | null;
    error(cause: unknown): SourceLocation | null;
  };
}

export interface SimulationOptions {
  opLog: OpLog | null;
  spans: SpanRecorder | null;
  /** Ranks that get lanes of their own. */
  tracedRanks: readonly number[];
  onProgress?: (nowPs: number, events: number) => void;
}

/** What a pass has left behind, whether or not the program came to its end. */
export interface Simulation {
  engine: Engine;
  machine: Machine;
  chips: Chips;
  nodes: NodeRecord[];
  /** Top-level submit to top-level completion; to the last event when the program did not end. */
  simulatedPs: number;
  /** Why the program did not end well; null when it did. */
  failure: LinquError | null;
}

/** Runs the program once over the runtime and the machine, in simulated time. */
export function simulate(plan: SimulationPlan, options: SimulationOptions): Simulation {
  const { topology, layout, graph } = plan;
  const engine = new Engine();
  const machine: Machine = new Machine({
    engine,
    topology,
    graph,
    scheduler: plan.scheduler,
    layout,
    launch: plan.launch,
    plan: plan.queues,
    sites: plan.callable.sites,
    locate: plan.locate,
    explain: plan.explain,
    opLog: options.opLog,
    spans: options.spans,
    lockstep: false,
    placement: plan.placement,
    isOrdered: plan.isOrdered,
    ...(plan.decidesOn !== null &&
      options.opLog !== null && { values: eagerValues(plan.launch, plan.decidesOn, options.opLog) }),
    onSipDone: (sip, endPs) => chips.sipDone(sip, endPs),
  });
  const chipPath = chipPaths(plan);
  addLanes(machine, options, chipPath);
  machine.prepare(plan.loadKernel(machine.ops));
  const chips: Chips = new Chips({
    engine,
    topology,
    graph,
    layout,
    launch: plan.launch,
    machine,
    spans: options.spans,
    chipPath,
    done: (host, completion, nowPs) => runtime.chipDone(host, completion, nowPs),
  });
  const sharedOps = new SharedOps();
  const fireKind = engine.addKind((id) => runtime.fire(id, engine.nowPs));
  let endedPs: number | null = null;
  let failure: LinquError | null = null;
  const runtime: SimulatedRuntime = buildRuntime({
    topology,
    hosts: plan.selection.hosts,
    chips,
    sharedOps,
    orchestrations: plan.loadOrchestrations(sharedOps),
    sources: plan.locateOrchestration,
    schedule: (timePs, id) => engine.schedule(timePs, fireKind, id),
    done: (completion, nowPs) => {
      endedPs = nowPs;
      if (completion.failure) failure = programFailed(completion.failure.diagnostic);
    },
  });
  const { onProgress } = options;
  const { maxEvents } = topology.limits;
  try {
    const { inputBytes, outputBytes } = mostCopied(chips.tensors);
    runtime.start(plan.callable, { inputBytesPerChip: inputBytes, outputBytesPerChip: outputBytes }, 0);
    const isWithinLimit = engine.run(() => {
      onProgress?.(engine.nowPs, engine.events);
      return engine.events <= maxEvents;
    });
    if (!isWithinLimit) failure = tooManyEvents(plan, machine, maxEvents);
    else if (endedPs === null) failure = deadlock(plan, machine, runtime);
    else failure ??= neverLaunched(machine);
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    failure = error;
  }
  machine.channels.finishPeaks();
  const simulatedPs = endedPs ?? engine.nowPs;
  return { engine, machine, chips, nodes: runtime.records(simulatedPs), simulatedPs, failure };
}

function eagerValues(
  launch: LaunchArgs,
  inputs: { data: InputData; seed: number },
  opLog: OpLog,
): NonNullable<MachineOptions["values"]> {
  return (shapes) => new EagerValues(launch, inputs, opLog, shapes);
}

/** Paths of the chips below the runtime's nodes, such as `pod0/host5/sip1`. */
export function chipPaths({ topology, selection, layout }: SimulationPlan): (sip: number) => string {
  const places = nodeTree(topology.counts, selection.hosts, layout.sipsPerHost);
  const hosts = places.filter(({ level }) => level === Level.HOST);
  return (sip) =>
    `${hosts[layout.hostOfSip(sip)]!.path}/sip${layout.pePosition(sip * layout.ranksPerSip).sip}`;
}

function addLanes(
  machine: Machine,
  { spans, tracedRanks }: SimulationOptions,
  chipPath: (sip: number) => string,
): void {
  if (spans === null) return;
  const { core, layout } = machine;
  for (const rank of tracedRanks) {
    const { cube, pe } = layout.pePosition(rank);
    const process = chipPath(layout.sipOf(rank));
    const name = `cube${cube}.pe${pe}`;
    core.lanes.set(rank, {
      kernel: spans.addLane(process, `${name} kernel`),
      comm: spans.addLane(process, `${name} comm`),
      store: spans.addLane(process, `${name} store`),
    });
  }
  spans.omitLanes(3 * (layout.world - tracedRanks.length));
}

/** A program that left out some ranks has not done what it was asked for. */
function neverLaunched({ core, layout }: Machine): LinquError | null {
  const idle: number[] = [];
  core.pes.status.forEach((status, rank) => {
    if (status === PeStatus.idle) idle.push(rank);
  });
  if (idle.length === 0) return null;
  return programFailed(
    diagnostic({
      code: "LQ7022",
      message: `the kernel was never launched on ${idle.length} of ${layout.world} ranks: ${formatRanges(idle)}`,
      hint: 'an orchestration must submit the program to every child: rt.submit({ to: "all" })',
    }),
  );
}

/** Messages that nobody received, by the place where they were sent: no fault, but hardly meant. */
export function unreceivedMessages({ machine }: Simulation): Diagnostic[] {
  const { channels, core } = machine;
  const bySite = new Map<number, { messages: number; ranks: Set<number> }>();
  for (let channel = 0; channel < channels.count; channel++) {
    const left = channels.sent[channel]! - channels.received[channel]!;
    if (left === 0) continue;
    const site = channels.site[channels.receiveSlot[channel]!]!;
    const group = bySite.get(site) ?? { messages: 0, ranks: new Set<number>() };
    group.messages += left;
    group.ranks.add(channels.source[channel]!);
    bySite.set(site, group);
  }
  return [...bySite].map(([site, { messages, ranks }]) =>
    diagnostic({
      code: "LQ3202",
      severity: "warning",
      message: `${messages === 1 ? "a message was" : `${messages} messages were`} sent here and never received, by rank ${formatRanges([...ranks].sort((a, b) => a - b))}`,
      at: core.whereIs(site),
      hint: "every send needs a receive at the other end",
    }),
  );
}

function programFailed(problem: Diagnostic | readonly Diagnostic[]): LinquError {
  return new LinquError(ExitCode.programFailed, problem);
}

/** Nothing is scheduled and the program has not ended: kernels or orchestrations wait for one another. */
function deadlock(plan: SimulationPlan, machine: Machine, runtime: SimulatedRuntime): LinquError {
  const kernels = blockedKernels(machine, plan.opOf);
  const nodes = runtime.deadlock();
  // A runtime that stands in its own way stops the kernels too; otherwise it only waits for them.
  const problems = nodes?.code === RUNTIME_DEADLOCK ? [nodes, kernels] : [kernels ?? nodes];
  const known = problems.filter((problem) => problem !== null);
  assert(known.length > 0, "a run that stands still has somebody who waits");
  return programFailed(known);
}

/** Names the operation that was executed most: it is in the loop that does not end. */
function tooManyEvents(plan: SimulationPlan, { core }: Machine, maxEvents: number): LinquError {
  const busiest = core.siteCount.indexOf(core.siteCount.reduce((a, b) => Math.max(a, b), 0));
  const at = plan.locate(busiest);
  return programFailed(
    diagnostic({
      code: "LQ3403",
      message: `the run was stopped after ${maxEvents.toLocaleString("en")} events without an end`,
      at,
      detail: [
        `${plan.opOf(busiest)} was called most, ${core.siteCount[busiest]!.toLocaleString("en")} times; rank ${core.rank} ran last`,
      ],
      hint: "if the program does end, raise the bound with --set limits.maxEvents=N",
    }),
  );
}
