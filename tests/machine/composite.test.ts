/** Composite commands on the simulated PE: their times, and their place among the kernel's own operations. */
import { describe, expect, it } from "vitest";
import type { LinquError } from "../../src/base/diagnostics.js";
import { Hbm } from "../../src/data/hbm.js";
import { fillInputs } from "../../src/data/inputs.js";
import { replay } from "../../src/data/replay.js";
import { tiledPlan } from "../../src/machine/pe/pipeline/plan.js";
import { refusal } from "../topology/refusal.js";
import { runKernel, type TestOps, type TestOptions } from "./helpers.js";
import { problemOf } from "./ipcq/one-way.js";

type Staging = "load" | "ref";
type Size = readonly [m: number, k: number, n: number];

const ELEMENTS = 1 << 20;
const ONE_PE: TestOptions = { topology: "host", device: "sip:0/cube:0/pe:0", queues: [], dtype: "f16" };
/** No overheads: what is left are bytes and operations. */
const BARE = [
  "pe.dispatchCycles=0",
  "pe.scheduler.overheadNs=0",
  "pe.gemm.fillNs=0",
  "pe.hbm.commitNs=0",
  "fabric.nsPerMm=0",
];

/** x holds A and, behind it, B; y gets the product. */
function gemm([m, k, n]: Size, a: Staging = "ref", b: Staging = "ref", options: Partial<TestOptions> = {}) {
  return runKernel(
    { ...ONE_PE, elements: ELEMENTS, ...options },
    ($) =>
      function* (x: unknown, y: unknown) {
        function* block(staging: Staging, pointer: unknown, shape: number[]) {
          if (staging === "ref") return $.ref(1, pointer, shape);
          if (!$.load(2, pointer, shape)) yield;
          return $.out;
        }
        const left = yield* block(a, x, [m, k]);
        const right = yield* block(b, $.add(3, x, ELEMENTS / 2), [k, n]);
        if (!$.composite(4, "gemm", left, right, y)) yield;
        if (!$.wait(5, $.out)) yield;
      },
  );
}

const pipelineNs = (run: ReturnType<typeof runKernel>): number => run.machine.windows.pipelinePs / 1000;

describe("32×3072×32 in f16 with A loaded and B by ref", () => {
  it("takes 992 ns in the pipeline and 1,765 ns in all, as the reference does", () => {
    const { machine } = gemm([32, 3072, 32], "load", "ref");
    expect(Math.abs(machine.windows.pipelinePs / 992_000 - 1)).toBeLessThan(0.05);
    expect(Math.abs(machine.windows.allPs / 1_765_000 - 1)).toBeLessThan(0.05);
  });
});

describe("the steady state", () => {
  // One more tile of K, when all units are busy, costs what the slowest of them takes for a tile of 32×64×32.
  const perTileNs = (set: string[]): number =>
    pipelineNs(gemm([32, 64 * 41, 32], "load", "ref", { set: [...BARE, ...set] })) -
    pipelineNs(gemm([32, 64 * 40, 32], "load", "ref", { set: [...BARE, ...set] }));

  it.each([
    ["DMA_READ", "pe.hbm.bandwidthGBps=128", 4096 / 128],
    ["FETCH", "pe.tcm.readGBps=200", 8192 / 200],
    ["GEMM", "pe.gemm.tflopsF16=4", 131_072 / 4000],
    ["GEMM with its fill", "pe.gemm.fillNs=10", 131_072 / 8000 + 10],
  ])("is that of %s when it is slowest", (_stage, set, expected) => {
    expect(perTileNs([set])).toBeCloseTo(expected, 3);
  });

  // Of an output tile of 32×32, which is finished once: MATH has 1024 elements, STORE and DMA_WRITE 2048 bytes.
  const perOutputTilePs = (
    tiles: (count: number) => ($: TestOps, x: unknown, y: unknown) => void,
    set: string,
  ) => {
    const windowPs = (count: number): number =>
      runKernel(
        { ...ONE_PE, set: [...BARE, set] },
        ($) =>
          function* (x: unknown, y: unknown) {
            tiles(count)($, x, y);
          },
      ).machine.windows.pipelinePs;
    return windowPs(41) - windowPs(40);
  };
  const sum = (count: number) => ($: TestOps, _x: unknown, y: unknown) => {
    const tile = $.full(1, [32 * count, 32], 1, "f16");
    $.composite(2, "add", tile, tile, y);
  };
  /** Rows of A, one tile of K and of columns: a gemm stage of 16.384 ns for each output tile. */
  const product = (steps: number) => (count: number) => ($: TestOps, _x: unknown, y: unknown) => {
    const a = $.full(1, [32 * count, 64], 1, "f16");
    const b = $.full(1, [64, 32], 1, "f16");
    const epilogue = Array.from({ length: steps }, () => ({ op: "mul", with: 0.5 }));
    $.composite(2, "gemm", a, b, y, { epilogue });
  };

  it.each([
    // 4096 B per sum of two tiles take 8 ns at 512 GB/s to FETCH; 2048 B 4 ns to STORE, 8 ns at 256 GB/s to write.
    ["MATH of a sum", sum, "pe.math.lanes=64", 16_000],
    ["MATH of a sum with few lanes", sum, "pe.math.lanes=8", 128_000],
    ["MATH of one step of an epilogue", product(1), "pe.math.lanes=32", 32_000],
    ["MATH of three steps of an epilogue", product(3), "pe.math.lanes=64", 48_000],
    ["STORE of a sum", sum, "pe.tcm.writeGBps=40", 51_200],
    ["STORE of a product", product(0), "pe.tcm.writeGBps=20", 102_400],
  ])("is that of %s when it is slowest", (_stage, tiles, set, expectedPs) => {
    expect(perOutputTilePs(tiles, set)).toBe(expectedPs);
  });
});

describe("a gemm and the roofline", () => {
  const SHAPES: Size[] = [
    [32, 32, 32],
    [32, 64, 32],
    [32, 128, 32],
    [32, 128, 128],
    [32, 3072, 32],
    [8, 128, 128],
    [128, 8, 128],
    [512, 512, 512],
  ];
  const STAGINGS: [Staging, Staging][] = [
    ["load", "load"],
    ["load", "ref"],
    ["ref", "ref"],
  ];

  /** Time that the peak of GEMM, the HBM's bandwidth to the PE and that back take at least. */
  function rooflineNs([m, k, n]: Size, a: Staging, b: Staging): number {
    const plan = tiledPlan(
      {
        kind: "gemm",
        m,
        k,
        n,
        streamsA: a === "ref",
        streamsB: b === "ref",
        elementBytes: 2,
        outElementBytes: 2,
        epilogueSteps: 0,
      },
      { tileM: 32, tileK: 64, tileN: 32 },
    );
    let readBytes = 0;
    for (let token = 0; token < plan.tokens; token++)
      for (const stage of plan.stagesOf(token)) if (stage.unit === "dmaRead") readBytes += stage.bytes;
    return Math.max((2 * m * n * k) / 8000, readBytes / 256, (2 * m * n) / 256);
  }

  it.each(STAGINGS)("never beats it, with A by %s and B by %s", (a, b) => {
    for (const shape of SHAPES) {
      for (const set of [[], BARE]) {
        expect(pipelineNs(gemm(shape, a, b, { set }))).toBeGreaterThanOrEqual(rooflineNs(shape, a, b));
      }
    }
  });

  it.each(STAGINGS)("is within 5 %% of it for 512³ without overheads, with A by %s and B by %s", (a, b) => {
    const bound = rooflineNs([512, 512, 512], a, b);
    expect(pipelineNs(gemm([512, 512, 512], a, b, { set: BARE })) / bound).toBeLessThan(1.05);
  });

  it("takes twice as long in f32 where GEMM is the bound", () => {
    const set = [...BARE, "pe.tcm.readGBps=1e6", "pe.hbm.bandwidthGBps=1e6"];
    const time = (dtype: "f16" | "f32") =>
      pipelineNs(gemm([512, 512, 512], "load", "load", { set, dtype, elements: ELEMENTS }));
    expect(time("f32") / time("f16")).toBeCloseTo(2, 2);
  });
});

describe("a composite command and the kernel", () => {
  const timed = (kernel: ($: TestOps) => (x: never, y: never) => Iterator<unknown>, set: string[] = []) =>
    runKernel({ ...ONE_PE, set }, kernel).endsNs[0]!;

  it("lets the kernel go on after a dispatch cycle; its PE ends when the command has", () => {
    const waiting = gemm([32, 640, 32]);
    const leaving = runKernel(
      ONE_PE,
      ($) =>
        function* (x: unknown, y: unknown) {
          $.composite(4, "gemm", $.ref(1, x, [32, 640]), $.ref(1, x, [640, 32]), y);
          expect($.rank(6)).toBe(0);
        },
    );
    // Two refs, composite and rank: a dispatch cycle of 1 ns each, and no more.
    expect(leaving.machine.core.clockPs).toBe(4000);
    expect(leaving.machine.windows.pipelinePs).toBe(waiting.machine.windows.pipelinePs);
    expect(leaving.endsNs[0]).toBeGreaterThan(200);
  });

  it("is waited for once: a second wait costs its dispatch only", () => {
    const waits = (times: number) =>
      timed(
        ($) =>
          function* (x: unknown, y: unknown) {
            $.composite(4, "gemm", $.ref(1, x, [32, 64]), $.ref(1, x, [64, 32]), y);
            const future = $.out;
            for (let i = 0; i < times; i++) {
              $.wait(5, future);
              expect($.out).toBeUndefined();
            }
          },
      );
    expect(waits(3) - waits(1)).toBe(2);
  });

  it("makes the kernel's own dot wait for GEMM, and a load of its result for the result", () => {
    const after = (body: ($: TestOps, x: unknown, y: unknown) => void) =>
      timed(
        ($) =>
          function* (x: unknown, y: unknown) {
            const tile = $.full(9, [1, 1], 1, "f16");
            $.composite(4, "gemm", $.ref(1, x, [32, 6400]), $.ref(1, x, [6400, 32]), y);
            body($, y, tile);
          },
      );
    const nothing = after(() => undefined);
    // The dot's 1×1×1 is done while the command's last tile is stored.
    expect(after(($, _y, tile) => void $.dot(5, tile, tile))).toBeCloseTo(nothing, 0);
    const loaded = after(($, y) => void $.load(6, y, [1]));
    expect(loaded).toBeGreaterThan(nothing + 8);
    expect(loaded).toBeLessThan(nothing + 20);
  });

  it("streams from a tensor after an earlier command has written to it, and at once from another", () => {
    const twice = (second: "x" | "y") =>
      timed(
        ($) =>
          function* (x: unknown, y: unknown) {
            const far = $.add(8, y, 1000);
            $.composite(4, "gemm", $.ref(1, x, [32, 640]), $.ref(1, x, [640, 32]), y);
            const from = second === "x" ? x : far;
            $.composite(4, "gemm", $.ref(1, from, [32, 64]), $.ref(1, from, [64, 32]), $.add(8, y, 4096));
          },
      );
    const once = timed(
      ($) =>
        function* (x: unknown, y: unknown) {
          $.composite(4, "gemm", $.ref(1, x, [32, 640]), $.ref(1, x, [640, 32]), y);
        },
    );
    // Behind one another: read (two tiles of 4 KiB), fetch, multiply, store and write again.
    expect(twice("y") - once).toBeGreaterThan(4096 / 128 + 16 + 16.384 + 4 + 8);
    // Side by side: only the slowest stage.
    expect(twice("x") - once).toBeLessThan(4096 / 128 + 16);
  });

  it("gives the same times when every operation waits for the event clock", () => {
    const ends = (lockstep: boolean) => gemm([64, 640, 64], "load", "ref", { lockstep }).endsNs;
    expect(ends(true)).toEqual(ends(false));
  });

  it("stops a command with more tiles than operations are allowed", () => {
    expect(() => gemm([512, 512, 512], "ref", "ref", { set: ["limits.maxEvents=2000"] })).toThrow(
      "stopped after",
    );
  });
});

describe("a result over what the command streams", () => {
  /** x holds 10,000 elements; the command's result starts at element `out` of it. */
  const run = (command: string, a: ($: TestOps, x: unknown) => unknown, out: number) => () =>
    runKernel(
      { ...ONE_PE, elements: 10_000 },
      ($) =>
        function* (x: unknown) {
          const left = a($, x);
          const right = $.ref(1, $.add(1, x, 4096), command === "gemm" ? [64, 32] : [32, 64]);
          $.composite(4, command, left, right, $.add(1, x, out));
        },
    );
  const ref = ($: TestOps, x: unknown): unknown => $.ref(1, x, [32, 64]);
  const load = ($: TestOps, x: unknown): unknown => {
    $.load(2, x, [32, 64]);
    return $.out;
  };

  // a is [0..2048), b [4096..6144); a product has 1024 elements, a sum 2048.
  it.each([
    ["gemm", 0, "x[0..1024), which operand a streams"],
    ["gemm", 2047, "x[2047..2048), which operand a streams"],
    ["gemm", 3073, "x[4096..4097), which operand b streams"],
    ["gemm", 4096, "x[4096..5120), which operand b streams"],
    ["add", 1, "x[1..2048), which operand a streams"],
    ["mul", 6143, "x[6143..6144), which operand b streams"],
  ])("is refused for %s at element %i", (command, out, words) => {
    expect(problemOf(run(command, ref, out))).toMatchObject({
      code: "LQ3304",
      message: expect.stringContaining(words) as string,
      at: { line: 4 },
    });
  });

  it.each([
    ["gemm", 2048],
    ["gemm", 3072],
    ["gemm", 6144],
    ["add", 0],
    ["maximum", 4096],
    ["mul", 2048],
  ])("is none for %s at element %i", (command, out) => {
    expect(run(command, ref, out)).not.toThrow();
  });

  it("is none where the operand is loaded", () => {
    expect(run("gemm", load, 0)).not.toThrow();
  });

  it("ends the program with exit code 5", () => {
    try {
      run("gemm", ref, 0)();
    } catch (error) {
      expect((error as LinquError).exitCode).toBe(5);
    }
    expect.assertions(1);
  });
});

describe("the MATH of a composite command", () => {
  it("takes as many passes for a division as the operator does, four, and one for a sum", () => {
    const busyPs = (...ops: string[]) =>
      runKernel(
        { ...ONE_PE, dtype: "f32", elements: 1 << 12 },
        ($) =>
          function* (x: unknown, y: unknown) {
            const epilogue = ops.map((op) => ({ op, with: 2 }));
            if (!$.composite(4, "add", $.ref(1, x, [64, 32]), $.ref(2, x, [64, 32]), y, { epilogue })) yield;
            if (!$.wait(5, $.out)) yield;
          },
      ).machine.core.pes.mathBusyPs[0]!;
    // 2,048 elements in 64 lanes at 1 GHz.
    expect(busyPs()).toBe(32_000);
    expect(busyPs("mul")).toBe(2 * 32_000);
    expect(busyPs("div")).toBe(5 * 32_000);
    expect(busyPs("div", "sub", "maximum")).toBe(7 * 32_000);
  });
});

describe("a composite command", () => {
  it.each(["bf16", "f64", "i32", "fp8e4m3"] as const)("is refused for %s", (dtype) => {
    const run = () =>
      runKernel(
        { ...ONE_PE, dtype, elements: 64 },
        ($) =>
          function* (x: unknown, y: unknown) {
            if (!$.composite(4, "add", $.ref(1, x, [64]), $.ref(2, x, [64]), y)) yield;
          },
      );
    expect(refusal(run)).toMatchObject({ exitCode: 3, problems: [{ code: "LQ1305" }] });
  });
});

describe("the values of a composite command", () => {
  /** x = A, then B, then a bias; the first half of y gets what `first` computes, the second what `second` does. */
  function compare(
    dtype: "f16" | "f32",
    first: ($: TestOps, a: unknown, b: unknown, bias: unknown, y: unknown) => void,
    second: ($: TestOps, a: unknown, b: unknown, bias: unknown, y: unknown) => void,
  ): void {
    const [m, k, n] = [40, 70, 33];
    const half = m * n;
    const { machine } = runKernel(
      { ...ONE_PE, dtype, elements: 2 * (m * k + k * n + m * n), log: true },
      ($) =>
        function* (x: unknown, y: unknown) {
          const b = $.add(1, x, m * k);
          const bias = $.add(1, b, k * n);
          first($, x, b, bias, y);
          second($, x, b, bias, $.add(1, y, half));
        },
    );
    const log = machine.core.opLog!.finish(machine.core.shapes.byId);
    const tensor = (name: string, role: "input" | "output") => {
      const elements = 2 * (m * k + k * n + m * n);
      return { name, role, dtype, shape: [elements], elements };
    };
    const hbm = new Hbm({
      world: 1,
      byRank: [{ tensors: [tensor("x", "input"), tensor("y", "output")], args: [] }],
    });
    fillInputs(hbm, "normal", 3);
    replay(log, hbm, { inject: null, trackMagnitude: true });
    const y = hbm.elements(hbm.slotOf(0, 1));
    const left = y.slice(0, half);
    expect(left.some((value) => value !== 0)).toBe(true);
    expect(left).toEqual(y.slice(half, 2 * half));
  }

  const load = ($: TestOps, pointer: unknown, shape: number[]): unknown => {
    $.load(2, pointer, shape);
    return $.out;
  };

  it("are bit for bit those of dot and operators in f32", () => {
    compare(
      "f32",
      ($, a, b, bias, y) => {
        const right = load($, b, [70, 33]);
        const epilogue = [
          { op: "add", with: load($, bias, [40, 33]) },
          { op: "mul", with: 0.3 },
        ];
        $.composite(3, "gemm", $.ref(3, a, [40, 70]), right, y, { epilogue });
      },
      ($, a, b, bias, y) => {
        const product = $.dot(4, load($, a, [40, 70]), load($, b, [70, 33]));
        $.store(5, y, $.mul(4, $.add(4, product, load($, bias, [40, 33])), 0.3));
      },
    );
  });

  it("are the same in f16 however the operands come", () => {
    compare(
      "f16",
      ($, a, b, _bias, y) => void $.composite(3, "gemm", $.ref(3, a, [40, 70]), $.ref(3, b, [70, 33]), y),
      ($, a, b, _bias, y) => void $.composite(3, "gemm", load($, a, [40, 70]), load($, b, [70, 33]), y),
    );
  });

  it("are rounded once: an f16 sum of f16 numbers is the correctly rounded one", () => {
    compare(
      "f16",
      ($, a, b, _bias, y) => void $.composite(3, "add", $.ref(3, a, [40, 33]), $.ref(3, b, [40, 33]), y),
      ($, a, b, _bias, y) => void $.store(5, y, $.add(4, load($, a, [40, 33]), load($, b, [40, 33]))),
    );
  });
});
