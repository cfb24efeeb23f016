import { LinquError } from "../base/diagnostics.js";
import { DataFault } from "../data/data-fault.js";
import { dtypeByName } from "../data/dtypes.js";
import type { OpLog } from "../data/op-log.js";
import type { Execution } from "./execution.js";
import type { Executions, Inputs } from "./executions.js";
import type { Finding } from "./findings.js";
import { disagreement, unwritten } from "./outputs.js";
import { PostCondition } from "./post-condition.js";
import type { WorldReport } from "./report.js";
import type { CheckSetup } from "./setup.js";
import { ValueJudge } from "./value-judge.js";

/** Operations times ranks that may be spent on saying what is missing. */
const MAX_EXPLANATION = 2e6;
/** Bytes of tensors up to which values are to show what fingerprints leave open. */
const WITNESS_BYTES = 2 ** 24;

/** What is still to be decided. */
interface OpenQuestions {
  /** Do the outputs hold what the collective promises? */
  promise: boolean;
  /** Outputs of which it is not known whether ranks hold the same. */
  replicated: Set<string>;
}

/** Judges what outputs hold in the end: by fingerprints, and by values what these leave open. */
export class OutputCheck {
  postCondition: WorldReport["postCondition"] = "none";
  readonly undecided: string[] = [];

  constructor(
    private readonly setup: CheckSetup,
    private readonly executions: Executions,
    private readonly inputs: Inputs | null,
  ) {}

  /** @param log of an execution with data; without one fingerprints decide first */
  findings(execution: Execution, log: OpLog | null): Finding[] {
    const { setup } = this;
    const findings = unwritten(execution, setup, setup.collective?.output ?? null);
    const open: OpenQuestions = { promise: setup.collective !== null, replicated: new Set(setup.replicated) };
    if (log === null) findings.push(...this.byFingerprints(execution, open));
    // What was never written is not what was promised.
    if (this.postCondition === "holds" && hasErrors(findings)) this.postCondition = "fails";
    if (hasErrors(findings)) return findings;
    if (open.promise || open.replicated.size > 0) findings.push(...this.byValues(execution, log, open));
    return findings;
  }

  /** Whatever fingerprints decide is open no longer. */
  private byFingerprints(execution: Execution, open: OpenQuestions): Finding[] {
    const { setup } = this;
    const { collective } = setup;
    if (collective !== null) {
      const postCondition = new PostCondition(setup, collective);
      const judgement = judged(() => postCondition.judge(execution, () => this.explanation(execution)));
      if (Array.isArray(judgement)) return judgement;
      this.postCondition = judgement.status;
      if (judgement.status === "fails") return judgement.findings;
      open.promise = judgement.status === "not decided";
      if (open.promise && collective.kind !== "reduceScatter") open.replicated.add(collective.output);
    }
    return [...open.replicated].flatMap((name) => {
      const { isDecided, findings } = disagreement(execution, setup, name);
      if (isDecided || findings.length > 0) open.replicated.delete(name);
      return findings;
    });
  }

  /** Values can show that something is wrong; that nothing is, they show for these data only. */
  private byValues(execution: Execution, log: OpLog | null, open: OpenQuestions): Finding[] {
    const judge = log === null ? this.witness(execution) : this.judgeOf(log, execution);
    if (Array.isArray(judge)) return judge;
    const isOpen = log === null || judge === null;
    if (open.promise) {
      const wrong = judge?.postCondition() ?? null;
      if (wrong !== null) {
        this.postCondition = "fails";
        return [wrong];
      }
      this.postCondition = isOpen ? "not decided" : "holds";
      if (isOpen) this.undecided.push("what its outputs hold");
    }
    return [...open.replicated].flatMap((name) => {
      const wrong = judge?.disagreement(name) ?? null;
      if (wrong === null && isOpen) this.undecided.push(`whether ranks agree on ${name}`);
      return wrong ?? [];
    });
  }

  /** The outputs of an execution with data; findings where values go wrong before the end. */
  private judgeOf(log: OpLog, { core }: Execution): ValueJudge | Finding[] | null {
    const { setup, inputs } = this;
    if (inputs === null) return null;
    const data = log.finish(core.shapes.byId);
    return judged(
      () => new ValueJudge(setup, data, inputs, false),
      ({ site, problem }) => core.fault(site, problem),
    );
  }

  /** An execution with data beside one without; null where there are none, or they are too many or go wrong. */
  private witness({ queues }: Execution): ValueJudge | null {
    const { setup, inputs, executions } = this;
    if (inputs === null || dataBytes(setup) > WITNESS_BYTES) return null;
    // Products of ±1 are too much alike to tell ranks apart.
    const normal: Inputs = { data: "normal", seed: inputs.seed };
    const { execution, log } = executions.withData(normal, queues.slots, false);
    if (execution.isCutShort) return null;
    const data = log.finish(execution.core.shapes.byId);
    const judge = judged(() => new ValueJudge(setup, data, normal, true));
    return Array.isArray(judge) ? null : judge;
  }

  /** The same execution with every contribution kept, to say which is missing; null when that would take too long. */
  private explanation(execution: Execution): Execution | null {
    const { core, queues } = execution;
    if (core.operations * core.layout.world > MAX_EXPLANATION) return null;
    return this.executions.withContributions(queues.slots);
  }
}

/** Bytes of all tensors of a launch. */
export function dataBytes({ launch }: CheckSetup): number {
  let bytes = 0;
  for (const { tensors } of launch.byRank) {
    for (const { dtype, elements } of tensors) bytes += elements * dtypeByName(dtype)!.sizeBytes;
  }
  return bytes;
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ diagnostic: { severity } }) => severity === "error");
}

/** What is made, or what was thrown as findings; a fault among values gets its place. */
function judged<T>(make: () => T, place?: (fault: DataFault) => LinquError): T | Finding[] {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    const told = error instanceof DataFault ? (place?.(error) ?? error) : error;
    return told.diagnostics.map((problem) => ({ diagnostic: problem, exitCode: told.exitCode }));
  }
}
