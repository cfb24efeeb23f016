import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinquError } from "../../src/base/diagnostics.js";
import type { RunOptions } from "../../src/session/options.js";
import { runSession } from "../../src/session/run.js";
import { RUN_DEFAULTS } from "./harness.js";

const DEFAULTS: RunOptions = {
  ...RUN_DEFAULTS,
  bench: "gemm-single-pe",
  topology: "pe",
  bytes: 8192,
  dtype: "f16",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu composite "));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (options: Partial<RunOptions>) => runSession({ ...DEFAULTS, ...options }, {});

/** Runs a kernel over x and w of [10, 10] and y of the same shape. */
async function runKernel(body: string) {
  const file = join(folder, "kernel.ts");
  writeFileSync(
    file,
    `import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
export const k = defineKernel(
  {
    name: "k",
    args: ({ dtype }) => [
      input("x", dtype, [10, 10]), input("w", dtype, [10, 10]), output("y", dtype, [10, 10]),
    ],
  },
  (x: Ptr, w: Ptr, y: Ptr) => {
    ${body}
  },
);`,
  );
  return run({ bench: null, kernel: file });
}

describe("the bench gemm-single-pe", () => {
  it("has the windows of the reference: 992 ns of pipeline in 1,765 ns for 32×3072×32", async () => {
    const { result } = await run({ bytes: 32 * 3072 * 2, topology: "host", device: "sip:0/cube:0/pe:0" });
    expect(Math.abs(result!.pipelineNs / 992 - 1)).toBeLessThan(0.05);
    expect(Math.abs(result!.allNs / 1765 - 1)).toBeLessThan(0.05);
  });

  it("shows in a trace for how long its kernel waits", async () => {
    const { record } = await run({ trace: { device: null, maxLanes: 10 } });
    const { spans, sites } = record!;
    const wait = spans!.name.findIndex((name) => spans!.names[name] === "wait");
    expect(sites[spans!.site[wait]!]?.op).toBe("wait");
    const waitedPs = spans!.endPs[wait]! - spans!.startPs[wait]!;
    expect(waitedPs).toBe(sites.find(({ op }) => op === "wait")!.byCausePs[8]);
  });

  it("is predicted to take an event for each tile of its command", async () => {
    // 48 tiles, and the start of the kernel.
    const options = { bytes: 32 * 3072 * 2 };
    const error = (await run({ ...options, set: ["limits.maxEvents=48"] }).catch(
      (thrown: unknown) => thrown,
    )) as LinquError;
    expect([error.exitCode, error.diagnostics[0]?.code]).toEqual([3, "LQ6001"]);
    expect((await run({ ...options, set: ["limits.maxEvents=100"] })).exitCode).toBe(0);
  });
});

describe("a composite command is refused", () => {
  const streamed = "tl.ref(x, [10, 10]), tl.ref(w, [10, 10])";
  it.each([
    [
      "inner dimensions",
      "tl.wait(tl.composite('gemm', tl.ref(x, [10, 5]), tl.ref(w, [10, 10]), y));",
      "LQ2001",
      3,
    ],
    ["shapes", "tl.wait(tl.composite('add', tl.ref(x, [10, 5]), tl.ref(w, [10, 10]), y));", "LQ2002", 3],
    [
      "the tile of an epilogue",
      `tl.wait(tl.composite('gemm', ${streamed}, y, { epilogue: [{ op: 'add', with: tl.zeros([10], 'f32') }] }));`,
      "LQ2002",
      3,
    ],
    ["dtypes", "tl.wait(tl.composite('add', tl.ref(x, [10]), tl.zeros([10], 'f32'), y));", "LQ2003", 3],
    ["a block outside its tensor", "tl.ref(x + 1, [10, 10]);", "LQ3002", 5],
    ["a result outside its tensor", `tl.wait(tl.composite('gemm', ${streamed}, y + 1));`, "LQ3002", 5],
    ["a shape", "tl.ref(x, [-1]);", "LQ2006", 3],
  ])("for %s", async (_what, body, code, exitCode) => {
    const outcome = await runKernel(body);
    expect([outcome.exitCode, outcome.diagnostics[0]?.code]).toEqual([exitCode, code]);
    expect(outcome.diagnostics[0]?.at?.line).toBe(10);
  });
});

it("no part of the machine is busy for longer than the run, requests that overlap included", async () => {
  for (const algorithm of ["ref-ref", "load-ref", "load-load"]) {
    const { result } = await run({ algorithm, bytes: 65536 });
    expect(result!.busiest.engine!.share).toBeGreaterThan(0.3);
    expect(result!.busiest.engine!.share).toBeLessThanOrEqual(1);
  }
});
