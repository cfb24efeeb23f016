import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../../dsl/index.js";
import { OpKind } from "../../../src/data/op-log.js";
import { refusal } from "../../topology/refusal.js";
import { runKernel, type TestOps, type TestOptions } from "../helpers.js";
import { runSpread, tensor } from "../memory/spread-run.js";

const ONE_PE: TestOptions = { topology: "cube", device: "pe:0", elements: 4096 };
const ONE_REQUEST = ["pe.dma.requests=1"];

/** A call costs a nanosecond to dispatch. */
const DISPATCH_PS = 1000;

/** How long one `load` or `store` takes, from its dispatch to the kernel's end. */
const accessPs = (
  set: string[],
  make: ($: TestOps) => unknown,
  access: ($: TestOps, made: unknown, x: unknown) => boolean,
): number => {
  const endOf = (does: boolean): number =>
    runKernel(
      { ...ONE_PE, set },
      ($) =>
        function* (x: unknown) {
          const made = make($);
          if (does && !access($, made, x)) yield;
        },
    ).machine.endPs[0]!;
  return endOf(true) - endOf(false);
};

/** Offsets of rows × columns elements, rows `pitch` apart. */
const block = (rows: number, columns: number, pitch: number) => ($: TestOps) =>
  $.add(1, $.mul(1, $.reshape(1, $.arange(1, 0, rows), [rows, 1]), pitch), $.arange(1, 0, columns));
const load = ($: TestOps, offsets: unknown, x: unknown) => $.load(2, $.add(2, x, offsets));
const store = ($: TestOps, offsets: unknown, x: unknown) =>
  $.store(2, $.add(2, x, offsets), $.full(1, [], 0, "f32"));
const plain = (elements: number) => ($: TestOps, _: unknown, x: unknown) => $.load(2, x, [elements]);
const nothing = () => null;

describe("a load through a tile of pointers", () => {
  it("is that of one block where the elements follow one another", () => {
    const one = accessPs([], nothing, plain(1024));
    expect(accessPs([], ($) => $.arange(1, 0, 1024), load)).toBe(one);
    expect(accessPs([], block(16, 64, 64), load)).toBe(one);
  });

  it("is an access for each row of a block that is cut out of a matrix", () => {
    const row = accessPs(ONE_REQUEST, nothing, plain(64)) - DISPATCH_PS;
    expect(accessPs(ONE_REQUEST, block(16, 64, 256), load)).toBe(DISPATCH_PS + 16 * row);
    // With places for two requests their ways overlap.
    expect(accessPs([], block(16, 64, 256), load)).toBeLessThan(DISPATCH_PS + 16 * row);
  });

  it("is an access for each element that has no neighbour, also where only the data say which they are", () => {
    const element = accessPs(ONE_REQUEST, nothing, plain(1)) - DISPATCH_PS;
    expect(accessPs(ONE_REQUEST, ($) => $.mul(1, $.arange(1, 0, 32), 100), load)).toBe(
      DISPATCH_PS + 32 * element,
    );
    expect(accessPs(ONE_REQUEST, ($) => $.mod(1, $.arange(1, 0, 32), 7), load)).toBe(
      DISPATCH_PS + 32 * element,
    );
  });

  it("touches only what the mask leaves", () => {
    const masked = ($: TestOps, offsets: unknown, x: unknown) =>
      $.load(2, $.add(2, x, offsets), { mask: $.lt(1, offsets, 100) });
    // The comparison of 1,024 elements takes 1 + 16 ns.
    expect(accessPs([], ($) => $.arange(1, 0, 1024), masked)).toBe(
      17_000 + accessPs([], nothing, plain(100)),
    );
    const none = ($: TestOps, offsets: unknown, x: unknown) =>
      $.load(2, $.add(2, x, offsets), { mask: false });
    expect(accessPs([], ($) => $.arange(1, 0, 1024), none)).toBe(DISPATCH_PS);
  });

  it("reads the values that its offsets name, and `other` where the mask does not hold", () => {
    const { before, after } = runSpread(
      { ...ONE_PE, tensors: [tensor("x", "input", [64]), tensor("y", "output", [16])] },
      ($) =>
        function* (x: unknown, y: unknown) {
          const offsets = $.mul(1, $.arange(1, 0, 16), 4);
          if (!$.load(2, $.add(2, x, offsets), { mask: $.lt(2, offsets, 40), other: -3 })) yield;
          if (!$.store(3, y, $.out)) yield;
        },
    );
    const x = before(0, 0);
    expect(after(0, 1)).toEqual(Array.from({ length: 16 }, (_, i) => (4 * i < 40 ? x[4 * i] : -3)));
  });

  it("is outside its tensor by one element", () => {
    const run = (first: number) =>
      runKernel(
        { ...ONE_PE, elements: 100 },
        ($) =>
          function* (x: unknown) {
            if (!$.load(7, $.add(1, x, $.arange(1, first, first + 10)))) yield;
          },
      );
    expect(run(90).endsNs[0]).toBeGreaterThan(0);
    const { code, at, message } = refusal(() => run(91)).problems[0]!;
    expect([code, at?.line]).toEqual(["LQ3002", 7]);
    expect(message).toContain("x[91..101)");
  });
});

describe("a store through a tile of pointers", () => {
  const write = () => ($: TestOps, tile: unknown, x: unknown) => $.store(2, x, tile);

  it("is an access for each row, while the kernel goes on", () => {
    const row = accessPs(ONE_REQUEST, ($) => $.full(1, [64], 0, "f32"), write()) - DISPATCH_PS;
    expect(accessPs(ONE_REQUEST, block(16, 64, 256), store)).toBe(DISPATCH_PS + 16 * row);
    const run = runKernel(
      ONE_PE,
      ($) =>
        function* (x: unknown) {
          const pointers = $.add(2, x, block(16, 64, 256)($));
          if (!$.store(2, pointers, $.full(1, [], 0, "f32"))) yield;
          $.assert(3, true, "");
        },
    );
    expect(run.machine.core.pes.drainPs[0]).toBe(run.endsNs[0]! * 1000);
  });

  it("writes a transposed block, and leaves the rest alone", () => {
    const { before, after } = runSpread(
      { ...ONE_PE, tensors: [tensor("x", "input", [4, 8]), tensor("y", "inout", [8, 6])] },
      ($) =>
        function* (x: unknown, y: unknown) {
          if (!$.load(1, x, [4, 8])) yield;
          const tile = $.out;
          // Element [i, j] goes to row j, column i.
          const rows = $.mul(2, $.arange(2, 0, 8), 6);
          const offsets = $.add(2, $.reshape(2, $.arange(2, 0, 4), [4, 1]), rows);
          if (!$.store(3, $.add(3, y, offsets), tile)) yield;
        },
    );
    const [x, y] = [before(0, 0), before(0, 1)];
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 6; column++) {
        const expected = column < 4 ? x[column * 8 + row] : y[row * 6 + column];
        expect(after(0, 1)[row * 6 + column]).toBe(expected);
      }
    }
  });

  it("refuses a tile that does not fit, and a mask without a tile of pointers", () => {
    const run = (store: ($: TestOps, x: unknown) => boolean) =>
      refusal(() =>
        runKernel(
          ONE_PE,
          ($) =>
            function* (x: unknown) {
              if (!store($, x)) yield;
            },
        ),
      ).problems[0]!.code;
    expect(run(($, x) => $.store(1, $.add(1, x, $.arange(1, 0, 8)), $.full(1, [9], 0, "f32")))).toBe(
      "LQ2002",
    );
    expect(run(($, x) => $.store(1, $.add(1, x, $.arange(1, 0, 8)), $.full(1, [8], 0, "f16")))).toBe(
      "LQ2004",
    );
    expect(run(($, x) => $.store(1, x, $.full(1, [8], 0, "f32"), { mask: true }))).toBe("LQ1304");
  });
});

describe("tiles of pointers into a spread tensor", () => {
  const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };

  it("reach the slices that hold the elements, at the same moment in lockstep", () => {
    const run = (lockstep: boolean) =>
      runSpread(
        {
          topology: "cube",
          lockstep,
          tensors: [tensor("x", "input", [8, 32], BY_PE), tensor("y", "output", [8])],
        },
        ($) =>
          function* (x: unknown, y: unknown) {
            // Column `rank` of all eight rows, each of which lies on another PE.
            const column = $.add(1, $.mul(1, $.arange(1, 0, 8), 32), $.rank(1));
            if (!$.load(2, $.add(2, x, column))) yield;
            if (!$.store(3, y, $.out)) yield;
          },
      );
    const ahead = run(false);
    for (let rank = 0; rank < 8; rank++) {
      const x = ahead.before(rank, 0);
      expect(ahead.after(rank, 1)).toEqual(Array.from({ length: 8 }, (_, row) => x[32 * row + rank]));
    }
    expect(ahead.endsNs).toEqual(run(true).endsNs);
  });

  it("log one row, whatever they touch", () => {
    const { machine } = runSpread(
      { topology: "cube", tensors: [tensor("x", "inout", [8, 32], BY_PE)] },
      ($) =>
        function* (x: unknown) {
          const offsets = $.mod(1, $.arange(1, 0, 64), 50);
          if (!$.load(2, $.add(2, x, offsets))) yield;
        },
    );
    const { chunks, rows } = machine.core.opLog!.finish([]);
    const kinds = [...chunks[0]!.kind.subarray(0, rows)];
    expect(kinds.filter((kind) => kind === OpKind.gather)).toHaveLength(8);
  });
});
