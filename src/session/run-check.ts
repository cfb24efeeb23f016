import type { Diagnostic, ExitCode } from "../base/diagnostics.js";
import type { CheckSetup } from "../check/setup.js";
import { checkWorld } from "../check/world-check.js";
import type { Prediction } from "./prediction.js";

/** Operations that the check before a run may take: about a second. */
const MAX_OPERATIONS = 2_000_000;

/** Found, and no reason to stop a run: it comes to its end all the same. */
const LEFTOVERS = new Set<string>(["LQ3202", "LQ3203"]);

/** What the check before a run has decided. */
export interface RunCheck {
  status: "ok" | "failed" | "not decided";
  verdict: string;
  operations: number;
}

/** Why a run is not started, beside what was decided. */
export interface CheckedRun {
  check: RunCheck;
  /** Null when the run may start. */
  refusal: { exitCode: ExitCode; diagnostics: Diagnostic[] } | null;
}

/** Checks the configuration of a run, as far as a fixed number of operations goes. */
export function checkRun(setup: () => CheckSetup, { rows }: Prediction): CheckedRun {
  if (rows > MAX_OPERATIONS) {
    const verdict = `not checked: more than the ${MAX_OPERATIONS.toLocaleString("en")} operations that a check before a run may take; linqu check takes more`;
    return { check: { status: "not decided", verdict, operations: 0 }, refusal: null };
  }
  const report = checkWorld(setup(), {
    maxOperations: MAX_OPERATIONS,
    beyondBudget: "undecided",
    findsDepth: false,
    inputs: null,
  });
  const { operations, exitCode, findings } = report;
  const errors = findings.filter(({ severity }) => severity === "error");
  const isEnding = errors.every(({ code }) => LEFTOVERS.has(code));
  if (errors.length > 0 && isEnding) {
    const verdict = `ends without deadlock, but leaves something behind (${errors.map(({ code }) => code).join(", ")})`;
    return { check: { status: "failed", verdict, operations }, refusal: null };
  }
  const status = report.status === "not applicable" ? "ok" : report.status;
  return {
    check: { status, verdict: report.verdict, operations },
    refusal: errors.length === 0 ? null : { exitCode, diagnostics: errors },
  };
}
