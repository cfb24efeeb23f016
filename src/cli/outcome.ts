import { ExitCode, LinquError, diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";

/** What a command comes to; main prints it as an envelope or as text, and exits with its code. */
export interface CommandOutcome {
  exitCode: ExitCode;
  /** Whatever was produced, also on failure. */
  result: object | null;
  diagnostics: readonly Diagnostic[];
  /** The report for people, on stdout when there is no --json; may be empty. */
  report: string | null;
}

/** The one object that `--json` prints. */
export interface Envelope {
  /** `linqu/<command>/1`. */
  schema: string;
  status: "ok" | "failed";
  exitCode: ExitCode;
  result: object | null;
  diagnostics: readonly Diagnostic[];
  /** The first diagnostic with severity "error". */
  error: Diagnostic | null;
}

export function envelopeOf(command: string, outcome: CommandOutcome): Envelope {
  return {
    schema: `linqu/${command}/1`,
    status: outcome.exitCode === ExitCode.ok ? "ok" : "failed",
    exitCode: outcome.exitCode,
    result: outcome.result,
    diagnostics: outcome.diagnostics,
    error: outcome.diagnostics.find((entry) => entry.severity === "error") ?? null,
  };
}

/** The outcome of a command that threw; anything but a `LinquError` is a bug of linqu's own. */
export function failureOf(error: unknown): CommandOutcome {
  if (error instanceof LinquError) {
    return withStack(error, {
      exitCode: error.exitCode,
      result: null,
      diagnostics: error.diagnostics,
      report: null,
    });
  }
  if (isFolderGone(error)) {
    const gone = diagnostic({
      code: "LQ9001",
      message: "cannot read the current folder: it was removed",
      hint: "change to a folder that is there",
    });
    return withStack(error, {
      exitCode: ExitCode.invalidInput,
      result: null,
      diagnostics: [gone],
      report: null,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const bug = diagnostic({
    code: "LQ0900",
    message: `this is a bug in linqu: ${message}`,
    hint: "please report it together with the command line; DEBUG=1 shows where it happened",
  });
  return withStack(error, { exitCode: ExitCode.internal, result: null, diagnostics: [bug], report: null });
}

/** Node.js can say where it runs only while the folder exists. */
function isFolderGone(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === "uv_cwd";
}

/** With DEBUG set, the stack and the chain of causes become lines of the first diagnostic. */
function withStack(error: unknown, outcome: CommandOutcome): CommandOutcome {
  const [first, ...rest] = outcome.diagnostics;
  if (!process.env["DEBUG"] || !first || !(error instanceof Error)) return outcome;
  const lines: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (lines.length > 0) lines.push("caused by:");
    lines.push(...(cause.stack ?? cause.message).split("\n"));
  }
  return { ...outcome, diagnostics: [{ ...first, detail: [...first.detail, ...lines] }, ...rest] };
}
