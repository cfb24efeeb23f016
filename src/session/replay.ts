import { Worker } from "node:worker_threads";
import { LinquError } from "../base/diagnostics.js";
import type { ReplayReport } from "../data/judge.js";
import type { OpLogData } from "../data/op-log.js";
import type { ReplayInput, ReplayMessage } from "./replay-worker.js";

/** The data thread of one run. It prepares inputs and golden at once; `finish` hands it the log. */
export class ReplayThread {
  private readonly worker: Worker;
  private readonly outcome: Promise<ReplayReport>;

  constructor(input: ReplayInput, onProgress: (done: number, rows: number) => void) {
    // Compiled code runs workers from dist; tests run from source through the build.
    this.worker = new Worker(new URL("./replay-worker.js", import.meta.url), { workerData: input });
    this.outcome = new Promise<ReplayReport>((resolve, reject) => {
      this.worker.on("message", (message: ReplayMessage) => {
        if (message.kind === "progress") onProgress(message.done, message.rows);
        else if (message.kind === "report") resolve(message.report);
        else if (message.kind === "refused") reject(new LinquError(message.exitCode, message.diagnostics));
        else reject(Object.assign(new Error(message.message), { stack: message.stack }));
      });
      this.worker.on("error", reject);
      this.worker.on("exit", () => reject(new Error("the data thread ended before it had a verdict")));
    });
    // An early failure is reported by whoever waits for the outcome.
    this.outcome.catch(() => undefined);
  }

  /** Replays the log, which moves to the data thread, and returns the verdict. */
  async finish(log: OpLogData): Promise<ReplayReport> {
    const columns = log.chunks.flatMap((chunk) =>
      Object.values(chunk).map((column) => column.buffer as ArrayBuffer),
    );
    this.worker.postMessage(log, columns);
    try {
      return await this.outcome;
    } finally {
      await this.worker.terminate();
    }
  }

  /** Stops the thread when the run has failed before replay. */
  async cancel(): Promise<void> {
    await this.worker.terminate();
  }
}
