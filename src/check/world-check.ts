import {
  diagnostic,
  ExitCode,
  LinquError,
  type Diagnostic,
  type SourceLocation,
} from "../base/diagnostics.js";
import { DIRECTIONS, PEER_AXIS, QUEUE_AXES } from "../ccl/queues.js";
import { dtypeByName } from "../data/dtypes.js";
import { DataFault } from "../data/data-fault.js";
import { EagerValues } from "../data/eager-values.js";
import type { InputData } from "../data/inputs.js";
import { OpLog } from "../data/op-log.js";
import type { Algebra } from "./algebra.js";
import { RankStatus } from "./check-core.js";
import { Contributions } from "./contributions.js";
import { isBlocked, standstill } from "./deadlock.js";
import { Execution, canRace, type ExecutionOptions } from "./execution.js";
import type { Finding } from "./findings.js";
import { Fingerprints } from "./fingerprints.js";
import { tooMuchScratch, unreceived, unwaited } from "./leftovers.js";
import { disagreement, unwritten } from "./outputs.js";
import { PostCondition } from "./post-condition.js";
import type { QueueTraffic, ScratchReport, WorldReport } from "./report.js";
import type { CheckSetup } from "./setup.js";
import { ValueJudge } from "./value-judge.js";

export interface WorldCheckOptions {
  /** Operations that one execution of all ranks may take. */
  maxOperations: number;
  /** When these are used up: is the kernel wrong (LQ3403), or is nothing decided? */
  beyondBudget: "error" | "undecided";
  /** Look for the least depth. */
  findsDepth: boolean;
  /** The inputs of kernels that decide by values; null to leave those undecided. */
  inputs: Inputs | null;
}

interface Inputs {
  data: InputData;
  seed: number;
}

/** What is still to be decided about outputs. */
interface OpenQuestions {
  /** Do they hold what the collective promises? */
  promise: boolean;
  /** Those of which it is not known whether ranks hold the same. */
  replicated: Set<string>;
}

/** Operations times ranks that may be spent on saying what is missing. */
const MAX_EXPLANATION = 2e6;
/** The search for the least depth may take so many times the operations of one execution. */
const SEARCH = 4;
/** Bytes of the tensors of a kernel that decides by values, and of its log. */
const DATA_BYTES = 2 ** 28;
const LOG_BYTES = 2 ** 29;
/** Bytes of the tensors of other kernels, where only values can show that something is wrong. */
const EVIDENCE_BYTES = 2 ** 24;
/** More slots than any kernel that can end needs. */
const UNBOUNDED = 2 ** 30;

/** Decides what can be decided about one configuration of a kernel. */
export function checkWorld(setup: CheckSetup, options: WorldCheckOptions): WorldReport {
  return new WorldCheck(setup, options).run();
}

class WorldCheck {
  private operations = 0;
  private leastDepth: number | null = null;
  private postCondition: WorldReport["postCondition"] = "none";
  private readonly undecided: string[] = [];
  /** Does nothing that it does depend on data, or on the order in which ranks run? */
  private isKahn = true;
  /** Every operation on data, where it was executed with them. */
  private log: OpLog | null = null;
  /** Where it first asks for data. */
  private dataAt: SourceLocation | null = null;

  constructor(
    private readonly setup: CheckSetup,
    private readonly options: WorldCheckOptions,
  ) {}

  run(): WorldReport {
    const { setup, options } = this;
    let execution = options.findsDepth ? this.atLeastDepth() : this.execute(setup.slots);
    if (execution.needsDataAt !== null) {
      this.dataAt = setup.locate(execution.needsDataAt);
      this.isKahn = false;
      if (options.inputs === null || dataBytes(setup) > DATA_BYTES) {
        this.undecided.push("what depends on data");
        return this.report(execution, execution.findings.list);
      }
      execution = this.withData(options.inputs, setup.slots, true);
    }
    return this.report(execution, this.findingsOf(execution));
  }

  /**
   * With one slot everybody waits most: who ends so, ends with any number, having sent the same. Only when a sender is
   * left waiting for a slot does the depth matter.
   */
  private atLeastDepth(): Execution {
    const { setup } = this;
    const shallow = this.execute(1);
    if (shallow.isCutShort || shallow.needsDataAt !== null) return shallow;
    if (setup.slots > 1 && this.standsForSlots(shallow)) {
      const execution = this.execute(setup.slots);
      if (!execution.isCutShort && !isStill(execution))
        this.leastDepth = this.smallest(1, Math.min(setup.slots, execution.queues.deepest));
      return execution;
    }
    if (!isStill(shallow)) this.leastDepth = Math.min(1, shallow.queues.deepest);
    return shallow;
  }

  private withData(inputs: Inputs, slots: number, isFull: boolean): Execution {
    const { setup } = this;
    const log = new OpLog(LOG_BYTES);
    this.log = log;
    const makeValues = (shapes: readonly (readonly number[])[]): EagerValues =>
      new EagerValues(setup.launch, inputs, log, shapes);
    // Images say what was written, though not what.
    return this.start({ slots, algebra: isFull ? new Fingerprints() : null, isFull, data: { log, makeValues } });
  }

  private execute(slots: number, algebra: Algebra = new Fingerprints()): Execution {
    return this.start({ slots, algebra, isFull: true, data: null });
  }

  private start(options: Omit<ExecutionOptions, "maxOperations">): Execution {
    const { maxOperations } = this.options;
    const execution = new Execution(this.setup, { ...options, maxOperations });
    execution.run();
    this.operations += execution.core.operations;
    return execution;
  }

  /** Does every rank end with so many slots? Null when the budget does not suffice. */
  private ends(slots: number): Execution | null {
    const execution = this.start({ slots, algebra: null, isFull: false, data: null });
    return execution.isCutShort ? null : execution;
  }

  /** The smallest number of slots that suffices: more than `low`, at most `high`. */
  private smallest(low: number, high: number): number | null {
    let [tooFew, enough] = [low, high];
    while (enough - tooFew > 1) {
      if (this.operations > SEARCH * this.options.maxOperations) return null;
      const middle = Math.floor((tooFew + enough) / 2);
      const execution = this.ends(middle);
      if (execution === null) return null;
      if (isStill(execution)) tooFew = middle;
      else enough = middle;
    }
    return enough;
  }

  private standsForSlots({ core }: Execution): boolean {
    return core.status.includes(RankStatus.awaitingSlot);
  }

  private findingsOf(execution: Execution): Finding[] {
    const { setup } = this;
    const errors = execution.findings.list;
    if (execution.isCutShort) return errors.length > 0 ? errors : this.cutShort(execution);
    const scratch = tooMuchScratch(execution, setup.tcmBytes);
    if (isStill(execution)) return [...errors, ...this.still(execution), ...scratch];
    if (errors.length > 0) return [...errors, ...scratch];
    const left = [...unreceived(execution), ...unwaited(execution), ...scratch];
    return left.length > 0 ? left : this.values(execution);
  }

  private cutShort(execution: Execution): Finding[] {
    const count = execution.core.operations.toLocaleString("en");
    this.undecided.push(`whether it ends: ${count} operations did not suffice`);
    if (this.options.beyondBudget === "undecided") return [];
    const { core } = execution;
    const [last = -1] = core.lastSites(core.rank).slice(-1);
    const isLoop = core.endlessLoop >= 0;
    const problem = diagnostic({
      code: isLoop ? "LQ3402" : "LQ3403",
      message: isLoop
        ? `a loop took most of ${count} operations without waiting for anything, on rank ${core.rank}`
        : `the check was stopped after ${count} operations without an end`,
      at: core.whereIs(isLoop ? core.endlessLoop : last),
      hint: isLoop ? "give the loop an end" : "if the program does end, check it with fewer ranks or bytes",
    });
    return [{ diagnostic: problem, exitCode: ExitCode.programFailed }];
  }

  /** Why somebody waits for ever. */
  private still(execution: Execution): Finding[] {
    const { setup } = this;
    const { deadlock, starvation } = standstill(execution, setup);
    const failed = (problem: Diagnostic): Finding => ({
      diagnostic: problem,
      exitCode: ExitCode.programFailed,
    });
    if (deadlock !== null && this.standsForSlots(execution) && this.isKahn) {
      const free = this.ends(UNBOUNDED);
      if (free !== null && !isStill(free)) {
        this.leastDepth = this.smallest(setup.slots, free.queues.deepest);
        return [failed(needsDepth(deadlock, setup.slots, this.leastDepth))];
      }
    }
    return [deadlock, starvation].filter((problem) => problem !== null).map(failed);
  }

  /** What outputs hold in the end. */
  private values(execution: Execution): Finding[] {
    const { setup } = this;
    const findings = unwritten(execution, setup, setup.collective?.output ?? null);
    const open: OpenQuestions = { promise: setup.collective !== null, replicated: new Set(setup.replicated) };
    if (this.isKahn) findings.push(...this.byFingerprints(execution, open));
    if (!hasErrors(findings)) findings.push(...this.byValues(execution, open));
    return findings;
  }

  /** Whatever fingerprints decide is open no longer. */
  private byFingerprints(execution: Execution, open: OpenQuestions): Finding[] {
    const { setup } = this;
    const { collective } = setup;
    if (collective !== null) {
      const postCondition = new PostCondition(setup, collective);
      const judged = withoutThrowing(() => postCondition.judge(execution, () => this.explanation(execution)));
      if (Array.isArray(judged)) return judged;
      this.postCondition = judged.status;
      if (judged.status === "fails") return judged.findings;
      open.promise = judged.status === "not decided";
      if (open.promise && collective.kind !== "reduceScatter") open.replicated.add(collective.output);
    }
    return [...open.replicated].flatMap((name) => {
      const { isDecided, findings } = disagreement(execution, setup, name);
      if (isDecided || findings.length > 0) open.replicated.delete(name);
      return findings;
    });
  }

  /** Values can show that something is wrong; that nothing is, they show for these data only. */
  private byValues(execution: Execution, open: OpenQuestions): Finding[] {
    if (!open.promise && open.replicated.size === 0) return [];
    const judge = this.valueJudge(execution);
    if (Array.isArray(judge)) return judge;
    if (open.promise) {
      const wrong = judge?.postCondition() ?? null;
      if (wrong !== null) {
        this.postCondition = "fails";
        return [wrong];
      }
      this.postCondition = this.isKahn || judge === null ? "not decided" : "holds";
    }
    return [...open.replicated].flatMap((name) => {
      const wrong = judge?.disagreement(name) ?? null;
      if (wrong === null && (this.isKahn || judge === null)) this.undecided.push(`whether ranks agree on ${name}`);
      return wrong ?? [];
    });
  }

  /** Null where there are no data, or they would be too many; findings where values go wrong before the end. */
  private valueJudge(execution: Execution): ValueJudge | Finding[] | null {
    const { setup, options, log } = this;
    if (options.inputs === null) return null;
    if (!this.isKahn) {
      const data = log!.finish(execution.core.shapes.byId);
      return withoutThrowing(() => new ValueJudge(setup, data, options.inputs!), execution);
    }
    if (dataBytes(setup) > EVIDENCE_BYTES) return null;
    // Products of ±1 are too much alike to tell ranks apart.
    const inputs = { data: "normal", seed: options.inputs.seed } as const;
    const { core, isCutShort } = this.withData(inputs, execution.queues.slots, false);
    if (isCutShort) return null;
    const judge = withoutThrowing(() => new ValueJudge(setup, this.log!.finish(core.shapes.byId), inputs));
    return Array.isArray(judge) ? null : judge;
  }

  /** The same execution with every contribution kept, to say which is missing; null when that would take too long. */
  private explanation(execution: Execution): Execution | null {
    const { core, queues } = execution;
    if (core.operations * core.layout.world > MAX_EXPLANATION) return null;
    const algebra = new Contributions();
    return this.start({ slots: queues.slots, algebra, isFull: false, data: null });
  }

  private report(execution: Execution, findings: Finding[]): WorldReport {
    const { setup } = this;
    const { layout, slots } = setup;
    const isUndecided = execution.isCutShort || execution.needsDataAt !== null;
    const errors = findings.filter(({ diagnostic: { severity } }) => severity === "error");
    if (!isUndecided && errors.length === 0) {
      const isOpen = setup.collective !== null && this.postCondition === "none";
      if (this.postCondition === "not decided" || isOpen) this.undecided.push("what its outputs hold");
      if (setup.launch.spread !== undefined && !canRace(setup))
        this.undecided.push("races between so many ranks");
    }
    return {
      world: layout.world,
      isKahn: this.isKahn,
      status: errors.length > 0 ? "failed" : isUndecided ? "not decided" : "ok",
      verdict: this.verdict(execution, errors.length),
      operations: this.operations,
      programOperations: execution.core.operations,
      depth: slots,
      leastDepth: this.leastDepth,
      scratch: scratchOf(execution, setup),
      traffic: trafficOf(execution),
      postCondition: this.postCondition,
      findings: [...findings.map(({ diagnostic: problem }) => problem), ...this.notes(execution)].map(
        (problem) => ({ ...problem, at: problem.at ?? setup.definedAt }),
      ),
      exitCode: exitCodeOf(errors),
    };
  }

  private notes({ notes }: Execution): Diagnostic[] {
    if (this.isKahn) return notes;
    const note = diagnostic({
      code: "LQ3401",
      severity: "info",
      at: this.dataAt,
      message:
        "the kernel decides by values or shares atomics: what was found holds for this schedule and these data",
      hint: "other inputs, or ranks that run at other times, may take other ways",
    });
    return [note, ...notes];
  }

  private verdict(execution: Execution, errors: number): string {
    const { layout, slots } = this.setup;
    const ranks = layout.world === 1 ? "1 rank" : `${layout.world} ranks`;
    const scope = this.isKahn
      ? `in every interleaving of ${ranks} with ${slots}-slot queues`
      : `for this schedule and these data, of ${ranks} with ${slots}-slot queues`;
    const rest = this.undecided.length === 0 ? "" : `; not decided: ${this.undecided.join(", ")}`;
    if (errors > 0) return `${errors === 1 ? "an error" : `${errors} errors`} ${scope}${rest}`;
    if (execution.isCutShort || execution.needsDataAt !== null) return `nothing wrong so far ${scope}${rest}`;
    const end = this.postCondition === "holds" ? "ends with the promised outputs" : "ends without deadlock";
    return `${end}, ${scope}${rest}`;
  }
}

/** Bytes of all tensors of a launch. */
function dataBytes({ launch }: CheckSetup): number {
  let bytes = 0;
  for (const { tensors } of launch.byRank) {
    for (const { dtype, elements } of tensors) bytes += elements * dtypeByName(dtype)!.sizeBytes;
  }
  return bytes;
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ diagnostic: { severity } }) => severity === "error");
}

/** What is thrown as findings, with the place that the error knows. */
function withoutThrowing<T>(make: () => T, execution?: Execution): T | Finding[] {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    const told =
      error instanceof DataFault && execution !== undefined
        ? execution.core.fault(error.site, error.problem)
        : error;
    return told.diagnostics.map((problem) => ({ diagnostic: problem, exitCode: told.exitCode }));
  }
}

/** Is there a rank that waits for ever? */
function isStill({ core }: Execution): boolean {
  return core.status.some((status) => isBlocked(status));
}

function needsDepth(deadlock: Diagnostic, slots: number, least: number | null): Diagnostic {
  const count = least === null ? "more slots" : `queues of ${least} slots`;
  return {
    ...deadlock,
    code: "LQ3103",
    message: `the kernel relies on queues that hold more: it needs ${count}, and a queue has ${slots}`,
    hint: `receive in between, post receives first${least === null ? "" : `, or use a machine with --set ipcq.slots=${least}`}`,
  };
}

/** Refused before values before a failing program: what happens first in a run. */
function exitCodeOf(errors: readonly Finding[]): ExitCode {
  const codes = errors.map(({ exitCode }) => exitCode);
  for (const code of [ExitCode.invalidInput, ExitCode.programFailed, ExitCode.wrongValues]) {
    if (codes.includes(code)) return code;
  }
  return ExitCode.ok;
}

function scratchOf({ scratch }: Execution, { tcmBytes }: CheckSetup): ScratchReport | null {
  if (scratch === null) return null;
  const peak = scratch.peak();
  return {
    peakBytes: peak?.bytes ?? 0,
    sumBytes: peak?.sumBytes ?? 0,
    capacityBytes: tcmBytes,
    ranks: scratch.followed,
  };
}

/** Messages by axis and direction, in the order of axes. */
function trafficOf({ queues }: Execution): QueueTraffic[] {
  const { channels, sent, sentBytes } = queues;
  const lines = new Map<number, QueueTraffic>();
  for (let channel = 0; channel < channels.count; channel++) {
    if (sent[channel] === 0) continue;
    const axis = channels.axis[channel]!;
    const direction = channels.direction[channel]!;
    const [messages, bytes] = [sent[channel]!, sentBytes[channel]!];
    const one = { from: channels.source[channel]!, to: channels.target[channel]!, messages, bytes };
    const key = axis * 2 ** 16 + direction;
    const line = lines.get(key);
    if (line === undefined) {
      const name = axis === PEER_AXIS ? String(direction) : DIRECTIONS[direction]!;
      lines.set(key, { axis: QUEUE_AXES[axis]!, direction: name, messages, bytes, busiest: one });
    } else {
      line.messages += messages;
      line.bytes += bytes;
      if (bytes > line.busiest.bytes) line.busiest = one;
    }
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
}
