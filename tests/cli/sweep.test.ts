import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/session/result.js";
import type { SweepResult } from "../../src/session/sweep.js";
import { envelope, expectNoStack, linqu, temporaryFolder } from "./linqu.js";

describe("a sweep", () => {
  it("prints one line per run, and where the numbers come from", async () => {
    const ended = await linqu(["run", "--topology", "cube", "--verify-data", "--set", "ipcq.slots=1,2,4"]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    const lines = ended.stdout.split("\n");
    expect(lines[0]).toContain("allreduce on cube, 3 runs");
    expect(lines[1]!.trim().split(/ +/).slice(0, 2)).toEqual(["slots", "simulated"]);
    expect(lines.slice(2, 5).map((line) => line.trim().split(" ")[0])).toEqual(["1", "2", "4"]);
    expect(lines.slice(2, 5).every((line) => line.endsWith("pass"))).toBe(true);
    expect(lines[2]).toContain("×1.000");
    expect(ended.stdout).toMatch(/^ +numbers [^]*values changed:\s+ipcq\.slots/m);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("is one JSON object with all results", async () => {
    const argv = ["run", "--topology", "pe", "--set", "ipcq.slots=2,4", "--set", "pe.clockGHz=1,2", "--json"];
    const { schema, result, diagnostics } = envelope(await linqu(argv));
    expect([schema, diagnostics]).toEqual(["linqu/run/1", []]);
    const { paths, runs } = (result as SweepResult).sweep;
    expect(paths).toEqual(["ipcq.slots", "pe.clockGHz"]);
    expect(runs.map(({ set }) => Object.values(set))).toEqual([
      [2, 1],
      [2, 2],
      [4, 1],
      [4, 2],
    ]);
    expect(runs.map((run) => [run.exitCode, run.result?.topology])).toEqual(Array(4).fill([0, "pe"]));
  });

  it("ends with the code of the first run that fails", async () => {
    const argv = [
      "run",
      "--topology",
      "cube",
      "--set",
      "ipcq.slots=2,4",
      "--inject",
      "corrupt-element",
      "--json",
    ];
    const ended = await linqu(argv);
    const { exitCode, result, error } = envelope(ended);
    expect(exitCode).toBe(4);
    expect((result as SweepResult).sweep.runs.map((run) => run.exitCode)).toEqual([4, 4]);
    expect(error!.detail.at(-1)).toMatch(/^in (all 2|1 of 2) runs/);
    expectNoStack(ended);
  });

  it.each([
    ["a combination that does not fit", "run --topology cube --set counts.pesPerCube=8,4", 3, "LQ5009", "4"],
    ["a value out of range", "run --topology cube --set ipcq.slots=1,0", 3, "LQ5011", "ipcq.slots is 0"],
    ["too many runs", `run --set ipcq.slots=${"1,".repeat(64)}2`, 2, "LQ0011", "65 runs"],
    ["one file for many runs", "run --set ipcq.slots=1,2 --dump out.npz", 2, "LQ0012", "--dump"],
    ["a profile of many runs", "profile --set ipcq.slots=1,2", 2, "LQ0012", "linqu profile"],
  ])("is refused with %s", async (_what, line, exitCode, code, words) => {
    const cwd = temporaryFolder();
    const { error, result, ...rest } = envelope(await linqu([...line.split(" "), "--json"], { cwd }));
    expect([rest.exitCode, result]).toEqual([exitCode, null]);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(["out.npz", "ring_profile.json"].some((name) => existsSync(join(cwd, name)))).toBe(false);
  });

  it("is not what a list or a comma in a text asks for", async () => {
    const set = ["--set", "cube.withoutRouters=[[2,2],[2,3]]", "--set", "description=small, cheap"];
    const { result } = envelope(await linqu(["run", "--topology", "cube", ...set, "--json"]));
    expect((result as RunResult).topologyProvenance).toMatchObject({
      preset: "cube",
      overridden: ["cube.withoutRouters"],
    });
  });
});
