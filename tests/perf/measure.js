// What every row of the benchmark is measured with.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs that took longer than this are not repeated. */
const AFFORDABLE_SECONDS = 10;

/** Why a row has no figures: a tool is absent, or the command failed. */
export class Unmeasured extends Error {}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs a program to its end; its output and how long the whole process took. */
export function runProcess(command, args, env = {}) {
  const start = process.hrtime.bigint();
  const child = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { status: child.status, stdout: child.stdout ?? "", stderr: child.stderr ?? "", seconds };
}

/** One `linqu run`: the `result` of its envelope and the wall time of the whole process. */
export function runLinqu(args) {
  const { status, stdout, stderr, seconds } = runProcess(process.execPath, [
    "bin/run.js",
    "run",
    ...args,
    "--json",
  ]);
  if (status !== 0) throw new Unmeasured(`failed: ${failureText(stdout, stderr, status)}`);
  return { result: JSON.parse(stdout).result, seconds };
}

function failureText(stdout, stderr, status) {
  try {
    return JSON.parse(stdout).error.message;
  } catch (cause) {
    return errorLine(stderr) ?? `exit code ${status}, and no JSON on stdout (${cause.message})`;
  }
}

/** The line of a program's stderr that says what went wrong. */
export function errorLine(stderr) {
  return stderr.split("\n").find((line) => line.includes("Error"));
}

/** What a script of this folder prints as JSON, and the wall time of the whole process. */
export function runScript(script, args) {
  const { status, stdout, stderr, seconds } = runProcess(process.execPath, [
    join("tests/perf", script),
    ...args.map(String),
  ]);
  if (status !== 0) throw new Unmeasured(`failed: ${errorLine(stderr) ?? `exit code ${status}`}`);
  return { ...JSON.parse(stdout), seconds };
}

/** The run of median wall time among three; one run when it is slow or the benchmark is in a hurry. */
export function medianRun(run, quick) {
  const first = run();
  if (quick || first.seconds > AFFORDABLE_SECONDS) return first;
  const runs = [first, run(), run()];
  return runs.sort((a, b) => a.seconds - b.seconds)[1];
}

/** Compiles heap4.cpp with what this machine has; null without g++. */
export function compileHeap4() {
  const folder = mkdtempSync(join(tmpdir(), "linqu-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const binary = join(folder, "heap4");
  const source = join(root, "tests/perf/hold/heap4.cpp");
  const { status } = runProcess("g++", ["-O3", "-march=native", "-o", binary, source]);
  return status === 0 ? binary : null;
}

/** A Python that has SimPy: the one on PATH, or Debian's own; null when neither has it. */
export function pythonWithSimpy() {
  const candidates = ["python3", "/usr/bin/python3"];
  return candidates.find((python) => runProcess(python, ["-c", "import simpy"]).status === 0) ?? null;
}
