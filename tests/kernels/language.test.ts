/** The kernels that show the language: right on one PE and on a cube, in both dtypes, at sizes that divide by nothing. */
import { describe, expect, it, vi } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import type { RunResult } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

async function passing(kernel: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const outcome = await run({
    bench: null,
    kernel: `kernels/${kernel}`,
    verify: true,
    data: "normal",
    ...options,
  });
  expect(outcome.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(outcome.result?.verify.status).toBe("pass");
  return outcome.result!;
}

describe.each([
  "vector-add.ts",
  "matmul.ts",
  "softmax.ts#softmaxFused",
  "softmax.ts#softmaxRows",
  "layer-norm.ts",
  "flash-attention.ts",
  "tp-gemm.ts",
  "average-allreduce.ts",
  "histogram.ts#histogram",
  "histogram.ts#histogramDirect",
  "gather-rows.ts#gatherRows",
  "gather-rows.ts#gatherRowsByItem",
])("%s", (kernel) => {
  it.each([
    ["cube", "f32", 4096],
    ["cube", "f16", 10001],
    ["pe", "f32", 4],
  ] as const)("gives the right values on %s in %s with %i bytes", async (topology, dtype, bytes) => {
    await passing(kernel, { topology, dtype, bytes });
  });
});
