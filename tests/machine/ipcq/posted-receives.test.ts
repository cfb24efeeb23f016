import { describe, expect, it } from "vitest";
import { CREDIT_EMIT, FLIGHT, LONG, PATH, START, TCM, compute, oneWay, sends } from "./one-way.js";

describe("recvAsync", () => {
  it("gives the credit while the receiver computes", () => {
    const run = oneWay(
      { set: ["ipcq.slots=1", ...LONG] },
      ($, shape) => sends($, shape, 2),
      function* ($, shape) {
        if (!$.recvAsync(3, "W", shape, "f32")) yield;
        const first = $.out;
        if (!$.recvAsync(4, "W", shape, "f32")) yield;
        const second = $.out;
        compute($, 1000);
        if (!$.wait(5, first)) yield;
        if (!$.wait(6, second)) yield;
      },
    );
    expect(run.endsNs[1]).toBeCloseTo(START + FLIGHT + 2 * TCM + CREDIT_EMIT + PATH + TCM, 6);
    // Both had come long before.
    expect(run.endsNs[2]).toBe(1000);
  });

  it("waits as long as recv does when nothing is done meanwhile", () => {
    const run = oneWay(
      {},
      ($, shape) => sends($, shape, 1),
      function* ($, shape) {
        if (!$.recvAsync(3, "W", shape, "f32")) yield;
        if (!$.wait(5, $.out)) yield;
      },
    );
    expect(run.endsNs[2]).toBeCloseTo(START + FLIGHT + 2 * TCM + CREDIT_EMIT, 6);
  });

  it("copies at the post when the message was there before", () => {
    const run = oneWay(
      { set: ["ipcq.slots=1", ...LONG] },
      ($, shape) => sends($, shape, 2),
      function* ($, shape) {
        compute($, 500);
        if (!$.recvAsync(3, "W", shape, "f32")) yield;
        compute($, 500);
      },
    );
    expect(run.endsNs[1]).toBeCloseTo(500 + TCM + CREDIT_EMIT + PATH + TCM, 6);
    // A future that nobody waits for delays nothing.
    expect(run.endsNs[2]).toBe(1000);
  });

  it("completes in the order of posting, also before a plain recv", () => {
    const run = oneWay(
      { log: true },
      function* ($) {
        for (const size of [16, 32, 64]) if (!$.send(2, "E", $.full(1, [size], size, "f32"))) yield;
      },
      function* ($) {
        if (!$.recvAsync(3, "W", [16], "f32")) yield;
        const first = $.out;
        if (!$.recvAsync(4, "W", [32], "f32")) yield;
        const second = $.out;
        if (!$.recv(5, "W", [64], "f32")) yield;
        for (const future of [second, first]) if (!$.wait(6, future)) yield;
      },
    );
    const { channels } = run.machine;
    expect(channels.received.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it("takes in a message of several pieces that is larger than the ring, whatever the slots' memory", () => {
    for (const memory of ["tcm", "sram", "hbm"]) {
      const run = oneWay(
        { set: [`ipcq.slotMemory=${memory}`, "ipcq.slots=2"] },
        ($) => sends($, [4096 + 64], 1),
        function* ($) {
          if (!$.recvAsync(3, "W", [4096 + 64], "f32")) yield;
          if (!$.wait(5, $.out)) yield;
        },
      );
      const { channels } = run.machine;
      expect(channels.sent.reduce((sum, count) => sum + count, 0)).toBe(5);
      expect(channels.received).toEqual(channels.sent);
      expect(Math.max(...channels.peak)).toBe(2);
      expect(run.endsNs[2]).toBeGreaterThan(16640 / 256);
    }
  });

  it("gives the same tile again when it is waited for again, at no cost", () => {
    const seen: unknown[] = [];
    const run = oneWay(
      {},
      ($, shape) => sends($, shape, 1),
      function* ($, shape) {
        if (!$.recvAsync(3, "W", shape, "f32")) yield;
        const future = $.out;
        for (let i = 0; i < 3; i++) {
          if (!$.wait(5, future)) yield;
          seen.push($.out);
        }
      },
    );
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
    expect(run.endsNs[2]).toBeCloseTo(START + FLIGHT + 2 * TCM + CREDIT_EMIT, 6);
  });
});
