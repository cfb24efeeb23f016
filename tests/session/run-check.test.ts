import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf } from "../compiler/workbench.js";
import { ownCache, run } from "./harness.js";

ownCache();

function fileOf(body: string, options = ""): string {
  const folder = folderOf({});
  const head = 'import { allReduce, defineKernel, input, output, tl, type Ptr } from "linqu/dsl";\n';
  const args = 'args: () => [input("x", "f32", [64]), output("y", "f32", [64])]';
  const text = `export const k = defineKernel({ name: "k", ${args}, ${options} }, (x: Ptr, y: Ptr) => {\n${body}\n});\n`;
  writeFileSync(join(folder, "k.ts"), head + text);
  return join(folder, "k.ts");
}

const checked = (body: string, options = "", others: Parameters<typeof run>[0] = {}) =>
  run({ bench: null, kernel: fileOf(body, options), check: true, ...others });

const COPY = "tl.store(y, tl.load(x, [64]));";

describe("the check before a run", () => {
  it("is part of the result, and states what it has decided", async () => {
    const { exitCode, result } = await checked(COPY);
    expect(exitCode).toBe(0);
    expect(result!.check).toEqual({
      status: "ok",
      verdict: "ends without deadlock, in every interleaving of 8 ranks with 4-slot queues",
      operations: 16,
    });
    expect((await checked(COPY, "", { check: false })).result!.check).toBeNull();
  });

  it.each([
    ["a deadlock", 'tl.recv("W", [4], "f32");', "", 5, "LQ3101"],
    ["shapes", 'tl.send("E", tl.load(x, [64]) + tl.load(x, [63]));', "", 3, "LQ2002"],
    ["wrong results", COPY, 'expect: allReduce("sum")', 4, "LQ3601"],
  ])("stops a run with %s before it starts", async (_what, body, options, exitCode, code) => {
    const outcome = await checked(body, options);
    expect(outcome).toMatchObject({ exitCode, result: null, record: null });
    expect(outcome.diagnostics.map((problem) => problem.code)).toEqual([code]);
  });

  it("lets a run go on that leaves messages behind: the machine warns of them", async () => {
    const { exitCode, result, diagnostics } = await checked(`tl.send("E", tl.load(x, [64]));\n${COPY}`);
    expect(exitCode).toBe(0);
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["warning LQ3202"]);
    expect(result!.check!.verdict).toContain("LQ3202");
  });

  it("leaves kernels that decide by values to the run, and long ones undecided", async () => {
    const item = await checked(`if (tl.item(tl.load(x, [1])) > 7) tl.recv("W", [4], "f32");\n${COPY}`);
    expect([item.exitCode, item.result!.check!.status]).toEqual([0, "not decided"]);
    const long = await checked(`for (let i = 0; i < 300000; i++) tl.zeros([1], "f32");\n${COPY}`);
    expect(long.exitCode).toBe(0);
    expect(long.result!.check).toMatchObject({ status: "not decided", operations: 2_000_000 });
  });
});
