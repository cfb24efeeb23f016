import { describe, expect, it } from "vitest";
import { DTYPES, type DTypeName } from "../../src/data/dtypes.js";
import { dumpTensors } from "../../src/data/dump.js";
import { Hbm } from "../../src/data/hbm.js";
import { readNpy, writeNpy } from "../../src/format/npy.js";
import { dumped, launchOf, tensor } from "./hand-log.js";
import { put } from "./tile-run.js";

const LETTERS: Record<DTypeName, string> = {
  f64: "f8",
  f32: "f4",
  f16: "f2",
  bf16: "f4",
  fp8e4m3: "f4",
  fp8e5m2: "f4",
  i8: "i1",
  i16: "i2",
  i32: "i4",
  i64: "i8",
  u8: "u1",
  u16: "u2",
  u32: "u4",
  u64: "u8",
  bool: "b1",
};

describe("a dump", () => {
  it.each(DTYPES)("of %s can be read by NumPy, with its values", (dtype) => {
    const hbm = new Hbm(launchOf(2, tensor("y", "output", [3], dtype)));
    put(hbm, 1, [1, 0, 1]);
    const [found] = dumpTensors(hbm, "±1", 1);
    expect(found!.array.dtype).toBe(LETTERS[dtype]);
    expect(found!.array.shape).toEqual([2, 3]);
    const read = readNpy(writeNpy(found!.array), "y.npy", 1000);
    const one = dtype === "f16" ? 0x3c00 : 1;
    expect(Array.from(read.array.data as ArrayLike<number | bigint>, Number)).toEqual([0, 0, 0, one, 0, one]);
  });

  it("shows what a bf16 held at first", () => {
    const hbm = new Hbm(launchOf(1, tensor("x", "inout", [4], "bf16")));
    const arrays = dumpTensors(hbm, "±1", 1);
    expect(dumped(arrays, "x")).toEqual([0, 0, 0, 0]);
    expect(dumped(arrays, "x.initial").map(Math.abs)).toEqual([1, 1, 1, 1]);
  });
});
