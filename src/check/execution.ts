import { LinquError, type Diagnostic } from "../base/diagnostics.js";
import { ChannelList } from "../ccl/channel-list.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import { DataFault } from "../data/data-fault.js";
import type { OpLog } from "../data/op-log.js";
import { CompositeReader } from "../ops/composite-args.js";
import { MemoryArgs } from "../ops/memory-args.js";
import { tileOperations } from "../ops/tile-operations.js";
import { TileOps } from "../ops/tile-ops.js";
import type { Algebra } from "./algebra.js";
import { Barriers } from "./barriers.js";
import { CheckCore, NeedsData, OutOfOperations, RankStatus } from "./check-core.js";
import { Clocks } from "./clocks.js";
import { CommandsUnderWay } from "./commands-under-way.js";
import { CompositeOps } from "./composite-ops.js";
import { ControlOps, type RowValues } from "./control-ops.js";
import { Findings, WHO } from "./findings.js";
import { Hazards } from "./hazards.js";
import { MemoryOps } from "./memory-ops.js";
import type { Started } from "./posted-receive.js";
import { QueueOps } from "./queue-ops.js";
import { QueueState } from "./queue-state.js";
import { Scratch } from "./scratch.js";
import type { CheckSetup } from "./setup.js";
import { Tensors, type TensorState } from "./tensors.js";
import { TileValues } from "./tile-values.js";

/** Ranks whose accesses to shared tensors are followed: what each has seen takes as many numbers again. */
const MAX_RACE_RANKS = 1024;

export interface ExecutionOptions {
  slots: number;
  maxOperations: number;
  /** What elements are; null when only the waiting counts, or when there are data. */
  algebra: Algebra | null;
  /** Follow lives of tiles and races. */
  isFull: boolean;
  /** The log of operations and what computes it, for kernels that decide by values. */
  data: { log: OpLog; makeValues: (shapes: readonly (readonly number[])[]) => RowValues } | null;
}

/** Executes the kernels of all ranks on one thread, each until it has to wait. */
export class Execution {
  readonly core: CheckCore;
  readonly queues: QueueState;
  readonly barriers: Barriers;
  readonly tensors: Tensors;
  readonly findings: Findings;
  readonly scratch: Scratch | null;
  /** What was started and must be waited for. */
  readonly started: Started[] = [];
  /** What is worth knowing and no error. */
  readonly notes: Diagnostic[] = [];
  /** Where the kernel asks for values, which this execution does not have. */
  needsDataAt: number | null = null;
  /** The budget did not suffice. */
  isCutShort = false;

  private readonly coroutines: (Iterator<unknown> | null)[];
  private readonly ops: KernelOps;

  constructor(
    private readonly setup: CheckSetup,
    { slots, maxOperations, algebra, isFull, data }: ExecutionOptions,
  ) {
    const { layout, launch } = setup;
    const { world } = layout;
    this.findings = new Findings((rank) => layout.peName(rank));
    this.scratch = isFull ? new Scratch(world) : null;
    const hazards: Hazards = new Hazards(setup.locate, (problem) =>
      this.findings.add(this.core.rank, problem),
    );
    // The values need the shapes of the core, and the core the values.
    const makeValues = (core: CheckCore): TileValues | null =>
      algebra && new TileValues(algebra, core.shapes);
    this.core = new CheckCore(setup, maxOperations, makeValues, this.scratch, hazards, data?.log ?? null);
    const { core } = this;
    const clocks = isFull && canRace(setup) ? new Clocks(world) : null;
    this.queues = new QueueState(new ChannelList(setup.queues, layout), slots, setup.slotBytes);
    this.tensors = new Tensors(core, launch, clocks, (rank, problem) => this.findings.add(rank, problem));
    this.barriers = new Barriers(core, clocks);
    const tiles = new TileOps(core);
    const args = new MemoryArgs<TensorState>(core, tiles);
    const started = (what: Started): void => void this.started.push(what);
    const commands = new CommandsUnderWay();
    const log = data?.log ?? null;
    const memory = new MemoryOps(core, args, clocks, commands, log, (note) => this.notes.push(note));
    const reader = new CompositeReader(core, tiles, args);
    const composites = new CompositeOps(core, reader, memory, clocks, commands, log, started);
    const queues = new QueueOps(core, tiles.types, this.queues, clocks, {
      started,
      failed: (rank, error) => this.fail(rank, error),
    });
    const control = new ControlOps(core, tiles, data?.makeValues(core.shapes.byId) ?? null);
    this.ops = createOps(core, tiles, memory, composites, queues, control, this.barriers);
    core.results = this.ops;
    this.coroutines = new Array<Iterator<unknown> | null>(world).fill(null);
  }

  /** Runs until everybody has ended, nobody can go on, or the operations are used up. */
  run(): void {
    const { core } = this;
    const body = this.setup.loadKernel(this.ops);
    for (let rank = 0; rank < this.coroutines.length; rank++) core.wake(rank, undefined);
    try {
      for (let rank = core.next(); rank >= 0; rank = core.next()) {
        const coroutine = (this.coroutines[rank] ??= body(...this.tensors.argumentsOf(rank)));
        this.step(rank, coroutine);
      }
    } catch (error) {
      if (error instanceof NeedsData) this.needsDataAt = error.site;
      else if (error instanceof OutOfOperations) this.isCutShort = true;
      else throw error;
    }
  }

  private step(rank: number, coroutine: Iterator<unknown>): void {
    const { core } = this;
    try {
      if (coroutine.next().done !== true) return;
    } catch (error) {
      if (error instanceof OutOfOperations || error instanceof NeedsData) throw error;
      this.fail(rank, this.explained(error));
      return;
    }
    core.status[rank] = RankStatus.ended;
    this.coroutines[rank] = null;
  }

  private explained(error: unknown): LinquError {
    if (error instanceof DataFault) return this.core.fault(error.site, error.problem);
    return error instanceof LinquError ? error : this.setup.explain(error, WHO);
  }

  private fail(rank: number, error: LinquError): void {
    this.findings.addError(rank, error);
    this.core.status[rank] = RankStatus.failed;
    this.coroutines[rank] = null;
  }
}

/** Do ranks share tensors, and are they few enough to follow what each has seen of each other one? */
export function canRace({ launch, layout }: CheckSetup): boolean {
  return launch.spread !== undefined && layout.world <= MAX_RACE_RANKS;
}

function createOps(
  core: CheckCore,
  tiles: TileOps,
  memory: MemoryOps,
  composites: CompositeOps,
  queues: QueueOps,
  control: ControlOps,
  barriers: Barriers,
): KernelOps {
  const update =
    (name: "atomicAdd" | "atomicMax" | "atomicMin" | "atomicXchg") =>
    (site: number, pointers: unknown, value: unknown, options: unknown): boolean =>
      memory.atomic(site, name, pointers, { value }, options);
  return {
    out: undefined,
    tick: core.tick.bind(core),
    ...tileOperations(tiles),
    load: memory.load.bind(memory),
    store: memory.store.bind(memory),
    ref: memory.ref.bind(memory),
    atomicAdd: update("atomicAdd"),
    atomicMax: update("atomicMax"),
    atomicMin: update("atomicMin"),
    atomicXchg: update("atomicXchg"),
    atomicCas: (site: number, pointers: unknown, expected: unknown, value: unknown) =>
      memory.atomic(site, "atomicCas", pointers, { expected, value }, undefined),
    composite: composites.composite.bind(composites),
    send: queues.send.bind(queues),
    recv: queues.recv.bind(queues),
    recvAsync: queues.recvAsync.bind(queues),
    recvInto: queues.recvInto.bind(queues),
    wait: queues.wait.bind(queues),
    barrier: barriers.barrier.bind(barriers),
    rank: control.rank.bind(control),
    worldSize: control.worldSize.bind(control),
    programId: control.programId.bind(control),
    numPrograms: control.numPrograms.bind(control),
    cdiv: control.cdiv.bind(control),
    staticAssert: control.staticAssert.bind(control),
    assert: control.assert.bind(control),
    item: control.item.bind(control),
    print: (site: number, ...values: unknown[]) => control.print(site, values),
  };
}
