import { describe, expect, it } from "vitest";
import { allGather, allReduce, broadcast, reduceScatter } from "../../dsl/index.js";
import type { LaunchArgs } from "../../src/data/arguments.js";
import type { DTypeName } from "../../src/data/dtypes.js";
import type { Expectation } from "../../src/data/expectation.js";
import { prepareJudge, replayAndJudge } from "../../src/data/judge.js";
import type { JudgeRequest, ReplayReport } from "../../src/data/judge.js";
import { HandLog, dumped, launchOf, launchOfRanks, requestFor, tensor } from "./hand-log.js";

function judge(
  launch: LaunchArgs,
  log: HandLog,
  expectation: Expectation | null,
  changes: Partial<JudgeRequest> = {},
): ReplayReport {
  return replayAndJudge(prepareJudge(requestFor(launch, changes), expectation), log.finish());
}

/** Everybody sends to rank 0, which adds one after the other and sends the result back. */
function starAllReduce(
  world: number,
  length: number,
  dtype: DTypeName = "f32",
  op: "add" | "maximum" = "add",
): HandLog {
  const log = new HandLog(dtype);
  const loaded = Array.from({ length: world }, (_, rank) => log.load(rank, 0, [length]));
  let total = loaded[0]!;
  for (let rank = 1; rank < world; rank++) {
    total = log.math(op, 0, total, log.send(rank, 0, loaded[rank]!, [length]), [length]);
  }
  log.store(0, 1, total, [length]);
  for (let rank = 1; rank < world; rank++) log.store(rank, 1, log.send(0, rank, total, [length]), [length]);
  return log;
}

const xy = (world: number, length: number, dtype: DTypeName = "f32"): LaunchArgs =>
  launchOf(world, tensor("x", "input", [length], dtype), tensor("y", "output", [length], dtype));

describe("verdict of an all-reduce", () => {
  it("is exact for ±1", () => {
    const report = judge(xy(5, 7), starAllReduce(5, 7), allReduce());
    expect(report.verify).toEqual({
      status: "pass",
      maxAbs: 0,
      maxRel: 0,
      mismatches: 0,
      firstMismatch: null,
      tolerance: "exact",
    });
    const x = dumped(report.arrays, "x");
    const y = dumped(report.arrays, "y");
    for (let i = 0; i < 35; i++)
      expect(y[i]).toBe([0, 1, 2, 3, 4].reduce((sum, r) => sum + x[r * 7 + (i % 7)]!, 0));
  });

  it("allows depth × unit roundoff × Σ|x| for normal data, and is within it", () => {
    const { verify } = judge(xy(9, 200), starAllReduce(9, 200), allReduce(), { data: "normal" });
    expect(verify).toMatchObject({ status: "pass", mismatches: 0, tolerance: "8 × 2^-24 × Σ|x|" });
    expect(verify!.maxAbs).toBeGreaterThan(0);
    expect(verify!.maxAbs).toBeLessThan(1e-5);
  });

  it("allows f16 its roundings", () => {
    const { verify } = judge(xy(4, 100, "f16"), starAllReduce(4, 100, "f16"), allReduce(), {
      data: "normal",
      dtype: "f16",
    });
    expect(verify).toMatchObject({ status: "pass", tolerance: "3 × 2^-11 × Σ|x|" });
    expect(verify!.maxAbs).toBeGreaterThan(1e-4);
  });

  it("max is exact for normal data too", () => {
    const { verify } = judge(xy(6, 50), starAllReduce(6, 50, "f32", "maximum"), allReduce("max"), {
      data: "normal",
    });
    expect(verify).toMatchObject({ status: "pass", maxAbs: 0, tolerance: "exact" });
  });

  it("finds a corrupted element and names its last writer", () => {
    for (let seed = 0; seed < 10; seed++) {
      const log = starAllReduce(3, 5);
      const { verify, corrupted } = judge(xy(3, 5), log, allReduce(), { inject: { seed } });
      expect(verify).toMatchObject({ status: "fail" });
      const { rank, index, tensor: name, op } = verify!.firstMismatch!;
      expect({ name, index, op }).toEqual({ name: "y", index: corrupted!.element, op: "dma_write" });
      // Towards rank 0 it spoils the sum of all ranks by 2; on the way back only one rank's result.
      expect(rank).toBe(corrupted!.rankTo);
      expect(verify!.mismatches).toBe(corrupted!.rankTo === 0 ? 3 : 1);
      expect(verify!.maxAbs).toBe(corrupted!.rankTo === 0 ? 2 : 2 * Math.abs(corrupted!.value));
    }
  });

  it("another seed corrupts another element", () => {
    const places = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const { corrupted } = judge(xy(8, 500), starAllReduce(8, 500), allReduce(), { inject: { seed } });
      places.add(`${corrupted!.row}.${corrupted!.element}`);
    }
    expect(places.size).toBeGreaterThan(10);
  });

  it("finds a wrong algorithm: one rank forgotten", () => {
    const log = starAllReduce(3, 4);
    const launch = xy(4, 4);
    log.store(3, 1, log.load(3, 0, [4]), [4]);
    const { verify } = judge(launch, log, allReduce());
    expect(verify).toMatchObject({ status: "fail" });
    expect(verify!.firstMismatch).toMatchObject({ rank: 0, tensor: "y", index: 0 });
  });
});

describe("elements that were never written", () => {
  it("hold the zeros they began with, and are named when that is wrong", () => {
    const launch = launchOf(1, tensor("y", "output", [4]));
    const log = new HandLog();
    log.store(0, 0, log.full(0, [2], 0), [2]);
    const { verify } = judge(launch, log, () => ({ y: [0, 0, 0, 5] }));
    expect(verify).toMatchObject({ status: "fail", mismatches: 1, maxAbs: 5 });
    expect(verify!.firstMismatch).toEqual({
      tensor: "y",
      index: 3,
      rank: 0,
      op: "never written",
      site: -1,
      actual: 0,
      expected: 5,
    });
  });
});

describe("the other collectives", () => {
  it("reduce-scatter: part r goes from ⌊r·n/world⌋ on", () => {
    // 7 elements over 3 ranks: 0–1, 2–3, 4–6.
    const parts = [2, 2, 3];
    const launch = launchOfRanks(
      parts.map((length) => [tensor("x", "input", [7]), tensor("y", "output", [length])]),
    );
    const log = new HandLog();
    parts.forEach((length, rank) => {
      const offset = [0, 2, 4][rank]!;
      const pieces = [0, 1, 2].map((from) =>
        log.send(from, rank, log.load(from, 0, [length], offset), [length]),
      );
      const sum = log.math("add", rank, log.math("add", rank, pieces[0]!, pieces[1]!, [length]), pieces[2]!, [
        length,
      ]);
      log.store(rank, 1, sum, [length]);
    });
    const { verify, arrays } = judge(launch, log, reduceScatter());
    expect(verify).toMatchObject({ status: "pass" });
    expect(arrays.map(({ name }) => name)).toEqual(["x", "y.0", "y.1", "y.2"]);
  });

  it("all-gather with ranks of different lengths, one of them empty", () => {
    const lengths = [2, 0, 1];
    const launch = launchOfRanks(lengths.map((n) => [tensor("x", "input", [n]), tensor("y", "output", [3])]));
    const log = new HandLog();
    const tiles = lengths.map((n, rank) => log.load(rank, 0, [n]));
    lengths.forEach((_, rank) => {
      log.store(rank, 1, log.send(0, rank, tiles[0]!, [2]), [2], 0);
      log.store(rank, 1, log.send(2, rank, tiles[2]!, [1]), [1], 2);
    });
    expect(judge(launch, log, allGather()).verify).toMatchObject({ status: "pass", tolerance: "exact" });
  });

  it("broadcast from a root", () => {
    const log = new HandLog();
    const tile = log.load(2, 0, [4]);
    for (const rank of [0, 1, 2]) log.store(rank, 1, rank === 2 ? tile : log.send(2, rank, tile, [4]), [4]);
    expect(judge(xy(3, 4), log, broadcast(2)).verify).toMatchObject({ status: "pass" });
    expect(judge(xy(3, 4), log, broadcast(0)).verify).toMatchObject({ status: "fail" });
  });
});

describe("a golden function", () => {
  const addOne = (scalar: number): HandLog => {
    const log = new HandLog();
    for (const rank of [0, 1])
      log.store(rank, 1, log.math("add", rank, log.load(rank, 0, [3]), { scalar }, [3]), [3]);
    return log;
  };

  it("sees its rank's and other ranks' inputs, bytes and dtype", () => {
    const seen: unknown[] = [];
    const { verify } = judge(xy(2, 3), addOne(1), ({ rank, world, bytes, dtype, input }) => {
      const other = input("x", 1 - rank);
      expect(input("x", rank)).toBe(input("x"));
      seen.push([rank, world, bytes, dtype, other.length, other instanceof Float64Array]);
      return { y: input("x").map((value) => value + 1) };
    });
    expect(verify).toMatchObject({ status: "pass", tolerance: "exact" });
    expect(seen).toEqual([
      [0, 2, 16, "f32", 3, true],
      [1, 2, 16, "f32", 3, true],
    ]);
  });

  it("may work in place without spoiling other ranks' inputs", () => {
    const { verify } = judge(xy(2, 3), addOne(1), ({ rank, input }) => {
      for (const of of [0, 1]) {
        const x = input("x", of);
        for (let i = 0; i < x.length; i++) x[i]!++;
      }
      return { y: input("x", rank) };
    });
    expect(verify).toMatchObject({ status: "pass" });
  });

  it("states a tolerance by magnitude when something was rounded, and fails beyond it", () => {
    // |x| = 1 and 0.1: magnitude 1.1, two roundings (the scalar's and the sum's).
    const allowed = 2 * 2 ** -24 * 1.1;
    const golden =
      (error: number): Expectation =>
      ({ input }) => ({ y: input("x").map((value) => Math.fround(value + Math.fround(0.1)) + error) });
    const verdict = (error: number) => judge(xy(2, 3), addOne(0.1), golden(error)).verify!;
    expect(verdict(allowed * 0.99)).toMatchObject({ status: "pass", tolerance: "2 × 2^-24 × magnitude" });
    expect(verdict(allowed * 1.01)).toMatchObject({ status: "fail", mismatches: 6 });
  });

  it("an infinity as the start of a maximum does not widen the tolerance", () => {
    const log = new HandLog();
    for (const rank of [0, 1]) {
      const start = log.math("mul", rank, log.full(rank, [3], -Infinity), { scalar: 1 }, [3]);
      const third = log.math("div", rank, log.load(rank, 0, [3]), { scalar: 3 }, [3]);
      log.store(rank, 1, log.math("maximum", rank, start, third, [3]), [3]);
    }
    const third: Expectation = ({ input }) => ({ y: input("x").map((value) => value / 3) });
    const other: Expectation = ({ input }) => ({ y: input("x").map((value) => value / 3 + 1e-6) });
    expect(judge(xy(2, 3), log, third).verify).toMatchObject({ status: "pass" });
    expect(judge(xy(2, 3), log, other).verify).toMatchObject({ status: "fail", mismatches: 6 });
  });

  it("does not confuse NaN, infinities and numbers", () => {
    const launch = launchOf(1, tensor("y", "output", [4]));
    const log = new HandLog();
    const zero = log.full(0, [1], 0);
    log.store(0, 0, log.math("div", 0, zero, zero, [1]), [1], 0);
    const infinity = log.math("div", 0, { scalar: 1 }, zero, [1]);
    log.store(0, 0, infinity, [1], 1);
    log.store(0, 0, log.full(0, [2], 2), [2], 2);
    const mismatches = (...y: number[]): number => judge(launch, log, () => ({ y })).verify!.mismatches;
    expect(mismatches(NaN, Infinity, 2, 2)).toBe(0);
    expect(mismatches(0, Infinity, 2, 2)).toBe(1);
    expect(mismatches(NaN, -Infinity, 2, 2)).toBe(1);
    expect(mismatches(NaN, 1e30, Infinity, NaN)).toBe(3);
    expect(Number.isFinite(judge(launch, log, () => ({ y: [1, 1, NaN, 2] })).verify!.maxAbs)).toBe(true);
  });

  it.each<[string, Expectation, string, RegExp]>([
    ["unknown output", () => ({ z: [1], y: [1, 2, 3] }), "LQ9101", /output "z".*rank 0.*no tensor/],
    ["input as output", () => ({ x: [1, 2, 3] }), "LQ9101", /"x" is an input, not an output/],
    ["unknown input", ({ input }) => ({ y: input("xx") }), "LQ9101", /input "xx"/],
    ["wrong length", () => ({ y: [1, 2] }), "LQ9102", /expected "y" has 2 elements on rank 0, but 3/],
    ["rank outside", ({ input }) => ({ y: input("x", 2) }), "LQ9103", /rank 2.*0 to 1/],
    ["missing output", () => ({}), "LQ9104", /no values for "y" on rank 0/],
    ["text", () => ({ y: ["1", "2", "3"] as unknown as number[] }), "LQ9105", /returned 1 for "y"\[0\]/],
    ["a number", () => ({ y: 3 as unknown as number[] }), "LQ9105", /returned 3 for "y"/],
    [
      "nothing",
      () => undefined as unknown as Record<string, number[]>,
      "LQ9105",
      /returned undefined on rank 0/,
    ],
    ["throwing", () => JSON.parse("{") as Record<string, number[]>, "LQ9106", /threw on rank 0.*JSON/],
    ["collective's input", allReduce("sum", { input: "a" }), "LQ9101", /allReduce names an input "a"/],
    ["collective's output", allReduce("sum", { output: "yy" }), "LQ9101", /output "yy"/],
    ["broadcast's root", broadcast(2), "LQ9103", /root 2.*0 to 1/],
    ["all-gather's length", allGather(), "LQ9102", /"y" has 3 elements on rank 0, but 6/],
  ])("refuses: %s", (_, expectation, code, message) => {
    const prepare = (): unknown => prepareJudge(requestFor(xy(2, 3)), expectation);
    expect(prepare).toThrow(message);
    expect(prepare).toThrow(
      expect.objectContaining({ exitCode: 3, diagnostics: [expect.objectContaining({ code })] }),
    );
  });

  it("suggests the nearest name and refuses ranks of different lengths", () => {
    const misspelt = (): unknown => prepareJudge(requestFor(xy(2, 3)), allReduce("sum", { output: "yy" }));
    expect(misspelt).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ hint: 'did you mean "y"?' })] }),
    );
    const uneven = launchOfRanks([3, 4].map((n) => [tensor("x", "input", [n]), tensor("y", "output", [3])]));
    expect(() => prepareJudge(requestFor(uneven), allReduce())).toThrow(/has 4 elements on rank 1, but 3/);
  });
});

describe("the report", () => {
  const log = (): HandLog => {
    const built = new HandLog("f16");
    for (const rank of [0, 1]) {
      const doubled = built.math("mul", rank, built.load(rank, 0, [2, 3]), { scalar: 2 }, [2, 3]);
      built.store(rank, 0, doubled, [2, 3]);
    }
    return built;
  };
  const launch = launchOf(2, tensor("x", "inout", [2, 3], "f16"));

  it("stacks tensors over ranks and keeps what an inout held at first", () => {
    const { arrays } = judge(launch, log(), null);
    expect(arrays.map(({ name, array }) => [name, array.dtype, array.shape])).toEqual([
      ["x", "f2", [2, 2, 3]],
      ["x.initial", "f2", [2, 2, 3]],
    ]);
    // ±1 are 0x3c00 and 0xbc00; doubling adds one to the exponent.
    const initial = dumped(arrays, "x.initial");
    expect(initial.every((bits) => bits === 0x3c00 || bits === 0xbc00)).toBe(true);
    expect(dumped(arrays, "x")).toEqual(initial.map((bits) => bits + 0x400));
  });

  it("has no verdict without an expectation or when not asked, and no arrays without a dump", () => {
    expect(judge(launch, log(), null).verify).toBeNull();
    const silent = judge(launch, log(), allReduce("sum", { input: "x", output: "x" }), {
      verify: false,
      dump: false,
    });
    expect(silent).toEqual({ verify: null, corrupted: null, prints: [], arrays: [] });
  });

  it("judges an inout against the inputs as they were before", () => {
    const built = new HandLog();
    const tiles = [0, 1].map((rank) => built.load(rank, 0, [4]));
    const sum = built.math("add", 0, tiles[0]!, built.send(1, 0, tiles[1]!, [4]), [4]);
    built.store(0, 0, sum, [4]);
    built.store(1, 0, built.send(0, 1, sum, [4]), [4]);
    const inPlace = launchOf(2, tensor("x", "inout", [4]));
    expect(judge(inPlace, built, allReduce("sum", { input: "x", output: "x" })).verify).toMatchObject({
      status: "pass",
    });
  });

  it("can be sent to another thread, is the same every time, and tells its progress", () => {
    const calls: number[][] = [];
    const run = (): ReplayReport =>
      replayAndJudge(
        prepareJudge(requestFor(xy(3, 40), { data: "normal" }), allReduce()),
        starAllReduce(3, 40).finish(),
        (...args) => calls.push(args),
      );
    const report = run();
    expect(structuredClone(report)).toEqual(report);
    expect(run()).toEqual(report);
    expect(calls[0]).toEqual([12, 12]);
  });
});
