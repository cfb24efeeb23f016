import { diagnostic, ExitCode, LinquError } from "../../base/diagnostics.js";
import type { Diagnostic } from "../../base/diagnostics.js";

/** The program asked of its memory what cannot be (exit 5). */
export function memoryFault(
  input: Pick<Diagnostic, "code" | "message" | "hint"> & Partial<Diagnostic>,
): LinquError {
  return new LinquError(ExitCode.programFailed, diagnostic(input));
}
