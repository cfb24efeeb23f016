import { describe, expect, it } from "vitest";
import { runResult } from "../../src/session/run-result.js";
import type { RunFigures } from "../../src/session/run-result.js";
import { resultOf, runRecord, site, unverified } from "../profile/helpers/run-record.js";

const figures: RunFigures = {
  wallMs: 500,
  peakRssBytes: 1,
  topologyProvenance: { preset: "host", source: "chosen for tests", overridden: [], calibration: null },
  files: [],
  verify: unverified,
  check: null,
  prints: [],
  sourceOf: () => "",
  algorithmBytes: 4096,
  busBandwidthFactor: 1,
};

describe("runResult", () => {
  it("states bandwidth as nccl-tests does", () => {
    // 4,096 bytes in 2,000 ns are 2.048 GB/s; an all-reduce of 8 ranks moves 2 × 7/8 of it over each link.
    const result = resultOf(runRecord());
    expect(result.algbwGBps).toBe(2.048);
    expect(result.busbwGBps).toBe(3.584);
  });

  it("states times in nanoseconds, exact to a picosecond", () => {
    const result = resultOf(runRecord({ simulatedPs: 3_000_001, collectivePs: 1 }));
    expect(result.simulatedNs).toBe(3000.001);
    expect(result.collectiveNs).toBe(0.001);
    expect(result.levels).toEqual([
      { level: 3, name: "HOST", nodes: 1, dispatchNs: 1.5 },
      { level: 2, name: "CHIP", nodes: 2, dispatchNs: 0.25 },
    ]);
  });

  it("states what the PEs of a launch spent, in nanoseconds", () => {
    expect(resultOf(runRecord()).launches).toEqual([
      { round: 0, peExecNs: 1950, dmaNs: 48.5, computeNs: 14 },
    ]);
  });

  it("counts events per second of wall time, rounded", () => {
    expect(runResult(runRecord({ events: 1_000 }), { ...figures, wallMs: 300 }).eventsPerSecond).toBe(3333);
  });

  it("stays finite when nothing ran and when an error has no bound", () => {
    const verify = { ...unverified, status: "fail" as const, maxAbs: Number.NaN, maxRel: Infinity };
    const result = runResult(runRecord({ collectivePs: 0 }), { ...figures, wallMs: 0, verify });
    expect([result.algbwGBps, result.busbwGBps, result.eventsPerSecond]).toEqual([0, 0, 0]);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("shows the five lines with most time, largest first, with what they spent it on", () => {
    const sites = [10, 60, 20, 50, 30, 40].map((totalPs) =>
      site({ line: totalPs, totalPs, byCausePs: [totalPs, 0, 0, 0, 0, 0, 0] }),
    );
    const result = runResult(runRecord({ sites }), {
      ...figures,
      sourceOf: (file, line) => `  ${file}@${line} `,
    });
    expect(result.hotLines.map((line) => line.totalNs)).toEqual([0.06, 0.05, 0.04, 0.03, 0.02]);
    expect(result.hotLines[0]).toEqual({
      at: "kernels/allreduce.ts:60:20",
      op: "recv",
      source: "kernels/allreduce.ts@60",
      count: 14,
      totalNs: 0.06,
      waits: { dispatch: 0.06 },
    });
    expect(resultOf(runRecord()).hotLines[0]!.waits).toEqual({ dispatch: 3, arrival: 12 });
  });

  it("names the busiest engine and link, or null", () => {
    expect(resultOf(runRecord()).busiest).toEqual({
      engine: { name: "sip0.cube0.pe3.dma", share: 0.25 },
      link: { name: "pe3 → pe4", share: 0.9 },
    });
    expect(resultOf(runRecord({ busiestEngine: null, busiestLink: null })).busiest).toEqual({
      engine: null,
      link: null,
    });
  });
});
