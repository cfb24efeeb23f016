import {
  LinquError,
  diagnostic,
  ExitCode,
  type Diagnostic,
  type SourceLocation,
} from "../../base/diagnostics.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { OpLog } from "../../data/op-log.js";
import type { Engine } from "../../engine/engine.js";
import { Shapes } from "../../ops/shapes.js";
import { WAIT_CAUSES } from "../../record/run-record.js";
import type { SpanRecorder } from "../../record/span-recorder.js";
import type { PeCosts } from "./costs.js";
import { PeState, PeStatus } from "./pe-state.js";
import { RecordWindow } from "./record-window.js";

/** Why a kernel's clock moves, as indices into WAIT_CAUSES. */
export const Cause = {
  dispatch: 0,
  hbm: 1,
  math: 2,
  gemm: 3,
  credit: 4,
  arrival: 5,
  copy: 6,
  /** The DMA engine has other requests under way. */
  dmaQueue: 7,
  /** A composite command is not over, or holds the engine. */
  composite: 8,
  /** Other ranks have not come to a barrier, or the word that they have is on its way. */
  barrier: 9,
} as const;
const CAUSES = WAIT_CAUSES.length;
/** What an operation counts against the step budget: it costs more time and memory than an empty turn of a loop. */
const STEPS_PER_OPERATION = 4;

/** Lanes of a traced PE. */
export interface PeLanes {
  kernel: number;
  comm: number;
  store: number;
}

export interface KernelCoreOptions {
  engine: Engine;
  layout: RankLayout;
  costs: PeCosts;
  sites: number;
  stepBudget: number;
  /** Operations of all kernels together. */
  maxOperations: number;
  /** Where a site is, for messages. */
  locate: (site: number) => SourceLocation | null;
  opLog: OpLog | null;
  spans: SpanRecorder | null;
  /** Every operation waits until the event clock has reached the kernel's: slow, for comparison. */
  lockstep: boolean;
}

/**
 * The kernel that runs at this moment: its rank, its clock, and the accounts that its operations write to. All
 * kernels of a run share one core; `enter` says whose turn it is.
 */
export class KernelCore {
  readonly pes: PeState;
  readonly shapes = new Shapes();
  readonly engine: Engine;
  readonly layout: RankLayout;
  readonly costs: PeCosts;
  readonly opLog: OpLog | null;
  readonly spans: SpanRecorder | null;
  /** Lanes of the ranks that are traced. */
  readonly lanes = new Map<number, PeLanes>();
  /** Windows of all that the PEs do, and of the stages of composite commands. */
  readonly records: RecordWindow;
  readonly stageRecords: RecordWindow;
  rank = 0;
  /** The running kernel's clock in ps; at or after the event clock. */
  clockPs = 0;
  /** Where compiled code looks for the result of an operation that may suspend. */
  results: { out: unknown } = { out: undefined };

  /** Operations at each site, and the time spent there by cause; dispatch follows from the count. */
  readonly siteCount: Float64Array;
  readonly sitePs: Float64Array;
  readonly dispatchPs: number;

  private readonly wakeKind: number;
  private readonly locate: (site: number) => SourceLocation | null;
  private readonly stepBudget: number;
  private readonly lockstep: boolean;
  private steps = 0;
  /** Start of the first and end of the last time that the running kernel has spent in its turn. */
  private spentFromPs = Infinity;
  private spentUntilPs = 0;
  private operationsLeft: number;
  /** Operations that go on when their rank is woken, by rank. */
  private readonly deferred = new Map<number, () => boolean>();

  constructor(options: KernelCoreOptions, wake: (rank: number) => void) {
    this.engine = options.engine;
    this.layout = options.layout;
    this.costs = options.costs;
    this.dispatchPs = options.costs.dispatchPs;
    this.locate = options.locate;
    this.opLog = options.opLog;
    this.spans = options.spans;
    this.lockstep = options.lockstep;
    this.stepBudget = options.stepBudget;
    this.operationsLeft = options.maxOperations;
    this.pes = new PeState(options.layout.world);
    this.records = new RecordWindow(options.layout.world);
    this.stageRecords = new RecordWindow(options.layout.world);
    this.siteCount = new Float64Array(options.sites);
    this.sitePs = new Float64Array(options.sites * CAUSES);
    this.wakeKind = options.engine.addKind(wake);
  }

  /** Makes `rank` the running kernel. */
  enter(rank: number): void {
    this.rank = rank;
    this.clockPs = this.pes.clockPs[rank]!;
    this.steps = 0;
    this.spentFromPs = Infinity;
    this.pes.status[rank] = PeStatus.running;
  }

  /** The kernel's turn is over: what it has spent becomes a record. */
  leave(): void {
    if (this.spentFromPs < this.spentUntilPs)
      this.records.note(this.rank, this.spentFromPs, this.spentUntilPs);
  }

  /** Counts an operation at a site and charges its dispatch. */
  begin(site: number): void {
    this.steps += STEPS_PER_OPERATION;
    if (--this.operationsLeft < 0) throw this.endless(site);
    this.siteCount[site]!++;
    this.clockPs += this.dispatchPs;
  }

  /** Counts the tokens of a composite command, which cost about as much as operations do. */
  countTokens(site: number, tokens: number): void {
    this.operationsLeft -= tokens;
    if (this.operationsLeft < 0) throw this.endless(site);
  }

  /** Moves the clock on to `untilPs` for a stated cause. */
  spend(site: number, cause: number, untilPs: number): void {
    const spent = untilPs - this.clockPs;
    if (spent <= 0) return;
    if (this.spentFromPs === Infinity) this.spentFromPs = this.clockPs;
    this.spentUntilPs = untilPs;
    this.sitePs[site * CAUSES + cause]! += spent;
    this.clockPs = untilPs;
  }

  /** Puts the running kernel to sleep until something wakes it. */
  park(status: number, channel: number, site: number): false {
    const { pes, rank } = this;
    this.leave();
    pes.status[rank] = status;
    pes.channel[rank] = channel;
    pes.site[rank] = site;
    pes.clockPs[rank] = this.clockPs;
    return false;
  }

  /** Wakes a parked PE at `timePs`, or at its own clock when that is later. */
  wake(rank: number, timePs: number): void {
    this.pes.status[rank] = PeStatus.waking;
    this.engine.schedule(Math.max(timePs, this.pes.clockPs[rank]!), this.wakeKind, rank);
  }

  /** Wakes the sender of a channel if it waits for the credit that it has at `creditAtPs`. */
  wakeSender(sender: number, channel: number, creditAtPs: number): void {
    const { pes } = this;
    if (pes.status[sender] === PeStatus.awaitingCredit && pes.channel[sender] === channel) {
      this.wake(sender, creditAtPs);
    }
  }

  /** In lockstep, puts an operation off until the event clock has reached the kernel's clock. */
  mustDefer(): boolean {
    return this.lockstep && this.clockPs > this.engine.nowPs;
  }

  defer(site: number, operation: () => boolean): false {
    this.deferred.set(this.rank, operation);
    this.park(PeStatus.waking, 0, site);
    this.engine.schedule(this.clockPs, this.wakeKind, this.rank);
    return false;
  }

  /** Lets a parked rank go on with `operation` at `timePs`. */
  resume(rank: number, timePs: number, operation: () => boolean): void {
    this.deferred.set(rank, operation);
    this.wake(rank, timePs);
  }

  /** The operation that the running rank put off, if any. */
  takeDeferred(): (() => boolean) | undefined {
    if (this.deferred.size === 0) return undefined;
    const operation = this.deferred.get(this.rank);
    this.deferred.delete(this.rank);
    return operation;
  }

  /** Counts a step of a loop that may not end. @throws LQ3402 */
  tick(site: number): void {
    if (++this.steps > this.stepBudget) {
      throw this.fault(site, {
        code: "LQ3402",
        message: `a loop took ${this.stepBudget.toLocaleString("en")} steps without waiting for anything`,
        hint: "give the loop an end, or raise the budget with --set limits.stepBudget=N",
      });
    }
  }

  /** Kernels that talk to each other for ever never run out of steps, but of operations. */
  private endless(site: number): LinquError {
    const count = this.siteCount.reduce((sum, value) => sum + value, 0);
    return this.fault(site, {
      code: "LQ3403",
      message: `the run was stopped after ${count.toLocaleString("en")} operations without an end`,
      hint: "if the program does end, raise the bound with --set limits.maxEvents=N",
    });
  }

  /** The running rank as messages show it. */
  whoami(): string {
    return this.nameOf(this.rank);
  }

  /** A rank as messages show it. */
  nameOf(rank: number): string {
    return `rank ${rank} (${this.layout.peName(rank)})`;
  }

  /** The simulated program did something wrong at a site: exit 5 unless stated otherwise. */
  fault(
    site: number,
    problem: Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>,
    exitCode: ExitCode = ExitCode.programFailed,
  ): LinquError {
    return new LinquError(
      exitCode,
      diagnostic({ ...problem, message: `${problem.message}, on ${this.whoami()}`, at: this.locate(site) }),
    );
  }

  /** Where a site is, for related positions. */
  whereIs(site: number): SourceLocation | null {
    return this.locate(site);
  }
}
