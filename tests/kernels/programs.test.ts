/** Kernels as people who know other kernel languages write them: their values in float64, and the check's opinion. */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import { checkSession } from "../../src/session/check.js";
import type { RunOptions } from "../../src/session/options.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

const FOLDER = "tests/kernels/fixtures";

interface Sizes {
  dtype?: RunOptions["dtype"];
  bytes?: number;
}

/** What is noted, and no more: a gather, a verdict for these data only, recursion and overridden methods that wait. */
const NOTES: Readonly<Record<string, readonly string[]>> = {
  "products.ts#splitK": ["LQ3401"],
  "pointer-blocks.ts#stencilClamp": ["LQ2008"],
  "pointer-blocks.ts#stencilWrap": ["LQ2008"],
  "tables.ts#embedding": ["LQ2008"],
  "tables.ts#byteHistogram": ["LQ3401"],
  "tables.ts#scatterAdd": ["LQ3401"],
  "trees.ts#treeReduction": ["LQ1110"],
  "chosen.ts#chosen": ["LQ1109"],
  "ranks.ts#locked": ["LQ3401"],
  "ranks.ts#newton": ["LQ3401"],
};

const PROGRAMS: readonly (readonly [kernel: string, sizes: Sizes])[] = [
  ["add.ts#addWithTail", { bytes: 1001 }],
  ["add.ts#addWithTail", { dtype: "u8", bytes: 300 }],
  ["add.ts#addWithTail", { dtype: "i64", bytes: 4000 }],
  ["add.ts#addWithTail", { dtype: "fp8e5m2", bytes: 95 }],
  ["rows.ts#softmaxRows", { dtype: "f32" }],
  ["rows.ts#softmaxRows", { dtype: "f16" }],
  ["rows.ts#softmaxPadded", { dtype: "f32" }],
  ["rows.ts#softmaxPadded", { dtype: "f64" }],
  ["rows.ts#layerNorm", { dtype: "f16" }],
  ["rows.ts#layerNorm", { dtype: "f32" }],
  ["rows.ts#rmsNorm", { dtype: "bf16" }],
  ["products.ts#groupedMatmul", { dtype: "f16" }],
  ["products.ts#groupedMatmul", { dtype: "bf16" }],
  ["products.ts#splitK", {}],
  ["products.ts#batchedGemv", { dtype: "f16" }],
  ["products.ts#batchedGemv", { dtype: "f64" }],
  ["products.ts#int8Matmul", {}],
  ["attention.ts#causalAttention", {}],
  ["pointer-blocks.ts#transposed", { dtype: "u8" }],
  ["pointer-blocks.ts#transposed", { dtype: "f64" }],
  ["pointer-blocks.ts#convolution1d", { bytes: 200 }],
  ["pointer-blocks.ts#convolution2d", { dtype: "f16" }],
  ["pointer-blocks.ts#convolution2d", { dtype: "f32" }],
  ["pointer-blocks.ts#stencilClamp", {}],
  ["pointer-blocks.ts#stencilWrap", {}],
  ["pointer-blocks.ts#flips", {}],
  ["scans.ts#tileScan", {}],
  ["scans.ts#rankScan", {}],
  ["scans.ts#argmaxOverRanks", {}],
  ["trees.ts#treeReduction", { bytes: 777 }],
  ["tables.ts#embedding", { dtype: "bf16" }],
  ["tables.ts#byteHistogram", {}],
  ["tables.ts#scatterAdd", {}],
  ["narrow.ts#dropout", { dtype: "f32" }],
  ["narrow.ts#dropout", { dtype: "f16" }],
  ["narrow.ts#quantiseI8", {}],
  ["narrow.ts#quantiseFp8", {}],
  ["narrow.ts#int4Weights", {}],
  ["chosen.ts#chosen", {}],
  ["ranks.ts#diffusion", {}],
  ["ranks.ts#allToAll", {}],
  ["ranks.ts#locked", {}],
  ["ranks.ts#newton", {}],
];

/** Codes of what was found, and the messages of errors. */
const shown = (diagnostics: readonly Diagnostic[]): string[] => [
  ...new Set(diagnostics.map(({ code, severity, message }) => (severity === "error" ? message : code))),
];

describe.each(PROGRAMS)("%s with %o", (kernel, sizes) => {
  const file = `${FOLDER}/${kernel}`;

  it("has the right values", async () => {
    for (const topology of ["pe", "cube"]) {
      const asked = { bench: null, verify: true, data: "normal", kernel: file, topology } as const;
      const { diagnostics, result } = await run({ ...asked, ...sizes });
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      // Not every world is admitted.
      if (result !== null) expect(result.verify).toMatchObject({ status: "pass", mismatches: 0 });
      else expect(shown(diagnostics)).toEqual(["LQ3003"]);
    }
  });

  it("passes the check", async () => {
    const { bytes = 4096, dtype = "f32" } = sizes;
    const given = { file, bytes, dtype, topology: "cube", set: [], constexpr: {}, depth: null } as const;
    const asked = { ...given, worlds: [1, 2, 3, 8], data: "normal", seed: 1 } as const;
    const { diagnostics, result } = await checkSession(asked, {});
    expect(shown(diagnostics)).toEqual(NOTES[kernel] ?? []);
    const worlds = result.kernels.flatMap((each) => each.worlds);
    expect(worlds.some(({ status }) => status === "ok")).toBe(true);
    expect(worlds.every(({ status }) => status === "ok" || status === "not applicable")).toBe(true);
  });
});

it("they are free of type errors in an editor", () => {
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const report = (): string =>
    execFileSync(process.execPath, [tsc, "-p", FOLDER, "--pretty", "false"], { encoding: "utf8" });
  expect(report()).toBe("");
});
