import { diagnostic, ExitCode, type Diagnostic, type SourceLocation } from "../base/diagnostics.js";
import type { OpLog } from "../data/op-log.js";
import { RankStatus } from "./check-core.js";
import { isBlocked, standstill } from "./deadlock.js";
import { canRace, type Execution } from "./execution.js";
import { Executions, type Inputs } from "./executions.js";
import type { Finding } from "./findings.js";
import { tooMuchScratch, unreceived, unwaited } from "./leftovers.js";
import { OutputCheck, dataBytes } from "./output-check.js";
import type { WorldReport } from "./report.js";
import type { CheckSetup } from "./setup.js";
import { trafficOf } from "./traffic.js";

/** Bytes of the tensors of a kernel that decides by values. */
const DATA_BYTES = 2 ** 28;

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

/** The search for the least depth may take so many times the operations of one execution. */
const SEARCH = 4;
/** More slots than any kernel that can end needs. */
const UNBOUNDED = 2 ** 30;

/** Decides what can be decided about one configuration of a kernel. */
export function checkWorld(setup: CheckSetup, options: WorldCheckOptions): WorldReport {
  return new WorldCheck(setup, options).run();
}

class WorldCheck {
  private leastDepth: number | null = null;
  private readonly undecided: string[] = [];
  private readonly executions: Executions;
  private readonly outputs: OutputCheck;
  /** Does nothing that it does depend on data, or on the order in which ranks run? */
  private isKahn = true;
  /** Every operation on data, of a kernel that decides by values. */
  private log: OpLog | null = null;
  /** Where it first asks for data. */
  private dataAt: SourceLocation | null = null;

  constructor(
    private readonly setup: CheckSetup,
    private readonly options: WorldCheckOptions,
  ) {
    this.executions = new Executions(setup, options.maxOperations);
    this.outputs = new OutputCheck(setup, this.executions, options.inputs);
  }

  run(): WorldReport {
    const { setup, options } = this;
    let execution = options.findsDepth ? this.atLeastDepth() : this.executions.withFingerprints(setup.slots);
    if (execution.needsDataAt !== null) {
      this.dataAt = setup.locate(execution.needsDataAt);
      this.isKahn = false;
      if (options.inputs === null || dataBytes(setup) > DATA_BYTES) {
        this.undecided.push("what depends on data");
        return this.report(execution, execution.findings.list);
      }
      ({ execution, log: this.log } = this.executions.withData(options.inputs, setup.slots, true));
    }
    return this.report(execution, this.findingsOf(execution));
  }

  /**
   * With one slot everybody waits most: who ends so, ends with any number, having sent the same. Only when a sender is
   * left waiting for a slot does the depth matter.
   */
  private atLeastDepth(): Execution {
    const { setup } = this;
    const shallow = this.executions.withFingerprints(1);
    if (shallow.isCutShort || shallow.needsDataAt !== null) return shallow;
    if (setup.slots > 1 && this.standsForSlots(shallow)) {
      const execution = this.executions.withFingerprints(setup.slots);
      if (!execution.isCutShort && !isStill(execution))
        this.leastDepth = this.smallest(1, Math.min(setup.slots, execution.queues.deepest));
      return execution;
    }
    if (!isStill(shallow)) this.leastDepth = Math.min(1, shallow.queues.deepest);
    return shallow;
  }

  /** Does every rank end with so many slots? Null when the budget does not suffice. */
  private ends(slots: number): Execution | null {
    const execution = this.executions.withoutValues(slots);
    return execution.isCutShort ? null : execution;
  }

  /** The smallest number of slots that suffices: more than `low`, at most `high`. */
  private smallest(low: number, high: number): number | null {
    let [tooFew, enough] = [low, high];
    while (enough - tooFew > 1) {
      if (this.executions.operations > SEARCH * this.options.maxOperations) return null;
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
    return left.length > 0 ? left : this.outputs.findings(execution, this.log);
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

  private report(execution: Execution, findings: Finding[]): WorldReport {
    const { setup } = this;
    const { layout, slots } = setup;
    const isUndecided = execution.isCutShort || execution.needsDataAt !== null;
    const errors = findings.filter(({ diagnostic: { severity } }) => severity === "error");
    if (!isUndecided && errors.length === 0) {
      this.undecided.push(...this.outputs.undecided);
      if (execution.notes.some(({ code }) => code === "LQ2008"))
        this.undecided.push("which elements gathers touch");
      if (setup.launch.spread !== undefined && !canRace(setup))
        this.undecided.push("races between so many ranks");
    }
    return {
      world: layout.world,
      isKahn: this.isKahn,
      status: errors.length > 0 ? "failed" : isUndecided ? "not decided" : "ok",
      verdict: this.verdict(execution, errors.length),
      operations: this.executions.operations,
      programOperations: execution.core.operations,
      depth: slots,
      leastDepth: this.leastDepth,
      scratch: execution.scratch?.report(setup.tcmBytes) ?? null,
      traffic: trafficOf(execution.queues),
      postCondition: this.outputs.postCondition,
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
    const end =
      this.outputs.postCondition === "holds" ? "ends with the promised outputs" : "ends without deadlock";
    return `${end}, ${scope}${rest}`;
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
