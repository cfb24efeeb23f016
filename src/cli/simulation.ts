import { dirname } from "node:path";
import type { RunOptions } from "../session/options.js";
import type { CommandOutcome } from "./outcome.js";
import type { ProfileFiles, SimulateInput } from "./tasks/simulate.js";
import { runTask } from "./worker-task.js";

/** Characters on one line of a report that goes into a file, a pipe or a terminal that has no width. */
const PLAIN_WIDTH = 100;

/** Runs one simulation and writes its files: what `linqu run` and `linqu profile` share. */
export async function simulate(
  options: RunOptions,
  files: ProfileFiles | null,
  json: boolean,
): Promise<CommandOutcome> {
  const { supportsColor } = await import("chalk");
  const report = { colour: supportsColor !== false, width: process.stdout.columns || PLAIN_WIDTH };
  const paths = [options.dump, files?.profile, files?.trace].filter((path) => typeof path === "string");
  const input: SimulateInput = { options, files, report: json ? null : report };
  // Whether a comma separates values, only the topology's schema knows, which is loaded on the worker.
  const task = options.set.some((override) => override.includes(",")) ? "sweep" : "simulate";
  return runTask<SimulateInput, CommandOutcome>(task, input, paths.map(dirname));
}
