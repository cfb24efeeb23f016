import { describe, expect, it } from "vitest";
import type { WorldReport } from "../../src/check/report.js";
import { checkWorld } from "../../src/check/world-check.js";
import { CHECK_DEFAULTS, compiled, found, setupOf } from "./harness.js";

type Pair = readonly [what: string, first: string, second: string];

const SAME: readonly Pair[] = [
  ["products in another order", "(a * b) * c", "a * (b * c)"],
  ["factors exchanged", "(a * b) * c", "c * (b * a)"],
  ["a factor taken out of a sum", "a * (b + c)", "a * b + a * c"],
  ["a factor taken out of a difference", "a * (b - c)", "a * b - c * a"],
  ["a number moved through a product", "(a * 2) * b", "a * (b * 2)"],
  ["a sign moved through a product", "(-a) * b", "-(a * b)"],
  ["squares of opposite differences", "(a - b) * (a - b)", "(b - a) * (b - a)"],
  ["absolute values of opposite differences", "(a - b).abs()", "(b - a).abs()"],
  ["a multiplication and an addition in one", "tl.fma(a, b, c)", "a * b + c"],
  ["division by a number, and its inverse", "a / 3", "a * (1 / 3)"],
  ["division in two steps", "(a / 7) / 11", "a / 77"],
  ["decimal factors", "(a * 0.1) * 0.3", "a * (0.1 * 0.3)"],
  ["irrational factors", "(a * Math.LN2) * Math.LOG2E", "a"],
  ["a sum of irrational shares", "a * 1e-7 + a * 0.9999999", "a"],
  ["a number taken out of a quotient", "(a * 2) / (b * 2)", "a / b"],
  ["a quotient and a product with the inverse", "a / b", "a * (1 / b)"],
  ["quotients in another order", "(a / b) / c", "a / (b * c)"],
  ["negation three ways", "-a", "0 - a"],
  ["a difference and its opposite", "a - b", "-(b - a)"],
  ["maxima in another order", "tl.maximum(tl.maximum(a, b), c)", "tl.maximum(c, tl.maximum(b, a))"],
  ["a maximum through minima", "tl.maximum(a, b)", "-tl.minimum(-a, -b)"],
  ["a scaled maximum", "tl.maximum(a, b) * 2", "tl.maximum(a * 2, b * 2)"],
  ["a shifted maximum", "tl.maximum(a, b) + 1", "tl.maximum(a + 1, b + 1)"],
  ["a maximum chosen", "tl.maximum(a, b)", "tl.where(a > b, a, b)"],
  ["a choice the other way round", "tl.where(a > b, c, d)", "tl.where(a <= b, d, c)"],
  ["a mask of two masks", "tl.where(a > 0 && b > 0, c, d)", "tl.where(b > 0 && a > 0, c, d)"],
  ["a mask as a factor", 'tl.cast(a > 0, "f32") * b', "tl.where(a > 0, b, 0)"],
  ["a decision that hangs on rounding", "tl.where((a * b) * c > a * (b * c), d, -d)", "-d"],
  ["a positive part", "a.relu()", "tl.maximum(a, 0)"],
  ["a clamp in another order", "tl.clamp(a, -1, 1)", "tl.maximum(tl.minimum(a, 1), -1)"],
  ["a product of exponentials", "a.exp() * b.exp()", "(a + b).exp()"],
  ["an exponential of a shifted value", "(a + 1).exp()", "a.exp() * Math.E"],
  ["a logarithm of a product", "(a.abs() * 2).log()", "a.abs().log() + Math.LN2"],
  ["an odd function", "(-a).tanh()", "-a.tanh()"],
  ["a mirrored sigmoid", "a.sigmoid()", "1 - (-a).sigmoid()"],
  ["a function through others", "a.silu()", "a * a.sigmoid()"],
  ["a root of a square", "(a * a).sqrt()", "a.abs()"],
  ["a power and a product", "a ** 2", "a * a"],
  ["casts there and back", 'tl.cast(tl.cast(a, "f16"), "f32")', "a"],
  ["a softmax with another shift", "a.softmax()", "tl.exp(a - 3) / tl.exp(a - 3).sum()"],
  ["a sum over all, or by rows", "a + tl.load(x, [2, 16]).sum()", "a + tl.load(x, [2, 16]).sum(1).sum()"],
  ["a mean and a share of the sum", "a + b.mean()", "a + b.sum() / 16"],
  [
    "a sum of a product and a dot",
    "a + (a * b).sum()",
    "a + tl.dot(a.reshape([1, 16]), b.reshape([16, 1])).reshape([1])",
  ],
  [
    "a scaled dot",
    "tl.dot(a.reshape([1, 16]) * 2, b.reshape([16, 1])).reshape([1]) + a",
    "tl.dot(a.reshape([1, 16]), b.reshape([16, 1])).reshape([1]) * 2 + a",
  ],
  [
    "a transposed product",
    "tl.dot(a.reshape([4, 4]), b.reshape([4, 4])).reshape([16])",
    "tl.dot(b.reshape([4, 4]).transpose(), a.reshape([4, 4]).transpose()).transpose().reshape([16])",
  ],
  ["a transpose twice", "a.reshape([2, 8]).transpose().transpose().reshape([16])", "a"],
];

const DIFFERENT: readonly Pair[] = [
  ["another factor", "a * b", "a * c"],
  ["another sign", "a * b", "-(a * b)"],
  ["another operand of a function", "a.exp()", "b.exp()"],
  ["squares of other values", "a * a", "b * b"],
  ["a minimum in place of a maximum", "tl.maximum(a, b)", "tl.minimum(a, b)"],
  ["a mask turned round", "tl.where(a > b, c, d)", "tl.where(a < b, c, d)"],
  ["a number that is slightly off", "a.gelu() * 1.01", "a.gelu()"],
  ["an integer cut off", 'tl.cast(tl.cast(a * 4, "i32"), "f32")', "a * 4"],
  ["positions counted otherwise", 'tl.cast(tl.arange(0, 16), "f32")', 'tl.cast(tl.arange(1, 17), "f32")'],
  ["a part left out", "a + b + c", "a + b"],
];

/** Of every pair, rank 0 computes the one and rank 1 the other from tiles a, b, c, d that both have; `--bytes` says of which. */
const bundle = compiled(
  `let all: Tile = tl.load(x, [4, 16]);
  if (tl.rank() === 0) tl.send("E", all);
  else all = tl.recv("W", [4, 16], "f32");
  tl.store(x, all);
  const a = tl.load(x, [16]);
  const b = tl.load(x + 16, [16]);
  const c = tl.load(x + 32, [16]);
  const d = tl.load(x + 48, [16]);
  ${[...SAME, ...DIFFERENT]
    .map(
      ([, first, second], pair) =>
        `if (pair === ${pair}) tl.store(y, tl.rank() === 0 ? ${first} : ${second});`,
    )
    .join("\n")}`,
  {
    args: 'inout("x", "f32", [4, 16]), output("y", "f32", [16]), bytes',
    parameters: "x: Ptr, y: Ptr, pair: number",
    options: 'replicated: ["y"]',
  },
);

async function compared(pair: Pair): Promise<WorldReport> {
  const bytes = [...SAME, ...DIFFERENT].indexOf(pair);
  return checkWorld(setupOf(await bundle, 2, { bytes }), CHECK_DEFAULTS);
}

describe("two ways to compute the same", () => {
  it.each(SAME.map((pair) => ({ what: pair[0], pair })))("are no disagreement: $what", async ({ pair }) => {
    const report = await compared(pair);
    expect(found(report), report.findings[0]?.detail.join()).toEqual([]);
  });
});

describe("two different results", () => {
  it.each(DIFFERENT.map((pair) => ({ what: pair[0], pair })))(
    "are a disagreement: $what",
    async ({ pair }) => {
      const report = await compared(pair);
      expect(report.findings.map(({ code }) => code)).toEqual(["LQ3603"]);
      expect(report.exitCode).toBe(4);
    },
  );
});
