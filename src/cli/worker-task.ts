import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { LinquError, invalidInput } from "../base/diagnostics.js";
import type { Diagnostic, ExitCode } from "../base/diagnostics.js";
import type { RunHooks } from "../session/options.js";
import { discardTemporaries, keepInterim, onInterrupt } from "./interrupt.js";
import type { Interim } from "./interrupt.js";
import { startProgress } from "./progress.js";

/** What a task tells while it works. */
export interface TaskHooks extends RunHooks {
  /** What the command has come to should it be interrupted now. */
  interim?(interim: Interim): void;
}

/** A task module of `tasks/` exports this as default; input and output cross the thread boundary by value. */
export type Task<Input, Output> = (input: Input, hooks: TaskHooks) => Promise<Output>;

export interface WorkerInput {
  /** File URL of the task's module. */
  module: string;
  input: unknown;
}

export type WorkerMessage =
  | { kind: "progress"; phase: string; text: string }
  | { kind: "interim"; interim: Interim }
  | { kind: "done"; output: unknown }
  | { kind: "refused"; exitCode: ExitCode; diagnostics: readonly Diagnostic[]; stack: string | undefined }
  | { kind: "broken"; message: string; stack: string | undefined };

/**
 * Runs a task on a worker thread with its progress shown, so that this thread can answer signals while the
 * simulation occupies the other one; costs about 20 ms. When interrupted, half-written files in `outputFolders` go.
 * @throws LinquError whatever the task throws; LQ0901 when it runs out of memory
 */
export async function runTask<Input, Output>(
  task: string,
  input: Input,
  outputFolders: readonly string[],
): Promise<Output> {
  const workerData: WorkerInput = { module: new URL(`./tasks/${task}.js`, import.meta.url).href, input };
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData,
    // What a library prints must not get between the lines of a JSON result.
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20) },
  });
  worker.stdout.pipe(process.stderr);
  const progress = startProgress();
  const release = onInterrupt(async () => {
    progress.stop();
    await worker.terminate();
    const { cacheFolder } = await import("../compiler/cache.js");
    [cacheFolder(), ...outputFolders].forEach(discardTemporaries);
  });
  try {
    return (await resultOf(worker, progress)) as Output;
  } finally {
    release();
    progress.stop();
    // The result is here: whatever a library still holds open on that thread must not keep the process.
    void worker.terminate();
  }
}

function resultOf(worker: Worker, hooks: RunHooks): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: WorkerMessage) => {
      switch (message.kind) {
        case "progress":
          hooks.progress?.(message.phase, message.text);
          break;
        case "interim":
          keepInterim(message.interim);
          break;
        case "done":
          resolve(message.output);
          break;
        case "refused":
          reject(withStack(new LinquError(message.exitCode, message.diagnostics), message.stack));
          break;
        case "broken":
          reject(withStack(new Error(message.message), message.stack));
      }
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? outOfMemory(error) : error);
    });
    // After a result this changes nothing: a promise settles once.
    worker.on("exit", (code) => reject(new Error(`the worker ended with ${code} before it had a result`)));
  });
}

function withStack<E extends Error>(error: E, stack: string | undefined): E {
  if (stack !== undefined) error.stack = stack;
  return error;
}

function outOfMemory(cause: Error): LinquError {
  const input = {
    code: "LQ0901",
    message: "out of memory",
    hint: "choose fewer ranks or fewer bytes, or raise the limit: NODE_OPTIONS=--max-old-space-size=<MiB>",
  } as const;
  return invalidInput(input, cause);
}
