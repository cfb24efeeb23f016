import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadTopology, readTopology } from "../../src/topology/load.js";
import { Registry } from "../../src/topology/registry.js";
import { buildSipGraph, builtInFabrics } from "../../src/topology/sip-graph.js";
import { refusal } from "./refusal.js";

describe("a registry", () => {
  it("chooses by name, and names the nearest one when there is none", () => {
    const registry = new Registry("fabric.kind", { noc: 1, ring: 2 });
    registry.add("torus", 3);
    expect(["noc", "ring", "torus"].map((name) => registry.choose(name, null))).toEqual([1, 2, 3]);
    const at = { file: "a.yaml", line: 2, column: 9, endColumn: 14 };
    expect(refusal(() => registry.choose("tours", at))).toMatchObject({
      exitCode: 3,
      problems: [
        {
          code: "LQ5030",
          message: 'unknown fabric.kind "tours"',
          at,
          hint: expect.stringContaining('did you mean "torus"?') as string,
        },
      ],
    });
    expect(refusal(() => registry.choose("dragonfly", null)).problems[0]!.hint).toMatch(/noc, ring, torus/);
  });

  it("has the fabrics noc, ring and crossbar", () => {
    const kinds = ["noc", "ring", "crossbar"].filter((name) => builtInFabrics().has(name));
    expect(kinds).toEqual(["noc", "ring", "crossbar"]);
    expect(refusal(() => buildSipGraph(loadTopology("cube", ["fabric.kind=Noc"]))).problems[0]).toMatchObject(
      {
        code: "LQ5030",
        hint: expect.stringContaining('"noc"') as string,
      },
    );
  });
});

describe("a topology with components", () => {
  const folder = mkdtempSync(join(tmpdir(), "linqu registry "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  it("knows where its values stand", () => {
    const path = file("mine.yaml", "extends: cube\nfabric:\n  kind: torus\n");
    const { topology, placeOf } = readTopology(path, ["ipcq.slots=2"]);
    expect(topology.fabric.kind).toBe("torus");
    expect(placeOf("fabric.kind")).toEqual({ file: path, line: 3, column: 9, endColumn: 14 });
    expect([placeOf("ipcq.slots"), placeOf("pe.clockGHz")]).toEqual([null, null]);
    expect(readTopology(path, ["fabric.kind=ring"]).placeOf("fabric.kind")).toBeNull();
  });

  it("finds the module beside the file that names it, whoever extends that", () => {
    const base = file("base/noc.yaml", "extends: cube\ncomponents: ./my noc.ts\n");
    const heir = file("heirs/mine.yaml", "extends: ../base/noc.yaml\n");
    expect(loadTopology(base, []).components).toBe(join(folder, "base", "my noc.ts"));
    expect(loadTopology(heir, []).components).toBe(join(folder, "base", "my noc.ts"));
    expect(loadTopology(heir, ["components=other.ts"]).components).toBe("other.ts");
    expect(loadTopology(file("abs.yaml", "extends: cube\ncomponents: /a/b.ts\n"), []).components).toBe(
      "/a/b.ts",
    );
    expect(loadTopology("cube", []).components).toBe("");
  });

  it("leaves the places of PEs to a fabric that is not built in", () => {
    expect(loadTopology("cube", ["fabric.kind=torus", "counts.pesPerCube=12"]).counts.pesPerCube).toBe(12);
    expect(refusal(() => loadTopology("cube", ["counts.pesPerCube=12"])).problems[0]!.code).toBe("LQ5009");
  });
});
