import { ExitCode } from "../../base/diagnostics.js";
import { nsToPs } from "../../base/units.js";
import { F32, dtypeByCode } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import type { Topology } from "../../topology/topology.js";
import type { CompositeReader, EpilogueStep } from "../../ops/composite-args.js";
import { Future, Ref, Tile, describeValue } from "../../ops/handles.js";
import type { MemoryArgs } from "../../ops/memory-args.js";
import { MATH_WEIGHTS } from "../../ops/computations.js";
import type { PlacedPointer, PlacedRef } from "../memory/placed-pointer.js";
import type { TensorPlace } from "../memory/tensor-place.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";
import type { PeMemory } from "./pe-memory.js";
import type { CommandPipeline } from "./pipeline/pipeline.js";
import type { CompositeCommand, SchedulerPlan } from "./pipeline/plan.js";
import { RunningCommand } from "./pipeline/token.js";

/** A composite command under way; it has no tile to give. */
class CompositeFuture extends Future {
  constructor(
    private readonly core: KernelCore,
    private readonly pipeline: CommandPipeline,
    private readonly command: RunningCommand,
  ) {
    super();
  }

  wait(site: number): boolean {
    const { core, command, pipeline } = this;
    const endPs = pipeline.endOf(command);
    if (endPs !== null) return this.finish(site, endPs);
    const { rank } = core;
    pipeline.whenOver(command, () =>
      core.resume(rank, command.endPs, () => this.finish(site, command.endPs)),
    );
    return core.park(PeStatus.awaitingMemory, -1, site);
  }

  private finish(site: number, endPs: number): true {
    const { core } = this;
    const called = core.clockPs;
    core.spend(site, Cause.composite, endPs);
    const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
    if (lanes && core.clockPs > called)
      core.spans!.add(lanes.kernel, core.spans!.nameId("wait"), site, called, core.clockPs, -1, -1);
    core.results.out = undefined;
    return true;
  }
}

/**
 * `ref`, `composite` and `wait`. A command is planned and its tiles are timed when it is issued: units that the kernel
 * uses as well serve in program order. A command that streams from a tensor starts when earlier commands of this PE
 * have written to it.
 */
export class CompositeOps {
  private readonly overheadPs: number;

  constructor(
    private readonly core: KernelCore,
    private readonly reader: CompositeReader<TensorPlace>,
    private readonly args: MemoryArgs<TensorPlace>,
    private readonly memory: PeMemory,
    private readonly pipeline: CommandPipeline,
    private readonly plan: SchedulerPlan,
    private readonly scheduler: Topology["pe"]["scheduler"],
  ) {
    this.overheadPs = nsToPs(scheduler.overheadNs);
  }

  ref(site: number, pointer: unknown, shape: unknown): PlacedRef {
    const ref = this.args.ref(site, this.args.pointer(site, "tl.ref", pointer), shape);
    this.core.begin(site);
    return ref;
  }

  composite(site: number, name: unknown, a: unknown, b: unknown, out: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.composite(site, name, a, b, out, options));
    const { kind, left, right, to, shape, steps } = this.reader.read(site, name, a, b, out, options);
    const asked: Omit<CompositeCommand, "kind"> = {
      streamsA: left instanceof Ref,
      streamsB: right instanceof Ref,
      elementBytes: dtypeByCode(left.dtype).sizeBytes,
      outElementBytes: dtypeByCode(to.dtype).sizeBytes,
      epilogueSteps: steps.length,
    };
    const refs = [left, right].filter((operand) => operand instanceof Ref);
    const written = refs.find(({ pointer }) => this.memory.isBeingWritten(pointer));
    if (written !== undefined) {
      return this.memory.afterWriter(site, written.pointer, () =>
        this.composite(site, name, a, b, out, options),
      );
    }
    core.begin(site);
    const issue = (): true => {
      const command = this.start(site, this.commandOf(kind, left, right, asked), left, right, to, [
        ...(kind === OpKind.gemm ? [] : [kind]),
        ...steps.map((step) => step.kind),
      ]);
      if (core.opLog !== null) this.log(site, kind, left, right, shape, steps, to, command);
      core.results.out = new CompositeFuture(core, this.pipeline, command);
      return true;
    };
    const spread = [to, ...refs.map(({ pointer }) => pointer)].find(({ place }) => place.spread !== null);
    return spread === undefined ? issue() : this.memory.inTurn(site, spread, issue);
  }

  wait(site: number, future: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.wait(site, future));
    if (!(future instanceof Future)) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `tl.wait needs what tl.composite, tl.recvAsync or tl.recvInto returned, not ${describeValue(future)}`,
        },
        ExitCode.invalidInput,
      );
    }
    core.begin(site);
    return future.wait(site);
  }

  private commandOf(
    kind: OpKind,
    left: Tile | PlacedRef,
    right: Tile | PlacedRef,
    asked: Omit<CompositeCommand, "kind">,
  ): CompositeCommand {
    if (kind !== OpKind.gemm) return { kind: "elementwise", elements: left.elements, ...asked };
    const { byId } = this.core.shapes;
    const [m, k] = byId[left.shape]!;
    return { kind: "gemm", m: m!, k: k!, n: byId[right.shape]![1]!, ...asked };
  }

  /** Plans a command and hands it to the pipeline. */
  private start(
    site: number,
    asked: CompositeCommand,
    left: Tile | PlacedRef,
    right: Tile | PlacedRef,
    to: PlacedPointer,
    kinds: readonly OpKind[],
  ): RunningCommand {
    const { core, pipeline } = this;
    const { rank } = core;
    core.pes.hasCommands = true;
    const plan = this.plan(asked, this.scheduler);
    core.countTokens(site, plan.tokens);
    let startPs = core.clockPs + this.overheadPs;
    for (const operand of [left, right]) {
      if (operand instanceof Ref) startPs = Math.max(startPs, this.memory.writtenPs(operand.pointer));
    }
    const blocks = { a: blockOf(left), b: blockOf(right), out: to };
    const command = new RunningCommand(rank, plan, left.dtype, blocks, startPs, site, mathPasses(kinds));
    pipeline.feed(command);
    return command;
  }

  /** The same values as a dot or an operator, the epilogue in f32 and one rounding to the dtype of the result. */
  private log(
    site: number,
    kind: OpKind,
    left: Tile | PlacedRef,
    right: Tile | PlacedRef,
    shape: number,
    steps: readonly EpilogueStep[],
    to: PlacedPointer,
    { startPs, endPs }: RunningCommand,
  ): void {
    const { rank } = this.core;
    const opLog = this.core.opLog!;
    const valueOf = (operand: Tile | PlacedRef): number => {
      if (operand instanceof Tile) return operand.value;
      const { pointer } = operand;
      const row = [operand.shape, NO_VALUE, NO_VALUE, pointer.offset, startPs, endPs] as const;
      return opLog.append(OpKind.dmaRead, pointer.dtype, pointer.index, rank, site, ...row);
    };
    const compute = (op: OpKind, a: number, b: number, scalar: number): number =>
      opLog.append(op, F32.code, -1, rank, site, shape, a, b, scalar, startPs, endPs);
    let value = compute(kind, valueOf(left), valueOf(right), 0);
    for (const { kind: op, with: operand } of steps) {
      value =
        typeof operand === "number"
          ? compute(op, value, NO_VALUE, operand)
          : compute(op, value, operand.value, 0);
    }
    const written = [shape, value, NO_VALUE, to.offset, startPs, endPs] as const;
    opLog.append(OpKind.dmaWrite, F32.code, to.index, rank, site, ...written);
  }
}

/** Mean of the passes that operations take for an element; they have equally many elements. */
function mathPasses(kinds: readonly OpKind[]): number {
  const passes = kinds.reduce<number>((sum, kind) => sum + MATH_WEIGHTS[kind]!, 0);
  return kinds.length === 0 ? 1 : passes / kinds.length;
}

/** A tile lies in the TCM and is not streamed. */
function blockOf(operand: Tile | PlacedRef): PlacedPointer | null {
  return operand instanceof Ref ? operand.pointer : null;
}
