/** A sweep: one run for every combination of the values that `--set path=v1,v2` gives. */
import { ExitCode, LinquError, usageError } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { selectDevices } from "../topology/device.js";
import { readTopology } from "../topology/load.js";
import { overriddenPath, splitOverride } from "../topology/overrides.js";
import { valueAt } from "../topology/value-at.js";
import { chooseComponents } from "./components.js";
import type { RunHooks, RunOptions } from "./options.js";
import { resolveProgram } from "./program.js";
import type { RunResult } from "./result.js";
import { runSession } from "./run.js";

/** More runs than this belong into a script, which can go on where it stopped. */
const MAX_RUNS = 64;
/** Runs that a diagnostic names before it says "…". */
const NAMED_RUNS = 4;

/** One combination, ready to run. */
interface SweepPoint {
  /** All overrides of the run, with one value each. */
  overrides: string[];
  /** The swept ones as typed, such as `ipcq.slots=2`. */
  label: string;
  /** The swept values by path, as the topology has them. */
  set: Record<string, unknown>;
}

export interface SweepPlan {
  paths: string[];
  points: SweepPoint[];
}

/** One run of a sweep; the sweep's diagnostics are these, with equal ones shown once. */
interface SweepRun {
  set: Record<string, unknown>;
  exitCode: ExitCode;
  /** Null when the run was refused before it started or does not apply. */
  result: RunResult | null;
  diagnostics: Diagnostic[];
}

/** The `result` of `linqu run --json` for a sweep. */
export interface SweepResult {
  sweep: { paths: string[]; runs: SweepRun[] };
}

export interface SweepHooks extends RunHooks {
  /** After each run, with all that are over. */
  finished?(result: SweepResult): void;
}

export interface SweepOutcome {
  /** Of the first run that failed. */
  exitCode: ExitCode;
  result: SweepResult;
  diagnostics: Diagnostic[];
}

/**
 * The runs that the options ask for, the last path's values varying fastest; null when every `--set` has one value.
 * Machine and program of every combination are checked here, so that none is refused after others have run for a while.
 * @throws LQ0008 a swept path that is set twice, LQ0011 too many runs, and what a topology or a program is refused with
 */
export async function planSweep(options: RunOptions): Promise<SweepPlan | null> {
  const choices = options.set.map(splitOverride);
  const swept = choices.filter((overrides) => overrides.length > 1);
  if (swept.length === 0) return null;
  const paths = swept.map(([override]) => overriddenPath(override!));
  refuseRepeated(paths, options.set);
  const count = swept.reduce((product, overrides) => product * overrides.length, 1);
  if (count > MAX_RUNS) {
    const factors = swept.map((overrides) => overrides.length).join(" × ");
    throw usageError({
      code: "LQ0011",
      message: `this sweep has ${factors === `${count}` ? count : `${factors} = ${count}`} runs; at most ${MAX_RUNS} are made`,
      hint: "give fewer values, or split the sweep into several commands",
    });
  }
  const combinations = choices.reduce<string[][]>(
    (heads, overrides) => heads.flatMap((head) => overrides.map((override) => [...head, override])),
    [[]],
  );
  return { paths, points: await checkAll(combinations, paths, options) };
}

/** Runs every combination, one after the other; a run that fails does not stop the others. */
export async function runSweep(
  plan: SweepPlan,
  options: RunOptions,
  hooks: SweepHooks,
): Promise<SweepOutcome> {
  const runs: SweepRun[] = [];
  const result: SweepResult = { sweep: { paths: plan.paths, runs } };
  for (const [index, { overrides, set }] of plan.points.entries()) {
    const position = `run ${index + 1} of ${plan.points.length}`;
    const progress = (phase: string, text: string) => hooks.progress?.(`${position}, ${phase}`, text);
    runs.push({ set, ...(await runPoint({ ...options, set: overrides }, { progress })) });
    hooks.finished?.(result);
  }
  const labels = plan.points.map(({ label }) => label);
  return {
    exitCode: runs.find(({ exitCode }) => exitCode !== ExitCode.ok)?.exitCode ?? ExitCode.ok,
    result,
    diagnostics: collect(
      runs.map(({ diagnostics }) => diagnostics),
      labels,
    ),
  };
}

async function runPoint(options: RunOptions, hooks: RunHooks): Promise<Omit<SweepRun, "set">> {
  try {
    // Without the record, which is large: nobody looks into the single runs.
    const { exitCode, result, diagnostics } = await runSession(options, hooks);
    return { exitCode, result, diagnostics };
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    return { exitCode: error.exitCode, result: null, diagnostics: [...error.diagnostics] };
  }
}

/** @throws LinquError with the problems of all combinations */
async function checkAll(
  combinations: readonly string[][],
  paths: readonly string[],
  options: RunOptions,
): Promise<SweepPoint[]> {
  const points: SweepPoint[] = [];
  const refusals: LinquError[] = [];
  const problems: Diagnostic[][] = [];
  const labels: string[] = [];
  for (const overrides of combinations) {
    const label = overrides.filter((override) => paths.includes(overriddenPath(override))).join(" ");
    labels.push(label);
    try {
      const placed = readTopology(options.topology, overrides);
      const { topology } = placed;
      await chooseComponents(placed);
      selectDevices(topology, options.device);
      await resolveProgram({ ...options, set: overrides }, placed);
      const set = Object.fromEntries(paths.map((path) => [path, jsonValue(valueAt(topology, path))]));
      points.push({ overrides, label, set });
      problems.push([]);
    } catch (error) {
      if (!(error instanceof LinquError)) throw error;
      refusals.push(error);
      problems.push([...error.diagnostics]);
    }
  }
  const [first] = refusals;
  if (first) throw new LinquError(first.exitCode, collect(problems, labels), { cause: first });
  return points;
}

function refuseRepeated(swept: readonly string[], overrides: readonly string[]): void {
  const all = overrides.map(overriddenPath);
  const repeated = swept.find((path) => all.indexOf(path) !== all.lastIndexOf(path));
  if (repeated === undefined) return;
  throw usageError({
    code: "LQ0008",
    message: `--set ${repeated} is given several values, and is given twice`,
    hint: `write all values into one: --set ${repeated}=v1,v2`,
  });
}

/** Diagnostics of all runs, equal ones once, each with the runs that it belongs to. */
function collect(byRun: readonly (readonly Diagnostic[])[], labels: readonly string[]): Diagnostic[] {
  const found = new Map<string, { diagnostic: Diagnostic; runs: Set<number> }>();
  byRun.forEach((diagnostics, run) => {
    for (const diagnostic of diagnostics) {
      const key = JSON.stringify(diagnostic);
      const entry = found.get(key) ?? { diagnostic, runs: new Set() };
      found.set(key, entry);
      entry.runs.add(run);
    }
  });
  return [...found.values()].map(({ diagnostic, runs }) => ({
    ...diagnostic,
    detail: [...diagnostic.detail, whichRuns([...runs], labels)],
  }));
}

function whichRuns(runs: readonly number[], labels: readonly string[]): string {
  const total = labels.length;
  if (runs.length === total) return `in all ${total} runs`;
  const named = runs
    .slice(0, NAMED_RUNS)
    .map((run) => labels[run]!)
    .join("; ");
  const rest = runs.length > NAMED_RUNS ? "; …" : "";
  return `in ${runs.length} of ${total} runs: ${named}${rest}`;
}

/** JSON has no infinity; a topology writes it as a word. */
function jsonValue(value: unknown): unknown {
  return value === Infinity ? "unlimited" : value;
}
