import { describe, expect, it } from "vitest";
import { renderSweepReport } from "../../src/profile/sweep-report.js";
import type { SweepResult } from "../../src/session/sweep.js";
import { resultOf, runRecord, unverified } from "./helpers/run-record.js";

type Run = SweepResult["sweep"]["runs"][number];

const plain = { colour: false, width: 80 };

function run(set: Record<string, unknown>, simulatedPs: number, fields: Partial<Run> = {}): Run {
  return { set, exitCode: 0, result: resultOf(runRecord({ simulatedPs })), diagnostics: [], ...fields };
}

function lines(runs: Run[], paths = Object.keys(runs[0]!.set)): string[] {
  const report = renderSweepReport({ sweep: { paths, runs } }, plain);
  return report.split("\n").map((line) => line.replace(/ +/g, " ").trim());
}

describe("renderSweepReport", () => {
  it("compares each run with the first one", () => {
    const pass = { ...unverified, status: "pass" as const };
    const slow = run({ "ipcq.slots": 4 }, 4_500_000, {
      result: resultOf(runRecord({ simulatedPs: 4_500_000 }), { verify: pass }),
    });
    expect(lines([run({ "ipcq.slots": 1 }, 3_000_000), slow])).toEqual([
      "allreduce on ring, 2 runs; algbw and busbw in GB/s",
      "slots simulated ratio collective algbw busbw dispatch verdict",
      "1 3 µs ×1.000 2 µs 2.048 3.584 1.5 ns off",
      "4 4.5 µs ×1.500 2 µs 2.048 3.584 1.5 ns pass",
      "",
      "numbers chosen for tests",
      "",
    ]);
  });

  it("says what became of runs that failed", () => {
    const set = { "ipcq.slots": 1 };
    const report = lines([
      run(set, 3_000_000, { exitCode: 4 }),
      run(set, 3_000_000, { exitCode: 5 }),
      run(set, 0, { exitCode: 3, result: null }),
      run(set, 0, { result: null }),
    ]);
    expect(report.slice(2, 6).map((line) => line.split(" ").slice(-2).join(" "))).toEqual([
      "FAIL: values",
      "FAIL: stopped",
      "FAIL: refused",
      "1 n/a",
    ]);
    expect(
      renderSweepReport({ sweep: { paths: ["a"], runs: [run({ a: 1 }, 0, { result: null })] } }, plain),
    ).toBe("");
  });

  it("names a path in full where its last key is not enough", () => {
    const set = {
      "pe.tcm.readGBps": "unlimited",
      "host.pcieGBps": 64,
      "network.pod.latencyNs": 1,
      "network.clos1.latencyNs": 2,
    };
    const report = renderSweepReport(
      { sweep: { paths: Object.keys(set), runs: [run(set, 3_000_000)] } },
      { ...plain, width: 200 },
    );
    expect(report).toContain("readGBps  pcieGBps  network.pod.latencyNs  network.clos1.latencyNs  simulated");
    expect(report).toContain("unlimited        64");
  });

  it("names every value that some run changes, though the first one has the preset's own", () => {
    const set = { "ipcq.slotMemory": "tcm" };
    const changed = run({ "ipcq.slotMemory": "hbm" }, 3_000_000);
    changed.result!.topologyProvenance.overridden = ["ipcq.slotMemory"];
    const report = lines([run(set, 3_000_000), changed, changed]);
    expect(report.at(-2)).toBe("numbers chosen for tests; values changed: ipcq.slotMemory");
  });

  it("fits 80 columns with two paths", () => {
    const set = { "runtime.taskRing.capacity": 1_000_000, "ipcq.slotBytes": 65536 };
    const report = renderSweepReport(
      { sweep: { paths: Object.keys(set), runs: [run(set, 3_123_456_000)] } },
      plain,
    );
    expect(Math.max(...report.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(report).toContain("3.12 ms");
  });
});
