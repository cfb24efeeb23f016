import { totalmem } from "node:os";
import { assert } from "../base/assert.js";
import { invalidInput } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { AXES, type RankLayout } from "../ccl/rank-layout.js";
import type { QueuePlan } from "../ccl/queues.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import type { LaunchArgs } from "../data/arguments.js";
import { dtypeByName, F32 } from "../data/dtypes.js";
import { MAX_EVENT_INDEX } from "../engine/engine.js";
import type { KernelBody } from "../machine/machine.js";
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

/** A tile or pointer whose only property is how large it is. */
class Counted {
  constructor(
    readonly elements: number,
    readonly sizeBytes: number,
    readonly shape: readonly number[],
    readonly isPointer = false,
  ) {}
}

/**
 * Counts the operations of some ranks without a machine: a receive returns at once, no data is touched. Control flow
 * does not depend on tiles, so each rank's count is exact; the rest of the world is scaled from the sample.
 */
class Counter {
  operations = 0;
  /** Operations that append a row to the op log. */
  rows = 0;
  messages = 0;
  /** Tiles of composite commands. */
  tokens = 0;
  rank = 0;
  readonly ops: KernelOps;

  constructor(
    private readonly layout: RankLayout,
    private readonly slotBytes: number,
    private readonly scheduler: Topology["pe"]["scheduler"],
  ) {
    const tile = (shape: unknown, dtype: unknown): Counted => {
      const sizes = Array.isArray(shape) ? (shape as number[]) : [];
      const elements = sizes.reduce((product, size) => product * size, 1);
      return new Counted(elements, dtypeByName(dtype)?.sizeBytes ?? F32.sizeBytes, sizes);
    };
    const math = (
      _site: number,
      a: unknown,
      b: unknown,
      plain: (a: number, b: number) => number,
    ): unknown => {
      if (typeof a === "number" && typeof b === "number") return plain(a, b);
      this.count();
      const operand = a instanceof Counted ? a : b;
      if (operand instanceof Counted && !operand.isPointer) this.rows++;
      return operand;
    };
    const position = (axis: unknown): number =>
      axis === undefined ? this.rank : this.layout.position(this.rank, AXES.indexOf(axis as "pe"));
    const size = (axis: unknown): number =>
      axis === undefined ? this.layout.world : (this.layout.sizes[AXES.indexOf(axis as "pe")] ?? 1);
    const ops: KernelOps = {
      out: undefined,
      tick: () => this.count(),
      add: (site: number, a: unknown, b: unknown) => math(site, a, b, (x, y) => x + y),
      sub: (site: number, a: unknown, b: unknown) => math(site, a, b, (x, y) => x - y),
      mul: (site: number, a: unknown, b: unknown) => math(site, a, b, (x, y) => x * y),
      div: (site: number, a: unknown, b: unknown) => math(site, a, b, (x, y) => x / y),
      neg: (site: number, a: unknown) => math(site, a, 0, (x) => -x),
      maximum: (site: number, a: unknown, b: unknown) => math(site, a, b, Math.max),
      full: (_site: number, shape: unknown, _value: unknown, dtype: unknown) => {
        this.countRow();
        return tile(shape, dtype);
      },
      zeros: (_site: number, shape: unknown, dtype: unknown) => {
        this.countRow();
        return tile(shape, dtype);
      },
      dot: (_site: number, a: unknown, b: unknown) => {
        this.countRow();
        const [rows, columns] = [a, b].map((operand) => (operand instanceof Counted ? operand.shape : []));
        return tile([rows?.[0] ?? 0, columns?.[1] ?? 0], F32.name);
      },
      load: (_site: number, pointer: unknown, shape: unknown) => {
        this.countRow();
        const { sizeBytes } = pointer instanceof Counted ? pointer : F32;
        const loaded = tile(shape, F32.name);
        ops.out = new Counted(loaded.elements, sizeBytes, loaded.shape);
        return true;
      },
      store: () => {
        this.countRow();
        return true;
      },
      send: (_site: number, _direction: unknown, sent: unknown) => {
        this.countRow();
        const bytes = sent instanceof Counted ? sent.elements * sent.sizeBytes : 0;
        this.messages += Math.max(1, Math.ceil(bytes / this.slotBytes));
        return true;
      },
      recv: (_site: number, _direction: unknown, shape: unknown, dtype: unknown) => {
        this.count();
        ops.out = tile(shape, dtype);
        return true;
      },
      recvAsync: (_site: number, _direction: unknown, shape: unknown, dtype: unknown) => {
        this.count();
        ops.out = tile(shape, dtype);
        return true;
      },
      recvInto: (_site: number, _direction: unknown, into: unknown) => {
        this.count();
        ops.out = into;
        return true;
      },
      ref: (_site: number, pointer: unknown, shape: unknown) => {
        this.count();
        const { elements, shape: sizes } = tile(shape, F32.name);
        return new Counted(
          elements,
          pointer instanceof Counted ? pointer.sizeBytes : F32.sizeBytes,
          sizes,
          true,
        );
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
        const operands = [a, b].filter((operand) => operand instanceof Counted);
        const streamed = operands.filter(({ isPointer }) => isPointer).length;
        // The command, its epilogue and its write, and a read of each block that is streamed.
        this.rows += 2 + streamed + (Array.isArray(epilogue) ? epilogue.length : 0);
        this.tokens += this.tokensOf(command === "gemm", operands);
        ops.out = undefined;
        return true;
      },
      // What was started stands for its own result here.
      wait: (_site: number, started: unknown) => {
        this.count();
        ops.out = started;
        return true;
      },
      programId: (_site: number, axis: unknown) => this.layout.position(this.rank, Number(axis)),
      numPrograms: (_site: number, axis: unknown) => this.layout.sizes[Number(axis)] ?? 1,
      rank: (_site: number, axis?: unknown) => position(axis),
      worldSize: (_site: number, axis?: unknown) => size(axis),
      cdiv: (_site: number, a: unknown, b: unknown) => Math.ceil(Number(a) / Number(b)),
      staticAssert: () => undefined,
      assert: () => undefined,
      print: (_site: number, ...values: unknown[]) => {
        this.count();
        this.rows += values.filter((value) => value instanceof Counted).length;
      },
    };
    this.ops = ops;
  }

  /** Tiles into which the built-in scheduler cuts a command. */
  private tokensOf(isGemm: boolean, [a, b]: readonly Counted[]): number {
    const { tileM, tileK, tileN } = this.scheduler;
    if (!isGemm) return Math.ceil((a?.elements ?? 0) / (tileM * tileN));
    const [m = 0, k = 0] = a?.shape ?? [];
    return Math.ceil(m / tileM) * Math.max(1, Math.ceil(k / tileK)) * Math.ceil((b?.shape[1] ?? 0) / tileN);
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
  const counter = new Counter(layout, topology.ipcq.slotBytes, topology.pe.scheduler);
  const body = load(counter.ops);
  const sampled = Math.min(SAMPLE_RANKS, layout.world);
  let counted = 0;
  try {
    for (; counted < sampled; counted++) {
      counter.rank = counted;
      const { tensors, args } = launch.byRank[counted]!;
      const values = args.map((arg) => {
        if (arg.kind === "value") return arg.value;
        const { elements, dtype, shape } = tensors[arg.tensor]!;
        return new Counted(elements, dtypeByName(dtype)!.sizeBytes, shape, true);
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
    // A tile of a composite command takes about as long as an event does.
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
