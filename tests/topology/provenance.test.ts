import type * as fs from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadTopology, presetNames } from "../../src/topology/load.js";
import { provenanceOf } from "../../src/topology/provenance.js";
import type { TopologyProvenance } from "../../src/topology/provenance.js";

const measured = vi.hoisted(() => ({ text: "{}" }));
vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  const isCalibration = (path: unknown) => String(path).endsWith("/calibration.json");
  return {
    ...original,
    readFileSync: (...argument: Parameters<typeof original.readFileSync>) =>
      isCalibration(argument[0]) ? measured.text : original.readFileSync(...argument),
  };
});

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "linqu-provenance-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function provenance(nameOrPath: string, ...set: string[]): TopologyProvenance {
  return provenanceOf(loadTopology(nameOrPath, set), nameOrPath);
}

describe("provenanceOf", () => {
  it("finds nothing changed in a preset, and states its source", () => {
    for (const name of presetNames()) {
      const { preset, source, overridden } = provenance(name);
      expect([preset, overridden]).toEqual([name, []]);
      expect(source).toBe(loadTopology(name, []).provenance);
    }
  });

  it("names what --set changes, but not what it sets to the same value", () => {
    const { overridden } = provenance("host", "pe.math.lanes=128", "ipcq.slots=4", "fabric.nsPerMm=0.5");
    expect(overridden).toEqual(["fabric.nsPerMm", "pe.math.lanes"]);
  });

  it("names what a file changes over the preset at the end of its chain, labels aside", () => {
    file("base.yaml", "extends: cube\nprovenance: a data sheet\nipcq: { slots: 7 }\n");
    const path = file("mine.yaml", "extends: base.yaml\ndescription: mine\npe: { clockGHz: 2 }\n");
    expect(provenance(path, "pe.gemm.fillNs=9")).toEqual({
      preset: "cube",
      source: "a data sheet",
      overridden: ["pe.clockGHz", "pe.gemm.fillNs", "ipcq.slots"],
      calibration: null,
    });
  });

  it("gives the anchors of the preset, also with values changed", () => {
    const calibration = { anchors: 12, meanPercent: 1.5, worstPercent: 4.25 };
    measured.text = JSON.stringify({ cube: calibration });
    expect(provenance("cube").calibration).toEqual(calibration);
    expect(provenance("cube", "ipcq.slots=2").calibration).toEqual(calibration);
    expect(provenance("pe").calibration).toBeNull();
    measured.text = "{}";
  });
});
