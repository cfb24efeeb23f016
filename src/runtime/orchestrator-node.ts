import type { SourceLocation } from "../base/diagnostics.js";
import type { CopyBytes } from "./chip-backend.js";
import type { TaskFailure } from "./messages.js";
import type { NodeConfig } from "./node-config.js";
import type { NodePlace } from "./node-tree.js";
import type { SharedOps } from "./shared-ops.js";
import type { Task } from "./task.js";

/** Where in the sources something stands; null for what is in no source. */
export interface SourceFinder {
  site(site: number): SourceLocation | null;
  /** Where the program threw this. */
  error(cause: unknown): SourceLocation | null;
}

/** What an orchestrator needs of its node. */
export interface OrchestratorNode {
  readonly place: NodePlace;
  readonly config: NodeConfig;
  readonly sources: SourceFinder;
  readonly sharedOps: SharedOps;
  /** What is copied to and from one of its chips around a launch (host only). */
  copied(chip: number): CopyBytes;
  dispatch(task: Task, nowPs: number): void;
  /** Calls `resume` at that time. */
  timer(atPs: number): void;
  ended(failure: TaskFailure | null, nowPs: number): void;
}
