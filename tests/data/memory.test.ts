import { describe, expect, it } from "vitest";
import { allReduce } from "../../dsl/index.js";
import type { DTypeName } from "../../src/data/dtypes.js";
import { predictReplayBytes } from "../../src/data/memory.js";
import { launchOf, tensor } from "./hand-log.js";

describe("predictReplayBytes", () => {
  const launch = (world: number, n: number, dtype: DTypeName = "f32") =>
    launchOf(world, tensor("x", "input", [n], dtype), tensor("y", "output", [n], dtype));

  it("counts tensors, tiles and the sum of an all-reduce", () => {
    // 4 ranks × 1,000 elements: x and y 8 B, tiles 4 B; value and Σ|x| once, 16 B.
    expect(predictReplayBytes(launch(4, 1000), 0, allReduce())).toBe(4 * 1000 * 12 + 1000 * 16);
    expect(predictReplayBytes(launch(4, 1000, "f16"), 0, null)).toBe(4 * 1000 * 8);
    // A tile of fp8 is computed in f32, one of i8 is bytes, one of i64 takes 8 B.
    expect(predictReplayBytes(launch(1, 1000, "fp8e4m3"), 0, null)).toBe(1000 * (2 + 4));
    expect(predictReplayBytes(launch(1, 1000, "i8"), 0, null)).toBe(1000 * (2 + 1));
    expect(predictReplayBytes(launch(1, 1000, "i64"), 0, null)).toBe(1000 * (16 + 8));
  });

  it("counts float64 outputs of every rank for a golden function, and rows", () => {
    expect(predictReplayBytes(launch(4, 1000), 0, () => ({}))).toBe(4 * 1000 * 20);
    const perRow = predictReplayBytes(launch(1, 1), 1001, null) - predictReplayBytes(launch(1, 1), 1, null);
    expect(perRow / 1000).toBeGreaterThanOrEqual(48);
    expect(perRow / 1000).toBeLessThanOrEqual(128);
  });
});
