/** Entry of the data thread: inputs and golden while the other thread simulates, then replay and verdict. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.js";
import { LinquError } from "../base/diagnostics.js";
import type { Bundle } from "../compiler/bundle.js";
import { siteLocation } from "../compiler/locate.js";
import { DataFault } from "../data/data-fault.js";
import { prepareJudge, replayAndJudge, type JudgeRequest, type ReplayReport } from "../data/judge.js";
import type { OpLogData } from "../data/op-log.js";
import { loadHostCode } from "./host-code.js";

export interface ReplayInput {
  request: JudgeRequest;
  bundle: Bundle;
  kernelExport: string;
}

export type ReplayMessage =
  | { kind: "progress"; done: number; rows: number }
  | { kind: "report"; report: ReplayReport }
  | { kind: "refused"; exitCode: LinquError["exitCode"]; diagnostics: LinquError["diagnostics"] }
  | { kind: "broken"; message: string; stack: string | undefined };

const port = parentPort;
assert(port !== null, "replay-worker.ts runs on a worker thread only");
const { request, bundle, kernelExport } = workerData as ReplayInput;
const post = (message: ReplayMessage): void => port.postMessage(message);

/** Of a fault that only values show, the site in the kernel is known. */
function placed(error: LinquError): LinquError["diagnostics"] {
  if (!(error instanceof DataFault)) return error.diagnostics;
  return error.diagnostics.map((found) => ({ ...found, at: siteLocation(bundle, error.site) }));
}

function guarded<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof LinquError) {
      post({ kind: "refused", exitCode: error.exitCode, diagnostics: placed(error) });
    } else {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      post({ kind: "broken", message, stack });
    }
    return undefined;
  }
}

const judge = guarded(() => {
  return prepareJudge(request, loadHostCode(bundle, kernelExport).options.expect ?? null);
});

port.on("message", (log: OpLogData) => {
  if (judge === undefined) return;
  guarded(() => {
    const report = replayAndJudge(judge, log, (done, rows) => post({ kind: "progress", done, rows }));
    post({ kind: "report", report });
  });
});
