import { beforeAll, describe, expect, it, vi } from "vitest";
import type { RunResult } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";
import shapes from "../perf/fixtures/gemm-shapes.json" with { type: "json" };

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

const STAGINGS = ["load_load", "load_ref", "ref_ref"];
/** Of the preset: 8 TFLOPS are 8,000 operations a ns; a tile is 32×64×32 and costs its fill besides. */
const FLOPS_PER_NS = 8000;
const FILL_NS = 3;
const TCM_BYTES_PER_NS = 512;
const HBM_BYTES_PER_NS = 256;
/** Tiles of 32×64×32 in each shape; the last one is published. */
const TILES = [1, 1, 2, 8, 48, 8, 16, 2048];
/** Products with more multiplications are timed only: their golden alone takes seconds. */
const CHEAP = 1 << 24;

const results = new Map<string, RunResult>();

async function gemm(shape: readonly number[], staging: string): Promise<RunResult> {
  const [m, k, n] = shape as [number, number, number];
  const outcome = await run({
    bench: null,
    kernel: `tests/perf/fixtures/gemm-sweep.ts#${staging}_${m}x${k}x${n}`,
    topology: "kernbench",
    device: "sip:0/cube:0/pe:0",
    dtype: "f16",
    verify: m * k * n < CHEAP,
  });
  if (outcome.result === null) throw new Error(JSON.stringify(outcome.diagnostics));
  return outcome.result;
}

const of = (shape: readonly number[], staging: string): RunResult =>
  results.get(`${staging} ${shape.join("x")}`)!;

describe("eight shapes of C = A·B with three stagings of the operands", () => {
  beforeAll(async () => {
    for (const shape of shapes) {
      for (const staging of STAGINGS)
        results.set(`${staging} ${shape.join("x")}`, await gemm(shape, staging));
    }
  }, 120_000);

  it("give the product", () => {
    const cheap = [...results].filter(([name]) => !name.endsWith("512x512x512"));
    expect(cheap.map(([name, { verify }]) => [name, verify.status])).toEqual(
      cheap.map(([name]) => [name, "pass"]),
    );
    expect(cheap).toHaveLength(21);
  });

  it("take no event for tiles and flits: a PE with its own slice is timed in program order", () => {
    expect(new Set([...results.values()].map(({ events }) => events)).size).toBe(1);
  });

  it("keep the busiest unit busy when operands are loaded", () => {
    shapes.forEach((shape, index) => {
      const [m, k, n] = shape as [number, number, number];
      const gemmNs = (2 * m * k * n) / FLOPS_PER_NS + TILES[index]! * FILL_NS;
      const fetchNs = (2 * (m * k * Math.ceil(n / 32) + k * n * Math.ceil(m / 32))) / TCM_BYTES_PER_NS;
      const writeNs = (2 * m * n) / HBM_BYTES_PER_NS;
      const busiestNs = Math.max(gemmNs, fetchNs, writeNs);
      const { pipelineNs } = of(shape, "load_load");
      expect(pipelineNs).toBeGreaterThan(busiestNs);
      // One tile's way through the other units comes on top.
      expect(pipelineNs).toBeLessThan(busiestNs + 50);
      expect(of(shape, "load_ref").pipelineNs).toBeGreaterThan(gemmNs);
      expect(of(shape, "ref_ref").pipelineNs).toBeGreaterThan(gemmNs);
    });
  });

  it("read their operands no faster than HBM gives them", () => {
    const [m, k, n] = [512, 512, 512];
    const loadedNs = (2 * (m * k + k * n)) / HBM_BYTES_PER_NS;
    expect(of([m, k, n], "load_load").allNs).toBeGreaterThan(
      loadedNs + (2 * m * k * n) / FLOPS_PER_NS + 2048 * FILL_NS,
    );
    // Streamed, every tile of 32×64×32 reads 4 KiB of A and 4 KiB of B.
    expect(of([m, k, n], "ref_ref").pipelineNs).toBeGreaterThan((2048 * 8192) / HBM_BYTES_PER_NS);
  });

  it("have the windows of the reference: 992 ns of pipeline in 1,765 ns for 32×3072×32", () => {
    const { allNs, pipelineNs } = of([32, 3072, 32], "load_ref");
    expect(Math.abs(pipelineNs / 992 - 1)).toBeLessThan(0.05);
    expect(Math.abs(allNs / 1765 - 1)).toBeLessThan(0.05);
  });
});
