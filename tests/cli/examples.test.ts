import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import Check from "../../src/commands/check.js";
import Compile from "../../src/commands/compile.js";
import Doctor from "../../src/commands/doctor.js";
import Explain from "../../src/commands/explain.js";
import Init from "../../src/commands/init.js";
import List from "../../src/commands/list.js";
import Profile from "../../src/commands/profile.js";
import Run from "../../src/commands/run.js";
import TopologyCheck from "../../src/commands/topology/check.js";
import TopologyShow from "../../src/commands/topology/show.js";
import { envelope, linqu, temporaryFolder } from "./linqu.js";

const COMMANDS = {
  check: Check,
  compile: Compile,
  doctor: Doctor,
  explain: Explain,
  init: Init,
  list: List,
  profile: Profile,
  run: Run,
  "topology-check": TopologyCheck,
  "topology-show": TopologyShow,
};
const EXAMPLES = Object.entries(COMMANDS).flatMap(([name, { examples }]) =>
  examples.map(({ command }) => [name, command.replace("<%= config.bin %> ", "")] as const),
);

it("gives at least two examples for each command", () => {
  for (const [name, { examples }] of Object.entries(COMMANDS)) {
    expect({ name, enough: examples.length >= 2 }).toEqual({ name, enough: true });
  }
});

describe("the examples in the help", () => {
  it.each(EXAMPLES)("%s: linqu %s", async (name, line) => {
    const cwd = temporaryFolder();
    cpSync("kernels", join(cwd, "kernels"), { recursive: true });
    const argv = line.split(" ");
    // Watching ends only when it is interrupted: tests/cli/watch.test.ts.
    if (argv.includes("--watch")) argv.splice(argv.indexOf("--watch"), 1);
    const ended = await linqu(argv, { cwd });
    expect(ended.stderr).toBe("");
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).not.toBe("");
    if (argv.includes("--json")) expect(envelope(ended).schema).toBe(`linqu/${name}/1`);
    for (const flag of ["--out", "--trace", "--out-dir", "--svg"]) {
      const at = argv.indexOf(flag);
      if (at !== -1) expect(existsSync(join(cwd, argv[at + 1]!))).toBe(true);
    }
  });
});
