/** The kernels that show the language: right values everywhere, and times in the order that their comments claim. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import type { RunResult } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
const folder = ownCache();

async function passing(kernel: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const asked = { bench: null, kernel: `kernels/${kernel}`, verify: true, data: "normal" } as const;
  const { diagnostics, result } = await run({ ...asked, ...options });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(result?.verify.status).toBe("pass");
  return result!;
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
    ["cube", "f16", 3001],
    ["pe", "f32", 4],
  ] as const)("gives the right values on %s in %s with %i bytes", async (topology, dtype, bytes) => {
    await passing(kernel, { topology, dtype, bytes });
  });
});

it.each([
  ["vector-add.ts", { BLOCK: 7 }],
  ["matmul.ts", { BM: 5, BN: 16, BK: 3 }],
  ["softmax.ts#softmaxRows", { ROWS: 3, COLUMNS: 17 }],
  ["layer-norm.ts", { ROWS: 1, COLUMNS: 33 }],
  ["flash-attention.ts", { BM: 5, BN: 7, CAUSAL: true }],
  ["flash-attention.ts", { BM: 7, BN: 5, CAUSAL: false }],
  ["histogram.ts#histogram", { BINS: 4, BLOCK: 13 }],
  ["gather-rows.ts#gatherRows", { ROWS: 8, WIDTH: 3, BLOCK: 5 }],
])("%s is right with %o", async (kernel, constexpr) => {
  await passing(kernel, { topology: "pe", bytes: 1001, constexpr: constexpr as RunOptions["constexpr"] });
});

it.each(["tp-gemm.ts", "average-allreduce.ts"])(
  "%s is right in every ring, with one slot",
  async (kernel) => {
    for (const device of ["pe:0", "pe:0-1", "pe:0-2", "pe:1-7"]) {
      await passing(kernel, { device, bytes: 50_000, set: ["ipcq.slots=1"] });
    }
  },
);

// What an author may get wrong is no rounding error, in f16 neither.
it.each([
  ["vector-add.ts", "offsets < n", "offsets < n - 1"],
  ["matmul.ts", "k += BK", "k += 2 * BK"],
  ["softmax.ts#softmaxFused", "tl.sum(powers, 1,", "tl.max(powers, 1,"],
  ["layer-norm.ts", "tl.rsqrt(variance", "tl.rsqrt(2 * variance"],
  ["flash-attention.ts", "total = total * shrink", "total = total"],
  ["flash-attention.ts", "sum = sum * shrink", "sum = sum"],
  ["flash-attention.ts", "columns <= rows", "columns < rows"],
  ["tp-gemm.ts", "sum = part(step) + west", "sum = part(step) - west"],
  ["average-allreduce.ts", "sum * (1 / world)", "sum * (1 / (world + 1))"],
  ["histogram.ts#histogram", "values * 4", "values * 3"],
  ["gather-rows.ts#gatherRows", "& (ROWS - 1)", "& (ROWS / 2 - 1)"],
])("the verdict on %s notices %s → %s", async (kernel, right, wrong) => {
  const [name, kernelExport] = kernel.split("#") as [string, string?];
  const source = readFileSync(`kernels/${name}`, "utf8");
  expect(source).toContain(right);
  const file = join(folder.path, name);
  writeFileSync(file, source.replace(right, wrong));
  const asked = { bench: null, verify: true, data: "normal", dtype: "f16", bytes: 10_001 } as const;
  const { result } = await run({ ...asked, kernel: kernelExport ? `${file}#${kernelExport}` : file });
  expect(result?.verify.status).toBe("fail");
});

it("the values of average-allreduce are judged: a corrupt element is found", async () => {
  const { result } = await run({
    bench: null,
    kernel: "kernels/average-allreduce.ts",
    verify: true,
    inject: "corrupt-element",
  });
  expect(result?.verify.status).toBe("fail");
});

it.each(["histogram", "histogramDirect"])("%s counts on the PEs of every SIP", async (name) => {
  await passing(`histogram.ts#${name}`, { topology: "host", device: "cube:0-1", bytes: 100 });
});

describe("times", () => {
  const ns = async (kernel: string, options: Partial<RunOptions> = {}): Promise<number> =>
    (await passing(kernel, options)).collectiveNs;

  it("tl.softmax takes as long as the steps it stands for", async () => {
    expect(await ns("softmax.ts#softmaxRows")).toBe(await ns("softmax.ts#softmaxFused"));
  });

  it("a causal mask saves the blocks above the diagonal", async () => {
    const bytes = 32 * 1024;
    const causal = await ns("flash-attention.ts", { topology: "pe", bytes });
    const full = await ns("flash-attention.ts", { topology: "pe", bytes, constexpr: { CAUSAL: false } });
    // 8 blocks of queries: 36 of 64 products are left, each with a mask of its own.
    expect(causal / full).toBeGreaterThan(36 / 64);
    expect(causal / full).toBeLessThan(0.8);
  });

  it("counting in TCM first is faster than an atomic for every element", async () => {
    expect(await ns("histogram.ts#histogram")).toBeLessThan(await ns("histogram.ts#histogramDirect"));
  });

  it("a row in one piece is faster than its elements", async () => {
    const gather = await ns("gather-rows.ts#gatherRows");
    const item = await ns("gather-rows.ts#gatherRowsByItem");
    // A row of 32 elements: one access instead of 32, and a wait for its number.
    expect(gather / item).toBeGreaterThan(4);
  });
});
