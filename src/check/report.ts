import type { Diagnostic, ExitCode } from "../base/diagnostics.js";

/** Messages of all queues of an axis in one direction. */
export interface QueueTraffic {
  axis: string;
  direction: string;
  messages: number;
  bytes: number;
  /** The queue with the most bytes. */
  busiest: { from: number; to: number; messages: number; bytes: number };
}

export interface ScratchReport {
  /** The most that tiles of one rank need together, and all of them without any place used twice. */
  peakBytes: number;
  sumBytes: number;
  capacityBytes: number;
  /** The ranks that were followed; fewer than the world in large ones. */
  ranks: number;
}

/** What the check has decided about one kernel with so many ranks. */
export interface WorldReport {
  world: number;
  /** False: what it does depends on data, or on the order in which ranks run. */
  isKahn: boolean;
  status: "ok" | "failed" | "not decided" | "not applicable";
  /** What was decided, in one sentence. */
  verdict: string;
  /** Operations that were executed, also in repetitions with other depths. */
  operations: number;
  /** Operations of one execution. */
  programOperations: number;
  /** Slots of a queue, and the fewest with which nobody waits for ever; null when it was not searched for. */
  depth: number;
  leastDepth: number | null;
  scratch: ScratchReport | null;
  traffic: QueueTraffic[];
  postCondition: "holds" | "fails" | "not decided" | "none";
  findings: Diagnostic[];
  exitCode: ExitCode;
}
