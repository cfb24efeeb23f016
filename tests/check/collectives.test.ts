import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/compiler/compile.js";
import { kernelDefinition } from "../../src/session/kernel-definition.js";
import { reportOf } from "./faults/checked.js";

const FOLDER = "kernels";
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

/** Ranks, and how they lie on a machine: SIPs, columns and rows of cubes, PEs of a cube. */
const SHAPES = [
  [8, 2, 2, 1, 2],
  [16, 2, 2, 2, 2],
  [32, 4, 2, 2, 2],
  [64, 4, 2, 2, 4],
  [128, 4, 4, 2, 4],
] as const;

const LENGTHS = [
  { bytes: 4096, dtype: "f32" },
  // Divides by nothing.
  { bytes: 2002, dtype: "f16" },
] as const;

describe("collectives", () => {
  it.each(files)("of %s hold with 8 to 128 ranks, in a row and on machines of several axes", async (file) => {
    const bundle = await compileKernel(join(FOLDER, file));
    for (const manifest of bundle.manifest.kernels) {
      const { expect: promise } = kernelDefinition(bundle, manifest).options;
      if (typeof promise !== "object") continue;
      let checked = 0;
      for (const [world, sips, columns, rows, pes] of SHAPES) {
        const set = [`counts.sipsPerHost=${sips}`, `cubes.columns=${columns}`, `cubes.rows=${rows}`];
        const placed = { set, device: `pe:0-${pes - 1}` };
        for (const sizes of LENGTHS) {
          for (const machine of [{ world }, placed]) {
            const report = reportOf(bundle, manifest, { ...machine, sizes });
            if (report === null) continue;
            checked++;
            const what = `${manifest.export}, ${JSON.stringify(machine)}, ${sizes.bytes} B`;
            expect(
              report.findings.filter(({ severity }) => severity !== "info"),
              what,
            ).toEqual([]);
            expect(report, what).toMatchObject({ status: "ok", postCondition: "holds", isKahn: true });
          }
        }
      }
      expect(checked, manifest.export).toBeGreaterThan(0);
    }
  });
});
