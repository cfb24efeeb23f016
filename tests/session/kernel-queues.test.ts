import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reportOf } from "../check/faults/checked.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { ownCache, run } from "./harness.js";

/** Two rings that get their message in different ways, and then touch what arrives. */
const SOURCE = `import { defineKernel, tl } from "linqu/dsl";
const args = (): [] => [];
export const a = defineKernel({ name: "a", args }, () => {
  tl.send("E", tl.zeros([8], "f32"));
  tl.recv("W", [8], "f32");
});
export const b = defineKernel({ name: "b", args }, () => {
  const place = tl.zeros([8], "f32");
  const arrival = tl.recvInto("W", place);
  tl.send("E", tl.zeros([8], "f32"));
  tl.wait(arrival);
});
`;

describe("two kernels of one file that use a queue differently", () => {
  const folder = ownCache();

  it("are checked and run each with its own queues", async () => {
    const file = join(folder.path, "two.ts");
    writeFileSync(file, SOURCE);
    const bundle = await compileKernel(file, { cache: false });
    for (const manifest of bundle.manifest.kernels) {
      expect(reportOf(bundle, manifest, { world: 4 })?.findings, manifest.name).toEqual([]);
      const { exitCode, diagnostics } = await run({ kernel: `${file}#${manifest.export}`, bench: null });
      expect({ exitCode, diagnostics }, manifest.name).toEqual({ exitCode: 0, diagnostics: [] });
    }
  });
});
