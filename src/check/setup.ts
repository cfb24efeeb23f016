import type { CollectiveExpectation } from "../../dsl/index.js";
import type { LinquError, SourceLocation } from "../base/diagnostics.js";
import type { QueuePlan } from "../ccl/queues.js";
import type { RankLayout } from "../ccl/rank-layout.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import type { LaunchArgs } from "../data/arguments.js";

/** A kernel's body after compilation: a generator function over pointers and values. */
export type CheckedBody = (...args: unknown[]) => Iterator<unknown>;

/** One configuration of one kernel, put together for a check. */
export interface CheckSetup {
  layout: RankLayout;
  queues: QueuePlan;
  launch: LaunchArgs;
  /** Evaluates the kernel with the check's operations. */
  loadKernel: (ops: KernelOps) => CheckedBody;
  /** Slots of a queue, and bytes of one. */
  slots: number;
  slotBytes: number;
  /** What kernels have of the TCM. */
  tcmBytes: number;
  /** Steps that a loop may take without waiting. */
  stepBudget: number;
  /** The post-condition, when the kernel states one. */
  collective: CollectiveExpectation | null;
  /** Outputs of which every rank is to have the same. */
  replicated: readonly string[];
  /** Where the kernel is defined: the place of what has no other. */
  definedAt: SourceLocation;
  locate: (site: number) => SourceLocation | null;
  opOf: (site: number) => string;
  /** Explains an error that the kernel's own code threw. */
  explain: (error: unknown, who: string) => LinquError;
}
