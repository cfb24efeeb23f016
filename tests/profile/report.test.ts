import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/diagnostics.js";
import { renderRunReport, renderTightestRings } from "../../src/profile/report.js";
import { node, outcomeOf, resultOf, ring, runRecord, site, unverified } from "./helpers/run-record.js";

const plain = { colour: false, width: 80 };
const ESCAPE = "\u001b";

/** The text with runs of blanks made one: what is said, not where. */
function words(report: string): string {
  return report.replace(/ +/g, " ");
}

function widest(report: string): number {
  return Math.max(...report.split("\n").map((line) => line.length));
}

describe("renderRunReport", () => {
  it("says what ran, how long it took and where the time went", () => {
    const report = words(renderRunReport(outcomeOf(), plain));
    const expected = [
      " allreduce on ring",
      " kernel ring-allreduce, algorithm ring",
      " machine 1 host, 8 PEs, 8 ranks",
      " size 4 KiB of f32 per rank",
      " simulated 3 µs, collective 2 µs",
      " bandwidth algbw 2.048 GB/s, busbw 3.584 GB/s",
      " dispatch L3 HOST 1.5 ns, L2 CHIP 0.3 ns",
      " verdict not verified: add --verify-data",
      " engine sip0.cube0.pe3.dma, busy 25.0 %",
      " link pe3 → pe4, busy 90.0 %",
      " wall time 500 ms, peak memory 64 MiB",
      " events 1,000, 2,000 a second",
      " messages 112",
      "",
      " hottest lines op share spent on",
      " kernels/allreduce.ts:31:20 recv 75.0 % arrival 80 %, dispatch 20 %",
      ' const part = tl.recv("W", [n], dtype);',
      " kernels/allreduce.ts:29:5 send 25.0 % dispatch 100 %",
      "",
      " files",
      " build/allreduce/bundle.js",
      "",
      " numbers chosen for tests",
      "",
    ];
    expect(report.split("\n")).toEqual(expected);
  });

  it("gives the verdict with its error and what was allowed", () => {
    const verify = {
      ...unverified,
      status: "pass" as const,
      maxAbs: 4.01e-5,
      maxRel: 1e-6,
      tolerance: "25 × 2^-24 × Σ|x|",
    };
    const report = words(renderRunReport(outcomeOf({ result: resultOf(runRecord(), { verify }) }), plain));
    expect(report).toContain("verdict pass: max error 4.01e-5, relative 1.00e-6 (allowed: 25 × 2^-24 ×");
  });

  it("names the first wrong value", () => {
    const firstMismatch = { tensor: "y", index: 17, rank: 5, op: "add", at: "k.ts:3:5" };
    const verify = {
      ...unverified,
      status: "fail" as const,
      maxAbs: 2,
      maxRel: 1,
      mismatches: 1,
      firstMismatch,
    };
    const outcome = outcomeOf({ exitCode: ExitCode.wrongValues, result: resultOf(runRecord(), { verify }) });
    const report = words(renderRunReport(outcome, { colour: false, width: 200 }));
    expect(report).toContain(
      "verdict FAIL: 1 wrong value, max error 2.00e+0, relative 1.00e+0 (allowed: exact); first y[17] of rank 5, from add at k.ts:3:5",
    );
  });

  it("shows what there is when the program failed or was refused", () => {
    const record = runRecord({
      collectivePs: 0,
      sites: [],
      busiestEngine: null,
      busiestLink: null,
      levels: [],
    });
    const report = words(renderRunReport(outcomeOf({ exitCode: ExitCode.programFailed, record }), plain));
    expect(report).toContain(" verdict none: the program did not finish\n");
    expect(report).not.toMatch(/engine|link|dispatch|hottest|NaN|undefined/);
    expect(renderRunReport({ exitCode: 3, result: null, record: null, diagnostics: [] }, plain)).toBe("");
  });

  it("shows what kernels printed, but lets it not drive the terminal", () => {
    const result = resultOf(runRecord(), { prints: [`rank 0-7: ${ESCAPE}[31mred`, "plain\ttext"] });
    const report = renderRunReport(outcomeOf({ result }), plain);
    expect(report).toContain("  printed\n  rank 0-7: \ufffd[31mred\n  plain text\n");
  });

  it("keeps its tables to the width and cuts the start of a path, not the line number", () => {
    const sites = [
      site({ file: "some/very/deep/folder/of/kernels/that/never/ends/allreduce.ts", totalPs: 1_000 }),
    ];
    const record = runRecord({
      sites: [...sites, site({ file: "核心/所有归约.ts", totalPs: 10 })],
      bench: "a-bench-with-a-name-that-goes-on-and-on-and-on-until-it-is-wider-than-any-terminal",
    });
    const result = resultOf(record, { files: [] });
    for (const width of [24, 32, 40, 60, 80, 120]) {
      const report = renderRunReport(outcomeOf({ record, result }), { colour: false, width });
      expect(widest(report)).toBeLessThanOrEqual(width);
      if (width >= 60) expect(report).toContain("allreduce.ts:31:20");
    }
  });

  it("colours without changing a character, and closes every colour on its line", () => {
    const outcome = outcomeOf({
      result: resultOf(runRecord(), { verify: { ...unverified, status: "pass" } }),
    });
    const coloured = renderRunReport(outcome, { colour: true, width: 50 });
    expect(coloured).toContain(`${ESCAPE}[`);
    const bare = renderRunReport(outcome, { colour: false, width: 50 });
    expect(bare).not.toContain(ESCAPE);

    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(bare);
    for (const line of coloured.split("\n")) {
      const codes = line.match(/\u001b\[\d+m/g) ?? [];
      expect(codes.length % 2).toBe(0);
    }
  });
});

describe("renderTightestRings", () => {
  it("shows the fullest rings first, then those waited for longest, equal ones once", () => {
    const nodes = [
      ...[0, 1, 2].map((index) =>
        node({
          node: `host${index}`,
          rings: [
            ring({ capacity: 4, peak: 4, blocks: 2, blockedPs: (index + 1) * 1_000 }),
            ring({ kind: "heap", depth: 1, unit: "bytes", capacity: 65536, peak: 32768 }),
          ],
        }),
      ),
      node({
        node: "host0/sip0",
        level: 2,
        levelName: "CHIP",
        rings: [
          ring({
            kind: "ipcq",
            depth: null,
            axis: "pe",
            capacity: 8,
            peak: 8,
            blocks: 1_234,
            blockedPs: 9_000,
          }),
          ring({ kind: "ipcq", depth: null, axis: "cube", peak: 0, allocs: 0 }),
        ],
      }),
    ];
    expect(words(renderTightestRings(runRecord({ nodes }), plain)).split("\n")).toEqual([
      " tightest rings node peak full blocks blocked",
      " CHIP ipcq pe host0/sip0 8 / 8 100.0 % 1,234 9 ns",
      " HOST task[0] host2 +2 4 / 4 100.0 % 6 6 ns",
      " HOST heap[1] host0 +2 32 KiB / 64 KiB 50.0 % 0 0 ns",
      "",
    ]);
  });

  it("shows ten groups and counts the rest", () => {
    const rings = Array.from({ length: 13 }, (_, index) => ring({ capacity: 100, peak: index + 1 }));
    const report = words(renderTightestRings(runRecord({ nodes: [node({ rings })] }), plain));
    expect(report).toContain("13 / 100");
    expect(report).not.toContain("3 / 100 3.0 %");
    expect(report).toContain("and 3 groups of emptier rings");
  });

  it("fits narrow terminals and says when no ring was used", () => {
    const nodes = [
      node({ node: "supernode15/pod3/host15/sip1", rings: [ring({ peak: 16, blockedPs: 1e12 })] }),
    ];
    for (const width of [24, 40, 80]) {
      expect(widest(renderTightestRings(runRecord({ nodes }), { colour: false, width }))).toBeLessThanOrEqual(
        width,
      );
    }
    expect(renderTightestRings(runRecord({ nodes: [] }), plain)).toBe("  no ring was used\n");
  });
});
