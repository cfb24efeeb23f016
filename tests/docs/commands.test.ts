/** Does what the pages tell a reader to do, in a copy of the project, and compares what they say happens. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, pagePaths, readPage, stepsOf } from "./pages.js";
import { disagreement } from "./shown-output.js";

const SHIPPED = [
  "bin",
  "dist",
  "docs/diagnostics",
  "dsl",
  "kernels",
  "benches",
  "templates",
  "package.json",
  "oclif.manifest.json",
];
const PAGES = pagePaths()
  .map((path) => ({ path, steps: stepsOf(readPage(path)) }))
  .filter(({ steps }) => steps.length > 0);

let root = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "linqu-docs-"));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder that looks to its reader like a fresh clone. */
function clone(name: string): string {
  const folder = join(root, name.replaceAll("/", "-"));
  for (const path of SHIPPED) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"), "dir");
  return folder;
}

function linqu(
  folder: string,
  argv: readonly string[],
): Promise<{ exitCode: number | null; output: string }> {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_CACHE_HOME: join(root, "cache"),
    NO_COLOR: "1",
  };
  delete environment["DEBUG"];
  delete environment["FORCE_COLOR"];
  return new Promise((settle) => {
    const argument = [join(folder, "bin", "run.js"), ...argv];
    const child = execFile(
      process.execPath,
      argument,
      { cwd: folder, env: environment },
      (_error, stdout, stderr) => settle({ exitCode: child.exitCode, output: stdout + stderr }),
    );
  });
}

describe.concurrent("what a page tells to do", { timeout: 180_000 }, () => {
  it.each(PAGES)("$path", async ({ path, steps }) => {
    const folder = clone(path);
    for (const step of steps) {
      if (step.kind === "file") {
        writeFileSync(join(folder, step.name), step.text);
        continue;
      }
      const where = `${path}:${step.line}: linqu ${step.argv.join(" ")}`;
      const { exitCode, output } = await linqu(folder, step.argv);
      expect(exitCode, `${where}\n${output}`).toBe(step.exitCode);
      expect(disagreement(step.shown, output), where).toBeNull();
    }
  });
});

it("runs the README's two commands on a smaller machine", async () => {
  const shell = blocksOf(readPage("README.md"))
    .filter(({ info }) => info === "sh")
    .flatMap(({ lines }) => lines);
  expect(shell).toEqual(["npm ci && npx linqu run --topology supernode --verify-data", "npm ci && npm test"]);
  const argv = shell[0]!.split("npx linqu ")[1]!.replace("supernode", "pod").split(" ");
  const { exitCode, output } = await linqu(clone("smaller"), argv);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/^ +verdict +pass: max error 0, /m);
});

it("finds kernels and commands on the pages that teach them", () => {
  const counts = Object.fromEntries(
    PAGES.map(({ path, steps }) => [path, steps.filter(({ kind }) => kind === "command").length]),
  );
  expect(counts["README.md"]).toBeGreaterThanOrEqual(5);
  expect(counts["docs/guide/kernels.md"]).toBeGreaterThanOrEqual(7);
  expect(counts["docs/guide/tutorial.md"]).toBeGreaterThanOrEqual(9);
  expect(counts["docs/guide/orchestrations.md"]).toBeGreaterThanOrEqual(3);
});
