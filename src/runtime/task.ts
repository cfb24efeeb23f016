import type { HeapBuffer } from "./heap-buffer.js";
import type { Access } from "./tensor-map.js";

/** What a task does: calls the program on child nodes, launches it on chips, or moves bytes to or from one chip. */
export type TaskTarget =
  | { readonly kind: "call"; readonly children: readonly number[] }
  | { readonly kind: "launch"; readonly chips: readonly number[] }
  | { readonly kind: "copyIn" | "copyOut"; readonly chip: number; readonly bytes: number };

/** What an orchestration submits. */
export interface TaskRequest {
  readonly name: string;
  readonly target: TaskTarget;
  readonly accesses: readonly Access[];
  /** Buffers whose memory the task needs until it has completed. */
  readonly buffers: readonly HeapBuffer[];
}

export type TaskState = "PENDING" | "READY" | "RUNNING" | "COMPLETED" | "RETIRED";

export interface Task {
  /** Never reused on one node, so that a late completion finds nobody. */
  readonly token: number;
  readonly request: TaskRequest;
  readonly depth: number;
  readonly submittedPs: number;
  state: TaskState;
  /** Is the scope it was submitted in still open? */
  scopeOpen: boolean;
  /** Producers that had not completed when it was submitted. */
  producers: Task[];
  unfinishedProducers: number;
  consumers: Task[];
  unfinishedConsumers: number;
  /** Child nodes (of a call) or chips that have not completed yet. */
  readonly waitingFor: Set<number>;
}

/** A task in the state PENDING, without dependencies yet. */
export function createTask(token: number, request: TaskRequest, depth: number, submittedPs: number): Task {
  return {
    token,
    request,
    depth,
    submittedPs,
    state: "PENDING",
    scopeOpen: true,
    producers: [],
    unfinishedProducers: 0,
    consumers: [],
    unfinishedConsumers: 0,
    waitingFor: new Set(members(request.target)),
  };
}

function members(target: TaskTarget): readonly number[] {
  if (target.kind === "call") return target.children;
  return target.kind === "launch" ? target.chips : [target.chip];
}

/** May its slot be given back? */
export function isRetirable(task: Task): boolean {
  return task.state === "COMPLETED" && !task.scopeOpen && task.unfinishedConsumers === 0;
}
