/** Runs the built command line as a user does, in a folder and with a compile cache of its own. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";

export const BIN = resolve("bin/run.js");
export const REPOSITORY = resolve(".");
const FIXTURES = resolve("tests/e2e/fixtures");

/** One folder per test file; the space in its name is on purpose. */
const scratch = mkdtempSync(join(tmpdir(), "linqu e2e-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const cache = join(scratch, "cache");
let folders = 0;

/** A new folder with copies of the named fixtures. */
export function folderWith(...fixtures: string[]): string {
  const folder = join(scratch, `work folder ${folders++}`);
  mkdirSync(folder);
  for (const name of fixtures) copyFileSync(join(FIXTURES, name), join(folder, name));
  return folder;
}

/** Compiles fixtures, and the shipped kernels, once before the tests of a file: the runs that follow find them cached. */
export function compiledFolderWith(...fixtures: string[]): string {
  const folder = folderWith(...fixtures);
  beforeAll(async () => {
    const files = [
      ...fixtures,
      join(REPOSITORY, "kernels/allreduce.ts"),
      join(REPOSITORY, "kernels/ring-allreduce.ts"),
    ];
    await linqu(
      ["compile", ...files.filter((file) => file.endsWith(".ts")), "--out-dir", join(scratch, "bundles")],
      {
        cwd: folder,
      },
    );
  });
  return folder;
}

/** `file:line:column` of the first place in a fixture where `text` stands. */
export function placeOf(fixture: string, text: string): string {
  const source = readFileSync(join(FIXTURES, fixture), "utf8");
  const offset = source.indexOf(text);
  if (offset < 0) throw new Error(`${fixture} does not contain ${text}`);
  const before = source.slice(0, offset).split("\n");
  return `${fixture}:${before.length}:${before[before.length - 1].length + 1}`;
}

export interface Options {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = { ...process.env };
  for (const name of ["DEBUG", "FORCE_COLOR", "NO_COLOR", "NODE_ENV", "VITEST"]) delete inherited[name];
  return { ...inherited, XDG_CACHE_HOME: cache, ...extra };
}

export function linqu(argv: readonly string[], options: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...argv], {
    cwd: options.cwd ?? scratch,
    env: environment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((settle, fail) => {
    child.on("error", fail);
    child.on("close", (exitCode) => settle({ exitCode, stdout, stderr }));
  });
}

export interface Location {
  file: string;
  line: number;
  column: number;
  endColumn: number;
}

export interface Diagnostic {
  code: string;
  severity: string;
  message: string;
  at: Location | null;
  related: { at: Location; message: string }[];
  hint: string | null;
  detail: string[];
}

export interface RunResult {
  bench: string | null;
  kernel: string;
  topology: string;
  algorithm: string | null;
  ranks: number;
  hosts: number;
  pes: number;
  bytes: number;
  dtype: string;
  simulatedNs: number;
  collectiveNs: number;
  wallMs: number;
  events: number;
  eventsPerSecond: number;
  messages: number;
  peakRssBytes: number;
  verify: {
    status: "pass" | "fail" | "off";
    maxAbs: number;
    maxRel: number;
    mismatches: number;
    firstMismatch: { tensor: string; index: number | number[]; rank: number; op: string; at: string } | null;
  };
  algbwGBps: number;
  busbwGBps: number;
  levels: { level: number; name: string; nodes: number; dispatchNs: number }[];
  prints: unknown[];
  files: string[];
}

export interface Envelope<Result> {
  schema: string;
  status: "ok" | "failed";
  exitCode: number;
  result: Result;
  diagnostics: Diagnostic[];
  error: Diagnostic | null;
}

export interface JsonEnded<Result> extends Ended, Envelope<Result> {
  exitCode: number;
}

/** Every promise of `--json`: one object on stdout, the exit code in it, no colour, no stack trace. */
export function checkedEnvelope<Result>(ended: Ended): JsonEnded<Result> {
  expectNoStack(ended);
  const envelope = JSON.parse(ended.stdout) as Envelope<Result>;
  expect(envelope.exitCode, ended.stdout.slice(0, 2000)).toBe(ended.exitCode);
  expect(envelope.status).toBe(ended.exitCode === 0 ? "ok" : "failed");
  expect(envelope.schema).toMatch(/^linqu\/[a-z]+\/\d+$/);
  expect(ended.stdout).not.toContain("\u001b");
  if (ended.exitCode === 0) expect(envelope.error).toBeNull();
  else {
    expect(envelope.error).not.toBeNull();
    expect(envelope.error!.code).toMatch(/^LQ\d{4}$/);
    expect(envelope.error!.message).not.toBe("");
  }
  return { ...ended, ...envelope };
}

export async function json<Result = RunResult>(
  argv: readonly string[],
  options?: Options,
): Promise<JsonEnded<Result>> {
  return checkedEnvelope<Result>(await linqu([...argv, "--json"], options));
}

/** A run that must end well; its result. */
export async function passing(argv: readonly string[], options?: Options): Promise<RunResult> {
  const ended = await json(["run", ...argv], options);
  expect(ended.exitCode, ended.stdout.slice(0, 3000)).toBe(0);
  return ended.result;
}

function expectNoStack(ended: Ended): void {
  expect(ended.stdout + ended.stderr).not.toMatch(/(^|\n|\\n)\s+at [^\n]*[:(]/);
  expect(ended.stdout + ended.stderr).not.toMatch(/node:internal|UnhandledPromise|\bdist\/src\//);
}

/** What the whole report says, as one text, whatever field it stands in. */
export function reportOf(ended: { diagnostics: Diagnostic[] }): string {
  return ended.diagnostics
    .flatMap((one) => [
      one.at === null ? "" : `${one.at.file}:${one.at.line}:${one.at.column}`,
      one.message,
      ...one.detail,
      one.hint ?? "",
      ...one.related.map((other) => `${other.at.file}:${other.at.line}:${other.at.column} ${other.message}`),
    ])
    .join("\n");
}

/** `--json` output without the fields that depend on the host. */
export function withoutHostFacts(stdout: string): string {
  const parsed = JSON.parse(stdout) as { result: Record<string, unknown> };
  for (const field of ["wallMs", "eventsPerSecond", "peakRssBytes", "files"]) delete parsed.result[field];
  return JSON.stringify(parsed);
}
