import type { HeapBuffer } from "./heap-buffer.js";
import type { TaskRequest } from "./task.js";

/** An orchestration on its way: it yields whenever an operation answered false. */
export type Orchestration = Generator<unknown, void, void>;

/**
 * What an orchestration asks of its node. Operations that may wait answer true when done, false when the caller must
 * yield first. `site` is an index into the program's sites, −1 for the runtime's own orchestrations.
 */
export interface NodeOps {
  childCount(): number;
  scopeBegin(site: number): void;
  scopeEnd(site: number): void;
  alloc(bytes: number, site: number): boolean;
  /** The buffer that the last `alloc` took. */
  readonly allocated: HeapBuffer | null;
  free(buffer: unknown, site: number): void;
  submitTask(request: TaskRequest, site: number): boolean;
  waitAll(site: number): boolean;
  /** An orchestration's own submit, as the language defines it. */
  submitProgram(options: unknown, site: number): boolean;
  /** One step of a loop. */
  tick(site: number): void;
  /** A buffer stands where a number belongs. */
  refuseArithmetic(site: number): never;
}
