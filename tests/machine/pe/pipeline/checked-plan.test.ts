import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompositePlan, GemmCommand, PlanStage } from "../../../../dsl/index.js";
import { checkedPlan } from "../../../../src/machine/pe/pipeline/checked-plan.js";
import { tiledPlan } from "../../../../src/machine/pe/pipeline/plan.js";
import { refusal } from "../../../topology/refusal.js";

const SIZES = { tileM: 32, tileK: 64, tileN: 32 };
const GEMM: GemmCommand = {
  kind: "gemm",
  ...{
    m: 4,
    k: 8,
    n: 2,
    streamsA: true,
    streamsB: false,
    elementBytes: 2,
    outElementBytes: 4,
    epilogueSteps: 1,
  },
};
/** All that GEMM asks for: 64 bytes of A, 128 flops, 8 elements of MATH, 32 bytes of result. */
const STAGES: PlanStage[] = [
  { unit: "dmaRead", operand: "a", offsetBytes: 0, bytes: 64 },
  { unit: "fetch", bytes: 96 },
  { unit: "gemm", flops: 128 },
  { unit: "math", elements: 8 },
  { unit: "store", bytes: 32 },
  { unit: "dmaWrite", offsetBytes: 0, bytes: 32 },
];
const planOf = (stages: unknown, tokens = 1): CompositePlan => ({
  tiles: { m: 1, k: 1, n: 1 },
  tokens,
  stagesOf: () => stages as PlanStage[],
});
const check = (plan: CompositePlan) => checkedPlan(() => plan, "mine", "mine.ts")(GEMM, SIZES);
const changed = (unit: string, change: object) =>
  STAGES.map((stage) => (stage.unit === unit ? { ...stage, ...change } : stage));

describe("a user's plan", () => {
  it("passes when it does all the work", () => {
    const plan = check(planOf(STAGES));
    expect([plan.tokens, plan.stagesOf(0)]).toEqual([1, STAGES]);
  });

  it("passes when it is what the built-in scheduler makes", () => {
    const amount = fc.nat(150);
    const operands = {
      streamsA: fc.boolean(),
      streamsB: fc.boolean(),
      elementBytes: fc.constantFrom(2, 4),
      outElementBytes: fc.constantFrom(2, 4),
      epilogueSteps: fc.nat(3),
    };
    const gemm = fc.record({
      kind: fc.constant("gemm" as const),
      m: amount,
      k: amount,
      n: amount,
      ...operands,
    });
    const elementwise = fc.record({
      kind: fc.constant("elementwise" as const),
      elements: fc.nat(5000),
      ...operands,
    });
    fc.assert(
      fc.property(fc.oneof(gemm, elementwise), (command) => {
        const plan = checkedPlan(tiledPlan, "tiled", "here")(command, SIZES);
        expect(plan.tokens).toBe(tiledPlan(command, SIZES).tokens);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it.each([
    ["no plan", undefined, /has undefined tokens: expected a whole number/],
    ["half a token", planOf(STAGES, 0.5), /has 0\.5 tokens/],
    ["a token without stages", planOf([]), /token 0 has no stages/],
    [
      "an unknown unit",
      planOf([{ unit: "mma" }]),
      /token 0 has unit mma: expected one of dmaRead, fetch, gemm/,
    ],
    ["no amount", planOf([{ unit: "fetch" }]), /bytes of fetch in token 0 is undefined/],
    ["a negative amount", planOf(changed("math", { elements: -8 })), /elements of math in token 0 is -8/],
    ["no operand", planOf(changed("dmaRead", { operand: "c" })), /operand of dmaRead in token 0 is c/],
    [
      "a read beyond the operand",
      planOf(changed("dmaRead", { offsetBytes: 2 })),
      /beyond the 64 bytes of a$/,
    ],
    [
      "part of a streamed operand",
      planOf(changed("dmaRead", { bytes: 62 })),
      /read 62 bytes of a: expected 64/,
    ],
    [
      "a read of an operand that is loaded",
      planOf([{ unit: "dmaRead", operand: "b", offsetBytes: 0, bytes: 32 }, ...STAGES]),
      /a dmaRead reads b, which is loaded$/,
    ],
    [
      "operands that are not fetched",
      planOf(changed("fetch", { bytes: 64 })),
      /fetch 64 bytes: expected 96 at/,
    ],
    [
      "a result that is not stored",
      planOf(changed("store", { bytes: 16 })),
      /store 16 bytes: expected 32 at/,
    ],
    ["too few flops", planOf(changed("gemm", { flops: 64 })), /have 64 flops: expected 128$/],
    ["no epilogue", planOf(changed("math", { elements: 0 })), /have 0 elements: expected 8$/],
    ["part of the result", planOf(changed("dmaWrite", { bytes: 16 })), /write 16 bytes: expected 32$/],
  ])("is refused with %s", (_, plan, message) => {
    const { exitCode, problems } = refusal(() => check(plan as CompositePlan));
    expect(exitCode).toBe(3);
    expect(problems[0]).toMatchObject({ code: "LQ5035", message: expect.stringMatching(message) as string });
    expect(problems[0]!.message).toMatch(/^scheduler "mine" of mine\.ts: /);
  });

  it("is refused when the scheduler throws", () => {
    const failing = checkedPlan(
      () => {
        throw new Error("too large");
      },
      "mine",
      "mine.ts",
    );
    expect(refusal(() => failing(GEMM, SIZES)).problems[0]).toMatchObject({
      code: "LQ5032",
      message: 'scheduler "mine" of mine.ts failed: too large',
    });
  });
});
