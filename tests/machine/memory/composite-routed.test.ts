import { describe, expect, it } from "vitest";
import { runKernel, type TestOps } from "../helpers.js";
import { runSpread, tensor } from "./spread-run.js";

/** Slots in SRAM are reached over the NoC, so everything else is as well. */
const ROUTED = ["ipcq.slotMemory=sram"];
const OFFSET = 1 << 16;
const [M, K, N] = [32, 512, 32];

/** y = A·B with A and B in x, in one output tile: its only write comes when everything is read. */
const product = (loadsA: boolean) => ($: TestOps) =>
  function* (x: unknown, y: unknown) {
    let a = $.ref(1, x, [M, K]);
    if (loadsA) {
      if (!$.load(2, x, [M, K])) yield;
      a = $.out;
    }
    if (!$.composite(3, "gemm", a, $.ref(4, $.add(5, x, OFFSET), [K, N]), y)) yield;
    if (!$.wait(6, $.out)) yield;
  };

/** The second command streams what the first one writes, and a load what the second one writes. */
const chain = ($: TestOps) =>
  function* (x: unknown, y: unknown) {
    const ones = $.full(1, [N, N], 1, "f32");
    if (!$.composite(2, "add", ones, $.ref(3, x, [N, N]), y)) yield;
    if (!$.composite(4, "add", ones, $.ref(5, y, [N, N]), $.add(6, y, N * N))) yield;
    if (!$.load(7, $.add(8, y, N * N), [N])) yield;
  };

describe("composite commands over the NoC", () => {
  const ends = (set: string[], kernel: ReturnType<typeof product>) =>
    runKernel({ topology: "cube", set, queues: [] }, kernel).endsNs;

  it.each([true, false])(
    "take the time of the PE's own way while nobody else is there (A loaded: %s)",
    (a) => {
      expect(ends(ROUTED, product(a))).toEqual(ends([], product(a)));
    },
  );

  it("wait for what they stream to be written", () => {
    // One tile: read 8 + 1 + 16, FETCH of both operands 16, MATH 16, STORE 8, then the write; twice, and a load at last.
    const once = 8 + 1 + 16 + 16 + 16 + 8 + 0.5 + 1 + 16 + 8;
    for (const end of ends(ROUTED, chain)) {
      expect(end).toBeGreaterThan(2 * once);
      expect(end).toBeLessThan(2 * once + 40);
    }
  });

  it("stream tensors that are spread over other PEs, and write to them", () => {
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const tensors = [tensor("x", "input", [8, 64], policy), tensor("y", "output", [8, 64], policy)];
    const run = runSpread(
      { topology: "cube", tensors },
      ($) =>
        function* (x: unknown, y: unknown) {
          const me = $.rank(0);
          const other = (me + 3) % 8;
          const a = $.ref(1, $.add(2, x, other * 64), [1, 64]);
          const b = $.ref(3, $.add(4, x, me * 64), [1, 64]);
          if (!$.composite(5, "add", a, b, $.add(6, y, me * 64))) yield;
          if (!$.wait(7, $.out)) yield;
        },
    );
    const x = run.before(0, 0);
    const expected = x.map((value, i) => Math.fround(value + x[(i + 3 * 64) % 512]!));
    expect(run.after(0, 1)).toEqual(expected);
    expect(Math.min(...run.endsNs)).toBeGreaterThan(0);
  });

  it("take longer for the slice of another PE than for the PE's own", () => {
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const time = (distance: number): number =>
      runSpread(
        { topology: "cube", tensors: [tensor("x", "input", [8, 4096], policy), tensor("y", "output", [64])] },
        ($) =>
          function* (x: unknown, y: unknown) {
            const from = (($.rank(0) + distance) % 8) * 4096;
            if (
              !$.composite(1, "gemm", $.ref(2, $.add(3, x, from), [8, 512]), $.full(4, [512, 8], 1, "f32"), y)
            )
              yield;
            if (!$.wait(5, $.out)) yield;
          },
      ).endsNs[0]!;
    expect(time(5)).toBeGreaterThan(time(0));
  });
});
