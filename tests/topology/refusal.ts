import { LinquError } from "../../src/base/diagnostics.js";
import type { Diagnostic } from "../../src/base/diagnostics.js";

/** What a call refuses with: exit code and problems. */
export function refusal(call: () => unknown): { exitCode: number; problems: readonly Diagnostic[] } {
  try {
    call();
  } catch (error) {
    if (error instanceof LinquError) return { exitCode: error.exitCode, problems: error.diagnostics };
    throw error;
  }
  throw new Error("expected a refusal");
}
