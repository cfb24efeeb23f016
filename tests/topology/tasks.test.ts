/** `linqu topology show` and `check` without the command line around them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import check from "../../src/cli/tasks/topology-check.js";
import type { TopologyCheckResult } from "../../src/cli/tasks/topology-check.js";
import show from "../../src/cli/tasks/topology-show.js";
import type { TopologyShowInput, TopologyShowResult } from "../../src/cli/tasks/topology-show.js";
import { VIEW_NAMES } from "../../src/topology/view.js";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "linqu-topology-tasks-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function refusalOf(work: Promise<unknown>): Promise<LinquError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LinquError);
  return error as LinquError;
}

describe("topology check", () => {
  it("sums up a machine", async () => {
    const { exitCode, result, diagnostics, report } = await check("sip", {});
    expect(exitCode).toBe(0);
    expect(diagnostics).toEqual([]);
    // A cube: 48 joints of routers; 8 PEs, 8 HBM controllers, SRAM, M_CPU and 16 connections with one joint each.
    // A SIP: 24 pairs of cubes and 4 PHYs with 4 joints each; on the IO chiplet 2 + 4 + 16. Two links a joint.
    const linksPerSip = 2 * (16 * (48 + 8 + 8 + 1 + 1 + 16) + 4 * (24 + 4) + 22);
    expect(result).toEqual({
      topology: "sip",
      extends: ["host"],
      hosts: 1,
      ranks: 128,
      linksPerSip,
      unused: 0,
    });
    expect(report).toMatch(/^ok {2}sip\n/);
  });

  it("follows what a file extends, and warns of values without effect where they stand", async () => {
    const base = file("base.yaml", "extends: sip\nfabric: { direct: { latencyNs: 3 } }\n");
    const top = file(
      "top.yaml",
      "extends: ./base.yaml\nipcq: { slots: 2, pollNs: 5 }\nsips: { wiring: torus_2d }\n",
    );
    const { exitCode, result, diagnostics, report } = await check(top, {});
    expect(exitCode).toBe(0);
    expect((result as TopologyCheckResult).extends).toEqual(["./base.yaml", "sip", "host"]);
    expect(report).toContain("extends   ./base.yaml, which extends sip, which extends host\n");
    expect(diagnostics.map(({ code, severity, at }) => [code, severity, at?.file, at?.line])).toEqual([
      ["LQ5013", "warning", top, 3],
      ["LQ5013", "warning", base, 2],
      ["LQ5013", "warning", top, 2],
    ]);
    expect(diagnostics[2]!.message).toBe('ipcq.pollNs has no effect: ipcq.backPressure is "sleep"');
  });

  it.each([
    ["extends: pe\nnetwork: { pod: { latencyNs: 1 } }\n", 1],
    ["extends: pod\nnetwork: { pod: { latencyNs: 1 } }\n", 0],
    ["extends: ring\nucie: { portNs: 1 }\ncube: { widthMm: 40 }\n", 2],
    ["extends: host\nipcq: { slotMemory: hbm, hbmSlot: { setupNs: 1 }, bankHop: false }\n", 0],
    ["extends: host\nipcq: { backPressure: poll, pollNs: 1 }\n", 0],
    ["extends: host\nfabric: { bufferFlits: 4, flitTrains: true }\n", 1],
    ["extends: host\nsips: { columns: 2, rows: 1 }\n", 0],
  ])("%j has %i values without effect", async (text, unused) => {
    const { result } = await check(file("unused.yaml", text), {});
    expect(result).toMatchObject({ unused });
  });

  it("refuses an invalid file with the place, and a fabric that does not exist", async () => {
    const path = file("bad.yaml", "extends: host\nipcq: { slots: 0 }\n");
    const { exitCode, diagnostics } = await refusalOf(check(path, {}));
    expect(exitCode).toBe(3);
    expect(diagnostics).toMatchObject([{ code: "LQ5006", at: { file: path, line: 2, column: 16 } }]);
    const fabric = file("fabric.yaml", "extends: host\nfabric: { kind: nok }\n");
    expect((await refusalOf(check(fabric, {}))).diagnostics).toMatchObject([
      { code: "LQ5030", at: { line: 2 } },
    ]);
  });
});

describe("topology show", () => {
  const input = (changes: Partial<TopologyShowInput>): TopologyShowInput => ({
    topology: "host",
    set: [],
    views: VIEW_NAMES,
    svg: null,
    ...changes,
  });

  it("has the four views as data, all of which JSON can hold", async () => {
    const { result } = await show(input({ set: ["pe.tcm.readGBps=unlimited"] }), {});
    const { views, files } = result as TopologyShowResult;
    expect(views.map(({ view }) => view)).toEqual(["system", "sip", "cube", "pe"]);
    expect(files).toEqual([]);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("shows one view, with values changed", async () => {
    const { report } = await show(input({ views: ["cube"], set: ["cube.withoutRouters=[]"] }), {});
    expect(report).toMatch(/^Cube: 18 × 15 mm, 6 × 6 routers, 0 left out, 8 PEs, 16 in a SIP\n/);
  });

  it("writes a drawing into a new folder, and nothing when the machine is refused", async () => {
    const svg = join(folder, "new", "host.svg");
    const { result, report } = await show(input({ svg }), {});
    expect((result as TopologyShowResult).files).toEqual([svg]);
    expect(report).toBe(`host → ${svg}`);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg [^>]*>\n[\s\S]*<\/svg>\n$/);
    const other = join(folder, "other.svg");
    await refusalOf(show(input({ svg: other, set: ["ipcq.slots=0"] }), {}));
    expect(existsSync(other)).toBe(false);
    expect((await refusalOf(show(input({ svg: folder }), {}))).diagnostics[0]!.code).toBe("LQ9002");
  });
});
