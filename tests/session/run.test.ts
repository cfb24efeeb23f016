import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import type { RunOptions } from "../../src/session/options.js";
import { runSession } from "../../src/session/run.js";
import { RUN_DEFAULTS } from "./harness.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu session "));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (options: Partial<RunOptions>) => runSession({ ...RUN_DEFAULTS, ...options }, {});

async function refusal(options: Partial<RunOptions>): Promise<LinquError> {
  const error = await run(options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LinquError);
  return error as LinquError;
}

function kernelFile(name: string, source: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, source);
  return file;
}

describe("runSession", () => {
  it("sends 2(P − 1) messages for one piece over a tree of P ranks", async () => {
    for (const [topology, ranks] of [
      ["cube", 8],
      ["sip", 128],
      ["host", 256],
    ] as const) {
      const { result } = await run({ topology });
      expect([result?.ranks, result?.messages]).toEqual([ranks, 2 * (ranks - 1)]);
    }
  });

  it("sends 2n(n − 1) messages over a ring of n ranks, and names its bandwidths as nccl-tests does", async () => {
    const { result } = await run({ algorithm: "ring" });
    expect(result?.messages).toBe(2 * 8 * 7);
    expect(result?.algbwGBps).toBeCloseTo(4096 / result!.collectiveNs, 9);
    expect(result?.busbwGBps).toBeCloseTo((result!.algbwGBps * 14) / 8, 9);
  });

  it("charges the time of every rank to exactly one cause", async () => {
    const { record } = await run({ topology: "sip" });
    const charged = record!.sites.reduce((sum, site) => sum + site.totalPs, 0);
    const waits = record!.sites.reduce((sum, site) => sum + site.byCausePs.reduce((a, b) => a + b, 0), 0);
    expect(waits).toBe(charged);
    // No rank can be charged more than the time from the first start to the last end.
    expect(charged).toBeLessThanOrEqual(128 * record!.collectivePs);
    expect(charged).toBeGreaterThan(0.5 * 128 * record!.collectivePs);
  });

  it("takes the algorithm that the topology prefers", async () => {
    const { result } = await run({ topology: "ring", set: ["counts.pesPerCube=4"] });
    expect(result?.algorithm).toBe("ring");
  });

  it("refuses names that do not exist and tells the nearest", async () => {
    const bench = await refusal({ bench: "allredcue" });
    expect(bench.diagnostics[0]).toMatchObject({
      code: "LQ0101",
      hint: expect.stringContaining('"allreduce"') as string,
    });
    const algorithm = await refusal({ algorithm: "rign" });
    expect(algorithm.diagnostics[0]).toMatchObject({
      code: "LQ0103",
      hint: expect.stringContaining('"ring"') as string,
    });
    const preference = await refusal({ set: [" ccl.algorithm = rign"] });
    expect(preference.diagnostics[0]?.code).toBe("LQ0103");
    for (const error of [bench, algorithm, preference]) expect(error.exitCode).toBe(3);
  });

  it("refuses an algorithm that a user's topology prefers and the bench does not have, with its place", async () => {
    const base = join(folder, "base.yaml");
    const topology = join(folder, "own.yaml");
    writeFileSync(base, "extends: cube\n\nccl: { algorithm: rign }\n");
    writeFileSync(topology, "extends: ./base.yaml\n");
    const { exitCode, diagnostics } = await refusal({ topology });
    expect(exitCode).toBe(3);
    expect(diagnostics[0]).toMatchObject({
      code: "LQ0103",
      message: 'bench allreduce has no algorithm "rign"',
      hint: expect.stringContaining('"ring"') as string,
      at: { file: base, line: 3, column: 19 },
    });
    // Whatever else the user states wins; a preset's preference need not fit.
    expect((await run({ topology, algorithm: "ring" })).result?.algorithm).toBe("ring");
    expect((await run({ topology, set: ["ccl.algorithm=ring"] })).result?.algorithm).toBe("ring");
    const gemm = await run({ bench: "gemm-single-pe", topology: "kernbench", device: "sip:0/cube:0/pe:0" });
    expect(gemm.exitCode).toBe(0);
  });

  it("refuses a run that would exceed the limits, unless it is forced", async () => {
    const events = await refusal({ set: ["limits.maxEvents=100"], algorithm: "ring" });
    expect([events.exitCode, events.diagnostics[0]?.code]).toEqual([3, "LQ6001"]);
    const memory = await refusal({ set: ["limits.maxMemoryBytes=1000000"] });
    expect([memory.exitCode, memory.diagnostics[0]?.code]).toEqual([3, "LQ6002"]);
    const forced = await run({ set: ["limits.maxMemoryBytes=1000000"], force: true });
    expect(forced.exitCode).toBe(0);
  });

  it("stops a run that has exceeded its events in spite of the prediction", async () => {
    const file = kernelFile(
      "endless",
      `import { defineKernel, tl } from "linqu/dsl";
export const endless = defineKernel({ name: "endless", args: () => [] }, () => {
  for (let i = 0; tl.worldSize() > 0; i++) {
    tl.send("E", tl.zeros([1], "f32"));
    tl.recv("W", [1], "f32");
  }
});`,
    );
    const outcome = await run({ bench: null, kernel: file, set: ["limits.maxEvents=10000000"] });
    expect([outcome.exitCode, outcome.diagnostics[0]?.code]).toEqual([5, "LQ3403"]);
  });

  it("reports a kernel's own exception with its place", async () => {
    const file = kernelFile(
      "throws",
      `import { defineKernel, input, tl, type Ptr } from "linqu/dsl";
export const throws = defineKernel({ name: "throws", args: () => [input("x", "f32", [4])] }, (x: Ptr) => {
  const t = tl.load(x, [4]);
  const table: number[][] = [];
  tl.store(x, t * table[tl.rank()][0]);
});`,
    );
    const outcome = await run({ bench: null, kernel: file });
    expect(outcome.exitCode).toBe(5);
    expect(outcome.diagnostics[0]).toMatchObject({ code: "LQ3702", at: { line: 5 } });
  });

  it("says that a kernel does not admit a world size", async () => {
    const file = kernelFile(
      "even",
      `import { defineKernel, tl } from "linqu/dsl";
export const even = defineKernel({ name: "even", worlds: (n) => n === 3, args: () => [] }, () => {
  tl.send("E", tl.zeros([1], "f32"));
  tl.recv("W", [1], "f32");
});`,
    );
    const outcome = await run({ bench: null, kernel: file });
    expect([outcome.exitCode, outcome.result, outcome.diagnostics[0]?.code]).toEqual([0, null, "LQ3003"]);
  });

  it("shows a plain function how to become a kernel that can be run", async () => {
    const file = kernelFile(
      "plain",
      `import { tl, type Ptr } from "linqu/dsl";
export function copy(x: Ptr, y: Ptr, n: number) { tl.store(y, tl.load(x, [n])); }`,
    );
    const error = await refusal({ bench: null, kernel: file });
    expect(error.diagnostics[0]?.code).toBe("LQ1008");
    expect(error.diagnostics[0]?.detail.join("\n")).toContain("export const copy = defineKernel(");
  });

  it("traces the first PE of every chip and the slowest ranks", async () => {
    const { record } = await run({ topology: "host", trace: { device: null, maxLanes: 500 } });
    const processes = new Set(record!.spans!.lanes.map((lane) => lane.process));
    expect([...processes].sort()).toEqual(["host0/sip0", "host0/sip1"]);
    expect(record!.spans!.lanes.map((lane) => lane.lane)).toContain("cube0.pe0 kernel");
    expect(record!.spans!.omittedLanes).toBeGreaterThan(0);
  });

  it("gives every rank its own arguments, as different as they are", async () => {
    const file = kernelFile(
      "limits",
      `import { defineKernel, tl } from "linqu/dsl";
export const limits = defineKernel(
  { name: "limits", args: ({ rank }) => [rank === 0 ? Infinity : -Infinity, [rank === 1 ? -0 : 0]] },
  (limit: number, zero: readonly number[]) => {
    tl.print(limit, 1 / zero[0]);
  },
);`,
    );
    const { result } = await run({
      bench: null,
      kernel: file,
      topology: "ring",
      set: ["counts.pesPerCube=3"],
    });
    expect(result?.prints).toEqual([
      "[rank 0] Infinity Infinity",
      "[rank 1] -Infinity -Infinity",
      "[rank 2] -Infinity Infinity",
    ]);
  });

  it("refuses arguments that cannot be told apart or copied, and a kernel that changes its own", async () => {
    const source = (
      args: string,
      type: string,
      body: string,
    ): string => `import { defineKernel, tl } from "linqu/dsl";
export const k = defineKernel({ name: "k", args: () => [${args}] }, (p: ${type}) => { ${body} });`;
    const fn = await refusal({
      bench: null,
      kernel: kernelFile("fn", source("(n) => n", "(n: number) => number", "tl.print(p(1));")),
    });
    expect([fn.exitCode, fn.diagnostics[0]?.code]).toEqual([3, "LQ2101"]);
    const changed = await run({
      bench: null,
      kernel: kernelFile("changed", source("{ at: 0 }", "{ at: number }", "p.at += 1; tl.print(p.at);")),
    });
    expect([changed.exitCode, changed.diagnostics[0]?.code]).toEqual([5, "LQ3702"]);
  });

  it("warns of messages that nobody received", async () => {
    const file = kernelFile(
      "extra",
      `import { defineKernel, tl } from "linqu/dsl";
export const extra = defineKernel({ name: "extra", args: () => [] }, () => {
  tl.send("E", tl.zeros([1], "f32"));
  tl.send("E", tl.zeros([1], "f32"));
  tl.recv("W", [1], "f32");
});`,
    );
    const outcome = await run({ bench: null, kernel: file });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.diagnostics).toMatchObject([
      {
        code: "LQ3202",
        severity: "warning",
        at: { line: 4 },
        message: expect.stringContaining("8 messages") as string,
      },
    ]);
  });

  it("lets every setting of the network reach the time of the collective", async () => {
    const time = async (set: string[]): Promise<number> => {
      const { result } = await run({
        topology: "supernode",
        device: "host:0,16/sip:0/cube:0/pe:0",
        bytes: 65536,
        set,
      });
      return result!.collectiveNs;
    };
    const base = await time([]);
    expect(await time(["network.clos1.bandwidthGBps=0.1"])).toBeGreaterThan(2 * base);
    expect(await time(["network.pod.oversubscription=100"])).toBeGreaterThan(2 * base);
  });

  describe("with an orchestration of its own", () => {
    const bench = (body: string, kernel = RING_OF_ONE): string => {
      kernelFile("ring", kernel);
      kernelFile(
        "host",
        `import { defineOrchestration, rt } from "linqu/dsl";
export const host = defineOrchestration({ level: "HOST" }, () => { ${body} });`,
      );
      return kernelFile(
        "bench",
        `import { defineBench } from "linqu/dsl";
export default defineBench({ name: "b", description: "b", algorithms: { a: "./ring.ts" }, defaultAlgorithm: "a", orchestrations: ["./host.ts#host"] });`,
      );
    };
    const each = "for (let c = 0; c < rt.childCount(); c++) rt.submit({ to: c }); rt.waitAll();";

    it("launches different chips at the same time", async () => {
      const apart = await run({ bench: bench(each), topology: "host" });
      expect(apart.exitCode).toBe(0);
      const together = await run({ bench: bench('rt.submit({ to: "all" });'), topology: "host" });
      // The second chip's copies and submit come later, but its kernels do not wait for the first chip's.
      expect(apart.result!.messages).toBe(together.result!.messages);
    });

    it("reports the collective of one launch, not the time between launches", async () => {
      const once = await run({ bench: bench('rt.submit({ to: "all" });'), topology: "host" });
      const twice = await run({
        bench: bench('rt.submit({ to: "all" }); rt.submit({ to: "all" });'),
        topology: "host",
      });
      expect(twice.result!.messages).toBe(2 * once.result!.messages);
      expect(twice.result!.collectiveNs / once.result!.collectiveNs).toBeLessThan(1.5);
    });

    it("fails when it leaves out some ranks", async () => {
      const body = "rt.submit({ to: 1 });";
      const stuck = await run({ bench: bench(body), topology: "host" });
      expect([stuck.exitCode, stuck.diagnostics[0]?.code]).toEqual([5, "LQ3101"]);
      const idle = await run({ bench: bench(body, ALONE), topology: "host" });
      expect([idle.exitCode, idle.diagnostics[0]?.code]).toEqual([5, "LQ7022"]);
      expect(idle.diagnostics[0]?.message).toContain("128 of 256 ranks: 0-127");
    });
  });
});

/** Every rank exchanges one element with its neighbours in the world's ring. */
const RING_OF_ONE = `import { defineKernel, input, tl, type Ptr } from "linqu/dsl";
export const ring = defineKernel({ name: "ring", args: () => [input("x", "f32", [1])] }, (x: Ptr) => {
  tl.send("E", tl.load(x, [1]));
  tl.recv("W", [1], "f32");
});`;

const ALONE = `import { defineKernel, input, tl, type Ptr } from "linqu/dsl";
export const alone = defineKernel({ name: "alone", args: () => [input("x", "f32", [1])] }, (x: Ptr) => {
  tl.store(x, tl.load(x, [1]) + 1);
});`;
