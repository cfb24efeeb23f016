import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import type { RunOutcome } from "../../src/session/result.js";
import { runSession } from "../../src/session/run.js";

/** The smallest run that does something; tests say what they want otherwise. */
export const RUN_DEFAULTS: RunOptions = {
  bench: "allreduce",
  kernel: null,
  topology: "cube",
  set: [],
  device: "all",
  bytes: 4096,
  dtype: "f32",
  algorithm: null,
  constexpr: {},
  verify: false,
  data: "±1",
  seed: 1,
  dump: null,
  inject: null,
  // What the machine itself finds.
  check: false,
  force: false,
  trace: null,
};

/** Gives the tests of a file a compile cache of their own. @returns the folder it is in */
export function ownCache(): { path: string } {
  const folder = { path: "" };
  beforeAll(() => {
    folder.path = mkdtempSync(join(tmpdir(), "linqu kernels "));
    process.env["XDG_CACHE_HOME"] = join(folder.path, "cache");
  });
  afterAll(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

export function run(options: Partial<RunOptions>): Promise<RunOutcome> {
  return runSession({ ...RUN_DEFAULTS, ...options }, {});
}
