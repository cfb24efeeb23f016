/** Task of `linqu check`: checks kernels and lays out what was decided. */
import { renderCheckReport } from "../../profile/check-report.js";
import type { ReportOptions } from "../../profile/report.js";
import { checkSession, type CheckOptions } from "../../session/check.js";
import type { RunHooks } from "../../session/options.js";
import type { CommandOutcome } from "../outcome.js";

export interface CheckInput {
  options: CheckOptions;
  /** How the report for people is laid out; null when nobody will read it. */
  report: ReportOptions | null;
}

export default async function check(
  { options, report }: CheckInput,
  hooks: RunHooks,
): Promise<CommandOutcome> {
  const { exitCode, result, diagnostics } = await checkSession(options, hooks);
  return { exitCode, result, diagnostics, report: report && renderCheckReport(result, report) };
}
