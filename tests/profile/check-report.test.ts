import { describe, expect, it } from "vitest";
import { renderCheckReport } from "../../src/profile/check-report.js";
import type { CheckedWorldResult } from "../../src/session/check.js";

function world(size: number, fields: Partial<CheckedWorldResult> = {}): CheckedWorldResult {
  return {
    world: size,
    isKahn: true,
    status: "ok",
    verdict: `ends with the promised outputs, in every interleaving of ${size} ranks with 4-slot queues`,
    operations: 1_000,
    programOperations: 1_000,
    depth: 4,
    leastDepth: 1,
    scratch: { peakBytes: 12_288, sumBytes: 12_288, capacityBytes: 16_777_216, ranks: size },
    traffic: [],
    postCondition: "holds",
    findings: [],
    exitCode: 0,
    ...fields,
  };
}

const notApplicable = { status: "not applicable", leastDepth: null, scratch: null } as const;

function lines(worlds: CheckedWorldResult[], width: number): string[] {
  const report = renderCheckReport(
    { bytes: 4_096, dtype: "f32", kernels: [{ name: "ring", export: "ring", worlds }] },
    { colour: false, width },
  );
  expect(report.endsWith("\n")).toBe(true);
  return report.slice(0, -1).split("\n");
}

describe("renderCheckReport", () => {
  it("says once what holds for several worlds, and leaves out those that do not apply", () => {
    const shown = lines([world(1, notApplicable), ...[2, 3, 4, 16].map((size) => world(size))], 200);
    expect(shown.slice(-2)).toEqual([
      "",
      "  ring, worlds 2-4,16, 4 KiB of f32: ends with the promised outputs, in every interleaving of its ranks with 4-slot queues",
    ]);
  });

  it("fits a narrow terminal with every code in full", () => {
    const failed = { status: "failed", findings: ["LQ3602", "LQ3601"] } as const;
    const traffic = [
      {
        axis: "world",
        direction: "E",
        messages: 1,
        bytes: 4_096,
        busiest: { from: 0, to: 1, messages: 1, bytes: 4_096 },
      },
    ];
    const shown = lines([world(1), world(256, { ...failed, findings: [...failed.findings], traffic })], 60);
    expect(shown.filter((line) => line.length > 60)).toEqual([]);
    const text = shown.join(" ").replace(/ +/g, " ");
    expect(text).toContain("FAIL");
    expect(text).toContain("LQ3602");
    expect(text).toContain("LQ3601");
    expect(text).toContain("in every interleaving of its ranks with 4-slot queues");
  });

  it("has one line for all worlds that do not apply, and no queues where lines are short", () => {
    const traffic = [
      {
        axis: "world",
        direction: "E",
        messages: 1,
        bytes: 4_096,
        busiest: { from: 0, to: 1, messages: 1, bytes: 4_096 },
      },
    ];
    const worlds = [1, 2, 3, 4, 5].map((size) => world(size, size % 2 === 1 ? notApplicable : { traffic }));
    const [narrow, wide] = [lines(worlds, 60), lines(worlds, 100)];
    expect(narrow[0]).toMatch(/scratch$/);
    expect(narrow[1]).toMatch(/^ +ring +1,3,5 {2}n\/a$/);
    expect(wide[0]).toMatch(/busiest queue$/);
    expect(wide[2]).toMatch(/world E 0→1: 4 KiB$/);
    expect(narrow[4]).toBe("");
  });

  it("ends with the table when no world applies", () => {
    const shown = lines([world(3, notApplicable)], 80);
    expect(shown).toHaveLength(2);
    expect(shown[1]).toMatch(/^ {2}ring +3 {2}n\/a$/);
  });
});
