import { assert } from "../base/assert.js";
import { LinquError, type SourceLocation } from "../base/diagnostics.js";
import type { QueuePlan } from "../ccl/queues.js";
import type { RankLayout } from "../ccl/rank-layout.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import type { LaunchArgs, RankArgs } from "../data/arguments.js";
import { dtypeByName } from "../data/dtypes.js";
import type { OpLog } from "../data/op-log.js";
import type { Engine } from "../engine/engine.js";
import { Pointer } from "../ops/handles.js";
import { CompositeReader } from "../ops/composite-args.js";
import { MemoryArgs } from "../ops/memory-args.js";
import { TileOps } from "../ops/tile-ops.js";
import type { SpanRecorder } from "../record/span-recorder.js";
import type { SipGraph } from "../topology/sip-graph.js";
import type { Topology } from "../topology/topology.js";
import { Links } from "./fabric/links.js";
import { MessageWays } from "./fabric/message-ways.js";
import { Trains } from "./fabric/trains.js";
import { Transfers } from "./fabric/transfers.js";
import { LaunchRounds } from "./host/launch-rounds.js";
import { Channels } from "./ipcq/channels.js";
import { QueueOps } from "./ipcq/queue-ops.js";
import { SlotMemory } from "./ipcq/slot-memory.js";
import { SlotTransfers } from "./ipcq/slot-transfers.js";
import { HbmChannels } from "./memory/hbm-channels.js";
import { LocalMemory } from "./memory/local-memory.js";
import { memorySystem, type MemorySystem } from "./memory/memory-system.js";
import { Mmu } from "./memory/mmu.js";
import type { Placement } from "./memory/placement.js";
import type { TensorPlace } from "./memory/tensor-place.js";
import { Arithmetic } from "./pe/arithmetic.js";
import { AtomicOps } from "./pe/atomic-ops.js";
import { Barriers } from "./pe/barriers.js";
import { CompositeOps } from "./pe/composite-ops.js";
import { ControlOps, type RowValues } from "./pe/control-ops.js";
import { peCosts } from "./pe/costs.js";
import { IndexedOps } from "./pe/indexed-ops.js";
import { KernelCore } from "./pe/kernel-core.js";
import { createKernelOps } from "./pe/kernel-ops.js";
import { MemoryOps } from "./pe/memory-ops.js";
import { PeMemory } from "./pe/pe-memory.js";
import { PeStatus } from "./pe/pe-state.js";
import { RoutedMemory } from "./pe/routed-memory.js";
import { Pipeline, type CommandPipeline } from "./pe/pipeline/pipeline.js";
import { RoutedPipeline } from "./pe/pipeline/routed-pipeline.js";
import { tiledPlan, type SchedulerPlan } from "./pe/pipeline/plan.js";
import { createUnits } from "./pe/pipeline/units.js";
import { Prints } from "./pe/prints.js";

/** A kernel's body after compilation: a generator function over pointers and values. */
export type KernelBody = (...args: unknown[]) => Iterator<unknown>;

export interface MachineOptions {
  engine: Engine;
  topology: Topology;
  graph: SipGraph;
  layout: RankLayout;
  launch: LaunchArgs;
  /** Where the tensors of the launch lie. */
  placement: Placement;
  plan: QueuePlan;
  /** Number of sites of the bundle. */
  sites: number;
  /** Where a site is, for messages. */
  locate: (site: number) => SourceLocation | null;
  /** Explains an error that the kernel's own code threw. */
  explain: (error: unknown, who: string) => LinquError;
  opLog: OpLog | null;
  spans: SpanRecorder | null;
  /** PEs see what others do at the same moment in the order of ranks: kernels with atomics, or that decide by values. */
  isOrdered: boolean;
  /** Values of the op log's rows while it grows, for kernels that decide by them. */
  values?: (shapes: readonly (readonly number[])[]) => RowValues;
  /** Every operation waits until the event clock has reached the kernel's: slow, for comparison. */
  lockstep: boolean;
  /** Cuts composite commands into tiles, in place of the built-in scheduler. */
  scheduler?: SchedulerPlan;
  /** The last kernel of a SIP has ended at `endPs`, which may lie after the event clock. */
  onSipDone: (sip: number, endPs: number) => void;
}

/** The PEs that take part in a launch, their queues and the fabric between them. */
export class Machine {
  readonly core: KernelCore;
  readonly links: Links;
  readonly channels: Channels;
  readonly barriers: Barriers;
  /** Own slices while nobody else reaches them. */
  readonly localMemory: LocalMemory;
  /** Memories that are reached over the NoC; null when there are none in this run. */
  readonly memory: MemorySystem | null;
  private readonly routedMemory: RoutedMemory | null;
  readonly prints = new Prints();
  /** What a bundle is evaluated with. */
  readonly ops: KernelOps;
  readonly layout: RankLayout;
  readonly rounds: LaunchRounds;
  /**
   * From the first start to the last end of what a PE did in one launch, of the PE that took longest: of everything,
   * and of the stages of composite commands.
   */
  readonly windows = { allPs: 0, pipelinePs: 0 };
  /** End of each rank's kernel; 0 while it has not ended. */
  readonly endPs: Float64Array;

  private readonly options: MachineOptions;
  private readonly queueOps: QueueOps;
  private readonly pipeline: CommandPipeline;
  private readonly startKind: number;
  private readonly running: Int32Array;
  private readonly sipEndPs: Float64Array;
  /** PEs of the launch that each SIP is in, as positions of their ranks in the SIP. */
  private readonly members: Int32Array[];
  private body: KernelBody | null = null;

  constructor(options: MachineOptions) {
    const { engine, topology, layout } = options;
    this.options = options;
    this.layout = layout;
    const costs = peCosts(topology);
    this.core = new KernelCore(
      {
        engine,
        layout,
        costs,
        sites: options.sites,
        stepBudget: topology.limits.stepBudget,
        maxOperations: topology.limits.maxEvents,
        locate: options.locate,
        opLog: options.opLog,
        spans: options.spans,
        lockstep: options.lockstep,
      },
      (rank) => this.wake(rank),
    );
    const { plan } = options;
    const routed = isRouted(topology, options.graph, options.launch);
    this.links = new Links(topology, options.graph, layout, plan, routed);
    this.channels = new Channels(plan, this.links, layout, topology.ipcq, options.opLog !== null);
    const arithmetic = new Arithmetic(this.core);
    const tileOps = new TileOps(arithmetic);
    const args = new MemoryArgs<TensorPlace>(arithmetic, tileOps);
    const { flitBytes, bufferFlits } = topology.fabric;
    const flitTrains = topology.fabric.flitTrains && bufferFlits === 0;
    const hbm = new HbmChannels(topology, layout.world);
    this.memory = routed ? memorySystem(engine, topology, options.graph, layout, this.links, hbm) : null;
    this.routedMemory = this.memory && new RoutedMemory(this.memory.traffic, layout.world);
    const slots = new SlotMemory(
      engine,
      topology,
      options.graph,
      layout,
      costs,
      this.links,
      this.channels,
      hbm,
      this.memory,
      {
        arrive: (slot) => this.queueOps.arrive(slot),
        copied: (slot, endPs) => this.queueOps.copied(slot, endPs),
      },
    );
    const fabric = flitTrains
      ? new Trains(engine, this.links, this.channels, flitBytes, slots)
      : new SlotTransfers(
          this.channels,
          this.memory?.transfers ?? new Transfers(engine, this.links, flitBytes, true, bufferFlits),
          slots,
        );
    this.queueOps = new QueueOps(
      this.core,
      arithmetic,
      tileOps.types,
      this.channels,
      fabric,
      slots,
      topology,
    );
    this.localMemory = new LocalMemory(topology, options.graph, layout, hbm);
    const { localMemory } = this;
    const { pes, records, stageRecords } = this.core;
    // In program order a send would wait for fetches that are still to come; in events the two meet as they are.
    const fetchFreePs = this.routedMemory === null ? new Float64Array(layout.world) : pes.tcmReadFreePs;
    const units = createUnits(topology.pe, costs, pes, localMemory, fetchFreePs);
    this.pipeline =
      this.routedMemory === null
        ? new Pipeline(units, localMemory, stageRecords, records, pes.drainPs)
        : new RoutedPipeline(
            engine,
            units,
            this.routedMemory,
            (command, stage) => memory.piecesOfStage(command, stage),
            stageRecords,
            records,
            pes.drainPs,
            pes.routedPs,
          );
    const { hosts } = options.placement;
    const mmu = hosts && new Mmu(layout, hosts);
    const memory: PeMemory = new PeMemory(
      this.core,
      localMemory,
      this.pipeline,
      this.routedMemory,
      mmu,
      options.isOrdered,
    );
    const ways = new MessageWays(topology, options.graph, layout, topology.ipcq.creditBytes);
    this.barriers = new Barriers(this.core, arithmetic, ways);
    const scheduler = options.scheduler ?? tiledPlan;
    const values = options.values?.(this.core.shapes.byId) ?? null;
    this.ops = createKernelOps(this.core, {
      tiles: tileOps,
      memory: new MemoryOps(this.core, args, memory),
      indexed: new IndexedOps(this.core, args, memory),
      atomics: new AtomicOps(this.core, args, memory),
      composites: new CompositeOps(
        this.core,
        new CompositeReader(arithmetic, tileOps, args),
        args,
        memory,
        this.pipeline,
        scheduler,
        topology.pe.scheduler,
      ),
      queues: this.queueOps,
      barriers: this.barriers,
      control: new ControlOps(this.core, tileOps, arithmetic, this.prints, values),
    });
    this.endPs = new Float64Array(layout.world);
    this.running = new Int32Array(layout.sips);
    this.rounds = new LaunchRounds(
      pes,
      (rank) => localMemory.requestsPs(rank) + pes.routedPs[rank]!,
      layout.sips,
    );
    this.sipEndPs = new Float64Array(layout.sips);
    this.members = new Array<Int32Array>(layout.sips);
    this.startKind = engine.addKind((sip) => this.startSip(sip));
  }

  /** The kernel that launches start. */
  prepare(body: KernelBody): void {
    this.body = body;
  }

  /** Starts the kernel on PEs of a SIP, given by the positions of their ranks in it, at the same moment. */
  launchSip(sip: number, startPs: number, members: Int32Array): void {
    this.members[sip] = members;
    this.options.engine.schedule(startPs, this.startKind, sip);
  }

  private startSip(sip: number): void {
    const { layout, launch, placement, engine } = this.options;
    const { body } = this;
    assert(body !== null, "a kernel is prepared before it is launched");
    const startPs = engine.nowPs;
    const ranks = Array.from(this.members[sip]!, (member) => sip * layout.ranksPerSip + member);
    this.rounds.start(sip, ranks, startPs);
    this.sipEndPs[sip] = 0;
    this.running[sip] = ranks.length;
    for (const rank of ranks) {
      this.core.pes.clockPs[rank] = startPs;
      this.core.records.open(rank);
      this.core.stageRecords.open(rank);
      this.core.enter(rank);
      this.core.pes.coroutine[rank] = body(...kernelArguments(launch.byRank[rank]!, placement.of(rank)));
      this.step(rank);
    }
  }

  /** A parked PE goes on: first the operation it parked in, then the kernel. */
  private wake(rank: number): void {
    this.core.enter(rank);
    const deferred = this.core.takeDeferred();
    if (deferred ? deferred() : this.queueOps.resume()) this.step(rank);
  }

  private step(rank: number): void {
    const { pes } = this.core;
    let result: IteratorResult<unknown>;
    try {
      result = pes.coroutine[rank]!.next();
    } catch (error) {
      if (error instanceof LinquError) throw error;
      throw this.options.explain(error, this.core.whoami());
    }
    if (result.done === true) this.drain(rank);
    else assert(pes.status[rank] !== PeStatus.running, "a kernel yields only to wait");
  }

  /** The kernel has returned; its PE has ended when its requests have. */
  private drain(rank: number): void {
    this.core.leave();
    if (this.routedMemory === null) this.finish(rank);
    else {
      const { clockPs } = this.core;
      this.core.pes.clockPs[rank] = clockPs;
      this.routedMemory.afterAll(rank, () => {
        this.core.enter(rank);
        this.finish(rank);
      });
    }
  }

  private finish(rank: number): void {
    const { core, layout } = this;
    const { pes } = core;
    this.pipeline.settle(rank, Infinity);
    const endPs = Math.max(core.clockPs, pes.drainPs[rank]!);
    core.records.note(rank, Infinity, pes.drainPs[rank]!);
    this.windows.allPs = Math.max(this.windows.allPs, core.records.lengthPs(rank));
    this.windows.pipelinePs = Math.max(this.windows.pipelinePs, core.stageRecords.lengthPs(rank));
    pes.status[rank] = PeStatus.done;
    pes.coroutine[rank] = null;
    pes.clockPs[rank] = endPs;
    this.endPs[rank] = endPs;
    const sip = layout.sipOf(rank);
    this.rounds.end(sip, rank, endPs);
    this.sipEndPs[sip] = Math.max(this.sipEndPs[sip]!, endPs);
    if (--this.running[sip]! === 0) this.options.onSipDone(sip, this.sipEndPs[sip]!);
  }
}

/**
 * Does anything but messages cross the links of a SIP in this run? Where cubes are not alike, as in a user's fabric,
 * nothing is known of the ways to the PEs' own slices, so they are routed too.
 */
function isRouted({ ipcq, fabric }: Topology, graph: SipGraph, { spread }: LaunchArgs): boolean {
  const areCubesAlike = graph.nodesPerCube > 0;
  const hopsToBank = ipcq.slotMemory !== "tcm" && ipcq.bankHop;
  return fabric.bufferFlits > 0 || hopsToBank || spread !== undefined || !areCubesAlike;
}

function kernelArguments({ tensors, args }: RankArgs, places: readonly TensorPlace[]): unknown[] {
  return args.map((arg) => {
    if (arg.kind === "value") return arg.value;
    const tensor = tensors[arg.tensor]!;
    return new Pointer(tensor, arg.tensor, dtypeByName(tensor.dtype)!.code, 0, places[arg.tensor]!);
  });
}
