import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompositeCommand, Stage } from "../../../../src/machine/pe/pipeline/plan.js";
import { tiledPlan } from "../../../../src/machine/pe/pipeline/plan.js";

const TILE = { tileM: 32, tileK: 64, tileN: 32 };
const F16 = { elementBytes: 2, outElementBytes: 2, epilogueSteps: 0 };

function stagesOf(command: CompositeCommand, sizes = TILE): Stage[][] {
  const plan = tiledPlan(command, sizes);
  return Array.from({ length: plan.tokens }, (_, token) => [...plan.stagesOf(token)]);
}

const names = (stages: readonly Stage[]) => stages.map(({ unit }) => unit);

describe("the plan of a gemm", () => {
  it("of 32×3072×32 with A loaded and B by ref has 48 tiles and one output", () => {
    const command = { kind: "gemm", m: 32, k: 3072, n: 32, streamsA: false, streamsB: true, ...F16 } as const;
    expect(tiledPlan(command, TILE).tiles).toEqual({ m: 1, k: 48, n: 1 });
    const tokens = stagesOf(command);
    expect(tokens).toHaveLength(48);
    expect(tokens[0]).toEqual([
      { unit: "dmaRead", operand: "b", offsetBytes: 0, bytes: 64 * 32 * 2 },
      { unit: "fetch", bytes: (32 * 64 + 64 * 32) * 2 },
      { unit: "gemm", flops: 2 * 32 * 64 * 32 },
    ]);
    expect(tokens[47]!.slice(1)).toEqual([
      { unit: "fetch", bytes: 8192 },
      { unit: "gemm", flops: 131_072 },
      { unit: "store", bytes: 2048 },
      { unit: "dmaWrite", offsetBytes: 0, bytes: 2048 },
    ]);
  });

  it("goes through rows, then columns, K innermost; the epilogue follows the last tile of K", () => {
    const command = { kind: "gemm", m: 33, k: 65, n: 33, streamsA: true, streamsB: true, ...F16 } as const;
    const tokens = stagesOf({ ...command, epilogueSteps: 2 });
    const first = ["dmaRead", "dmaRead", "fetch", "gemm"];
    const last = [...first, "math", "math", "store", "dmaWrite"];
    expect(tokens.map(names)).toEqual([first, last, first, last, first, last, first, last]);
    const outputs = tokens.flat().filter(({ unit }) => unit === "dmaWrite");
    // 33×33 in tiles of 32×32, 32×1, 1×32 and 1×1.
    expect(outputs).toMatchObject([{ bytes: 2048 }, { bytes: 64 }, { bytes: 64 }, { bytes: 2 }]);
  });

  it("does not read a tile again that the token before had", () => {
    const reads = (m: number, k: number, n: number) =>
      stagesOf({ kind: "gemm", m, k, n, streamsA: true, streamsB: true, ...F16 }).map((stages) =>
        stages.flatMap((stage) => (stage.unit === "dmaRead" ? [stage.operand] : [])).join(""),
      );
    expect(reads(32, 64, 96)).toEqual(["ab", "b", "b"]);
    expect(reads(96, 64, 32)).toEqual(["ab", "a", "a"]);
    expect(reads(64, 64, 64)).toEqual(["ab", "b", "ab", "b"]);
    expect(reads(32, 128, 64)).toEqual(["ab", "ab", "ab", "ab"]);
  });

  it("without K writes zeros, and without rows does nothing", () => {
    const empty = { kind: "gemm", streamsA: true, streamsB: true, ...F16 } as const;
    expect(stagesOf({ ...empty, m: 1, k: 0, n: 1 }).map(names)).toEqual([
      ["dmaRead", "dmaRead", "fetch", "gemm", "store", "dmaWrite"],
    ]);
    expect(stagesOf({ ...empty, m: 0, k: 8, n: 1 })).toEqual([]);
  });
});

const size = fc.integer({ min: 1, max: 40 });
const gemms = fc.record({
  kind: fc.constant("gemm" as const),
  m: size,
  k: size,
  n: size,
  streamsA: fc.boolean(),
  streamsB: fc.boolean(),
  elementBytes: fc.constantFrom(2, 4),
  outElementBytes: fc.constantFrom(2, 4),
  epilogueSteps: fc.nat(2),
});
const tiles = fc.record({
  tileM: fc.integer({ min: 1, max: 17 }),
  tileK: fc.integer({ min: 1, max: 17 }),
  tileN: fc.integer({ min: 1, max: 17 }),
});

/** Checks that pieces cover [0, bytes), each byte exactly `times` times. */
function expectCovered(
  pieces: readonly { offsetBytes: number; bytes: number }[],
  bytes: number,
  times: number,
) {
  const counts = new Array<number>(bytes).fill(0);
  for (const { offsetBytes, bytes: length } of pieces)
    for (let at = offsetBytes; at < offsetBytes + length; at++) counts[at] = (counts[at] ?? NaN) + 1;
  expect(counts).toEqual(new Array<number>(bytes).fill(times));
}

describe("any plan of a gemm", () => {
  it("multiplies every pair once, writes every output once, reads all of what it streams", () => {
    fc.assert(
      fc.property(gemms, tiles, (command, sizes) => {
        const { m, k, n, elementBytes, outElementBytes } = command;
        const stages = stagesOf(command, sizes).flat();
        const flops = stages.reduce((sum, stage) => sum + (stage.unit === "gemm" ? stage.flops : 0), 0);
        expect(flops).toBe(2 * m * k * n);
        const writes = stages.filter((stage) => stage.unit === "dmaWrite");
        expectCovered(writes, m * n * outElementBytes, 1);
        const math = stages.reduce((sum, stage) => sum + (stage.unit === "math" ? stage.elements : 0), 0);
        expect(math).toBe(command.epilogueSteps * m * n);
        for (const [operand, streams, elements] of [
          ["a", command.streamsA, m * k],
          ["b", command.streamsB, k * n],
        ] as const) {
          const seen = new Set<number>();
          const once = stages.filter((stage) => {
            if (stage.unit !== "dmaRead" || stage.operand !== operand || seen.has(stage.offsetBytes))
              return false;
            seen.add(stage.offsetBytes);
            return true;
          });
          if (streams) expectCovered(once as never, elements * elementBytes, 1);
          else expect(once).toEqual([]);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe("the plan of an elementwise command", () => {
  it("cuts the elements into tiles of tileM × tileN", () => {
    const tokens = stagesOf({
      kind: "elementwise",
      elements: 1025,
      streamsA: true,
      streamsB: false,
      elementBytes: 4,
      outElementBytes: 2,
      epilogueSteps: 1,
    });
    expect(tokens).toEqual([
      [
        { unit: "dmaRead", operand: "a", offsetBytes: 0, bytes: 4096 },
        { unit: "fetch", bytes: 8192 },
        { unit: "math", elements: 1024 },
        { unit: "math", elements: 1024 },
        { unit: "store", bytes: 2048 },
        { unit: "dmaWrite", offsetBytes: 0, bytes: 2048 },
      ],
      [
        { unit: "dmaRead", operand: "a", offsetBytes: 4096, bytes: 4 },
        { unit: "fetch", bytes: 8 },
        { unit: "math", elements: 1 },
        { unit: "math", elements: 1 },
        { unit: "store", bytes: 2 },
        { unit: "dmaWrite", offsetBytes: 2048, bytes: 2 },
      ],
    ]);
  });
});
