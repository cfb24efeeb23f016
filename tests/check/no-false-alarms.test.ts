import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../src/compiler/compile.js";
import { findingsOf } from "./faults/checked.js";

const FILES = readdirSync("kernels")
  .filter((name) => name.endsWith(".ts"))
  .sort();
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

async function compiled(file: string) {
  return compileKernel(join("kernels", file), { cache: false });
}

/** All that is more than a note. */
function alarms(...[bundle, manifest, configuration]: Parameters<typeof findingsOf>): string[] {
  return (findingsOf(bundle, manifest, configuration) ?? [])
    .filter(({ severity }) => severity !== "info")
    .map(({ code, at, message }) => `${code} at line ${at?.line}: ${message}`);
}

describe("shipped kernels", () => {
  it.each(FILES)("%s passes with 1 to 16 ranks", async (file) => {
    const bundle = await compiled(file);
    for (const manifest of bundle.manifest.kernels) {
      let admitted = 0;
      for (const world of WORLDS) {
        if (findingsOf(bundle, manifest, { world }) === null) continue;
        admitted++;
        for (const sizes of SIZES) {
          const what = `${manifest.export}: ${world} ranks, ${sizes.bytes} B of ${sizes.dtype}`;
          expect(alarms(bundle, manifest, { world, sizes }), what).toEqual([]);
        }
      }
      expect(admitted).toBeGreaterThan(0);
    }
  });

  it.each(["ring-allreduce.ts", "binomial-tree.ts"])("%s passes with 64 ranks", async (file) => {
    const bundle = await compiled(file);
    expect(alarms(bundle, bundle.manifest.kernels[0]!, { world: 64 })).toEqual([]);
  });

  it.each(MACHINES)("pass on %s", async (_what, device, set) => {
    for (const file of FILES) {
      const bundle = await compiled(file);
      for (const manifest of bundle.manifest.kernels)
        expect(alarms(bundle, manifest, { device, set }), manifest.export).toEqual([]);
    }
  });

  it("pass across all levels", async () => {
    const bundle = await compiled("allreduce.ts");
    const [manifest] = bundle.manifest.kernels;
    expect(
      alarms(bundle, manifest!, { topology: "supernode", set: ALL_LEVELS, device: "cube:0-1/pe:0-1" }),
    ).toEqual([]);
  });
});
