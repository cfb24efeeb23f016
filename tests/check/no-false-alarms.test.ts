import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WorldReport } from "../../src/check/report.js";
import type { Bundle } from "../../src/compiler/bundle.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { reportOf } from "./faults/checked.js";

const SHIPPED = "kernels";
const UNUSUAL = join(import.meta.dirname, "faults/correct/fixtures");
const WORLDS = Array.from({ length: 16 }, (_, index) => index + 1);
const SIZES = [
  { bytes: 4096, dtype: "f32" },
  // Divides by nothing.
  { bytes: 1001, dtype: "f16" },
  // More than a queue holds.
  { bytes: 50_001, dtype: "f32" },
] as const;

/** Machines with members on several axes, and the part of them that takes part. */
const MACHINES = [
  ["two SIPs of 3 × 2 cubes", "cube:0-2,4-6/pe:0-1", []],
  ["a torus of 2 × 3 SIPs", "cube:0-1/pe:0", grid("torus_2d")],
  ["a mesh of 2 × 3 SIPs", "cube:0-1/pe:0", grid("mesh_2d_no_wrap")],
] as const;

/** Two members on every axis above the SIP. */
const ALL_LEVELS = ["supernodes", "podsPerSupernode", "hostsPerPod"].map((name) => `counts.${name}=2`);

function grid(wiring: string): string[] {
  return [`sips.wiring=${wiring}`, "sips.columns=2", "sips.rows=3", "counts.sipsPerHost=6"];
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort();
}

const bundles = new Map<string, Promise<Bundle>>();

/** Each file is compiled once. */
function compiled(folder: string, file: string): Promise<Bundle> {
  const path = join(folder, file);
  const bundle = bundles.get(path) ?? compileKernel(path, { cache: false });
  bundles.set(path, bundle);
  return bundle;
}

/** All that is more than a note. */
function alarmsOf(report: WorldReport | null): string[] {
  return (report?.findings ?? [])
    .filter(({ severity }) => severity !== "info")
    .map(({ code, at, message }) => `${code} at line ${at?.line}: ${message}`);
}

function alarms(...configuration: Parameters<typeof reportOf>): string[] {
  return alarmsOf(reportOf(...configuration));
}

describe("shipped kernels", () => {
  it.each(filesOf(SHIPPED))("%s passes with 1 to 16 ranks", async (file) => {
    const bundle = await compiled(SHIPPED, file);
    for (const manifest of bundle.manifest.kernels) {
      let admitted = 0;
      for (const world of WORLDS) {
        // Long vectors take long, and little is different with more ranks.
        for (const sizes of world > 5 ? SIZES.slice(world % 2, 1 + (world % 2)) : SIZES) {
          const report = reportOf(bundle, manifest, { world, sizes });
          if (report === null) continue;
          admitted++;
          const what = `${manifest.export}: ${world} ranks, ${sizes.bytes} B of ${sizes.dtype}`;
          expect(alarmsOf(report), what).toEqual([]);
          expect(report.status, what).toBe("ok");
          // A collective that cannot be judged would raise no alarm either.
          expect(report.postCondition, what).toMatch(/none|holds/);
        }
      }
      expect(admitted).toBeGreaterThan(0);
    }
  });

  it.each(MACHINES)("pass on %s", async (_what, device, set) => {
    for (const file of filesOf(SHIPPED)) {
      const bundle = await compiled(SHIPPED, file);
      for (const manifest of bundle.manifest.kernels)
        expect(alarms(bundle, manifest, { device, set }), manifest.export).toEqual([]);
    }
  });

  it("pass across all levels", async () => {
    const bundle = await compiled(SHIPPED, "allreduce.ts");
    const configuration = { topology: "supernode", set: ALL_LEVELS, device: "cube:0-1/pe:0-1" };
    expect(alarms(bundle, bundle.manifest.kernels[0]!, configuration)).toEqual([]);
  });
});

describe("correct kernels in unusual spellings", () => {
  it.each(filesOf(UNUSUAL))("%s", async (file) => {
    const bundle = await compiled(UNUSUAL, file);
    for (const manifest of bundle.manifest.kernels) {
      for (const slots of [1, 4]) {
        for (const world of WORLDS.slice(0, 8)) {
          const what = `${manifest.export}: ${world} ranks, ${slots} slots`;
          expect(alarms(bundle, manifest, { world, set: [`ipcq.slots=${slots}`] }), what).toEqual([]);
        }
      }
    }
  });
});
