import { describe, expect, it } from "vitest";
import type { LaunchArgs } from "../../src/data/arguments.js";
import { F16_VALUES } from "../../src/data/float16.js";
import { Hbm } from "../../src/data/hbm.js";
import { fillInputs } from "../../src/data/inputs.js";
import { replay } from "../../src/data/replay.js";
import type { ReplayOutcome } from "../../src/data/replay.js";
import { HandLog, launchOf, tensor } from "./hand-log.js";

interface Run {
  outcome: ReplayOutcome;
  /** The stored values of one tensor. */
  values(rank: number, index: number): number[];
}

/** Replays a log; `contents` overwrite tensors, as [rank, tensor, values]. */
function run(
  launch: LaunchArgs,
  log: HandLog,
  contents: [rank: number, index: number, values: number[]][] = [],
  injectSeed: number | null = null,
): Run {
  const hbm = new Hbm(launch);
  fillInputs(hbm, "±1", 1);
  for (const [rank, index, values] of contents)
    hbm.write(hbm.slotOf(rank, index), 0, Float32Array.from(values));
  const inject = injectSeed === null ? null : { seed: injectSeed };
  const outcome = replay(log.finish(), hbm, { inject, trackMagnitude: true });
  return { outcome, values: (rank, index) => [...hbm.values(hbm.slotOf(rank, index))] };
}

const U32 = 2 ** -24;
const U16 = 2 ** -11;

describe("replay", () => {
  it("all-reduces over 4 ranks, whatever the tree", () => {
    const launch = launchOf(4, tensor("x", "input", [3]), tensor("y", "output", [3]));
    const log = new HandLog();
    const loaded = [0, 1, 2, 3].map((rank) => log.load(rank, 0, [3]));
    let sum = loaded[3]!;
    for (const rank of [2, 1, 0]) {
      const received = log.send(rank + 1, rank, sum, [3]);
      sum = log.math("add", rank, received, loaded[rank]!, [3]);
    }
    log.store(0, 1, sum, [3]);
    let passed = sum;
    for (const rank of [1, 2, 3]) {
      passed = log.send(rank - 1, rank, passed, [3]);
      log.store(rank, 1, passed, [3]);
    }
    const { values, outcome } = run(launch, log, [
      [0, 0, [1, 10, 100]],
      [1, 0, [2, 20, 200]],
      [2, 0, [3, 30, 300]],
      [3, 0, [4, 40, 400]],
    ]);
    for (const rank of [0, 1, 2, 3]) expect(values(rank, 1)).toEqual([10, 100, 1000]);
    expect(outcome.inexact).toBe(false);
    expect(outcome.errors.relative[sum]).toBe(3 * U32);
  });

  it("multiplies matrices 2×3 by 3×2 in f16 and keeps the result in f32", () => {
    const launch = launchOf(
      1,
      tensor("a", "input", [2, 3], "f16"),
      tensor("b", "input", [3, 2], "f16"),
      tensor("c", "output", [2, 2], "f32"),
    );
    const log = new HandLog("f16");
    const a = log.load(0, 0, [2, 3]);
    const b = log.load(0, 1, [3, 2]);
    const c = log.dot(0, a, b, [2, 2]);
    log.store(0, 2, c, [2, 2]);
    const { values, outcome } = run(launch, log, [
      [0, 0, [1, 2, 3, 4, 5, 6]],
      [0, 1, [7, 8, 9, 10, 11, 1023]],
    ]);
    expect(values(0, 2)).toEqual([58, 8 + 20 + 3069, 139, 32 + 50 + 6138]);
    expect(outcome.errors.relative[c]).toBe(3 * U32);
    expect(outcome.errors.magnitude![c]).toBe(3 * 6 * 1023);
  });

  it("reads and writes parts of tensors at element offsets", () => {
    const launch = launchOf(1, tensor("x", "inout", [2, 4]));
    const log = new HandLog();
    const middle = log.load(0, 0, [3], 3);
    log.store(0, 0, middle, [3], 0);
    // A load after a store sees the stored values.
    const again = log.load(0, 0, [2], 0);
    log.store(0, 0, again, [2], 6);
    const { values } = run(launch, log, [[0, 0, [1, 2, 3, 4, 5, 6, 7, 8]]]);
    expect(values(0, 0)).toEqual([4, 5, 6, 4, 5, 6, 4, 5]);
  });

  it("a loaded tile keeps its values when the tensor is overwritten later", () => {
    const launch = launchOf(1, tensor("x", "inout", [2]), tensor("y", "output", [2]));
    const log = new HandLog();
    const before = log.load(0, 0, [2]);
    log.store(0, 0, log.full(0, [2], 9), [2]);
    log.store(0, 1, before, [2]);
    const { values } = run(launch, log, [[0, 0, [1, 2]]]);
    expect(values(0, 0)).toEqual([9, 9]);
    expect(values(0, 1)).toEqual([1, 2]);
  });

  it("a message outlives the sender's last use of the tile, through forwarding", () => {
    const launch = launchOf(3, tensor("x", "input", [2]), tensor("y", "output", [2]));
    const log = new HandLog();
    const doubled = log.math("add", 0, log.load(0, 0, [2]), log.load(0, 0, [2]), [2]);
    const first = log.send(0, 1, doubled, [2]);
    log.store(0, 1, doubled, [2]);
    const second = log.send(1, 2, first, [2]);
    // New tiles of the same size must not land in a buffer that a message still holds.
    for (let i = 0; i < 5; i++) log.store(1, 1, log.full(1, [2], -i), [2]);
    log.store(2, 1, second, [2]);
    const { values } = run(launch, log, [[0, 0, [5, 6]]]);
    expect(values(0, 1)).toEqual([10, 12]);
    expect(values(2, 1)).toEqual([10, 12]);
    expect(values(1, 1)).toEqual([-4, -4]);
  });

  it("survives a message forwarded 50,000 times and tiles that nobody uses", () => {
    const launch = launchOf(2, tensor("x", "input", [1]), tensor("y", "output", [1]));
    const log = new HandLog();
    let tile = log.math("add", 0, log.load(0, 0, [1]), { scalar: 41 }, [1]);
    for (let i = 0; i < 50_000; i++) tile = log.send(i % 2, (i + 1) % 2, tile, [1]);
    log.full(0, [1], 7);
    log.send(0, 1, log.full(0, [1], 8), [1]);
    log.store(0, 1, tile, [1]);
    expect(run(launch, log, [[0, 0, [1]]]).values(0, 1)).toEqual([42]);
  });

  it("rounds f16 results once and counts f16 roundings", () => {
    const launch = launchOf(1, tensor("x", "input", [3], "f16"), tensor("y", "output", [3], "f16"));
    const log = new HandLog("f16");
    const x = log.load(0, 0, [3]);
    const sum = log.math("add", 0, x, { scalar: 1 }, [3]);
    log.store(0, 1, sum, [3]);
    const { values, outcome } = run(launch, log, [[0, 0, [2048, 2050, 1]]]);
    expect(values(0, 1)).toEqual([2048, 2052, 2]);
    expect(outcome.inexact).toBe(true);
    expect(outcome.errors.relative[sum]).toBe(U16);
  });

  it("converts a scalar to the tile's dtype first, and counts that too", () => {
    const launch = launchOf(1, tensor("y", "output", [1], "f16"));
    const log = new HandLog("f16");
    const tenth = log.full(0, [1], 0.1);
    const sum = log.math("mul", 0, { scalar: 0.1 }, tenth, [1]);
    log.store(0, 0, sum, [1]);
    const { values, outcome } = run(launch, log);
    // 0.1 is 1638 · 2^-14 in f16; its square 2683044 · 2^-28 rounds to 1310 · 2^-17.
    expect(values(0, 0)).toEqual([1310 * 2 ** -17]);
    expect(outcome.inexact).toBe(true);
    expect(outcome.errors.relative[tenth]).toBe(U16);
    expect(outcome.errors.relative[sum]).toBe(3 * U16);
  });

  it("bounds magnitudes through all kinds of operations", () => {
    const launch = launchOf(1, tensor("x", "input", [2]), tensor("d", "input", [2]));
    const log = new HandLog();
    const x = log.load(0, 0, [2]);
    const d = log.load(0, 1, [2]);
    const sum = log.math("sub", 0, x, d, [2]);
    const product = log.math("mul", 0, sum, x, [2]);
    const quotient = log.math("div", 0, x, d, [2]);
    const largest = log.math("maximum", 0, product, quotient, [2]);
    const { outcome } = run(launch, log, [
      [0, 0, [3, -6]],
      [0, 1, [0.5, -4]],
    ]);
    const bounds = [x, d, sum, product, quotient, largest].map((row) => outcome.errors.magnitude![row]);
    // The difference is at most 2.5 and rounded once; the product has 6 · 2.5 u from it and as much of its own.
    const expected = [6, 4, 2.5, (15 + 15) / 2, 12, (15 + 15) / 2];
    bounds.forEach((bound, i) => expect(bound).toBeCloseTo(expected[i]!, 4));
    const relative = [x, d, sum, product, quotient, largest].map(
      (row) => outcome.errors.relative[row]! / U32,
    );
    expect(relative).toEqual([0, 0, 1, 2, 1, 2]);
  });

  it("finds every element's last writer, and what nobody wrote", () => {
    const launch = launchOf(1, tensor("y", "output", [8]));
    const log = new HandLog();
    const first = log.store(0, 0, log.full(0, [4], 1), [4], 0);
    const second = log.store(0, 0, log.full(0, [2], 2), [2], 3);
    const { outcome } = run(launch, log);
    const runs: number[][] = [];
    outcome.writes.forEachRun(0, 8, (...args) => runs.push(args));
    expect(runs).toEqual([
      [0, 3, first],
      [3, 5, second],
      [5, 8, -1],
    ]);
  });

  it("prints short tiles whole and long ones by their ends", () => {
    const launch = launchOf(1, tensor("x", "input", [12]));
    const log = new HandLog();
    const long = log.print(0, log.load(0, 0, [12]), [12]);
    const short = log.print(0, log.load(0, 0, [2, 4], 2), [2, 4]);
    const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
    expect(run(launch, log, [[0, 0, numbers]]).outcome.prints).toEqual([
      { row: long, shape: [12], values: [1, 2, 3, 4, 9, 10, 11, 12] },
      { row: short, shape: [2, 4], values: [3, 4, 5, 6, 7, 8, 9, 10] },
    ]);
  });
});

describe("corrupting an element", () => {
  /** Rank 0 sends its tile to 1, 1 to 2; both senders also keep what they sent. */
  function chain(): { log: HandLog; launch: LaunchArgs; messages: number[] } {
    const launch = launchOf(3, tensor("x", "input", [4]), tensor("y", "output", [4]));
    const log = new HandLog();
    const x = log.load(0, 0, [4]);
    const first = log.send(0, 1, x, [4]);
    const second = log.send(1, 2, first, [4]);
    log.store(0, 1, x, [4]);
    log.store(1, 1, first, [4]);
    log.store(2, 1, second, [4]);
    return { log, launch, messages: [first, second] };
  }

  it("changes one sign in flight, not at the sender, and says where", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { log, launch, messages } = chain();
      const { outcome, values } = run(launch, log, [[0, 0, [1, 2, 3, 4]]], seed);
      const { rankFrom, rankTo, element, value, row, site } = outcome.corrupted!;
      const wrong = [1, 2, 3, 4];
      wrong[element] = -wrong[element]!;
      expect(value).toBe([1, 2, 3, 4][element]);
      expect([rankTo, row, site]).toEqual([rankFrom + 1, messages[rankFrom], messages[rankFrom]]);
      expect(values(0, 1)).toEqual([1, 2, 3, 4]);
      expect(values(1, 1)).toEqual(rankFrom === 0 ? wrong : [1, 2, 3, 4]);
      expect(values(2, 1)).toEqual(wrong);
      seen.add(`${rankFrom}.${element}`);
    }
    expect(seen.size).toBe(8);
  });

  it("takes the next element that is not zero, then the next message", () => {
    const { log, launch } = chain();
    const { outcome } = run(launch, log, [[0, 0, [0, 0, -7, 0]]], 1);
    expect(outcome.corrupted).toMatchObject({ element: 2, value: -7 });

    const launchTwo = launchOf(2, tensor("x", "input", [2]), tensor("y", "output", [2]));
    const zeroFirst = new HandLog();
    zeroFirst.store(1, 1, zeroFirst.send(0, 1, zeroFirst.full(0, [2], 0), [2]), [2]);
    const sent = zeroFirst.send(0, 1, zeroFirst.full(0, [2], 3), [2]);
    zeroFirst.store(1, 1, sent, [2]);
    for (let seed = 0; seed < 8; seed++) {
      expect(run(launchTwo, zeroFirst, [], seed).outcome.corrupted).toMatchObject({ row: sent, value: 3 });
    }
  });

  it("reports nothing when there is no message that anybody reads", () => {
    const launch = launchOf(2, tensor("y", "output", [2]));
    const log = new HandLog();
    const tile = log.full(0, [2], 1);
    log.send(0, 1, tile, [2]);
    log.store(0, 0, tile, [2]);
    expect(run(launch, log, [], 3).outcome.corrupted).toBeNull();
  });
});

describe("stored f16", () => {
  it("keeps the bits of what was computed", () => {
    const launch = launchOf(1, tensor("y", "output", [2], "f16"));
    const log = new HandLog("f16");
    log.store(0, 0, log.full(0, [2], -1.5), [2]);
    const hbm = new Hbm(launch);
    replay(log.finish(), hbm, { inject: null, trackMagnitude: false });
    expect([...hbm.elements(0)]).toEqual([0xbe00, 0xbe00]);
    expect(F16_VALUES[0xbe00]).toBe(-1.5);
  });

  it("rounds an f32 value when it is written, to even, and says when that was inexact", () => {
    const written = (value: number) => {
      const launch = launchOf(1, tensor("y", "output", [1], "f16"));
      const log = new HandLog("f32");
      const row = log.store(0, 0, log.full(0, [1], value), [1]);
      const { outcome, values } = run(launch, log);
      const { relative, magnitude } = outcome.errors;
      return { values: values(0, 0), inexact: outcome.inexact, bound: [relative[row], magnitude![row]] };
    };
    // Halfway between 2048 and 2050: the even significand. An f16 number stays what it is.
    expect(written(2049)).toEqual({ values: [2048], inexact: true, bound: [U16, 2049] });
    expect(written(2050)).toEqual({ values: [2050], inexact: false, bound: [U16, 2050] });
    // Among the subnormals the error no longer shrinks with the value: at most 2^-25, half of their spacing.
    expect(written(3 * 2 ** -26)).toEqual({ values: [2 ** -24], inexact: true, bound: [U16, 2 ** -14] });
  });
});
