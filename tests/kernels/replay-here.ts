import { prepareJudge, replayAndJudge, type ReplayReport } from "../../src/data/judge.js";
import type { OpLogData } from "../../src/data/op-log.js";
import { loadHostCode } from "../../src/session/host-code.js";
import type { ReplayInput } from "../../src/session/replay-worker.js";

/** Takes the place of the data thread, which runs from a build only: the same work on this thread. */
export class ReplayThread {
  constructor(private readonly input: ReplayInput) {}

  finish(log: OpLogData): Promise<ReplayReport> {
    const { request, bundle, kernelExport } = this.input;
    const { options } = loadHostCode(bundle, kernelExport);
    return Promise.resolve(
      replayAndJudge(prepareJudge(request, options.expect ?? null), log, () => undefined),
    );
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }
}
