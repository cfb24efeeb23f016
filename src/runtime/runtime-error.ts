import { diagnostic, ExitCode, LinquError, type Diagnostic } from "../base/diagnostics.js";

/** The orchestration asked for something that cannot be (exit 5). */
export function runtimeError(
  input: Pick<Diagnostic, "code" | "message" | "at" | "hint"> & Partial<Diagnostic>,
): LinquError {
  return new LinquError(ExitCode.programFailed, diagnostic(input));
}
