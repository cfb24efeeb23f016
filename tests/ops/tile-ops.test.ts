import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { OpKind } from "../../src/data/op-log.js";
import type { PointerBlock } from "../../src/ops/handles.js";
import { Pointer, Tile } from "../../src/ops/handles.js";
import { MemoryArgs } from "../../src/ops/memory-args.js";
import { TileOps } from "../../src/ops/tile-ops.js";
import { ListBackend } from "./backend.js";

const SITE = 0;

function create() {
  const backend = new ListBackend();
  const ops = new TileOps(backend);
  const typeOf = (value: unknown): string =>
    value instanceof Tile ? ops.types.describe(value) : JSON.stringify(value);
  return { backend, ops, typeOf };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LinquError) return error.diagnostics[0]!.code;
    throw error;
  }
  return "no error";
}

const tensor = { name: "x", role: "input", dtype: "f32", shape: [100], elements: 100 } as const;
const pointer = new Pointer(tensor, 0, 0, 0, null);

describe("operations on tiles", () => {
  it("broadcast as NumPy does", () => {
    const { ops, typeOf } = create();
    const a = ops.zeros(SITE, [4, 1, 3], "f32");
    expect(typeOf(ops.add(SITE, a, ops.zeros(SITE, [5, 1], "f32")))).toBe("f32[4, 5, 3]");
    expect(typeOf(ops.maximum(SITE, ops.zeros(SITE, [], "f16"), ops.zeros(SITE, [2], "f16")))).toBe("f16[2]");
    expect(codeOf(() => ops.mul(SITE, a, ops.zeros(SITE, [4], "f32")))).toBe("LQ2002");
  });

  it("leave plain numbers to TypeScript", () => {
    const { ops, backend } = create();
    expect(ops.mod(SITE, -7, 3)).toBe(-1);
    expect(ops.pow(SITE, 2, 10)).toBe(1024);
    expect(ops.bitXor(SITE, 6, 3)).toBe(5);
    expect(ops.equal(SITE, "a", "a")).toBe(true);
    expect(ops.lt(SITE, 1, 2)).toBe(true);
    expect(ops.floordiv(SITE, -7, 2)).toBe(-4);
    expect(backend.kinds).toEqual([]);
  });

  it("never promote dtypes", () => {
    const { ops } = create();
    const f16 = ops.zeros(SITE, [2], "f16");
    expect(codeOf(() => ops.add(SITE, f16, ops.zeros(SITE, [2], "f32")))).toBe("LQ2003");
    expect(codeOf(() => ops.add(SITE, ops.zeros(SITE, [2], "i32"), 0.5))).toBe("LQ2003");
    expect(codeOf(() => ops.add(SITE, ops.zeros(SITE, [2], "u8"), 256))).toBe("LQ2003");
    expect(codeOf(() => ops.where(SITE, ops.gt(SITE, f16, 0), f16, ops.zeros(SITE, [2], "f32")))).toBe(
      "LQ2003",
    );
  });

  it("say which integers a dtype has", () => {
    const { ops } = create();
    const hintOf = (dtype: string, value: number): string | null | undefined => {
      try {
        ops.mul(SITE, ops.zeros(SITE, [2], dtype), value);
      } catch (error) {
        if (error instanceof LinquError) return error.diagnostics[0]!.hint;
        throw error;
      }
      return undefined;
    };
    expect(hintOf("u8", 256)).toBe("u8 goes from 0 to 255");
    expect(hintOf("i32", 0x9e3779b1)).toBe(
      'i32 goes from -2147483648 to 2147483647; u32 has it: tl.cast(a, "u32")',
    );
    expect(hintOf("i64", 2 ** 53 - 1)).toBeUndefined();
    expect(hintOf("i64", 2 ** 53 + 2)).toMatch(/exact up to 2\^53/);
    expect(hintOf("i64", 2 ** 64)).toBe("i64 goes from -2^63 to 2^63 - 1");
    expect(hintOf("i16", -Infinity)).toBe("i16 goes from -32768 to 32767");
    expect(hintOf("i16", 0.5)).toBe('cast the tile first: tl.cast(a, "f32")');
  });

  it("tell the largest element of a tile from the larger of two", () => {
    const { ops } = create();
    const a = ops.zeros(SITE, [2], "f32");
    expect(() => ops.reduce(SITE, "max", a, a, undefined)).toThrow(
      expect.objectContaining({
        diagnostics: [
          expect.objectContaining({
            code: "LQ1304",
            hint: expect.stringContaining("tl.maximum(a, b)") as string,
          }),
        ],
      }),
    );
  });

  it("invert bits of integers and negate masks", () => {
    const { ops, typeOf } = create();
    const integers = ops.zeros(SITE, [2], "u16");
    const mask = ops.equal(SITE, integers, 0);
    expect(typeOf(ops.bitNot(SITE, integers))).toBe("u16[2]");
    expect(typeOf(ops.shiftRight(SITE, integers, 3))).toBe("u16[2]");
    expect(codeOf(() => ops.bitNot(SITE, mask))).toBe("LQ1305");
    expect(codeOf(() => ops.not(SITE, integers))).toBe("LQ1305");
    expect(codeOf(() => ops.shiftLeft(SITE, ops.zeros(SITE, [2], "f32"), 1))).toBe("LQ1305");
    expect([ops.bitNot(SITE, 5), ops.shiftLeft(SITE, 3, 4), ops.shiftRight(SITE, -9, 1)]).toEqual([
      -6, 48, -5,
    ]);
  });

  it("compare to masks, which only masks join", () => {
    const { ops, typeOf } = create();
    const a = ops.zeros(SITE, [2, 1], "f32");
    const mask = ops.gt(SITE, a, ops.zeros(SITE, [3], "f32"));
    expect(typeOf(mask)).toBe("bool[2, 3]");
    expect(typeOf(ops.and(SITE, mask, ops.lt(SITE, a, 1)))).toBe("bool[2, 3]");
    expect(typeOf(ops.not(SITE, mask))).toBe("bool[2, 3]");
    expect(ops.and(SITE, mask, true)).toBe(mask);
    expect(codeOf(() => ops.and(SITE, mask, a))).toBe("LQ2003");
    expect(codeOf(() => ops.add(SITE, mask, 1))).toBe("LQ1305");
  });

  it("do not decide, and give the right side when the left one is a plain value", () => {
    const { ops } = create();
    const mask = ops.gt(SITE, ops.zeros(SITE, [2], "f32"), 0);
    expect(ops.decides(SITE, false)).toBe(false);
    expect(ops.decides(SITE, 3)).toBe(3);
    expect(codeOf(() => ops.decides(SITE, mask))).toBe("LQ1301");
    expect([mask, 1, true].map((value) => ops.isTile(value))).toEqual([true, false, false]);
    expect(ops.and(SITE, true, mask)).toBe(mask);
  });

  it("reduce one axis or all of them", () => {
    const { ops, typeOf } = create();
    const a = ops.zeros(SITE, [4, 6], "f16");
    expect(typeOf(ops.reduce(SITE, "sum", a, 1, undefined))).toBe("f16[4]");
    expect(typeOf(ops.reduce(SITE, "max", a, -2, { keepDims: true }))).toBe("f16[1, 6]");
    expect(typeOf(ops.reduce(SITE, "argmax", a, undefined, undefined))).toBe("i32[]");
    expect(typeOf(ops.mean(SITE, a, 0, undefined))).toBe("f16[6]");
    expect(typeOf(ops.softmax(SITE, a))).toBe("f16[4, 6]");
    expect(codeOf(() => ops.reduce(SITE, "sum", a, 2, undefined))).toBe("LQ1304");
    expect(codeOf(() => ops.reduce(SITE, "max", ops.zeros(SITE, [0], "f32"), 0, undefined))).toBe("LQ2006");
  });

  it("softmax is five computations", () => {
    const { ops, backend } = create();
    ops.softmax(SITE, ops.zeros(SITE, [2, 4], "f32"));
    expect(backend.kinds.slice(1)).toEqual([OpKind.max, OpKind.sub, OpKind.exp, OpKind.sum, OpKind.div]);
  });

  it("multiply matrices into the accumulator's dtype", () => {
    const { ops, typeOf } = create();
    const product = (dtype: string) =>
      typeOf(ops.dot(SITE, ops.zeros(SITE, [2, 3], dtype), ops.zeros(SITE, [3, 5], dtype)));
    expect([product("f16"), product("fp8e5m2"), product("f64"), product("i8")]).toEqual([
      "f32[2, 5]",
      "f32[2, 5]",
      "f64[2, 5]",
      "i32[2, 5]",
    ]);
    const a = ops.zeros(SITE, [2, 3], "f32");
    expect(codeOf(() => ops.dot(SITE, a, a))).toBe("LQ2001");
  });

  it("refuse what is no tile, with the nearest dtype for a typo", () => {
    const { ops } = create();
    expect(codeOf(() => ops.unary(SITE, "exp", 1))).toBe("LQ1304");
    expect(codeOf(() => ops.add(SITE, ops.zeros(SITE, [1], "f32"), "x"))).toBe("LQ1303");
    expect(codeOf(() => ops.zeros(SITE, [1], "fp32"))).toBe("LQ1305");
    expect(codeOf(() => ops.div(SITE, ops.zeros(SITE, [1], "i32"), 2))).toBe("LQ1305");
    expect(codeOf(() => ops.zeros(SITE, [2 ** 19], "f32"))).toBe("LQ3501");
  });
});

describe("tiles of pointers", () => {
  it("come from a pointer and an integer tile, and move with numbers", () => {
    const { ops } = create();
    const block = ops.add(SITE, ops.add(SITE, pointer, ops.arange(SITE, 0, 8)), 5) as PointerBlock;
    expect(block.pointer.offset).toBe(5);
    expect(codeOf(() => ops.add(SITE, pointer, 0.5))).toBe("LQ2005");
    expect(codeOf(() => ops.add(SITE, pointer, ops.zeros(SITE, [2], "f32")))).toBe("LQ1305");
  });

  it("touch exactly what the mask leaves, and nothing outside the tensor", () => {
    const { ops, backend } = create();
    const memory = new MemoryArgs<null>(backend, ops);
    const offsets = ops.arange(SITE, 96, 104) as Tile;
    const block = ops.add(SITE, pointer, offsets) as PointerBlock<null>;
    const masked = memory.indexed(SITE, "load", block, { mask: ops.lt(SITE, offsets, 100) });
    expect(masked.runs).toEqual([{ offset: 96, count: 4, stride: 1 }]);
    expect(codeOf(() => memory.indexed(SITE, "load", block, undefined))).toBe("LQ3002");
    expect(codeOf(() => memory.indexed(SITE, "load", block, { mask: offsets }))).toBe("LQ1305");
    expect(memory.indexed(SITE, "load", block, { mask: false }).runs).toEqual([]);
  });

  it("take a number of the tensor's dtype in place of masked elements", () => {
    const { ops, backend, typeOf } = create();
    const memory = new MemoryArgs<null>(backend, ops);
    const offsets = ops.arange(SITE, 0, 4) as Tile;
    const block = ops.add(
      SITE,
      new Pointer({ ...tensor, dtype: "u8" }, 0, 10, 0, null),
      offsets,
    ) as PointerBlock<null>;
    const access = memory.indexed(SITE, "load", block, { mask: ops.lt(SITE, offsets, 3) });
    const loaded = ops.zeros(SITE, [4], "u8");
    expect(memory.withOther(SITE, loaded, access, { other: 0 })).toBe(loaded);
    expect(typeOf(memory.withOther(SITE, loaded, access, { other: 255 }))).toBe("u8[4]");
    expect(() => memory.withOther(SITE, loaded, access, { other: 300 })).toThrow(
      "other of tl.load: 300 is no value of u8",
    );
    expect(codeOf(() => memory.withOther(SITE, loaded, access, { other: offsets }))).toBe("LQ1304");
  });

  it("are a gather when only the data say where they point", () => {
    const { ops, backend } = create();
    const memory = new MemoryArgs<null>(backend, ops);
    const loaded = memory.loaded(SITE, new Pointer({ ...tensor, dtype: "i32" }, 0, 8, 0, null), [4]);
    const block = ops.add(SITE, pointer, loaded) as PointerBlock<null>;
    expect(memory.indexed(SITE, "load", block, undefined).runs).toBeNull();
  });
});
