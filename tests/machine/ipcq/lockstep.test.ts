import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import type { QueueUseName } from "../../../src/ccl/queues.js";
import { runKernel, type TestOps } from "../helpers.js";

/**
 * Mixed traffic: messages round the PEs of every cube, in one direction with receives that are posted or plain, in
 * the other plainly or straight into tiles, and between cubes, with computation of seeded length in between. Every rank's messages have a
 * length of their own: accesses at the same picosecond are served in the order of their events, which may differ.
 */
const traffic = (elements: number, seed: number, into: boolean) => ($: TestOps) =>
  function* () {
    const me = $.rank(0);
    const random = new Random(seed * 1000 + me);
    const pe = { axis: "pe" };
    const size = (rank: number): number => elements - 2 * ((rank * 37) % 101);
    const mine = size(me);
    const place = me % 8;
    const fromW = size(me - place + ((place + 7) % 8));
    const fromE = size(me - place + ((place + 1) % 8));
    for (let round = 0; round < 3; round++) {
      let tile = $.full(1, [mine], 1, "f32");
      const futures: unknown[] = [];
      const posts = random.nextBelow(3);
      for (let i = 0; i < posts; i++) {
        if (!$.recvAsync(2, "W", [fromW], "f32", pe)) yield;
        futures.push($.out);
      }
      if (into) {
        if (!$.recvInto(3, "E", $.full(4, [fromE], 0, "f32"), pe)) yield;
        futures.push($.out);
      }
      for (let i = random.nextBelow(40); i > 0; i--) tile = $.add(5, tile, tile);
      if (!$.send(7, "W", tile, pe)) yield;
      for (let i = 0; i < 3; i++) {
        if (!$.send(6, "E", tile, pe)) yield;
        if (i >= posts && !$.recv(8, "W", [fromW], "f32", pe)) yield;
      }
      for (const future of futures) {
        if (!$.wait(9, future)) yield;
        $.add(10, $.out, 1);
      }
      if (!into && !$.recv(11, "E", [fromE], "f32", pe)) yield;
      if (me % 8 === 0 && $.worldSize(0) > 8) {
        const cube = $.rank(0, "cube");
        const leaderTile = $.full(14, [elements], 1, "f32");
        const neighbours: string[] = [];
        if (cube % 4 < 3) neighbours.push("E");
        if (cube % 4 > 0) neighbours.push("W");
        if (cube > 3) neighbours.push("N");
        if (cube < 12) neighbours.push("S");
        for (const direction of neighbours) if (!$.send(12, direction, leaderTile, { axis: "cube" })) yield;
        for (const direction of neighbours) {
          if (!$.recv(13, direction, [elements], "f32", { axis: "cube" })) yield;
        }
      }
    }
  };

/** Only plain operations: the same accesses by the kernel itself. */
const plain = (elements: number, seed: number) => ($: TestOps) =>
  function* () {
    const me = $.rank(0);
    const random = new Random(seed * 1000 + me);
    const pe = { axis: "pe" };
    const size = (rank: number): number => elements - 2 * ((rank * 37) % 101);
    const mine = size(me);
    const place = me % 8;
    const fromW = size(me - place + ((place + 7) % 8));
    const fromE = size(me - place + ((place + 1) % 8));
    for (let round = 0; round < 4; round++) {
      let tile = $.full(1, [mine], 1, "f32");
      for (let i = random.nextBelow(30); i > 0; i--) tile = $.add(5, tile, tile);
      for (const [to, from] of [
        ["E", "W"],
        ["W", "E"],
        ["E", "W"],
      ] as const) {
        if (!$.send(6, to, tile, pe)) yield;
        if (!$.recv(8, from, [from === "W" ? fromW : fromE], "f32", pe)) yield;
      }
    }
  };

const SETTINGS: [string, string[]][] = [
  ["slots in TCM", []],
  ["slots in SRAM", ["ipcq.slotMemory=sram", "ipcq.bankHop=false"]],
  ["slots in SRAM over the NoC", ["ipcq.slotMemory=sram"]],
  ["slots in HBM", ["ipcq.slotMemory=hbm", "ipcq.bankHop=false"]],
  ["slots in HBM over the NoC", ["ipcq.slotMemory=hbm"]],
  ["polling senders, one slot", ["ipcq.backPressure=poll", "ipcq.pollNs=7", "ipcq.slots=1"]],
  ["three small slots", ["ipcq.slots=3", "ipcq.slotBytes=512"]],
  [
    "small slots in SRAM over the NoC",
    ["ipcq.slotMemory=sram", "ipcq.slots=3", "ipcq.slotBytes=512", "ipcq.backPressure=poll"],
  ],
];

const INTO: QueueUseName[] = ["into pe:W"];

describe("running ahead against lockstep", () => {
  for (const [name, set] of SETTINGS) {
    for (const [what, kernel, into] of [
      ["plain", plain(333, 5), []],
      ["posted", traffic(301, 1, false), []],
      ["posted and into tiles", traffic(383, 2, true), INTO],
    ] as const) {
      for (const topology of ["cube", "sip"]) {
        it(`gives every rank the same time: ${name}, ${what}, ${topology}`, () => {
          const options = { topology, set, queues: ["pe" as const, "cube" as const], into: [...into] };
          const ahead = runKernel(options, kernel);
          const lockstep = runKernel({ ...options, lockstep: true }, kernel);
          expect(ahead.endsNs.every((end) => end > 0)).toBe(true);
          expect(ahead.endsNs).toEqual(lockstep.endsNs);
          expect(ahead.machine.channels.peak).toEqual(lockstep.machine.channels.peak);
          expect(ahead.machine.channels.blockedPs).toEqual(lockstep.machine.channels.blockedPs);
        });
      }
    }
  }
});
