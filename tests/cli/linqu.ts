import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect } from "vitest";
import type { Envelope } from "../../src/cli/outcome.js";

export const BIN = resolve("bin/run.js");

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  process: ReturnType<typeof spawn>;
  ended: Promise<Ended>;
}

/** Starts the built command line off a terminal, as a script would. */
export function start(
  argv: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Started {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  for (const name of ["DEBUG", "FORCE_COLOR", "NO_COLOR"])
    if (!(name in (options.env ?? {}))) delete environment[name];
  const child = spawn(process.execPath, [BIN, ...argv], {
    cwd: options.cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((settle, fail) => {
    child.on("error", fail);
    child.on("close", (exitCode) =>
      settle({ exitCode, stdout: output.stdout, stderr: withoutProgress(output.stderr) }),
    );
  });
  return { process: child, ended };
}

/** On a slow machine a command reports what it is doing, every ten seconds. */
function withoutProgress(stderr: string): string {
  return stderr.replace(/^linqu: .*\n/gm, "");
}

export function linqu(
  argv: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return start(argv, options).ended;
}

/** The one object on stdout; anything beside it makes the test fail. */
export function envelope(ended: Ended): Envelope {
  const parsed = JSON.parse(ended.stdout) as Envelope;
  expect(Object.keys(parsed)).toEqual(["schema", "status", "exitCode", "result", "diagnostics", "error"]);
  expect(parsed.exitCode).toBe(ended.exitCode);
  expect(parsed.status).toBe(ended.exitCode === 0 ? "ok" : "failed");
  expect(ended.stdout).not.toContain("\u001b");
  return parsed;
}

/** No line of a stack trace. */
export function expectNoStack(ended: Ended): void {
  expect(ended.stdout + ended.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(ended.stdout + ended.stderr).not.toMatch(/node:internal|\.js:\d+/);
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that is removed when the tests of the file have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "linqu-cli-"));
  folders.push(folder);
  return folder;
}
