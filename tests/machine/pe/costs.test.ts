import { describe, expect, it } from "vitest";
import { runKernel, type TestOps } from "../helpers.js";

/** End in ns of one PE that does this and nothing else; a call costs 1 ns to dispatch, MATH has 64 lanes at 1 GHz. */
const endNs = (kernel: ($: TestOps) => void, set: string[] = []): number =>
  runKernel(
    { topology: "cube", device: "pe:0", set },
    ($) =>
      function* () {
        kernel($);
      },
  ).endsNs[0]!;

/** What an operation adds to the time of what it works on. */
const addedNs = (make: ($: TestOps) => unknown, operate: ($: TestOps, a: unknown) => void): number =>
  endNs(($) => operate($, make($))) - endNs(make);

const tile =
  (shape: number[], dtype = "f32") =>
  ($: TestOps): unknown =>
    $.full(1, shape, 1, dtype);

describe("MATH", () => {
  it("takes a pass of its lanes for a sum of two tiles, 4 for exp and 10 for gelu", () => {
    const n = 1000;
    const passes = Math.ceil(n / 64);
    expect(endNs(tile([n]))).toBe(1 + passes);
    expect(addedNs(tile([n]), ($, a) => $.add(2, a, a))).toBe(1 + passes);
    expect(addedNs(tile([n]), ($, a) => $.exp(2, a))).toBe(1 + 4 * passes);
    expect(addedNs(tile([n]), ($, a) => $.gelu(2, a))).toBe(1 + 10 * passes);
  });

  it("has a lane for an element whatever its dtype", () => {
    for (const dtype of ["f64", "f16", "fp8e4m3", "i8", "u64"])
      expect(addedNs(tile([640], dtype), ($, a) => $.mul(2, a, a))).toBe(1 + 10);
  });

  it("works on what a broadcast gives, and on what a reduction takes", () => {
    const add = ($: TestOps, a: unknown) => $.add(3, a, $.full(2, [100, 1], 1, "f32"));
    const full = ($: TestOps) => $.full(2, [100, 1], 1, "f32");
    expect(addedNs(tile([64]), add) - endNs(full)).toBe(1 + 100);
    expect(addedNs(tile([4, 100]), ($, a) => $.sum(2, a, 1))).toBe(1 + Math.ceil(400 / 64));
  });

  it("streams a transpose and a broadcast through the TCM at its slower port", () => {
    // 256 KiB at 512 GB/s.
    expect(addedNs(tile([256, 256]), ($, a) => $.transpose(2, a))).toBe(1 + 512);
    expect(addedNs(tile([1, 1024]), ($, a) => $.broadcast(2, a, [64, 1024]))).toBe(1 + 512);
    const slow = ["pe.tcm.writeGBps=128"];
    const make = tile([256, 256]);
    expect(endNs(($) => $.transpose(2, make($)), slow) - endNs(make, slow)).toBe(1 + 4 * 512);
  });

  it("does nothing for a reshape but dispatch it, and nothing at all for a number beside tiles", () => {
    expect(addedNs(tile([64, 8]), ($, a) => $.reshape(2, a, [8, 64]))).toBe(1);
    expect(endNs(tile([]))).toBe(0);
  });
});

describe("GEMM", () => {
  it("runs at a rate that depends on the dtype: 8 TFLOPS in f16", () => {
    const n = 64;
    const f16 = (2 * n ** 3) / 8 / 1000;
    const dotNs = (dtype: string) => addedNs(tile([n, n], dtype), ($, a) => $.dot(2, a, a)) - 1;
    expect(dotNs("f16")).toBeCloseTo(f16, 9);
    expect(dotNs("bf16")).toBeCloseTo(f16, 9);
    expect(dotNs("fp8e4m3")).toBeCloseTo(f16 / 2, 9);
    expect(dotNs("fp8e5m2")).toBeCloseTo(f16 / 2, 9);
    expect(dotNs("f32")).toBeCloseTo(2 * f16, 9);
    expect(dotNs("f64")).toBeCloseTo(4 * f16, 9);
    expect(dotNs("i32")).toBeCloseTo(4 * f16, 9);
    expect(dotNs("i8")).toBeCloseTo(4 * f16, 9);
  });
});
