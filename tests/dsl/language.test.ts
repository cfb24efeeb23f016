/** What linqu/dsl computes itself, outside a compiled kernel. */
import { describe, expect, it } from "vitest";
import { allReduce, constexpr, reduceScatter, sizeOf, tl } from "../../dsl/index.js";

it("knows the bytes of an element of every dtype", () => {
  const byBytes = {
    1: ["fp8e4m3", "fp8e5m2", "i8", "u8", "bool"],
    2: ["f16", "bf16", "i16", "u16"],
    4: ["f32", "i32", "u32"],
    8: ["f64", "i64", "u64"],
  } as const;
  for (const [bytes, dtypes] of Object.entries(byBytes)) {
    for (const dtype of dtypes)
      expect({ dtype, bytes: sizeOf(dtype) }).toEqual({ dtype, bytes: Number(bytes) });
  }
});

describe("constexpr", () => {
  it("returns its values, which nothing can change", () => {
    const values = constexpr({ BLOCK: 128, CAUSAL: true, MODE: "fast" });
    expect(values).toEqual({ BLOCK: 128, CAUSAL: true, MODE: "fast" });
    expect(() => Object.assign(values, { BLOCK: 64 })).toThrow(TypeError);
  });
});

it("states averages as post-conditions", () => {
  expect(allReduce("avg")).toMatchObject({ kind: "allReduce", reduction: "avg", input: "x", output: "y" });
  expect(reduceScatter("avg", { output: "z" })).toMatchObject({ reduction: "avg", output: "z" });
});

it("refuses operations outside a kernel", () => {
  expect(() => tl.rank()).toThrow(/run it with linqu run/);
});
