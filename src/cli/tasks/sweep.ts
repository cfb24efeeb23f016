/** Task of `linqu run` when a `--set` may have several values: runs them all and compares the results. */
import { usageError } from "../../base/diagnostics.js";
import { renderSweepReport } from "../../profile/sweep-report.js";
import { planSweep, runSweep } from "../../session/sweep.js";
import type { SweepResult } from "../../session/sweep.js";
import type { CommandOutcome } from "../outcome.js";
import type { TaskHooks } from "../worker-task.js";
import simulate from "./simulate.js";
import type { SimulateInput } from "./simulate.js";

export default async function sweep(input: SimulateInput, hooks: TaskHooks): Promise<CommandOutcome> {
  const { options, report } = input;
  const plan = await planSweep(options);
  if (plan === null) return simulate(input, hooks);
  refuseSingleFiles(input, plan.paths);
  const reported = (result: SweepResult) => ({ result, report: report && renderSweepReport(result, report) });
  const outcome = await runSweep(plan, options, {
    ...hooks,
    finished: (result) => hooks.interim?.(reported(result)),
  });
  return { ...outcome, ...reported(outcome.result) };
}

/** Each run would overwrite what the one before it has written. */
function refuseSingleFiles({ options, files }: SimulateInput, paths: readonly string[]): void {
  const what = files ? "linqu profile writes" : options.dump !== null ? "--dump writes" : null;
  if (what === null) return;
  throw usageError({
    code: "LQ0012",
    message: `${what} the files of one run, but --set ${paths.join(" and ")} asks for several`,
    hint: "give one value, or use linqu run without --dump",
  });
}
