import { describe, expect, it } from "vitest";
import { allReduce } from "../../dsl/index.js";
import type { DTypeName } from "../../src/data/dtypes.js";
import type { Expectation } from "../../src/data/expectation.js";
import { prepareJudge, replayAndJudge, type JudgeRequest, type ReplayReport } from "../../src/data/judge.js";
import { HandLog, dumped, launchOf, requestFor, tensor } from "./hand-log.js";

function judge(
  dtype: DTypeName,
  length: number,
  build: (log: HandLog, x: number) => number,
  expectation: Expectation,
  changes: Partial<JudgeRequest> = { data: "normal" },
): NonNullable<ReplayReport["verify"]> {
  const launch = launchOf(1, tensor("x", "input", [length], dtype), tensor("y", "output", [length], dtype));
  const log = new HandLog(dtype);
  log.store(0, 1, build(log, log.load(0, 0, [length])), [length]);
  return replayAndJudge(prepareJudge(requestFor(launch, changes), expectation), log.finish()).verify!;
}

/** The golden of y = f(x), which may be off by some factor in its last element. */
const golden =
  (f: (x: Float64Array) => ArrayLike<number>, factor = 1): Expectation =>
  ({ input }) => {
    const y = Float64Array.from(f(input("x")));
    y[y.length - 1]! *= factor;
    return { y };
  };

function softmax(log: HandLog, x: number, length: number): number {
  const shifted = log.row("sub", [length], { a: x, b: log.row("max", [1], { a: x, extra: 0 }) });
  const powers = log.row("exp", [length], { a: shifted });
  return log.row("div", [length], { a: powers, b: log.row("sum", [1], { a: powers, extra: 0 }) });
}

const softmaxOf = (x: Float64Array): Float64Array => {
  const powers = x.map((value) => Math.exp(value - Math.max(...x)));
  return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0));
};

describe("tolerance of functions", () => {
  it("softmax is granted its roundings and no visible error", () => {
    const verify = (factor: number) =>
      judge("f32", 300, (log, x) => softmax(log, x, 300), golden(softmaxOf, factor));
    expect(verify(1)).toMatchObject({ status: "pass" });
    expect(verify(1).maxRel).toBeGreaterThan(0);
    expect(verify(1).tolerance).toMatch(/^\d+ × 2\^-24 × magnitude$/);
    // The last element is about 1/500; a thousandth of the largest, which is below 0.05, is noticed.
    const off: Expectation = ({ input }) => {
      const y = softmaxOf(input("x"));
      y[7]! += 5e-5;
      return { y };
    };
    expect(judge("f32", 300, (log, x) => softmax(log, x, 300), off)).toMatchObject({
      status: "fail",
      mismatches: 1,
    });
  });

  const FUNCTIONS = {
    exp: Math.exp,
    tanh: Math.tanh,
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    silu: (x: number) => x / (1 + Math.exp(-x)),
    relu: (x: number) => Math.max(x, 0),
    abs: Math.abs,
  };

  it.each(Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[])(
    "%s of rounded values, in every float",
    (kind) => {
      const f = FUNCTIONS[kind];
      for (const [dtype, smallest] of [
        ["f64", 1e-12],
        ["f32", 1e-4],
        ["bf16", 0.5],
      ] as const) {
        const build = (log: HandLog, x: number): number =>
          log.row(kind, [64], { a: log.row("div", [64], { a: x, extra: 3 }) });
        const expected = (x: Float64Array): Float64Array => x.map((value) => f(value / 3));
        expect(judge(dtype, 64, build, golden(expected))).toMatchObject({ status: "pass" });
        const off = (x: Float64Array): Float64Array => expected(x).map((value) => value + smallest);
        expect(judge(dtype, 64, build, golden(off))).toMatchObject({ status: "fail", mismatches: 64 });
      }
    },
  );

  it.each(["exp", "tanh", "sigmoid", "silu"] as const)(
    "%s passes on what came before, by how steep it is",
    (kind) => {
      // 1,000 more and 1,000 less leave an error of about 1,000 roundings on values around 1.
      const build = (log: HandLog, x: number): number => {
        const third = log.row("div", [64], { a: x, extra: 3 });
        const far = log.row("add", [64], { a: third, extra: 1000 });
        return log.row(kind, [64], { a: log.row("sub", [64], { a: far, extra: 1000 }) });
      };
      const expected = (x: Float64Array): Float64Array => x.map((value) => FUNCTIONS[kind](value / 3));
      const passed = judge("f32", 64, build, golden(expected));
      expect(passed).toMatchObject({ status: "pass" });
      // More than the roundings of the function alone: 2^-24 of its largest value, here below 4.
      expect(passed.maxAbs).toBeGreaterThan(5e-6);
      const off = judge(
        "f32",
        64,
        build,
        golden((x) => expected(x).map((value) => value + 5e-3)),
      );
      expect(off).toMatchObject({ status: "fail", mismatches: 64 });
    },
  );

  it("roots and logarithms by how steep they are where the values lie", () => {
    const build = (kind: "sqrt" | "log" | "rsqrt") => (log: HandLog, x: number) => {
      const positive = log.row("add", [64], { a: log.row("abs", [64], { a: x }), extra: 0.3 });
      return log.row(kind, [64], { a: positive });
    };
    for (const [kind, f] of [
      ["sqrt", Math.sqrt],
      ["log", Math.log],
      ["rsqrt", (x: number) => 1 / Math.sqrt(x)],
    ] as const) {
      const expected = (x: Float64Array) => x.map((value) => f(Math.abs(value) + 0.3));
      const verify = judge("f32", 64, build(kind), golden(expected));
      expect(verify).toMatchObject({
        status: "pass",
        tolerance: expect.stringContaining("× magnitude") as string,
      });
      const off = judge(
        "f32",
        64,
        build(kind),
        golden((x) => expected(x).map((value) => value + 1e-4)),
      );
      expect(off).toMatchObject({ status: "fail", mismatches: 64 });
    }
  });

  it("a power of a number, by the logarithm of that number", () => {
    for (const base of [2, 0.1, 1]) {
      const build = (log: HandLog, x: number): number => {
        const exponent = log.row("div", [64], { a: x, extra: 3 });
        return log.row("pow", [64], { a: log.row("full", [], { extra: base }), b: exponent });
      };
      const expected = (x: Float64Array): Float64Array => x.map((value) => base ** (value / 3));
      expect(judge("f32", 64, build, golden(expected))).toMatchObject({
        status: "pass",
        tolerance: expect.stringContaining("× magnitude") as string,
      });
      const off = (x: Float64Array): Float64Array => expected(x).map((value) => value + 1e-4);
      expect(judge("f32", 64, build, golden(off))).toMatchObject({ status: "fail", mismatches: 64 });
    }
  });

  it("a sum in memory, by how often its element is added to", () => {
    // 64 values go to 2 elements: 32 roundings each, of sums that are at most 32 times as large as a value.
    const build = (log: HandLog, x: number): void => {
      const index = log.row("arange", [64], { extra: 0 }, "i32");
      log.row("atomicAdd", [64], {
        tensor: 1,
        a: log.row("mod", [64], { a: index, extra: 2 }, "i32"),
        c: x,
        extra: 0,
      });
    };
    const verify = (error: number): NonNullable<ReplayReport["verify"]> => {
      const launch = launchOf(1, tensor("x", "input", [64]), tensor("y", "output", [2]));
      const log = new HandLog();
      build(log, log.load(0, 0, [64]));
      const expectation: Expectation = ({ input }) => {
        const y = [error, 0];
        input("x").forEach((value, i) => (y[i % 2]! += value));
        return { y };
      };
      return replayAndJudge(prepareJudge(requestFor(launch, { data: "normal" }), expectation), log.finish())
        .verify!;
    };
    expect(verify(0)).toMatchObject({ status: "pass", tolerance: "32 × 2^-24 × magnitude" });
    expect(verify(0).maxAbs).toBeGreaterThan(0);
    expect(verify(1e-3)).toMatchObject({ status: "fail", mismatches: 1 });
  });

  it("where nothing is known of the error, the default holds and is printed", () => {
    // Which side a rounded comparison takes is not known.
    const build = (log: HandLog, x: number): number => {
      const third = log.row("div", [64], { a: x, extra: 3 });
      const mask = log.row("gt", [64], { a: third, extra: 0 }, "bool");
      return log.row("where", [64], { a: mask, b: third, c: log.row("full", [], { extra: 0 }) });
    };
    const expected = (x: Float64Array): Float64Array => x.map((value) => Math.max(value / 3, 0));
    const verify = judge("f32", 64, build, golden(expected));
    expect(verify).toMatchObject({
      status: "pass",
      tolerance: "2^-14 × max(1, |expected|) where no bound is known",
    });
    const off = judge(
      "f32",
      64,
      build,
      golden((x) => expected(x).map((value) => value + 2 ** -13)),
    );
    expect(off).toMatchObject({ status: "fail", mismatches: 64 });
    const half = judge(
      "bf16",
      64,
      build,
      golden((x) => expected(x).map((value) => value + 0.2)),
    );
    expect(half).toMatchObject({
      status: "fail",
      tolerance: "2^-4 × max(1, |expected|) where no bound is known",
    });
  });

  it("a mask of exact values keeps the bound", () => {
    const build = (log: HandLog, x: number): number => {
      const mask = log.row("gt", [64], { a: x, extra: 0 }, "bool");
      const third = log.row("div", [64], { a: x, extra: 3 });
      return log.row("where", [64], { a: mask, b: third, c: log.row("full", [], { extra: 0 }) });
    };
    const verify = judge(
      "f32",
      64,
      build,
      golden((x) => x.map((value) => Math.max(value / 3, 0))),
    );
    expect(verify).toMatchObject({ status: "pass", tolerance: "1 × 2^-24 × magnitude" });
  });
});

describe("integers and bools", () => {
  it.each(["i8", "u16", "i64", "u64", "bool"] as const)("%s: equal or wrong", (dtype) => {
    const build = (log: HandLog, x: number): number => log.row("or", [8], { a: x, b: x });
    const same = judge(
      dtype,
      8,
      build,
      golden((x) => x),
    );
    expect(same).toMatchObject({ status: "pass", maxAbs: 0, tolerance: "exact" });
    const off: Expectation = ({ input }) => ({
      y: input("x").map((value, i) => (i === 5 ? 1 - value : value)),
    });
    expect(judge(dtype, 8, build, off)).toMatchObject({ status: "fail", mismatches: 1 });
    expect(judge(dtype, 8, build, off).firstMismatch).toMatchObject({ index: 5 });
  });

  it("stay exact where floats before them were rounded", () => {
    const build = (log: HandLog, x: number): number => {
      const third = log.row("div", [4], { a: log.row("cast", [4], { a: x }, "f32"), extra: 3 }, "f32");
      return log.row("cast", [4], { a: third }, "i32");
    };
    const expected = (x: Float64Array): Float64Array => x.map((value) => Math.trunc(value / 3));
    expect(judge("i32", 4, build, golden(expected))).toMatchObject({ status: "pass", tolerance: "exact" });
    expect(
      judge(
        "i32",
        4,
        build,
        golden((x) => expected(x).map((value) => value + 1)),
      ),
    ).toMatchObject({
      mismatches: 4,
    });
  });

  it("64 bits are compared beyond 2^53, where float64 has gaps", () => {
    const build = (log: HandLog): number => {
      const large = log.row("full", [1], { extra: 2 ** 53 });
      return log.row("add", [1], { a: large, extra: 1 });
    };
    expect(judge("i64", 1, build, () => ({ y: [2 ** 53] }))).toMatchObject({ status: "fail", mismatches: 1 });
    expect(judge("i64", 1, build, () => ({ y: [0.5] }))).toMatchObject({ status: "fail" });
    const even = (log: HandLog): number => log.row("full", [1], { extra: 2 ** 60 });
    expect(judge("i64", 1, even, () => ({ y: [2 ** 60] }))).toMatchObject({ status: "pass" });
  });
});

describe("collectives in every dtype", () => {
  function reduce(dtype: DTypeName, world: number, reduction: "sum" | "avg", data: JudgeRequest["data"]) {
    const launch = launchOf(world, tensor("x", "input", [16], dtype), tensor("y", "output", [16], dtype));
    const log = new HandLog(dtype);
    let total = log.load(0, 0, [16]);
    for (let rank = 1; rank < world; rank++) {
      total = log.math("add", 0, total, log.send(rank, 0, log.load(rank, 0, [16]), [16]), [16]);
    }
    const isFloat = /^f|^b/.test(dtype);
    if (reduction === "avg") {
      total = log.row(isFloat ? "div" : "floordiv", [16], { a: total, extra: world });
    }
    for (let rank = 0; rank < world; rank++) log.store(rank, 1, log.send(0, rank, total, [16]), [16]);
    return replayAndJudge(
      prepareJudge(requestFor(launch, { data, dtype }), allReduce(reduction)),
      log.finish(),
    );
  }

  it.each([
    "f64",
    "f32",
    "f16",
    "bf16",
    "fp8e4m3",
    "fp8e5m2",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
  ] as const)("%s: sums and averages of both kinds of data", (dtype) => {
    for (const reduction of ["sum", "avg"] as const) {
      for (const data of ["±1", "normal"] as const) {
        expect(reduce(dtype, 4, reduction, data).verify).toMatchObject({ status: "pass" });
      }
    }
    expect(reduce(dtype, 4, "sum", "±1").verify).toMatchObject({ tolerance: "exact" });
  });

  it("sums of i8 wrap in the expectation too", () => {
    const { verify, arrays } = reduce("u8", 40, "sum", "normal");
    expect(verify).toMatchObject({ status: "pass", tolerance: "exact" });
    const x = dumped(arrays, "x");
    const wide = Array.from({ length: 16 }, (_, i) =>
      x.filter((_value, at) => at % 16 === i).reduce((a, b) => a + b),
    );
    expect(Math.max(...wide)).toBeGreaterThan(255);
    expect(dumped(arrays, "y").slice(0, 16)).toEqual(wide.map((sum) => sum % 256));
  });

  it("f64 sums of many ranks are judged by what f64 can do", () => {
    const { verify } = reduce("f64", 64, "sum", "normal");
    expect(verify).toMatchObject({
      status: "pass",
      tolerance: expect.stringMatching(/^126 × 2\^-53/) as string,
    });
    expect(verify!.maxAbs).toBeLessThan(1e-13);
  });
});
