import type { RingUsage } from "./ring-usage.js";
import type { TaskRequest } from "./task.js";

/** The operation that an orchestration waits in; `end` is its return, which waits for its tasks. */
export type PendingOp = { site: number } & (
  | { op: "submit"; request: TaskRequest; submittedPs: number; readyPs: number }
  | { op: "alloc"; bytes: number }
  | { op: "waitAll" }
  | { op: "end" }
);

/** The resource that a pending operation lacks. */
export interface Blocked {
  kind: "task" | "heap" | "tensorMap";
  depth: number;
  usage: RingUsage;
}
