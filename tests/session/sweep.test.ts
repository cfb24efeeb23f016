import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import type { RunOptions } from "../../src/session/options.js";
import type { RunResult } from "../../src/session/result.js";
import { runSession } from "../../src/session/run.js";
import { planSweep, runSweep } from "../../src/session/sweep.js";
import type { SweepOutcome } from "../../src/session/sweep.js";
import { RUN_DEFAULTS } from "./harness.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu-sweep-"));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan = (set: string[], options: Partial<RunOptions> = {}) =>
  planSweep({ ...RUN_DEFAULTS, ...options, set });
const setsOf = async (...set: string[]) => (await plan(set))?.points.map((point) => point.set);

async function refusal(
  planned: Promise<unknown>,
): Promise<{ exitCode: number; problems: readonly Diagnostic[] }> {
  const error = await planned.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LinquError)) throw new Error("expected a refusal", { cause: error });
  return { exitCode: error.exitCode, problems: error.diagnostics };
}

async function sweep(set: string[], more: Partial<RunOptions> = {}): Promise<SweepOutcome> {
  const options = { ...RUN_DEFAULTS, ...more, set };
  return runSweep((await planSweep(options))!, options, {});
}

/** What does not depend on the computer. */
function exact(result: RunResult | null): Partial<RunResult> {
  const { wallMs, eventsPerSecond, peakRssBytes, ...rest } = result!;
  expect([wallMs, eventsPerSecond, peakRssBytes].every((figure) => figure > 0)).toBe(true);
  return rest;
}

describe("planSweep", () => {
  it("is null unless a value of --set is several", async () => {
    expect(await plan([])).toBeNull();
    expect(await plan(["ipcq.slots=2", "fabric.flitTrains=false"])).toBeNull();
  });

  it("takes a list in brackets and a text with commas as one value", async () => {
    expect(await plan(["cube.withoutRouters=[[2, 2], [2, 3]]", "description=small, cheap"])).toBeNull();
    expect(await setsOf("cube.withoutRouters=[[2, 2], [2, 3]],[]")).toEqual([
      {
        "cube.withoutRouters": [
          [2, 2],
          [2, 3],
        ],
      },
      { "cube.withoutRouters": [] },
    ]);
  });

  it("sweeps over names, sizes, flags and words", async () => {
    expect(await setsOf("ccl.algorithm=hierarchical, ring")).toEqual([
      { "ccl.algorithm": "hierarchical" },
      { "ccl.algorithm": "ring" },
    ]);
    expect(await setsOf("ipcq.slotBytes=4KiB,64KiB")).toEqual([
      { "ipcq.slotBytes": 4096 },
      { "ipcq.slotBytes": 65536 },
    ]);
    expect(await setsOf("fabric.flitTrains=true,false")).toHaveLength(2);
    expect(await setsOf("pe.tcm.readGBps=512,unlimited")).toEqual([
      { "pe.tcm.readGBps": 512 },
      { "pe.tcm.readGBps": "unlimited" },
    ]);
  });

  it("makes every combination in the given order, the last path fastest", async () => {
    const swept = (await plan(["ipcq.slots=4,1", "pe.clockGHz=1.5", "host.pcieNs=100,200"]))!;
    expect(swept.paths).toEqual(["ipcq.slots", "host.pcieNs"]);
    expect(swept.points.map(({ set }) => Object.values(set))).toEqual([
      [4, 100],
      [4, 200],
      [1, 100],
      [1, 200],
    ]);
    expect(swept.points[3]).toMatchObject({
      overrides: ["ipcq.slots=1", "pe.clockGHz=1.5", "host.pcieNs=200"],
      label: "ipcq.slots=1 host.pcieNs=200",
    });
  });

  it("makes 64 runs and refuses 65 and 10^10 with their number", async () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => index + 1).join();
    expect(await setsOf(`ipcq.slots=${values(8)}`, `pe.clockGHz=${values(8)}`)).toHaveLength(64);
    const one = await refusal(plan([`ipcq.slots=${values(65)}`]));
    expect([one.exitCode, one.problems[0]!.code]).toEqual([2, "LQ0011"]);
    expect(one.problems[0]!.message).toContain("has 65 runs; at most 64");
    const huge = ["ipcq.slots", "host.pcieNs", "pe.clockGHz", "pe.dispatchCycles", "pe.math.lanes"];
    const { problems } = await refusal(plan(huge.map((path) => `${path}=${values(100)}`)));
    expect(problems[0]!.message).toContain("100 × 100 × 100 × 100 × 100 = 10000000000 runs");
  });

  it("refuses a swept path that is set again", async () => {
    for (const set of [
      ["ipcq.slots=1,2", "ipcq.slots=4"],
      ["ipcq.slots=4", "ipcq.slots=1,2"],
    ]) {
      const { exitCode, problems } = await refusal(plan(set));
      expect([exitCode, problems[0]!.code]).toEqual([2, "LQ0008"]);
    }
  });

  it("refuses a bad value once, however many combinations it is in", async () => {
    const { exitCode, problems } = await refusal(plan(["ipcq.slots=1,0,4", "host.pcieNs=1,2"]));
    expect(exitCode).toBe(3);
    expect(problems).toMatchObject([
      {
        code: "LQ5011",
        message: expect.stringContaining("ipcq.slots is 0") as string,
        detail: ["in 2 of 6 runs: ipcq.slots=0 host.pcieNs=1; ipcq.slots=0 host.pcieNs=2"],
      },
    ]);
    expect((await refusal(plan(["ipcq.slots=1,,4"]))).problems[0]!.message).toContain("ipcq.slots is empty");
    // An unknown path has no values to split: the single run refuses it and names the nearest one.
    expect(await plan(["ipcq.slot=1,2"])).toBeNull();
  });

  it("refuses values that do not fit together, naming the combination, and devices that are not there", async () => {
    const unfit = (await refusal(plan(["counts.pesPerCube=8,4"]))).problems;
    expect(unfit).toMatchObject([{ code: "LQ5009", detail: ["in 1 of 2 runs: counts.pesPerCube=4"] }]);
    const absent = (await refusal(plan(["counts.sipsPerHost=1,2"], { device: "sip:1" }))).problems;
    expect(absent).toMatchObject([{ code: "LQ5022", detail: ["in 1 of 2 runs: counts.sipsPerHost=1"] }]);
    const fabric = (await refusal(plan(["fabric.kind=noc,nok"]))).problems;
    expect(fabric).toMatchObject([{ code: "LQ5030", detail: ["in 1 of 2 runs: fabric.kind=nok"] }]);
    const twice = (await refusal(plan(["counts.pesPerCube=4,8,4"]))).problems;
    expect(twice[0]!.detail).toEqual(["in 2 of 3 runs: counts.pesPerCube=4; counts.pesPerCube=4"]);
    const unknown = (await refusal(plan(["ipcq.slots=1,2"], { topology: "cub" }))).problems;
    expect(unknown).toMatchObject([{ code: "LQ5001", detail: ["in all 2 runs"] }]);
  });

  it("refuses an algorithm that the bench does not have before any run, and names the nearest", async () => {
    const { exitCode, problems } = await refusal(plan(["ccl.algorithm=ring,hierarchcal"]));
    expect(exitCode).toBe(3);
    expect(problems).toMatchObject([
      {
        code: "LQ0103",
        hint: expect.stringContaining('"hierarchical"') as string,
        detail: ["in 1 of 2 runs: ccl.algorithm=hierarchcal"],
      },
    ]);
    const asked = (await refusal(plan(["ipcq.slots=1,2"], { algorithm: "rign" }))).problems;
    expect(asked).toMatchObject([{ code: "LQ0103", detail: ["in all 2 runs"] }]);
  });
});

describe("runSweep", () => {
  it("gives what each run alone gives", async () => {
    const { exitCode, result, diagnostics } = await sweep(["ipcq.slots=1,4", "host.pcieNs=500,700"]);
    expect([exitCode, diagnostics]).toEqual([0, []]);
    const { paths, runs } = result.sweep;
    expect(paths).toEqual(["ipcq.slots", "host.pcieNs"]);
    expect(runs).toHaveLength(4);
    const alone = await runSession({ ...RUN_DEFAULTS, set: ["ipcq.slots=1", "host.pcieNs=700"] }, {});
    expect(runs[1]).toMatchObject({
      exitCode: 0,
      set: { "ipcq.slots": 1, "host.pcieNs": 700 },
      diagnostics: [],
    });
    expect(exact(runs[1]!.result)).toEqual(exact(alone.result));
    expect(runs[1]!.result!.topologyProvenance.overridden).toEqual(["ipcq.slots", "host.pcieNs"]);
    // Host copies and the launch cross PCIe, the collective does not.
    expect(runs[1]!.result!.simulatedNs).toBeGreaterThan(runs[0]!.result!.simulatedNs);
    expect(runs[1]!.result!.collectiveNs).toBe(runs[0]!.result!.collectiveNs);
  });

  it("goes on after a run that fails, and says which runs a problem is of", async () => {
    const kernel = join(folder, "needs-room.ts");
    // Two sends into one slot: nobody receives before the second one.
    writeFileSync(
      kernel,
      `import { defineKernel, tl } from "linqu/dsl";
export const needsRoom = defineKernel({ name: "needs-room", args: () => [] }, () => {
  tl.send("E", tl.zeros([1], "f32"));
  tl.send("E", tl.zeros([1], "f32"));
  tl.recv("W", [1], "f32");
  tl.recv("W", [1], "f32");
});`,
    );
    const { exitCode, result, diagnostics } = await sweep(["ipcq.slots=4,1,2"], { bench: null, kernel });
    expect(exitCode).toBe(5);
    expect(result.sweep.runs.map((run) => run.exitCode)).toEqual([0, 5, 0]);
    expect(result.sweep.runs[1]!.result?.verify.status).toBe("off");
    expect(diagnostics[0]).toMatchObject({ code: "LQ3101", severity: "error" });
    expect(diagnostics[0]!.detail.at(-1)).toBe("in 1 of 3 runs: ipcq.slots=1");
    expect(result.sweep.runs[1]!.diagnostics[0]!.detail).toEqual(diagnostics[0]!.detail.slice(0, -1));
  });

  it("says once what is wrong with every run", async () => {
    const kernel = join(folder, "broken.ts");
    writeFileSync(kernel, "export const broken = ;");
    const { exitCode, result, diagnostics } = await sweep(["ipcq.slots=1,2"], { bench: null, kernel });
    expect(exitCode).toBe(3);
    expect(result.sweep.runs.map((run) => run.result)).toEqual([null, null]);
    expect(diagnostics.map(({ detail }) => detail)).toEqual([["in all 2 runs"]]);
  });

  it("tells after each run which ones are over", async () => {
    const options = { ...RUN_DEFAULTS, topology: "pe", set: ["ipcq.slots=1,2,4"] };
    const over: unknown[] = [];
    await runSweep((await planSweep(options))!, options, {
      finished: ({ sweep: { paths, runs } }) => over.push([paths, runs.map(({ set }) => set["ipcq.slots"])]),
    });
    expect(over).toEqual([[1], [1, 2], [1, 2, 4]].map((slots) => [["ipcq.slots"], slots]));
  });

  it("counts the runs while it makes them", async () => {
    const phases = new Set<string>();
    const options = { ...RUN_DEFAULTS, topology: "pe", set: ["ipcq.slots=1,2"] };
    await runSweep((await planSweep(options))!, options, { progress: (phase) => void phases.add(phase) });
    expect([...phases]).toEqual([
      "run 1 of 2, compile",
      "run 1 of 2, simulate",
      "run 2 of 2, compile",
      "run 2 of 2, simulate",
    ]);
  });
});
