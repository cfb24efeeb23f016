import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, diagnostic } from "../base/diagnostics.js";
import { discardPendingWrites } from "../base/files.js";
import type { CommandOutcome } from "./outcome.js";

/** An interrupted run ends within this time, even if its worker does not stop. */
const CLEANUP_LIMIT_MS = 500;

type Cleanup = () => Promise<unknown>;
const cleanups = new Set<Cleanup>();

/** Registers what an interrupt must stop first; returns the function that takes it back. */
export function onInterrupt(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** What an interrupted command has come to so far. */
export type Interim = Pick<CommandOutcome, "result" | "report">;
let latest: Interim = { result: null, report: null };

/** Keeps what is printed should the command be interrupted from now on. */
export function keepInterim(interim: Interim): void {
  latest = interim;
}

let interrupted = false;

/** Whether a signal is ending the process: what its command still comes to is no longer of interest. */
export function isInterrupted(): boolean {
  return interrupted;
}

/**
 * Ends the process with 130 on SIGINT and SIGTERM: stops the worker, removes half-written files, then prints. A
 * second signal changes nothing: npx passes on the Ctrl-C that the terminal has sent already. Works while a simulation runs because that is on a worker (`worker-task.ts`).
 */
export function installSignalHandlers(print: (outcome: CommandOutcome) => Promise<void>): void {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (interrupted) return;
    interrupted = true;
    await Promise.race([
      Promise.allSettled([...cleanups].map((cleanup) => cleanup())),
      delay(CLEANUP_LIMIT_MS),
    ]);
    discardPendingWrites();
    await print(interruptedBy(signal));
    // The code of what was printed: the command's own when it had just ended.
    process.exit();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

function interruptedBy(signal: string): CommandOutcome {
  const entry = diagnostic({ code: "LQ0130", message: `interrupted (${signal}); nothing was half-written` });
  return { exitCode: ExitCode.interrupted, diagnostics: [entry], ...latest };
}

/** Removes the temporary files that a stopped worker of this process left in `folder` (`base/files.ts` names them). */
export function discardTemporaries(folder: string): void {
  const suffix = `.${process.pid}.tmp`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    // The folder was never made, so nothing is left in it.
    return;
  }
  for (const name of names) {
    if (name.startsWith(".") && name.endsWith(suffix)) rmSync(join(folder, name), { force: true });
  }
}
