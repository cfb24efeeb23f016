/** Entry of the worker thread: runs one task and posts what came of it. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.js";
import { LinquError } from "../base/diagnostics.js";
import type { Task, WorkerInput, WorkerMessage } from "./worker-task.js";

const port = parentPort;
assert(port !== null, "worker.ts runs on a worker thread only");

/** More often than this, nobody can read it, and a flood of messages would keep the main thread from its signals. */
const PROGRESS_MS = 100;

const post = (message: WorkerMessage): void => port.postMessage(message);

const { module, input } = workerData as WorkerInput;
try {
  const { default: task } = (await import(module)) as { default: Task<unknown, unknown> };
  const output = await task(input, {
    progress: atIntervals(),
    interim: (interim) => post({ kind: "interim", interim }),
  });
  post({ kind: "done", output });
} catch (error) {
  post(
    error instanceof LinquError
      ? { kind: "refused", exitCode: error.exitCode, diagnostics: error.diagnostics, stack: stackOf(error) }
      : {
          kind: "broken",
          message: error instanceof Error ? error.message : String(error),
          stack: stackOf(error),
        },
  );
}

/** The stack with those of the causes: an error's causes do not cross the thread boundary. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = stackOf(error.cause);
  return cause === undefined ? error.stack : `${error.stack}\ncaused by: ${cause}`;
}

/** Passes on the first report of each phase, then one per interval. */
function atIntervals(): (phase: string, text: string) => void {
  let lastPhase = "";
  let nextMs = 0;
  return (phase, text) => {
    const nowMs = performance.now();
    if (phase === lastPhase && nowMs < nextMs) return;
    lastPhase = phase;
    nextMs = nowMs + PROGRESS_MS;
    post({ kind: "progress", phase, text });
  };
}
