import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { refusal } from "./refusal.js";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "linqu-topology-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** `code line:column message`, without the folder. */
function problemsOf(name: string, text: string): string[] {
  const path = file(name, text);
  const { exitCode, problems } = refusal(() => loadTopology(path, []));
  expect(exitCode).toBe(3);
  return problems.map(({ code, at, message }) => {
    if (at) expect(at.file).toBe(path);
    return `${code} ${at ? `${at.line}:${at.column}` : "-"} ${message}`.replaceAll(`${folder}/`, "");
  });
}

describe("a topology file", () => {
  it("takes a preset's values where it states none, and its own name", () => {
    const path = file("mine.yaml", "extends: host\npe: { tcm: { sizeBytes: 8MiB } }\n");
    const topology = loadTopology(path, []);
    expect(topology.name).toBe("mine");
    expect(topology.pe.tcm).toEqual({
      readGBps: 512,
      writeGBps: 512,
      sizeBytes: 8388608,
      reservedBytes: 1048576,
    });
    expect(topology.counts.sipsPerHost).toBe(2);
  });

  it("extends another file by a path relative to itself", () => {
    file("base.yaml", "extends: pod\ncounts: { hostsPerPod: 3 }\nipcq: { slots: 7 }\n");
    const path = file("derived.yaml", "extends: ./base.yaml\nname: odd\nipcq: { slots: 9 }\n");
    const topology = loadTopology(path, []);
    expect(topology.name).toBe("odd");
    expect(topology.counts.hostsPerPod).toBe(3);
    expect(topology.ipcq).toMatchObject({ slots: 9, slotBytes: 4096, creditBytes: 16 });
  });

  it("reports all its problems at once, each at the key or value that is wrong", () => {
    const text = [
      "extends: hsot", // 1
      "counts:", // 2
      "  pesPerCub: 4",
      "  hostsPerPod: 0",
      "  sipsPerHost: two",
      "pe: { clockGHz: .inf, tcm: { readGBps: -1 } }", // 6
      "hostsPerPod: 7",
      "ucie: 4",
      "network:", // 9
      "cube:",
      "  pes:",
      "    - { xMm: nope, yMm: 1 }", // 12
    ].join("\n");
    expect(problemsOf("bad.yaml", text)).toEqual([
      'LQ5001 1:10 unknown topology "hsot"',
      "LQ5005 3:3 unknown key counts.pesPerCub",
      "LQ5006 4:16 counts.hostsPerPod is 0: expected a whole number from 1 to 1024",
      'LQ5006 5:16 counts.sipsPerHost is "two": expected a whole number from 1 to 16',
      "LQ5006 6:17 pe.clockGHz is Infinity: expected a number from 0.001 to 100 GHz",
      'LQ5006 6:40 pe.tcm.readGBps is -1: expected a number from 0.001 to 1000000 GB/s, or "unlimited"',
      "LQ5005 7:1 unknown key hostsPerPod",
      "LQ5006 8:7 ucie is 4: expected a mapping with the keys connectionsPerSide, bandwidthGBps, portNs",
      "LQ5006 9:1 network is empty: expected a mapping with the keys messageOverheadNs, pod, clos1, clos2",
      'LQ5006 12:14 cube.pes[0].xMm is "nope": expected a number from 0 to 1000 mm',
    ]);
  });

  it("suggests the nearest key, in another section too", () => {
    const path = file("typos.yaml", "extends: host\ncounts: { pesPerCub: 4 }\nhostsPerPod: 7\nfabirc: {}\n");
    const { problems } = refusal(() => loadTopology(path, []));
    expect(problems.map(({ hint }) => hint)).toEqual([
      "did you mean counts.pesPerCube?",
      "did you mean counts.hostsPerPod?",
      "did you mean fabric?",
    ]);
    expect(problems[0]!.at).toEqual({ file: path, line: 2, column: 11, endColumn: 20 });
  });

  it.each([
    ["syntax.yaml", "extends: host\ncounts: { pesPerCube: 4\nname: x", /^LQ5003 3:1 /],
    ["twice.yaml", "extends: host\nname: a\nname: b\n", /^LQ5003 3:1 name is stated twice/],
    ["alias.yaml", "extends: host\ncube: { pes: &a [*a] }\n", /^LQ5003 2:18 .*aliases/],
    ["documents.yaml", "extends: host\n---\nextends: pe\n", /^LQ5003 2:1 .*one YAML document/],
    ["empty.yaml", "# nothing\n", /^LQ5004 1:1 empty.yaml is empty/],
    ["list.yaml", "- 1\n", /^LQ5004 1:1 list.yaml is not a mapping/],
    ["proto.yaml", "extends: host\n__proto__: { a: 1 }\n", /^LQ5005 2:1 unknown key __proto__/],
    ["multiple.yaml", "extends: host\nipcq: { slotBytes: 4098 }\n", /^LQ5006 2:20 .*a multiple of 4/],
    ["self.yaml", "extends: self.yaml\n", /^LQ5008 1:10 /],
    [
      "absent.yaml",
      "extends: nowhere.yaml\n",
      /^LQ5002 1:10 cannot read topology nowhere.yaml: no such file/,
    ],
    [
      "positions.yaml",
      "extends: host\ncounts: { pesPerCube: 3 }\n",
      /^LQ5009 2:23 cube.pes has 8 positions, but counts.pesPerCube is 3/,
    ],
    [
      "off.yaml",
      "extends: pe\ncube: { pes: [{ xMm: 1, yMm: 99 }] }\n",
      /^LQ5009 2:14 cube.pes\[0\] is at \(1, 99\) mm/,
    ],
    [
      "grid.yaml",
      "extends: host\ncube: { routerRows: 3 }\n",
      /^LQ5009 2:21 .*\[3, 2\], outside the grid of 3 rows/,
    ],
    [
      "cut.yaml",
      "extends: pe\ncube: { routerRows: 1, routerColumns: 3, withoutRouters: [[0, 1]] }\n",
      /^LQ5009 2:58 .*cuts the grid/,
    ],
    [
      "edge.yaml",
      "extends: pe\ncube: { routerRows: 1, routerColumns: 1, withoutRouters: [[0, 0]] }\n",
      /^LQ5009 2:58 /,
    ],
  ])("%s is refused with its place", (name, text, expected) => {
    const problems = problemsOf(name, text);
    expect(problems[0]).toMatch(expected);
    expect(problems).toHaveLength(1);
  });

  it("names the missing values of a file that extends nothing", () => {
    const problems = problemsOf("partial.yaml", "cubes: { columns: 2 }\n");
    expect(problems[0]).toBe("LQ5007 1:1 cubes.rows is missing");
    expect(problems).toContain("LQ5007 1:1 network is missing");
    expect(problems).toHaveLength(1 + 15); // 18 keys, less cubes; name and description are optional
  });

  it("refuses a cycle of extends over several files", () => {
    file("a.yaml", "extends: b.yaml\n");
    file("b.yaml", "extends: c.yaml\n");
    file("c.yaml", "extends: a.yaml\n");
    const { problems } = refusal(() => loadTopology(join(folder, "a.yaml"), []));
    expect(problems.map(({ code, at }) => [code, at?.file])).toEqual([["LQ5008", join(folder, "c.yaml")]]);
  });

  it("refuses what it cannot read", () => {
    expect(refusal(() => loadTopology(folder, [])).problems[0]).toMatchObject({
      code: "LQ5002",
      message: `cannot read topology ${folder}: it is not a file`,
    });
  });
});

describe("a topology's name", () => {
  it("is suggested when mistyped", () => {
    const { exitCode, problems } = refusal(() => loadTopology("supernod", []));
    expect(exitCode).toBe(3);
    expect(problems).toMatchObject([{ code: "LQ5001", message: 'unknown topology "supernod"' }]);
    expect(problems[0]!.hint).toContain('did you mean "supernode"?');
  });
});
