import { totalmem } from "node:os";
import { assert } from "../base/assert.js";
import { invalidInput, type LinquError } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { AXES, type RankLayout } from "../ccl/rank-layout.js";
import type { QueuePlan } from "../ccl/queues.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import type { LaunchArgs } from "../data/arguments.js";
import { dtypeByName } from "../data/dtypes.js";
import { MAX_EVENT_INDEX } from "../engine/engine.js";
import type { KernelBody } from "../machine/machine.js";
import type { OpsBackend } from "../ops/backend.js";
import { Pointer, PointerBlock, Ref, Tile } from "../ops/handles.js";
import { accessesOf, type Run } from "../ops/index-form.js";
import { MemoryArgs, type AtomicAccess, type AtomicName } from "../ops/memory-args.js";
import { Shapes } from "../ops/shapes.js";
import { tileOperations } from "../ops/tile-operations.js";
import { TileOps } from "../ops/tile-ops.js";
import type { Topology } from "../topology/topology.js";

/** Ranks that are counted, and operations of all of them together after which counting stops. */
const SAMPLE_RANKS = 128;
const SAMPLE_OPERATIONS = 400_000;
/** Measured on tree and ring collectives: an event per shared link, arrival and wake-up. */
const EVENTS_PER_MESSAGE = 7;
/** Columns and coroutine of a running PE, and columns of a channel and of a slot. */
const BYTES_PER_PE = 900;
const BYTES_PER_CHANNEL = 80;
const BYTES_PER_SLOT = 55;
const BASE_BYTES = 150e6;

export interface Prediction {
  /** Rows of the op log and events of the whole run; lower bounds for kernels with very many operations. */
  rows: number;
  events: number;
  memoryBytes: number;
  /** Numbers that queue slots take up. */
  slots: number;
}

class Enough extends Error {}

/**
 * Counts the operations of some ranks without a machine: a receive returns at once, no data is touched. Control flow
 * does not depend on tiles, so each rank's count is exact; the rest of the world is scaled from the sample. A kernel
 * that asks for a value is counted up to there.
 */
class Counter implements OpsBackend {
  operations = 0;
  /** Operations that append a row to the op log. */
  rows = 0;
  messages = 0;
  /** Tiles of composite commands, and accesses to single elements. */
  tokens = 0;
  rank = 0;
  readonly shapes = new Shapes();
  readonly tcmBytes: number;
  readonly ops: KernelOps;
  private readonly tiles: TileOps;
  private readonly args: MemoryArgs<null>;
  private readonly slotBytes: number;
  private readonly scheduler: Topology["pe"]["scheduler"];

  constructor(
    private readonly layout: RankLayout,
    { pe, ipcq }: Topology,
  ) {
    this.tcmBytes = pe.tcm.sizeBytes - pe.tcm.reservedBytes;
    this.slotBytes = ipcq.slotBytes;
    this.scheduler = pe.scheduler;
    this.tiles = new TileOps(this);
    this.args = new MemoryArgs(this, this.tiles);
    this.ops = this.createOps();
  }

  fault(): LinquError {
    return invalidInput({ code: "LQ3702", message: "the run itself says what is wrong, and where" });
  }

  compute(): void {
    this.countRow();
  }

  private createOps(): KernelOps {
    const { tiles, args, layout } = this;
    const { types } = tiles;
    const done = (out: unknown): true => {
      ops.out = out;
      return true;
    };
    const receive = (site: number, _direction: unknown, shape: unknown, dtype: unknown): true => {
      this.count();
      return done(types.newTile(site, shape, dtype));
    };
    const atomic =
      (name: AtomicName) =>
      (site: number, pointers: unknown, value: unknown, options: unknown): true =>
        done(this.countAtomic(args.atomic(site, name, pointers, { value }, options)));
    const ops: KernelOps = {
      out: undefined,
      tick: () => this.count(),
      ...tileOperations(tiles),
      load: (site: number, pointer: unknown, shape: unknown) => {
        if (!(pointer instanceof PointerBlock)) {
          this.countRow();
          return done(args.loaded(site, args.pointer(site, "tl.load", pointer), shape));
        }
        const access = args.indexed(site, "tl.load", pointer as PointerBlock<null>, shape);
        this.countAccesses(access.runs, access.block.offsets.elements);
        return done(args.withOther(site, args.gathered(site, access), access, shape));
      },
      store: (site: number, pointer: unknown, _tile: unknown, options: unknown) => {
        if (pointer instanceof PointerBlock) {
          const access = args.indexed(site, "tl.store", pointer as PointerBlock<null>, options);
          this.countAccesses(access.runs, access.block.offsets.elements);
        } else {
          this.countRow();
        }
        return done(undefined);
      },
      atomicAdd: atomic("atomicAdd"),
      atomicMax: atomic("atomicMax"),
      atomicMin: atomic("atomicMin"),
      atomicXchg: atomic("atomicXchg"),
      atomicCas: (site: number, pointers: unknown, expected: unknown, value: unknown) =>
        done(this.countAtomic(args.atomic(site, "atomicCas", pointers, { expected, value }, undefined))),
      ref: (site: number, pointer: unknown, shape: unknown) => {
        this.count();
        return args.ref(site, args.pointer(site, "tl.ref", pointer), shape);
      },
      composite: (
        _site: number,
        command: unknown,
        a: unknown,
        b: unknown,
        _out: unknown,
        options: unknown,
      ) => {
        this.count();
        const { epilogue } = (options ?? {}) as { epilogue?: unknown };
        const operands = [a, b].filter((operand) => operand instanceof Tile || operand instanceof Ref);
        const streamed = operands.filter((operand) => operand instanceof Ref).length;
        // The command, its epilogue and its write, and a read of each block that is streamed.
        this.rows += 2 + streamed + (Array.isArray(epilogue) ? epilogue.length : 0);
        this.tokens += this.tokensOf(command === "gemm", operands);
        return done(undefined);
      },
      send: (_site: number, _direction: unknown, sent: unknown) => {
        this.countRow();
        const bytes = sent instanceof Tile ? sent.bytes : 0;
        this.messages += Math.max(1, Math.ceil(bytes / this.slotBytes));
        return done(undefined);
      },
      recv: receive,
      recvAsync: receive,
      recvInto: (_site: number, _direction: unknown, into: unknown) => {
        this.count();
        return done(into);
      },
      // What was started stands for its own result here.
      wait: (_site: number, started: unknown) => {
        this.count();
        return done(started);
      },
      barrier: () => {
        this.count();
        this.tokens++;
        return done(undefined);
      },
      item: (site: number, value: unknown) => {
        if (tiles.single(site, value) instanceof Tile) throw new Enough();
        return done(Number(value));
      },
      programId: (_site: number, axis: unknown) => layout.position(this.rank, Number(axis)),
      numPrograms: (_site: number, axis: unknown) => layout.sizes[Number(axis)] ?? 1,
      rank: (_site: number, axis?: unknown) =>
        axis === undefined ? this.rank : layout.position(this.rank, AXES.indexOf(axis as "pe")),
      worldSize: (_site: number, axis?: unknown) =>
        axis === undefined ? layout.world : (layout.sizes[AXES.indexOf(axis as "pe")] ?? 1),
      cdiv: (_site: number, a: unknown, b: unknown) => Math.ceil(Number(a) / Number(b)),
      staticAssert: () => undefined,
      assert: () => undefined,
      print: (_site: number, ...values: unknown[]) => {
        this.count();
        this.rows += values.filter((value) => value instanceof Tile).length;
      },
    };
    return ops;
  }

  /** Tiles into which the built-in scheduler cuts a command. */
  private tokensOf(isGemm: boolean, [a, b]: readonly (Tile | Ref)[]): number {
    const { tileM, tileK, tileN } = this.scheduler;
    if (!isGemm) return Math.ceil((a?.elements ?? 0) / (tileM * tileN));
    const [m = 0, k = 0] = a === undefined ? [] : this.shapes.byId[a.shape]!;
    const [, n = 0] = b === undefined ? [] : this.shapes.byId[b.shape]!;
    return Math.ceil(m / tileM) * Math.max(1, Math.ceil(k / tileK)) * Math.ceil(n / tileN);
  }

  private countAtomic({ runs, old }: AtomicAccess<null>): Tile {
    this.countAccesses(runs, old.elements);
    return old;
  }

  private countAccesses(runs: readonly Run[] | null, elements: number): void {
    this.countRow();
    this.tokens += accessesOf(runs, elements);
  }

  private countRow(): void {
    this.count();
    this.rows++;
  }

  private count(): void {
    if (++this.operations > SAMPLE_OPERATIONS) throw new Enough();
  }
}

/**
 * Predicts the size of a run from a sample of its ranks.
 * @param load evaluates the kernel with other operations
 */
export function predict(
  topology: Topology,
  layout: RankLayout,
  plan: QueuePlan,
  launch: LaunchArgs,
  load: (ops: KernelOps) => KernelBody,
  replayBytes: (rows: number) => number,
): Prediction {
  const counter = new Counter(layout, topology);
  const body = load(counter.ops);
  const sampled = Math.min(SAMPLE_RANKS, layout.world);
  let counted = 0;
  try {
    for (; counted < sampled; counted++) {
      counter.rank = counted;
      const { tensors, args } = launch.byRank[counted]!;
      const values = args.map((arg) => {
        if (arg.kind === "value") return arg.value;
        const tensor = tensors[arg.tensor]!;
        return new Pointer(tensor, arg.tensor, dtypeByName(tensor.dtype)!.code, 0, null);
      });
      const coroutine = body(...values);
      assert(coroutine.next().done === true, "counting never waits");
    }
  } catch (error) {
    // What was counted is a lower bound then. A fault of the kernel is reported with its place by the run itself.
    if (!(error instanceof Enough)) counted++;
  }
  const scale = layout.world / Math.max(1, counted);
  const rows = Math.ceil(counter.rows * scale);
  const messages = Math.ceil(counter.messages * scale);
  const { flitTrains, flitBytes } = topology.fabric;
  const flits = flitTrains ? 1 : Math.ceil(topology.ipcq.slotBytes / flitBytes);
  const eventsPerMessage = EVENTS_PER_MESSAGE * flits;
  const channels = plan.insideSip.length * layout.sips + plan.betweenSips.length;
  const slots = channels * 2 ** Math.ceil(Math.log2(topology.ipcq.slots));
  return {
    slots,
    rows,
    // A tile of a composite command, or an access to one element, takes about as long as an event does.
    events: messages * eventsPerMessage + Math.ceil(counter.tokens * scale) + layout.world,
    memoryBytes:
      BASE_BYTES +
      layout.world * BYTES_PER_PE +
      channels * BYTES_PER_CHANNEL +
      slots * BYTES_PER_SLOT +
      replayBytes(rows),
  };
}

/** What a run may use: the stated limit, or what the machine or its container has. */
export function availableMemoryBytes(limits: Topology["limits"]): number {
  if (limits.maxMemoryBytes > 0) return limits.maxMemoryBytes;
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

/** Refuses a run that cannot be numbered, whatever is forced. @throws LQ6003 too many queue slots */
export function refuseUnnumberable({ slots }: Prediction): void {
  if (slots <= MAX_EVENT_INDEX) return;
  throw invalidInput({
    code: "LQ6003",
    message: `this run has ${slots.toLocaleString("en")} queue slots; at most ${MAX_EVENT_INDEX.toLocaleString("en")} can be simulated`,
    hint: "choose fewer ranks, or fewer slots with --set ipcq.slots=N",
  });
}

/** Refuses a run that would not fit. @throws LQ6001 too many events, LQ6002 too much memory */
export function refuseTooLarge({ events, memoryBytes }: Prediction, { limits }: Topology): void {
  if (events > limits.maxEvents) {
    throw invalidInput({
      code: "LQ6001",
      message: `this run would take about ${millions(events)} events; the limit is ${millions(limits.maxEvents)}`,
      hint: "choose fewer bytes or ranks, another algorithm, or run it nevertheless with --force",
    });
  }
  const available = availableMemoryBytes(limits);
  if (memoryBytes > available) {
    throw invalidInput({
      code: "LQ6002",
      message: `this run would need about ${formatBytes(memoryBytes)} of memory; there are ${formatBytes(available)}`,
      hint: "choose fewer bytes or ranks, leave --verify-data away, or run it nevertheless with --force",
    });
  }
}

/** A count in words that stay short: `120,000 million`. */
function millions(count: number): string {
  return count < 1e6
    ? Math.round(count).toLocaleString("en")
    : `${Math.round(count / 1e6).toLocaleString("en")} million`;
}
