import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LinquError, type Diagnostic } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { reportOf } from "./faults/checked.js";
import { seededFaults } from "./faults/seeded.js";

const folder = mkdtempSync(join(tmpdir(), "linqu-corrected-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const faults = seededFaults();

describe("seeded faults", () => {
  it("are at least fifty, eleven of them refused by the compiler", () => {
    expect(faults.length).toBeGreaterThanOrEqual(50);
    const structural = faults.map(({ fault }) => fault.code).filter((code) => code.startsWith("LQ1"));
    expect(new Set(structural).size).toBe(11);
  });

  it.each(faults)("$name", async ({ path, worlds, failing, set, fault, related }) => {
    const reported = `${fault.code} ${fault.line}${related.map((line) => `, ${line}`).join("")}`;
    for (const [world, found] of await reportsOf(path, worlds, set)) {
      const expected = failing.includes(world) ? [reported] : [];
      const told = found.map((problem) => brief(problem, related));
      expect(told, `with ${world} ranks`).toEqual(expected);
    }
  });

  it.each(faults)("$name, corrected", async ({ name, corrected, worlds, set }) => {
    const path = join(folder, `${name}.ts`);
    writeFileSync(path, corrected);
    for (const [world, found] of await reportsOf(path, worlds, set)) {
      expect(found, `with ${world} ranks`).toEqual([]);
    }
  });
});

/** What the compiler says of a kernel, or the check for each number of ranks. */
async function reportsOf(
  path: string,
  worlds: readonly number[],
  set: readonly string[],
): Promise<[number, readonly Diagnostic[]][]> {
  try {
    const bundle = await compileKernel(path, { cache: false });
    return worlds.map((world) => {
      const report = reportOf(bundle, bundle.manifest.kernels[0]!, { world, set });
      expect(report, `${world} ranks are admitted`).not.toBeNull();
      return [world, report!.findings.filter(({ severity }) => severity !== "info")];
    });
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    return worlds.map((world) => [world, error.diagnostics]);
  }
}

/** Code and line, and the other lines where those are expected. */
function brief({ code, at, related: others }: Diagnostic, related: readonly number[]): string {
  const lines = related.length === 0 ? [] : others.map((other) => `, ${other.at.line}`);
  return `${code} ${at?.line}${lines.join("")}`;
}
