import { describe, expect, it } from "vitest";
import { renderProbe } from "../../src/cli/probe-report.js";
import Probe from "../../src/commands/probe.js";
import type { ProbeResult } from "../../src/probe/result.js";
import { probed } from "../probe/helpers.js";
import { envelope, expectNoStack, linqu } from "./linqu.js";

const WIDTH = 100;

describe("the examples in the help", () => {
  const lines = Probe.examples.map(({ command }) => command.replace("<%= config.bin %> ", ""));

  it.each(lines)("linqu %s", async (line) => {
    const ended = await linqu(line.split(" "));
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    if (line.includes("--json")) expect(envelope(ended).schema).toBe("linqu/probe/1");
    else for (const shown of ended.stdout.split("\n")) expect(shown.length).toBeLessThanOrEqual(WIDTH);
  });
});

it("is one JSON object with terms, passages and invariants", async () => {
  const line = "probe --topology cube --case read-local,host-to-device --bytes 64KiB,4096 --hops --json";
  const { result, diagnostics } = envelope(await linqu(line.split(" ")));
  const { topology, tableBytes, cases, invariants, leftOut } = result as ProbeResult;
  expect({ topology, tableBytes, leftOut, diagnostics }).toEqual({
    topology: "cube",
    tableBytes: [4096, 65536],
    leftOut: [],
    diagnostics: [],
  });
  expect(cases.map(({ name }) => name)).toEqual(["host-to-device", "read-local"]);
  // 0.05 + 8 + 2.05 ns, and 1 ns for each of the other 15 flits.
  expect(cases[1]!.sizes[0]).toMatchObject({ bytes: 4096, simulatedNs: 25.1, formulaNs: 25.1 });
  expect(cases[1]!.sizes[0]!.terms.reduce((sum, { ns }) => sum + ns, 0)).toBeCloseTo(25.1, 6);
  expect(cases[1]!.sizes[0]!.passages).toHaveLength(5);
  expect(invariants.every(({ broken }) => broken === 0)).toBe(true);
});

it.each([
  ["an unknown case", "probe --case read-lokal", 2, "LQ0013", "read-local"],
  ["a size of nothing", "probe --bytes 4KiB,0", 2, "LQ0003", "96KiB"],
  [
    "a case that the machine cannot have",
    "probe --topology pe --case read-other-sip",
    3,
    "LQ6208",
    "topology",
  ],
  ["an unknown topology", "probe --topology hots", 3, "LQ5001", "host"],
])("refuses %s", async (_what, line, exitCode, code, hint) => {
  const ended = await linqu([...line.split(" "), "--json"]);
  expectNoStack(ended);
  const { error, result, ...rest } = envelope(ended);
  expect([rest.exitCode, result]).toEqual([exitCode, null]);
  expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) as string });
});

describe("the report", () => {
  it("keeps to the width on every preset, and names what was left out", () => {
    for (const preset of ["pe", "host", "ring"]) {
      const text = renderProbe(probed(preset, { hops: true }).result, { colour: false, width: WIDTH });
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(WIDTH);
    }
    const ring = renderProbe(probed("ring").result, { colour: false, width: WIDTH });
    expect(ring).toContain("left out");
    expect(ring).toMatch(/^ +90 % of peak +between /m);
  });

  it("has titles that are wider than their tables, and bandwidths with separators", () => {
    const probing = probed("sip", {
      cases: ["host-to-device", "load-sip-local"],
      bytes: [65536],
      hops: true,
    });
    const text = renderProbe(probing.result, { colour: false, width: WIDTH });
    expect(text).toContain("\n  host-to-device of 64 KiB, node by node, by the formula\n");
    // 128 PEs with 256 GB/s each, nearly.
    expect(text).toMatch(/^ +load-sip-local .* 3\d,\d{3}\.\d /m);
  });

  it("says that an invariant is broken, and shows the rest", () => {
    const { result } = probed("cube", {
      bytes: [4096],
      measure: (_host, accesses) => accesses.map(() => 1e6),
    });
    const text = renderProbe(result, { colour: false, width: WIDTH });
    expect(text).toContain("BROKEN 8 of 8 times: a single access takes what the formula says");
    expect(text).toMatch(/^ +read-local +1,000,000\.0 +25\.1 /m);
  });
});
