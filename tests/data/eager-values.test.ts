import { describe, expect, it } from "vitest";
import { EagerValues } from "../../src/data/eager-values.js";
import { Hbm } from "../../src/data/hbm.js";
import { fillInputs } from "../../src/data/inputs.js";
import { replay } from "../../src/data/replay.js";
import { HandLog, launchOf, tensor } from "./hand-log.js";

const launch = launchOf(
  2,
  tensor("x", "inout", [4]),
  tensor("n", "inout", [1], "i32"),
  tensor("big", "output", [1], "i64"),
);

function eager(log: HandLog): EagerValues {
  const { log: growing, shapes } = log.growing;
  return new EagerValues(launch, { data: "normal", seed: 9 }, growing, shapes);
}

describe("EagerValues", () => {
  it("gives the numbers of the later replay, while the log grows", () => {
    const log = new HandLog();
    const values = eager(log);
    const sumOf = (rank: number): number => {
      const loaded = log.row("dmaRead", [4], { rank, tensor: 0 });
      return log.row("sum", [], { rank, a: loaded, extra: -1 });
    };
    const first = sumOf(1);
    const asked = [values.valueOf(first)];
    // What was stored since is seen, and a value asked for before stays.
    const halved = log.row("mul", [4], { rank: 1, a: log.row("dmaRead", [4], { rank: 1 }), extra: 0.5 });
    log.row("dmaWrite", [4], { rank: 1, a: log.row("ipcqCopy", [4], { rank: 1, a: halved, extra: 0 }) });
    const second = sumOf(1);
    const compared = log.row("lt", [], { a: second, b: first }, "bool");
    asked.push(values.valueOf(second), values.valueOf(first), values.valueOf(compared));

    for (const row of [first, second]) log.row("print", [], { a: row });
    const hbm = new Hbm(launch);
    fillInputs(hbm, "normal", 9);
    const { prints } = replay(log.finish(), hbm, { inject: null, trackMagnitude: false });
    const [sum, half] = prints.map(({ values: [value] }) => value!);
    expect(half).toBe(sum! / 2);
    expect(asked).toEqual([sum, half, sum, Number(half! < sum!)]);
  });

  it("executes atomics once, in the order of the log", () => {
    const log = new HandLog("i32");
    const values = eager(log);
    const take = (): number =>
      log.row("atomicAdd", [1], { tensor: 1, c: log.row("full", [], { extra: 1 }), extra: 0 });
    const start = values.valueOf(take());
    expect([take(), take()].map((row) => values.valueOf(row))).toEqual([start + 1, start + 2]);
  });

  it("refuses an integer that no number holds", () => {
    const log = new HandLog("i64");
    const values = eager(log);
    const large = log.row("full", [], { extra: 2 ** 53 - 1 });
    expect(values.valueOf(large)).toBe(2 ** 53 - 1);
    const larger = log.row("add", [], { a: large, extra: 2 });
    expect(() => values.valueOf(larger)).toThrow(
      expect.objectContaining({
        site: larger,
        exitCode: 5,
        diagnostics: [expect.objectContaining({ code: "LQ3704" })],
      }),
    );
  });
});
