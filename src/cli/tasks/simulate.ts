/** Task of `linqu run` and `linqu profile`: runs the session and makes its views on the thread that has the record. */
import { ExitCode, LinquError } from "../../base/diagnostics.js";
import type { Diagnostic } from "../../base/diagnostics.js";
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

/** The `result` of `linqu profile --json`; null where nothing was written. */
export interface ProfileResult extends RunResult {
  profile: string | null;
  trace: string | null;
}

export default async function simulate(input: SimulateInput, hooks: RunHooks): Promise<CommandOutcome> {
  const { files, report } = input;
  const run = await runSession(input.options, hooks);
  const { record } = run;
  let { exitCode, result, diagnostics } = run;
  if (files && record) {
    hooks.progress?.("profile", files.profile);
    const views = writeViews(record, files);
    if (result) result = { ...result, ...views.written, files: [...result.files, ...views.paths] };
    diagnostics = [...diagnostics, ...views.diagnostics];
    if (exitCode === ExitCode.ok && views.diagnostics.length > 0) exitCode = ExitCode.invalidInput;
  }
  const reports: string[] = [];
  if (report && result) reports.push(renderRunReport({ exitCode, result, record, diagnostics }, report));
  if (report && files && record) reports.push(renderTightestRings(record, report));
  return { exitCode, result, diagnostics, report: reports.join("\n") };
}

interface WrittenViews {
  written: Pick<ProfileResult, "profile" | "trace">;
  paths: string[];
  diagnostics: Diagnostic[];
}

/**
 * Writes what was asked for; a file that cannot be written costs neither the others nor the result. A failed run has
 * a profile too: where it stood is what one wants to see.
 */
function writeViews(record: RunRecord, files: ProfileFiles): WrittenViews {
  const views: WrittenViews = { written: { profile: null, trace: null }, paths: [], diagnostics: [] };
  const write = (view: "profile" | "trace", path: string, chunks: Iterable<string>): void => {
    try {
      writeFileAtomic(path, chunks);
      views.written[view] = path;
      views.paths.push(path);
    } catch (error) {
      if (!(error instanceof LinquError)) throw error;
      views.diagnostics.push(...error.diagnostics);
    }
  };
  write("profile", files.profile, ringProfileChunks(record));
  if (files.trace !== null && record.spans) {
    write("trace", files.trace, chromeTrace(record, { limitBytes: files.traceLimitBytes }));
  }
  return views;
}
