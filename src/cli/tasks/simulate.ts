/** Task of `linqu run` and `linqu profile`: runs the session and makes its views on the thread that has the record. */
import { writeFileAtomic } from "../../base/files.js";
import { renderRunReport, renderTightestRings } from "../../profile/report.js";
import type { ReportOptions } from "../../profile/report.js";
import { ringProfileChunks } from "../../profile/ring-profile.js";
import { chromeTrace } from "../../profile/trace.js";
import type { RunRecord } from "../../record/run-record.js";
import type { RunHooks, RunOptions } from "../../session/options.js";
import type { RunResult } from "../../session/result.js";
import { runSession } from "../../session/run.js";
import type { CommandOutcome } from "../outcome.js";

/** Files that `linqu profile` writes beside what the run itself writes. */
export interface ProfileFiles {
  profile: string;
  trace: string | null;
  traceLimitBytes: number;
}

export interface SimulateInput {
  options: RunOptions;
  /** Null for a plain run. */
  files: ProfileFiles | null;
  /** How the report for people is laid out; null when nobody will read it. */
  report: ReportOptions | null;
}

/** The `result` of `linqu profile --json`. */
export interface ProfileResult extends RunResult {
  profile: string;
  trace: string | null;
}

export default async function simulate(input: SimulateInput, hooks: RunHooks): Promise<CommandOutcome> {
  const run = await runSession(input.options, hooks);
  const { record } = run;
  let { result } = run;
  if (input.files && record) {
    hooks.progress?.("profile", input.files.profile);
    const written = writeViews(record, input.files);
    if (result)
      result = { ...result, ...written, files: [...result.files, ...Object.values(written).filter(isPath)] };
  }
  const reports: string[] = [];
  if (input.report && result) reports.push(renderRunReport({ ...run, result }, input.report));
  if (input.report && input.files && record) reports.push(renderTightestRings(record, input.report));
  return {
    exitCode: run.exitCode,
    result,
    diagnostics: run.diagnostics,
    report: reports.length > 0 ? reports.join("\n") : null,
  };
}

/** A failed run has a profile too: where it stood is what one wants to see. A trace needs its spans. */
function writeViews(record: RunRecord, files: ProfileFiles): Pick<ProfileResult, "profile" | "trace"> {
  writeFileAtomic(files.profile, ringProfileChunks(record));
  const trace = record.spans ? files.trace : null;
  if (trace !== null) writeFileAtomic(trace, chromeTrace(record, { limitBytes: files.traceLimitBytes }));
  return { profile: files.profile, trace };
}

function isPath(path: string | null): path is string {
  return path !== null;
}
