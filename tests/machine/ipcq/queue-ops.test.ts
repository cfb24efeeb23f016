import { describe, expect, it } from "vitest";
import { runKernel } from "../helpers.js";
import { CREDIT_EMIT, FLIGHT, PATH, SET, START, TCM, oneWay, receives, sends } from "./one-way.js";

describe("a credit", () => {
  it("takes nodes, propagation and its own bytes over the slowest link; recv includes emitting it", () => {
    const run = oneWay(
      { set: ["ipcq.slots=1"] },
      ($, shape) => sends($, shape, 2),
      ($, shape) => receives($, shape, 2),
    );
    const first = START + FLIGHT + TCM + TCM + CREDIT_EMIT;
    const second = first + PATH + FLIGHT + TCM + TCM + CREDIT_EMIT;
    expect(run.endsNs[2]).toBeCloseTo(second, 6);
    // The sender ends when the second message has left its TCM.
    expect(run.endsNs[1]).toBeCloseTo(first + PATH + TCM, 6);
  });

  it("does not use the data links", () => {
    // Both directions at once: data of one and credits of the other would meet.
    const both = (slots: number): number =>
      runKernel(
        { topology: "ring", set: [...SET, "counts.pesPerCube=2", `ipcq.slots=${slots}`] },
        ($) =>
          function* () {
            yield* sends($, [64], 1);
            yield* receives($, [64], 1);
          },
      ).endsNs[0]!;
    expect(both(1)).toBeCloseTo(START + TCM + 256 / 50 + 500 + 2 * TCM + 64 / 50, 6);
  });
});

describe("a polling sender", () => {
  it("goes on at the first look after its credit has come, counted from when it blocked", () => {
    const run = oneWay(
      { set: ["ipcq.slots=1", "ipcq.backPressure=poll", "ipcq.pollNs=30"] },
      ($, shape) => sends($, shape, 2),
      ($, shape) => receives($, shape, 2),
    );
    const credit = START + FLIGHT + 2 * TCM + CREDIT_EMIT + PATH;
    expect(credit).toBeCloseTo(48.95, 6);
    // It blocks at 1 ns and looks at 31 and 61 ns.
    expect(run.endsNs[1]).toBeCloseTo(61 + TCM, 6);
  });

  it("costs no event for looking", () => {
    const events = (set: string[]): number =>
      oneWay(
        { set: ["ipcq.slots=1", ...set] },
        ($, shape) => sends($, shape, 9),
        ($, shape) => receives($, shape, 9),
      ).engine.events;
    expect(events(["ipcq.backPressure=poll", "ipcq.pollNs=0.01"])).toBe(events([]));
  });
});
