import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { writeBundle } from "../../src/compiler/write.js";
import { checkSession, type CheckOptions } from "../../src/session/check.js";
import { ownCache } from "./harness.js";
import { folderOf } from "../compiler/workbench.js";

ownCache();

const DEFAULTS: CheckOptions = {
  file: "",
  worlds: null,
  depth: null,
  topology: "pe",
  set: [],
  bytes: 4096,
  dtype: "f32",
  constexpr: {},
  data: "±1",
  seed: 1,
};

const IMPORTS = 'import { defineKernel, input, output, tl, constexpr, type Ptr } from "linqu/dsl";\n';
const kernel = (name: string, options: string, body: string): string =>
  `export const ${name} = defineKernel({ name: "${name}", ${options} args: () => [] }, () => {\n${body}\n});\n`;
const GOOD = 'tl.send("E", tl.zeros([4], "f32"));\ntl.recv("W", [4], "f32");';

function fileOf(text: string): string {
  const folder = folderOf({});
  writeFileSync(join(folder, "k.ts"), IMPORTS + text);
  return join(folder, "k.ts");
}

const check = (file: string, options: Partial<CheckOptions> = {}) =>
  checkSession({ ...DEFAULTS, ...options, file }, {});

async function refusal(promise: Promise<unknown>): Promise<{ code: string; exitCode: number }> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LinquError);
  const { exitCode, diagnostics } = error as LinquError;
  return { code: diagnostics[0]!.code, exitCode };
}

describe("checkSession", () => {
  it("checks 1 to 9 and 16 ranks and the topology's own number; a ring needs two", async () => {
    const { result, exitCode } = await check(fileOf(kernel("ring", "worlds: (world) => world > 1,", GOOD)), {
      set: ["counts.hostsPerPod=12"],
    });
    expect(exitCode).toBe(0);
    const [ring] = result.kernels;
    expect(ring!.worlds.map(({ world }) => world)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16]);
    expect(ring!.worlds.map(({ status }) => status)).toEqual([
      "not applicable",
      ...new Array<string>(10).fill("ok"),
    ]);
  });

  it("checks every kernel of a file, or the one that is named; the worst exit code counts", async () => {
    const file = fileOf(kernel("good", "", GOOD) + kernel("bad", "", 'tl.recv("W", [4], "f32");'));
    const both = await check(file, { worlds: [2, 3] });
    expect(both.result.kernels.map(({ name }) => name)).toEqual(["good", "bad"]);
    expect(both.exitCode).toBe(5);
    // The same place with both numbers of ranks is one finding.
    expect(both.diagnostics.map(({ code }) => code)).toEqual(["LQ3101"]);
    expect(both.diagnostics[0]!.detail).toContain("kernel bad, worlds 2-3");
    expect((await check(`${file}#good`, { worlds: [2] })).exitCode).toBe(0);
  });

  it("gives exit 3 for what a run would refuse, and 0 with a note where no number of ranks is admitted", async () => {
    const shapes = kernel("shapes", "", 'tl.zeros([4], "f32") + tl.zeros([tl.worldSize() + 3], "f32");');
    const refused = await check(fileOf(shapes), { worlds: [1, 2] });
    expect([refused.exitCode, refused.diagnostics.at(-1)!.code]).toEqual([3, "LQ2002"]);
    const none = await check(fileOf(kernel("none", "worlds: (world) => world === 77,", GOOD)));
    expect([none.exitCode, none.diagnostics.map(({ code }) => code)]).toEqual([0, ["LQ3003"]]);
  });

  it("does not execute a kernel with more ranks when it has not ended", async () => {
    const endless = kernel("endless", "", "for (let i = 0; i >= 0; i++) tl.print(i);");
    const { exitCode, result, diagnostics } = await check(fileOf(endless), {
      worlds: [2, 3, 64],
      set: ["limits.stepBudget=1000"],
    });
    expect([exitCode, diagnostics.map(({ code }) => code)]).toEqual([5, ["LQ3402"]]);
    expect(result.kernels[0]!.worlds.map(({ status, operations }) => [status, operations > 0])).toEqual([
      ["failed", true],
      ["not decided", false],
      ["not decided", false],
    ]);
  });

  it("shows where a function of the definition threw", async () => {
    const broken = (options: string): string => kernel("broken", `${options}\n`, "tl.print(1);");
    for (const name of ["worlds", "neighbors"]) {
      const text = broken(`${name}: () => { throw new Error("no"); },`);
      const { exitCode, diagnostics } = await check(fileOf(text), { worlds: [1] });
      const { line, column } = diagnostics[0]!.at!;
      expect([exitCode, line, column]).toEqual([3, 2, text.indexOf("new Error") + 1]);
    }
  });

  it("takes --depth and --set as the machine's", async () => {
    const burst = kernel(
      "burst",
      "",
      `for (let i = 0; i < 3; i++) tl.send("E", tl.zeros([4], "f32"));
      for (let i = 0; i < 3; i++) tl.recv("W", [4], "f32");`,
    );
    const file = fileOf(burst);
    expect((await check(file, { worlds: [2], depth: 3 })).exitCode).toBe(0);
    const shallow = await check(file, { worlds: [2], set: ["ipcq.slots=2"] });
    expect(shallow.diagnostics.map(({ code }) => code)).toEqual(["LQ3103"]);
  });

  it("checks a bundle that was written, with the positions of its sources", async () => {
    const file = fileOf(
      `const { N } = constexpr({ N: 4 });\n${kernel("bad", "", 'tl.recv("W", [N], "f32");')}`,
    );
    const bundle = await compileKernel(file, { constexpr: { N: 8 } });
    const { path } = writeBundle(bundle, folderOf({}));
    const { exitCode, diagnostics } = await check(path, { worlds: [2] });
    expect([exitCode, diagnostics[0]!.code, diagnostics[0]!.at?.line]).toEqual([5, "LQ3101", 4]);
    expect(await refusal(check(path, { constexpr: { N: 2 } }))).toEqual({ code: "LQ0007", exitCode: 2 });
  });

  it.each([
    ["manifest.json", "{"],
    ["manifest.json", '{"format":"linqu.bundle/1","api":"tl/1"}'],
    ["bundle.js", "a syntax error ("],
    ["bundle.js.map", "{"],
    ["bundle.js.map", null],
  ])("refuses a bundle whose %s is damaged or gone: %s", async (name, text) => {
    const bundle = await compileKernel(fileOf(kernel("good", "", GOOD)));
    const { path } = writeBundle(bundle, folderOf({}));
    if (text === null) rmSync(join(path, name));
    else writeFileSync(join(path, name), text);
    expect(await refusal(check(path))).toEqual({ code: "LQ9001", exitCode: 3 });
  });

  it("refuses what it cannot check", async () => {
    expect(await refusal(check(fileOf("export const x = 1;")))).toEqual({ code: "LQ1003", exitCode: 3 });
    const file = fileOf(kernel("good", "", GOOD));
    expect(await refusal(check(`${file}#other`))).toEqual({ code: "LQ1004", exitCode: 3 });
    expect(await refusal(check(file, { worlds: [1_000_000] }))).toEqual({ code: "LQ6003", exitCode: 3 });
    const broken = folderOf({ "manifest.json": "{}" });
    expect(await refusal(check(broken))).toEqual({ code: "LQ9001", exitCode: 3 });
  });

  it("tells a machine of so many cubes or SIPs where ranks are those", async () => {
    const axis = (unit: string, name: string): string =>
      kernel(
        unit,
        `rankUnit: "${unit}",`,
        `tl.staticAssert(tl.worldSize("${name}") === tl.worldSize(), "all ranks on axis ${name}");\ntl.print(1);`,
      );
    for (const [unit, name] of [
      ["pe", "pe"],
      ["cube", "cube"],
      ["sip", "sip"],
    ] as const)
      expect((await check(fileOf(axis(unit, name)), { worlds: [1, 2, 6, 7] })).exitCode).toBe(0);
  });
});
