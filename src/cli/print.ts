import { envelopeOf } from "./outcome.js";
import type { CommandOutcome } from "./outcome.js";

let printed = false;
/** Whether this process prints one envelope after another, each on a line of its own. */
let lines = false;

/** Prints one of several outcomes of a command that goes on. */
export async function printInterim(command: string, outcome: CommandOutcome, json: boolean): Promise<void> {
  lines = true;
  await write(command, outcome, json);
}

/**
 * Prints an outcome, once per process: one JSON object on stdout, or the report on stdout and the diagnostics on
 * stderr. A second call, such as that of a signal that arrives while the process is ending, prints nothing.
 */
export async function printOutcome(command: string, outcome: CommandOutcome, json: boolean): Promise<void> {
  if (printed) return;
  printed = true;
  process.exitCode = outcome.exitCode;
  await write(command, outcome, json);
}

async function write(command: string, outcome: CommandOutcome, json: boolean): Promise<void> {
  if (json) {
    process.stdout.write(`${JSON.stringify(envelopeOf(command, outcome), null, lines ? 0 : 2)}\n`);
    return;
  }
  if (outcome.report)
    process.stdout.write(outcome.report.endsWith("\n") ? outcome.report : `${outcome.report}\n`);
  if (outcome.diagnostics.length > 0) {
    const [{ renderDiagnostics, renderPointer }, { chalkStderr }] = await Promise.all([
      import("./render.js"),
      import("chalk"),
    ]);
    process.stderr.write(`${renderDiagnostics(outcome.diagnostics, chalkStderr)}\n`);
    const pointer = process.stderr.isTTY ? renderPointer(outcome.diagnostics, chalkStderr) : null;
    if (pointer !== null) process.stderr.write(`${pointer}\n`);
  }
}
