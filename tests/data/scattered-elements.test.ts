import { describe, expect, it } from "vitest";
import type { DTypeName } from "../../src/data/dtypes.js";
import { Hbm } from "../../src/data/hbm.js";
import { replay, type ReplayOutcome } from "../../src/data/replay.js";
import { HandLog, launchOf, tensor } from "./hand-log.js";
import { contents, put } from "./tile-run.js";

interface Setup {
  log: HandLog;
  /** Rows of tiles with these values. */
  offsets(...values: number[]): number;
  mask(...values: number[]): number;
  values(...values: number[]): number;
}

/** One tensor x of 6 elements, 10 to 15; returns what it and y of as many hold afterwards. */
function run(
  dtype: DTypeName,
  build: (setup: Setup) => void,
): { x: (number | bigint)[]; y: (number | bigint)[]; outcome: ReplayOutcome } {
  const log = new HandLog(dtype);
  const constants: { dtype: DTypeName; values: number[] }[] = [];
  const constant = (of: DTypeName, values: number[]): number => {
    constants.push({ dtype: of, values });
    return log.row("dmaRead", [values.length], { tensor: 1 + constants.length }, of);
  };
  build({
    log,
    offsets: (...values) => constant("i32", values),
    mask: (...values) => constant("bool", values),
    values: (...values) => constant(dtype, values),
  });
  const hbm = new Hbm(
    launchOf(
      1,
      tensor("x", "inout", [6], dtype),
      tensor("y", "output", [6], dtype),
      ...constants.map(({ dtype: of, values }, i) => tensor(`c${i}`, "input", [values.length], of)),
    ),
  );
  put(hbm, 0, [10, 11, 12, 13, 14, 15]);
  constants.forEach(({ values }, i) => put(hbm, 2 + i, values));
  const outcome = replay(log.finish(), hbm, { inject: null, trackMagnitude: true });
  return { x: contents(hbm, 0), y: contents(hbm, 1), outcome };
}

const ALL = ["f32", "f16", "bf16", "fp8e5m2", "f64", "i8", "u32", "i64", "u64"] as const;
/** 10 to 15 in three bits of significand. */
const held = (dtype: DTypeName, ...values: number[]): unknown[] =>
  values.map((value) =>
    dtype.endsWith("64") && dtype !== "f64"
      ? BigInt(value)
      : dtype === "fp8e5m2"
        ? ({ 11: 12, 13: 12, 15: 16 }[value] ?? value)
        : value,
  );

describe("gather and scatter", () => {
  it.each(ALL)("%s: elements base + offset, 0 where masked off", (dtype) => {
    const { y } = run(dtype, ({ log, offsets, mask }) => {
      const [a, b] = [offsets(2, -1, 99, 0), mask(1, 1, 0, 1)];
      const tile = log.row("gather", [4], { a, b, extra: 1 });
      log.row("dmaWrite", [4], { tensor: 1, a: tile });
    });
    expect(y).toEqual(held(dtype, 13, 10, 0, 11, 0, 0));
  });

  it.each(ALL)("%s: scatter, whose last writers are known", (dtype) => {
    const { x, outcome } = run(dtype, ({ log, offsets, mask, values }) => {
      const c = values(1, 2, 3, 4);
      log.row("scatter", [4], { a: offsets(1, 2, -7, 5), b: mask(1, 1, 0, 1), c });
    });
    expect(x).toEqual([...held(dtype, 10), ...held(dtype, 1, 2), ...held(dtype, 13, 14), ...held(dtype, 4)]);
    const runs: number[][] = [];
    outcome.writes.forEachRun(0, 6, (...args) => runs.push(args));
    expect(runs).toEqual([
      [0, 1, -1],
      [1, 3, 3],
      [3, 5, -1],
      [5, 6, 3],
    ]);
  });

  it("repeats offsets, masks and values as NumPy does; of equal offsets the last wins", () => {
    const { x, y } = run("i32", ({ log, offsets, values }) => {
      const column = log.row("reshape", [2, 1], { a: offsets(0, 2) }, "i32");
      const both = log.row("add", [2, 2], { a: column, b: offsets(0, 1) }, "i32");
      log.row("dmaWrite", [4], { tensor: 1, a: log.row("gather", [2, 2], { a: both, extra: 1 }) });
      log.row("scatter", [2], { a: offsets(3, 3), c: values(7, 8) });
    });
    expect(y).toEqual([11, 12, 13, 14, 0, 0]);
    expect(x).toEqual([10, 11, 12, 8, 14, 15]);
  });

  it.each(["scatter", "atomicXchg"] as const)("a tile loaded before a %s keeps its values", (kind) => {
    const { x, y } = run("f32", ({ log, offsets, values }) => {
      const before = log.row("dmaRead", [6], { tensor: 0 });
      log.row(kind, [2], { a: offsets(0, 5), c: values(1, 2) });
      log.row("dmaWrite", [6], { tensor: 1, a: before });
    });
    expect(y).toEqual([10, 11, 12, 13, 14, 15]);
    expect(x).toEqual([1, 11, 12, 13, 14, 2]);
  });

  it("a load after a scatter sees it, and the verdict of f16 stores rounds", () => {
    const { y, outcome } = run("f16", ({ log, offsets }) => {
      const sum = log.row("full", [1], { extra: 2049 }, "f32");
      log.row("scatter", [1], { a: offsets(4), c: sum });
      log.row("dmaWrite", [6], { tensor: 1, a: log.row("dmaRead", [6], { tensor: 0 }) });
    });
    expect(y).toEqual([10, 11, 12, 13, 2048, 15]);
    expect(outcome.inexact).toBe(true);
  });

  it.each([
    ["gather", 6, 0],
    ["scatter", -1, 0],
    ["atomicAdd", 5, 1],
  ] as const)("%s outside its tensor names tensor and element", (kind, offset, extra) => {
    const build = () =>
      run("f32", ({ log, offsets, values }) => {
        log.row(kind, [2], { a: offsets(0, offset), c: kind === "gather" ? -1 : values(1, 1), extra });
      });
    expect(build).toThrow(`addresses x[${offset + extra}], which is outside its 6 elements`);
    expect(build).toThrow(
      expect.objectContaining({ exitCode: 5, diagnostics: [expect.objectContaining({ code: "LQ3002" })] }),
    );
  });
});

describe("atomics", () => {
  it.each(ALL)("%s: add, max, min, exchange return what was there", (dtype) => {
    const { x, y } = run(dtype, ({ log, values }) => {
      const one = (
        kind: "atomicAdd" | "atomicMax" | "atomicMin" | "atomicXchg",
        extra: number,
        value: number,
      ) => {
        const old = log.row(kind, [1], { c: values(value), extra });
        log.row("dmaWrite", [1], { tensor: 1, a: old, extra });
      };
      one("atomicAdd", 0, 2);
      one("atomicMax", 2, 3);
      one("atomicMax", 4, 20);
      one("atomicMin", 2, 4);
      one("atomicXchg", 0, 7);
    });
    expect(x).toEqual([...held(dtype, 7, 11, 4, 13, 20, 15)]);
    expect(y).toEqual([...held(dtype, 12, 0, 12, 0, 14, 0)]);
  });

  it("happen one after the other, also on the same element, unless masked off", () => {
    const { x, y } = run("i64", ({ log, offsets, mask, values }) => {
      const old = log.row("atomicAdd", [4], {
        a: offsets(1, 1, 1, 9),
        b: mask(1, 1, 1, 0),
        c: values(1, 10, 100, 5),
      });
      log.row("dmaWrite", [4], { tensor: 1, a: old });
    });
    expect(x[1]).toBe(122n);
    expect(y).toEqual([11n, 12n, 22n, 0n, 0n, 0n]);
  });

  it("compare and swap only what was expected", () => {
    const { x, y, outcome } = run("u32", ({ log, offsets, values }) => {
      const fields = { a: offsets(0, 1, 0), b: values(10, 99, 5), c: values(5, 6, 7) };
      log.row("dmaWrite", [3], { tensor: 1, a: log.row("atomicCas", [3], fields) });
    });
    expect(x).toEqual([7, 11, 12, 13, 14, 15]);
    expect(y).toEqual([10, 11, 5, 0, 0, 0]);
    let writers = "";
    outcome.writes.forEachRun(
      0,
      6,
      (from, to, writer) => (writers += `${from}-${to}:${writer < 0 ? "none" : "cas"} `),
    );
    expect(writers).toBe("0-1:cas 1-6:none ");
  });

  it("round and wrap", () => {
    const floats = run("bf16", ({ log, values }) =>
      log.row("atomicAdd", [1], { c: values(2 ** -8), extra: 0 }),
    );
    expect(floats.x[0]).toBe(10);
    expect(floats.outcome.inexact).toBe(true);
    const bytes = run("i8", ({ log, values }) => log.row("atomicAdd", [1], { c: values(120), extra: 0 }));
    expect(bytes.x[0]).toBe(-126);
  });
});
