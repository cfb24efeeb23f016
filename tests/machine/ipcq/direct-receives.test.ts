import { describe, expect, it } from "vitest";
import { OpKind, type OpLog } from "../../../src/data/op-log.js";
import { runKernel, type TestRun } from "../helpers.js";
import { CREDIT_EMIT, FLIGHT, PATH, START, TCM, oneWay, problemOf, sends } from "./one-way.js";

describe("recvInto", () => {
  it("sends when the posted receive's credit has come, without slot and without copy", () => {
    const run = oneWay(
      { into: true },
      ($, shape) => sends($, shape, 1),
      function* ($, shape) {
        const tile = $.full(1, shape, 0, "f32");
        if (!$.recvInto(3, "W", tile)) yield;
        if (!$.wait(5, $.out)) yield;
      },
    );
    const credit = START + CREDIT_EMIT + PATH;
    expect(run.endsNs[1]).toBeCloseTo(credit + TCM, 6);
    expect(run.endsNs[2]).toBeCloseTo(credit + FLIGHT, 6);
  });

  it("does not split a message, and does not use the slots' memory", () => {
    const bytes = 65536;
    const time = (set: string[]): TestRun =>
      oneWay(
        { into: true, set },
        ($) => sends($, [bytes / 4], 1),
        function* ($) {
          if (!$.recvInto(3, "W", $.full(1, [bytes / 4], 0, "f32"))) yield;
          if (!$.wait(5, $.out)) yield;
        },
      );
    const run = time([]);
    expect(run.machine.channels.sent.reduce((sum, count) => sum + count, 0)).toBe(1);
    // One flit out of the TCM and over the first six links, then the whole message at 256 GB/s.
    const expected = START + CREDIT_EMIT + PATH + TCM + 6 + bytes / 256 + PATH;
    expect(run.endsNs[2]).toBeCloseTo(expected, 6);
    expect(time(["ipcq.slotMemory=sram"]).endsNs[2]).toBeCloseTo(expected, 6);
  });

  it("posts more receives than there are slots: those beyond give their credit when the oldest has come", () => {
    const run = oneWay(
      { into: true, set: ["ipcq.slots=2"] },
      ($, shape) => sends($, shape, 3),
      function* ($, shape) {
        const futures: unknown[] = [];
        const tile = $.full(1, shape, 0, "f32");
        for (let i = 0; i < 3; i++) {
          if (!$.recvInto(3, "W", tile)) yield;
          futures.push($.out);
        }
        for (const future of futures) if (!$.wait(5, future)) yield;
      },
    );
    const first = START + CREDIT_EMIT + PATH + FLIGHT;
    expect(run.endsNs[2]).toBeCloseTo(first + CREDIT_EMIT + PATH + FLIGHT, 6);
  });

  it("leaves what was sent before as it was, and holds the new value after wait", () => {
    // Rank 2 sends its tile back east, receives into it, and stores it.
    let before: unknown;
    let same = false;
    const run = runKernel(
      { topology: "cube", log: true, into: ["into world:E"] },
      ($) =>
        function* () {
          const me = $.rank(0);
          const tile = $.full(me, [64], me, "f32") as { value: number };
          if (me === 1 && !$.send(20, "E", tile)) yield;
          if (me === 2) {
            if (!$.send(21, "W", tile)) yield;
            before = tile.value;
            if (!$.recvInto(22, "W", tile)) yield;
            if (!$.wait(23, $.out)) yield;
            same = $.out === tile;
          }
          if (me === 1 && !$.recv(24, "E", [64], "f32")) yield;
          if (me === 2) before = [before, tile.value];
        },
    );
    expect(same).toBe(true);
    const { opLog } = run.machine.core;
    const [old, now] = before as [number, number];
    // The copy that left holds the row of rank 2's own full; the tile is now the copy of rank 1's.
    expect(rowsOf(opLog!, OpKind.ipcqCopy).map(({ a }) => a)).toContain(old);
    expect(now).not.toBe(old);
    const copy = rowsOf(opLog!, OpKind.ipcqCopy).find(({ row }) => row === now)!;
    expect(rowsOf(opLog!, OpKind.full).find(({ row }) => row === copy.a)!.rank).toBe(1);
  });

  it("refuses a message of another shape at the receiver, wherever it waits", () => {
    const wrong = (): TestRun =>
      oneWay(
        { into: true },
        ($) => sends($, [32], 1),
        function* ($) {
          if (!$.recvInto(3, "W", $.full(1, [64], 0, "f32"))) yield;
          if (!$.wait(5, $.out)) yield;
        },
      );
    expect(problemOf(wrong)).toMatchObject({ code: "LQ3201", at: { line: 3 } });
    expect(problemOf(wrong).message).toContain("rank 2");
  });

  it("does not mix with slots on one queue, and says where both are", () => {
    const mixed = (): TestRun =>
      oneWay(
        { into: true },
        ($, shape) => sends($, shape, 2),
        function* ($, shape) {
          if (!$.recvInto(3, "W", $.full(1, shape, 0, "f32"))) yield;
          if (!$.wait(5, $.out)) yield;
          if (!$.recv(7, "W", shape, "f32")) yield;
        },
      );
    expect(problemOf(mixed)).toMatchObject({
      code: "LQ3303",
      at: { line: 7 },
      related: [{ at: { line: 3 } }],
    });
  });
});

describe("a ring of two", () => {
  for (const into of [false, true]) {
    it(`keeps E and W apart although both reach the same rank${into ? ", received straight into tiles" : ""}`, () => {
      const run = runKernel(
        {
          topology: "ring",
          set: ["counts.pesPerCube=2"],
          into: into ? ["into world:E", "into world:W"] : [],
        },
        ($) =>
          function* () {
            const futures: unknown[] = [];
            // The east side's message is the one that the peer sent to the west.
            for (const [side, size] of [
              ["E", 16],
              ["W", 64],
            ] as const) {
              const tile = $.full(1, [size], 0, "f32");
              if (into ? !$.recvInto(2, side, tile) : !$.recvAsync(2, side, [size], "f32")) yield;
              futures.push($.out);
            }
            if (!$.send(4, "E", $.full(1, [64], 1, "f32"))) yield;
            if (!$.send(5, "W", $.full(1, [16], 1, "f32"))) yield;
            for (const future of futures) if (!$.wait(6, future)) yield;
          },
      );
      expect(run.endsNs.every((end) => end > 500)).toBe(true);
    });
  }
});

function rowsOf(log: OpLog, kind: OpKind): { row: number; a: number; rank: number }[] {
  const { rows, chunks } = log.finish([]);
  const [chunk] = chunks;
  return Array.from({ length: rows }, (_, row) => ({
    row,
    a: chunk!.a[row]!,
    rank: chunk!.rank[row]!,
  })).filter(({ row }) => chunk!.kind[row] === kind);
}
