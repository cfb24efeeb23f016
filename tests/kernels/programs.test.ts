/** Kernels as people who know other kernel languages write them: their values in float64, and the check's opinion. */
import { describe, expect, it, vi } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import { checkSession } from "../../src/session/check.js";
import type { RunOptions } from "../../src/session/options.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

const FOLDER = "tests/kernels/fixtures";
type Case = readonly [kernel: string, options?: Partial<RunOptions>];

const PROGRAMS: readonly Case[] = [
  ["add.ts#addWithTail", { bytes: 1001 }],
  ["add.ts#addWithTail", { dtype: "u8", bytes: 300 }],
  ["add.ts#addWithTail", { dtype: "i64", bytes: 4000 }],
  ["add.ts#addWithTail", { dtype: "fp8e5m2", bytes: 95 }],
  ["rows.ts#softmaxRows", { dtype: "f32" }],
  ["rows.ts#softmaxRows", { dtype: "f16" }],
  ["rows.ts#layerNorm", { dtype: "f16" }],
  ["rows.ts#layerNorm", { dtype: "f32" }],
  ["rows.ts#rmsNorm", { dtype: "bf16" }],
  ["products.ts#groupedMatmul", { dtype: "f16" }],
  ["products.ts#groupedMatmul", { dtype: "bf16" }],
  ["products.ts#splitK"],
  ["products.ts#batchedGemv", { dtype: "f16" }],
  ["products.ts#batchedGemv", { dtype: "f64" }],
  ["products.ts#int8Matmul"],
  ["attention.ts#causalAttention"],
  ["pointer-blocks.ts#transposed", { dtype: "u8" }],
  ["pointer-blocks.ts#transposed", { dtype: "f64" }],
  ["pointer-blocks.ts#convolution1d", { bytes: 200 }],
  ["pointer-blocks.ts#convolution2d", { dtype: "f16" }],
  ["pointer-blocks.ts#convolution2d", { dtype: "f32" }],
  ["pointer-blocks.ts#stencilClamp"],
  ["pointer-blocks.ts#stencilWrap"],
  ["pointer-blocks.ts#flips"],
  ["scans.ts#tileScan"],
  ["scans.ts#rankScan"],
  ["scans.ts#argmaxOverRanks"],
  ["scans.ts#treeReduction", { bytes: 777 }],
  ["tables.ts#embedding", { dtype: "bf16" }],
  ["tables.ts#byteHistogram"],
  ["tables.ts#scatterAdd"],
  ["narrow.ts#dropout", { dtype: "f32" }],
  ["narrow.ts#dropout", { dtype: "f16" }],
  ["narrow.ts#quantiseI8"],
  ["narrow.ts#quantiseFp8"],
  ["ranks.ts#diffusion"],
  ["ranks.ts#allToAll"],
  ["ranks.ts#locked"],
  ["ranks.ts#newton"],
];

const shown = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics
    .filter(({ severity }) => severity !== "info")
    .map(({ code, at, message }) => `${code} ${at?.file}:${at?.line} ${message}`);

describe.each(PROGRAMS)("%s %o", (kernel, options = {}) => {
  it.each(["pe", "cube"])("has the right values on %s", async (topology) => {
    const file = `${FOLDER}/${kernel}`;
    const asked = { bench: null, verify: true, data: "normal", ...options } as const;
    const { diagnostics, result } = await run({ ...asked, kernel: file, topology });
    expect(shown(diagnostics)).toEqual([]);
    if (result) console.log(kernel, topology, JSON.stringify(options), JSON.stringify(result.verify).slice(0,400), result.collectiveNs);
    expect(result?.verify.status ?? "pass").toBe("pass");
  });

  it("passes the check", async () => {
    const { diagnostics, result } = await checkSession(
      {
        file: `${FOLDER}/${kernel}`,
        worlds: [1, 2, 3, 8],
        depth: null,
        topology: "cube",
        set: [],
        bytes: options.bytes ?? 4096,
        dtype: options.dtype ?? "f32",
        constexpr: {},
        data: "normal",
        seed: 1,
      },
      {},
    );
    expect(shown(diagnostics)).toEqual([]);
    console.log(kernel, "check", diagnostics.map((d) => `${d.code} ${d.at?.line} ${d.message}`).join("\n   "), JSON.stringify(result.kernels.map((k) => k.worlds.map((w) => [w.world, w.status, w.isKahn, w.verdict.slice(0, 80)]))));
  });
});
