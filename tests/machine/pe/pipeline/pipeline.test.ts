import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pipeline } from "../../../../src/machine/pe/pipeline/pipeline.js";
import type { Plan, Stage } from "../../../../src/machine/pe/pipeline/plan.js";
import { Pointer } from "../../../../src/ops/handles.js";
import { RunningCommand } from "../../../../src/machine/pe/pipeline/token.js";
import type { StageUnit } from "../../../../src/machine/pe/pipeline/units.js";
import { RecordWindow } from "../../../../src/machine/pe/record-window.js";

type Unit = Stage["unit"];
const UNITS: readonly Unit[] = ["dmaRead", "fetch", "gemm", "math", "store", "dmaWrite"];

/** What a unit did: which stage of which token, and when. */
interface Served {
  unit: Unit;
  stage: Stage;
  startPs: number;
  endPs: number;
}

/**
 * A pipeline of units that take a fixed time for any stage, one after the other; writes that are made at once
 * take a picosecond per byte and wait for none.
 */
function pipelineOf(costs: Readonly<Record<Unit, number>>, writes: "in turn" | "at once" = "in turn") {
  const served: Served[] = [];
  const free = { dmaRead: 0, fetch: 0, gemm: 0, math: 0, store: 0, dmaWrite: 0 };
  const unitOf = (unit: Unit): StageUnit => {
    const self = {
      startPs: 0,
      serve(_command: RunningCommand, stage: Stage, readyPs: number): number {
        const isAlone = unit === "dmaWrite" && writes === "at once";
        self.startPs = isAlone ? readyPs : Math.max(readyPs, free[unit]);
        const endPs = self.startPs + (isAlone && "bytes" in stage ? stage.bytes : costs[unit]);
        free[unit] = endPs;
        served.push({ unit, stage, startPs: self.startPs, endPs });
        return endPs;
      },
    };
    return self;
  };
  const units = Object.fromEntries(UNITS.map((unit) => [unit, unitOf(unit)])) as Record<Unit, StageUnit>;
  const dma = {
    read: () => NaN,
    write: () => NaN,
    startPs: 0,
    nextReadPs: () => free.dmaRead,
  };
  const drainPs = new Float64Array(1);
  const pipeline = new Pipeline(units, dma, new RecordWindow(1), new RecordWindow(1), drainPs);
  return { pipeline, served, drainPs };
}

function planOf(tokens: readonly (readonly Stage[])[]): Plan {
  return {
    tiles: { m: tokens.length, k: 1, n: 1 },
    tokens: tokens.length,
    stagesOf: (token) => tokens[token]!,
  };
}

const block = new Pointer({ name: "x", role: "inout", dtype: "f32", shape: [1], elements: 1 }, 0, 0, 0, {
  base: 0,
  spread: null,
});
const command = (plan: Plan, startPs: number) =>
  new RunningCommand(0, plan, 1, { a: block, b: block, out: block }, startPs, 0, 1);

const stage: fc.Arbitrary<Stage> = fc
  .constantFrom(...UNITS)
  .map((unit) => ({ unit, operand: "a", offsetBytes: 0, bytes: 1, flops: 1, elements: 1 }) as Stage);
const plans = fc.array(fc.array(stage, { minLength: 1, maxLength: 6 }), { maxLength: 12 }).map(planOf);
const cost = fc.integer({ min: 1, max: 50 });
const unitCosts = fc.record({
  dmaRead: cost,
  fetch: cost,
  gemm: cost,
  math: cost,
  store: cost,
  dmaWrite: cost,
});

describe("the pipeline", () => {
  it("completes every stage of every token exactly once, in the order of the plan", () => {
    fc.assert(
      fc.property(plans, plans, unitCosts, (first, second, costs) => {
        const { pipeline, served, drainPs } = pipelineOf(costs);
        const commands = [command(first, 0), command(second, 100)];
        for (const each of commands) pipeline.feed(each);
        for (const each of commands) pipeline.endOf(each);
        expect(commands.map(({ tokensLeft }) => tokensLeft)).toEqual([0, 0]);
        const tokens = [first, second].flatMap((plan) =>
          Array.from({ length: plan.tokens }, (_, index) => plan.stagesOf(index)),
        );
        expect(new Set(served.map((each) => each.stage)).size).toBeLessThanOrEqual(served.length);
        expect(served).toHaveLength(tokens.reduce((sum, stages) => sum + stages.length, 0));
        // A unit serves the tokens in order, one at a time.
        for (const unit of UNITS) {
          const own = served.filter((each) => each.unit === unit);
          own.slice(1).forEach(({ startPs }, i) => expect(startPs).toBeGreaterThanOrEqual(own[i]!.endPs));
        }
        const last = served.reduce((end, { endPs }) => Math.max(end, endPs), 0);
        expect(drainPs[0]).toBe(last);
        expect(Math.max(...commands.map(({ endPs }) => endPs), 100)).toBe(Math.max(last, 100));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("takes the sum of one token's stages, and then the slowest stage for each further token", () => {
    const token: Stage[] = UNITS.map((unit) => ({ unit, bytes: 1 }) as Stage);
    for (const slowest of UNITS) {
      const costs = { dmaRead: 3, fetch: 2, gemm: 5, math: 1, store: 2, dmaWrite: 4, [slowest]: 9 };
      const { pipeline } = pipelineOf(costs);
      const running = command(planOf(Array.from({ length: 20 }, () => token)), 0);
      pipeline.feed(running);
      const alone = Object.values(costs).reduce((sum, each) => sum + each, 0);
      expect(pipeline.endOf(running)).toBe(alone + 19 * 9);
    }
  });

  it("knows of all commands that write to a tensor, whichever write ends last", () => {
    const { pipeline } = pipelineOf(
      { dmaRead: 1, fetch: 1, gemm: 1, math: 1, store: 1, dmaWrite: 1 },
      "at once",
    );
    const writing = (bytes: number): Plan => planOf([[{ unit: "dmaWrite", offsetBytes: 0, bytes }]]);
    const writtenPs = (): number => {
      const writer = pipeline.writer(0, block.index);
      return writer === null ? 0 : pipeline.endOf(writer);
    };
    expect(writtenPs()).toBe(0);
    // Side by side: the first one's 100 bytes end at 100, the second one's at 20, the third one's at 60.
    pipeline.feed(command(writing(100), 0));
    pipeline.feed(command(writing(10), 10));
    expect(writtenPs()).toBe(100);
    pipeline.feed(command(writing(10), 50));
    expect(writtenPs()).toBe(100);
    pipeline.feed(command(writing(10), 95));
    expect(writtenPs()).toBe(105);
    expect(pipeline.writer(0, block.index + 1)).toBeNull();
  });

  it("hands reads and writes to the DMA in the order in which they can start", () => {
    const token: Stage[] = UNITS.map((unit) => ({ unit, bytes: 1 }) as Stage);
    const { pipeline, served } = pipelineOf({
      dmaRead: 10,
      fetch: 1,
      gemm: 1,
      math: 1,
      store: 1,
      dmaWrite: 2,
    });
    const running = command(planOf(Array.from({ length: 8 }, () => token)), 0);
    pipeline.feed(running);
    pipeline.endOf(running);
    const dma = served.filter(({ unit }) => unit === "dmaRead" || unit === "dmaWrite");
    const starts = dma.map(({ startPs }) => startPs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    // Reads at 0, 10, 20, …; the write of the first tile is ready at 14, between the second and the third.
    expect(dma.slice(0, 4).map(({ unit }) => unit)).toEqual(["dmaRead", "dmaRead", "dmaWrite", "dmaRead"]);
  });
});
