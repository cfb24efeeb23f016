import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import { packageRoot } from "../../src/base/package-root.js";
import { renderDiagnostics } from "../../src/cli/render.js";
import { compileKernel } from "../../src/compiler/compile.js";

const FOLDER = join(packageRoot(), "tests", "compiler", "fixtures", "golden");
const samples = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

async function diagnosticsOf(file: string): Promise<readonly Diagnostic[]> {
  try {
    return (await compileKernel(file, { cache: false })).warnings;
  } catch (error) {
    if (error instanceof LinquError) return error.diagnostics;
    throw error;
  }
}

/** The numbers of the codes from LQ1101 to LQ1503 that the reference page lists. */
function listedCodes(): string[] {
  const page = readFileSync(join(packageRoot(), "docs", "reference", "diagnostics.md"), "utf8");
  const codes = page.match(/LQ1[1-5]\d\d/g) ?? [];
  return [...new Set(codes)].sort();
}

describe("golden diagnostics", () => {
  it("exist for every rule of kernels", () => {
    expect(samples.map((name) => name.replace(".ts", "")).sort()).toEqual(listedCodes());
  });

  it.each(samples)("%s", async (name) => {
    const file = join(FOLDER, name);
    const found = await diagnosticsOf(file);
    expect(new Set(found.map(({ code }) => `${code}.ts`))).toEqual(new Set([name]));
    const folder = `${relative(process.cwd(), FOLDER)}/`;
    const shown = renderDiagnostics(found, new Chalk({ level: 0 })).replaceAll(folder, "");
    await expect(`${shown}\n`).toMatchFileSnapshot(join(FOLDER, name.replace(".ts", ".txt")));
  });
});
