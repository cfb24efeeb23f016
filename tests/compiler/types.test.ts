import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/base/package-root.js";
import { LinquError } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { folderOf } from "./workbench.js";

const FIXTURES = join(packageRoot(), "tests", "compiler", "fixtures");

describe("the language", () => {
  it.each(["attention-block", "orchestration"])("accepts %s", async (name) => {
    const { manifest } = await compileKernel(join(FIXTURES, "good", `${name}.ts`), { cache: false });
    expect(manifest.kernels.length + manifest.orchestrations.length).toBe(1);
  });

  it.each([
    [
      "allreduce",
      ["pe", "cube", "sip", "host", "pod", "supernode"].flatMap((axis) =>
        ["E", "W", "N", "S"].map((direction) => `${axis}:${direction}`),
      ),
    ],
    ["ring-allreduce", ["world:E"]],
  ])("accepts the shipped kernel %s and finds its queues", async (name, queues) => {
    const { manifest } = await compileKernel(join(packageRoot(), "kernels", `${name}.ts`), { cache: false });
    expect(manifest.kernels.map(({ defined }) => defined)).toEqual([true]);
    expect(manifest.kernels[0]!.queues).toEqual(queues);
  });

  it("finds nothing doubtful in the shipped kernels", async () => {
    const folder = join(packageRoot(), "kernels");
    const found: string[] = [];
    for (const name of readdirSync(folder).filter((each) => each.endsWith(".ts"))) {
      const { warnings } = await compileKernel(join(folder, name), { cache: false });
      found.push(...warnings.map(({ code, at }) => `${name}:${at?.line} ${code}`));
    }
    expect(found).toEqual([]);
  });

  it.each(["dtypes", "arguments"])("refuses %s where its comments say", async (name) => {
    const file = join(FIXTURES, "bad", `${name}.ts`);
    const expected = readFileSync(file, "utf8")
      .split("\n")
      .flatMap((text, index) => {
        const comment = /\/\/ (LQ\d+): (\d+)-(\d+)/.exec(text);
        return comment ? [`${index + 1}:${comment[2]}-${comment[3]} ${comment[1]}`] : [];
      });
    const error = await compileKernel(file, { cache: false }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(LinquError);
    const found = (error as LinquError).diagnostics.map(
      ({ at, code }) => `${at!.line}:${at!.column}-${at!.endColumn} ${code}`,
    );
    expect(found).toEqual(expected);
  });

  it("is checked in the same way by an editor's TypeScript", () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript")), "tsc.js");
    const preset = join(packageRoot(), "dsl", "kernel.tsconfig.json");
    const check = (folder: string): string => {
      const project = join(
        folderOf({ "tsconfig.json": JSON.stringify({ extends: preset, include: [`${folder}/*.ts`] }) }),
        "tsconfig.json",
      );
      try {
        return execFileSync(process.execPath, [tsc, "-p", project, "--pretty", "false"], {
          encoding: "utf8",
        });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    expect(check(join(FIXTURES, "good"))).toBe("");
    const lines = check(join(FIXTURES, "bad"))
      .split("\n")
      .filter((line) => /^\S.*error TS/.test(line));
    expect(lines.map((line) => /(\w+)\.ts\((\d+)/.exec(line)!.slice(1).join(":")).sort()).toEqual([
      "arguments:17",
      "arguments:20",
      "arguments:6",
      "dtypes:10",
      "dtypes:12",
      "dtypes:13",
      "dtypes:9",
    ]);
  });
});
