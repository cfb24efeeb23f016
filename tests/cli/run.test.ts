import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/session/result.js";
import { envelope, expectNoStack, linqu, temporaryFolder } from "./linqu.js";

/** Receives what nobody sends. */
const WAITING_KERNEL = `
import { defineKernel, output, tl, type Ptr } from "linqu/dsl";

export const waiting = defineKernel(
  { name: "waiting", args: () => [output("y", "f32", [4])] },
  (y: Ptr<"f32">) => {
    tl.store(y, tl.recv("W", [4], "f32"));
  },
);
`;

const BROKEN_KERNEL = `
import { defineKernel, output, tl, type Ptr } from "linqu/dsl";

export const broken = defineKernel(
  { name: "broken", args: () => [output("y", "f32", [4])] },
  (y: Ptr<"f32">) => {
    const count: number = "four";
    tl.stoer(y, tl.zeros([4], "f32"));
  },
);
`;

/** What fails before, during and after a run, with its exit code and the code of the first error. */
const FAILURES: [string, string, number, RegExp, string | null][] = [
  ["an unknown bench", "run --bench alreduce", 3, /^LQ0101$/, '"allreduce"'],
  ["an unknown topology", "run --topology cub", 3, /^LQ5001$/, '"cube"'],
  ["an unknown value of a topology", "run --topology pe --set ipcq.slot=2", 3, /^LQ5\d{3}$/, "slots"],
  ["an unknown algorithm", "run --topology pe --algorithm rign", 3, /^LQ0103$/, '"ring"'],
  ["a kernel file that is not there", "run --kernel gone.ts --topology pe", 3, /^LQ9001$/, null],
  ["a kernel that does not type-check", "run --kernel broken.ts --topology pe", 3, /^LQ1\d{3}$/, null],
  ["a corrupted element", "run --topology cube --verify-data --inject corrupt-element", 4, /^LQ\d{4}$/, null],
  ["a deadlock", "run --kernel waiting.ts --topology cube", 5, /^LQ3\d{3}$/, null],
];

function folderWithKernels(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "waiting.ts"), WAITING_KERNEL);
  writeFileSync(join(folder, "broken.ts"), BROKEN_KERNEL);
  return folder;
}

describe("a run that fails", () => {
  it.each(FAILURES)("%s: linqu %s", async (_what, line, exitCode, code, hint) => {
    const ended = await linqu([...line.split(" "), "--json"], { cwd: folderWithKernels() });
    const { schema, error } = envelope(ended);
    expect(ended.exitCode).toBe(exitCode);
    expect(schema).toBe("linqu/run/1");
    expect(error!.code).toMatch(code);
    if (hint !== null) expect(error!.hint).toContain(hint);
    expectNoStack(ended);
  });

  it("shows the kernel line of a deadlock to people", async () => {
    const ended = await linqu(["run", "--kernel", "waiting.ts", "--topology", "cube"], {
      cwd: folderWithKernels(),
    });
    expect(ended.exitCode).toBe(5);
    expect(ended.stderr).toContain("waiting.ts:7:");
    expect(ended.stderr).toContain('tl.store(y, tl.recv("W", [4], "f32"));');
    expect(ended.stderr).toContain("^^");
    expectNoStack(ended);
  });
});

describe("linqu run", () => {
  it("counts what the presets say and judges the values", async () => {
    const ended = await linqu(["run", "--topology", "cube", "--verify-data", "--data", "pm1", "--json"]);
    const result = envelope(ended).result as RunResult;
    expect(result).toMatchObject({
      bench: "allreduce",
      topology: "cube",
      ranks: 8,
      pes: 8,
      hosts: 1,
      bytes: 4096,
    });
    expect(result.verify).toMatchObject({ status: "pass", maxAbs: 0, mismatches: 0 });
    // nccl-tests: busbw of an all-reduce is algbw × 2(n − 1)/n.
    expect(result.busbwGBps / result.algbwGBps).toBeCloseTo((2 * 7) / 8, 9);
  });

  it("leaves stderr empty and stdout to the report when all is well", async () => {
    const ended = await linqu(["run", "--topology", "pe"]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ended.stdout).toContain("allreduce on pe");
    expect(ended.stdout).not.toContain("\u001b");
  });
});

describe("linqu profile", () => {
  it("writes the profile and the trace and names both", async () => {
    const cwd = temporaryFolder();
    const argv = ["profile", "--topology", "cube", "--trace", "trace.json", "--json"];
    const { schema, result } = envelope(await linqu(argv, { cwd }));
    expect(schema).toBe("linqu/profile/1");
    expect(result).toMatchObject({ profile: "./ring_profile.json", trace: "trace.json", ranks: 8 });
    expect((result as RunResult).files).toEqual(["./ring_profile.json", "trace.json"]);
    for (const file of ["ring_profile.json", "trace.json"]) {
      expect(JSON.parse(readFileSync(join(cwd, file), "utf8"))).toBeTypeOf("object");
    }
  });

  it("keeps the result when a file cannot be written", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "file"), "");
    const ended = await linqu(["profile", "--topology", "pe", "--out", "file/profile.json", "--json"], {
      cwd,
    });
    const { exitCode, result, error } = envelope(ended);
    expect(exitCode).toBe(3);
    expect(error).toMatchObject({ code: "LQ9002" });
    expect(result).toMatchObject({ bench: "allreduce", profile: null });
  });

  it("profiles a run that fails, too", async () => {
    const cwd = folderWithKernels();
    const ended = await linqu(["profile", "--kernel", "waiting.ts", "--topology", "cube", "--json"], { cwd });
    expect(envelope(ended).exitCode).toBe(5);
    expect(existsSync(join(cwd, "ring_profile.json"))).toBe(true);
  });
});

describe("linqu compile", () => {
  it("shows the errors of every file and still writes what compiles", async () => {
    const cwd = folderWithKernels();
    const argv = ["compile", "broken.ts", "gone.ts", "waiting.ts", "--json"];
    const { exitCode, result, diagnostics } = envelope(await linqu(argv, { cwd }));
    expect(exitCode).toBe(3);
    expect(diagnostics.map((entry) => entry.code)).toContain("LQ9001");
    expect(diagnostics.filter((entry) => entry.at?.file.endsWith("broken.ts"))).toHaveLength(2);
    const { bundles } = result as { bundles: { name: string; path: string; kernels: string[] }[] };
    expect(bundles).toMatchObject([{ name: "waiting", kernels: ["waiting"] }]);
    expect(existsSync(join(cwd, bundles[0]!.path, "manifest.json"))).toBe(true);
  });

  it("takes an unchanged kernel from the cache, unless told not to", async () => {
    const cwd = folderWithKernels();
    const env = { XDG_CACHE_HOME: join(cwd, "cache") };
    const cached = async (...flags: string[]): Promise<unknown> => {
      const { result } = envelope(await linqu(["compile", "waiting.ts", "--json", ...flags], { cwd, env }));
      return (result as { bundles: { cached: boolean }[] }).bundles[0]!.cached;
    };
    expect(await cached()).toBe(false);
    expect(await cached()).toBe(true);
    expect(await cached("--no-cache")).toBe(false);
  });
});

it("lists what there is to run, and on what", async () => {
  const { schema, result } = envelope(await linqu(["list", "--json"]));
  expect(schema).toBe("linqu/list/1");
  const { benches, topologies, kernels } = result as {
    benches: { name: string; algorithms: string[] }[];
    topologies: { name: string; ranks: number }[];
    kernels: unknown[];
  };
  const ranks = Object.fromEntries(topologies.map((topology) => [topology.name, topology.ranks]));
  expect(ranks).toMatchObject({
    pe: 1,
    cube: 8,
    host: 2 * 16 * 8,
    supernode: 16_384,
    cluster: 262_144,
    ring: 1024,
  });
  const algorithms = Object.fromEntries(benches.map((bench) => [bench.name, bench.algorithms]));
  expect(algorithms).toMatchObject({
    allreduce: expect.arrayContaining(["hierarchical", "ring"]) as string[],
    "gemm-single-pe": ["load-load", "load-ref", "ref-ref"],
  });
  expect(kernels).toContainEqual({ name: "ring-allreduce", file: "kernels/ring-allreduce.ts" });
});
