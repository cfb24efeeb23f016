/** Which units of a PE the DMA's channels, composite commands and messages share, and which they do not. */
import { describe, expect, it } from "vitest";
import { runKernel, type TestOps, type TestOptions } from "../helpers.js";
import { tensor } from "../memory/spread-run.js";

// PEs on point-to-point links of 50 GB/s and 500 ns. Memory and messages share no link, and only what a test states
// costs time; a tile is made in one cycle of 1 ns.
const SET = [
  "counts.pesPerCube=2",
  "pe.dispatchCycles=0",
  "pe.cpuOverheadNs=0",
  "pe.scheduler.overheadNs=0",
  "pe.math.lanes=65536",
  "ipcq.creditBytes=0",
];
const START = 1;
/** Of a message of one flit of 256 B: into the link, over it, into its slot, and out again by the receiver. */
const MESSAGE = 256 / 512 + 256 / 50 + 500 + 256 / 512 + 256 / 512;

type Body = ($: TestOps, x: unknown, y: unknown, message: unknown) => Iterator<unknown>;

/** Rank 0 makes a message and does what `body` says; rank 1 receives so many messages. */
function endsNs(body: Body, messages: number, set: string[] = [], more: Partial<TestOptions> = {}): number[] {
  return runKernel(
    { topology: "ring", set: [...SET, ...set], ...more },
    ($) =>
      function* (x: unknown, y: unknown) {
        if ($.rank(1) === 0) {
          const message = $.full(2, [64], 1, "f32");
          yield* { [Symbol.iterator]: () => body($, x, y, message) };
        }
        if ($.rank(1) === 1) for (let i = 0; i < messages; i++) if (!$.recv(3, "W", [64], "f32")) yield;
      },
  ).endsNs;
}

function* send($: TestOps, message: unknown, count = 1): Generator<unknown> {
  for (let i = 0; i < count; i++) if (!$.send(4, "E", message)) yield;
}

/** A tensor that is spread makes all accesses events: FETCH takes place when its operands are there. */
const ROUTED: Partial<TestOptions> = {
  tensors: [
    tensor("x", "inout", [1 << 14]),
    tensor("y", "inout", [1 << 14]),
    tensor("z", "inout", [2, 64], { cube: "replicate", pe: "row_wise" }),
  ],
};

describe("the TCM's read port", () => {
  // Two operands of 1024 f32 each: one tile, 8192 B to FETCH in 16 ns at 512 GB/s.
  const FETCH = 8192 / 512;
  function* command($: TestOps, y: unknown): Generator<unknown> {
    const tile = $.full(5, [32, 32], 1, "f32");
    if (!$.composite(6, "add", tile, tile, y)) yield;
  }
  const sendBehind = (set: string[], more: Partial<TestOptions>) =>
    endsNs(
      function* ($, _x, y, message) {
        yield* command($, y);
        yield* send($, message);
      },
      1,
      set,
      more,
    )[1]!;

  it("serves a send behind a FETCH", () => {
    expect(endsNs(($, _x, _y, message) => send($, message), 1, [], ROUTED)[1]).toBeCloseTo(
      START + MESSAGE,
      3,
    );
    expect(sendBehind([], ROUTED)).toBeCloseTo(START + 1 + FETCH + MESSAGE, 3);
  });

  it("serves a FETCH behind sends", () => {
    const [alone] = endsNs(($, _x, y) => command($, y), 0, [], ROUTED);
    const [behind] = endsNs(
      function* ($, _x, y, message) {
        // The first message is read while the operands are made.
        yield* send($, message, 4);
        yield* command($, y);
      },
      4,
      [],
      ROUTED,
    );
    // Four messages take 2 ns, of which making the command's operand took one.
    expect(behind! - alone!).toBeCloseTo(4 * (256 / 512) - 1, 3);
  });

  it("is as long as the slower port makes it", () => {
    const set = ["pe.tcm.readGBps=64"];
    const [, alone] = endsNs(($, _x, _y, message) => send($, message), 1, set, ROUTED);
    expect(sendBehind(set, ROUTED) - alone!).toBeCloseTo(1 + 8192 / 64, 3);
  });

  it("does not let a send wait for fetches that are still to come", () => {
    expect(sendBehind([], {})).toBeCloseTo(START + 1 + MESSAGE, 3);
    const streaming = endsNs(function* ($, x, y, message) {
      if (!$.composite(7, "add", $.ref(8, x, [1 << 14]), $.ref(8, x, [1 << 14]), y)) yield;
      yield* send($, message);
    }, 1);
    expect(streaming[1]).toBeCloseTo(START + MESSAGE, 3);
  });
});

describe("the DMA's communication channel", () => {
  const BYTES = 64 * 1024;
  // One request at a time: what shares an engine waits for all of it.
  const set = ["pe.dma.requests=1"];

  function* read($: TestOps, x: unknown, y: unknown): Generator<unknown> {
    // The operands take 512 ns to come; until then nothing is fetched.
    if (!$.composite(7, "add", $.ref(8, x, [BYTES / 4]), $.ref(8, x, [BYTES / 4]), y)) yield;
  }
  function* write($: TestOps, y: unknown): Generator<unknown> {
    if (!$.store(9, y, $.full(10, [BYTES / 4], 1, "f32"))) yield;
  }
  function* load($: TestOps, x: unknown): Generator<unknown> {
    if (!$.load(11, x, [BYTES / 4])) yield;
  }

  it("sends beside a read that is under way", () => {
    // One tile. Its FETCH is reserved when it has come, since a tensor that is spread makes all accesses events.
    const one = ["pe.scheduler.tileM=256", "pe.scheduler.tileN=256"];
    const policy = { cube: "replicate", pe: "row_wise" } as const;
    const own = (name: string) => tensor(name, "inout", [BYTES / 4]);
    const tensors = [own("x"), own("y"), tensor("z", "inout", [2, 64], policy)];
    const [, end] = endsNs(
      function* ($, x, y, message) {
        yield* read($, x, y);
        yield* send($, message);
      },
      1,
      [...set, ...one],
      { tensors },
    );
    expect(end).toBeCloseTo(START + MESSAGE, 3);
  });

  it("sends beside a write that is under way", () => {
    const [, end] = endsNs(
      function* ($, _x, y, message) {
        yield* write($, y);
        yield* send($, message);
      },
      1,
      set,
    );
    // The tile that is stored is made first.
    expect(end).toBeCloseTo(START + 1 + MESSAGE, 3);
  });

  it.each([
    ["load", load],
    ["store", ($: TestOps, x: unknown) => write($, x)],
  ])("does not delay a %s that is issued behind sends", (_what, access) => {
    const [alone] = endsNs(($, x) => access($, x), 0, set);
    const [beside] = endsNs(
      function* ($, x, _y, message) {
        yield* send($, message, 4);
        yield* access($, x);
      },
      4,
      set,
    );
    expect(alone).toBeGreaterThan(BYTES / 256);
    expect(beside).toBe(alone);
  });
});
