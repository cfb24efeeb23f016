import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LinquError, type Diagnostic } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { mutate, type Mutant } from "./faults/mutator.js";
import { seededFaults } from "./faults/seeded.js";

/** The gate takes 500 (some 40 s); `LINQU_MUTANTS=5000` takes about seven minutes. */
const MUTANTS = Number(process.env["LINQU_MUTANTS"] ?? 500);
/** `LINQU_MUTANT=1234` tries that one alone and shows it. */
const ONLY = process.env["LINQU_MUTANT"];

const folder = mkdtempSync(join(tmpdir(), "linqu-mutants-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A loop in host code has no budget: edited, it may never end. */
const HAS_HOST_LOOPS = new Set(["two-level.ts"]);

const originals = [
  ...readdirSync("kernels")
    .filter((name) => name.endsWith(".ts") && !HAS_HOST_LOOPS.has(name))
    .sort()
    .map((name) => readFileSync(join("kernels", name), "utf8")),
  ...seededFaults().map(({ path, fault, corrected }) =>
    fault.code < "LQ2" ? corrected : readFileSync(path, "utf8"),
  ),
];

describe("mutated kernels", () => {
  it("give diagnostics with positions, or nothing, but never crash", async () => {
    mkdirSync(join(folder, "lib"));
    for (const name of readdirSync("kernels/lib"))
      copyFileSync(join("kernels/lib", name), join(folder, "lib", name));
    const numbers = ONLY === undefined ? Array.from({ length: MUTANTS }, (_, i) => i) : [Number(ONLY)];
    let compiled = 0;
    const problems: string[] = [];
    for (const number of numbers) {
      const mutant = mutate(originals[number % originals.length]!, number);
      const file = join(folder, `mutant-${number}.ts`);
      writeFileSync(file, mutant.source);
      if (ONLY !== undefined) console.log(Buffer.from(mutant.source).toString());
      const { diagnostics, hasRun, crash } = await outcomeOf(file);
      if (hasRun) compiled++;
      const wrong = [...crash, ...diagnostics.flatMap((found) => complaints(found, mutant, file))];
      if (ONLY !== undefined) console.log(diagnostics);
      if (wrong.length > 0)
        problems.push(`mutant ${number} (${mutant.edits.join(", ")}): ${wrong.join("; ")}`);
    }
    expect(problems).toEqual([]);
    // Half of the mutants still compile, so that the check has something to do.
    if (ONLY === undefined) expect(compiled / MUTANTS).toBeGreaterThan(0.25);
    console.log(compiled);
  }, 3_600_000);
});

interface Outcome {
  diagnostics: readonly Diagnostic[];
  hasRun: boolean;
  crash: string[];
}

async function outcomeOf(file: string): Promise<Outcome> {
  try {
    await compileKernel(file, { cache: false });
    return { diagnostics: [], hasRun: true, crash: [] };
  } catch (error) {
    if (error instanceof LinquError) return { diagnostics: error.diagnostics, hasRun: false, crash: [] };
    return { diagnostics: [], hasRun: false, crash: [error instanceof Error ? error.stack! : String(error)] };
  }
}

/** What is wrong with a diagnostic of a mutant. */
function complaints({ code, at, related, message }: Diagnostic, { source }: Mutant, file: string): string[] {
  const wrong: string[] = [];
  if (!/^LQ[1-9]\d{3}$/.test(code)) wrong.push(`${code}: ${message}`);
  for (const place of [at, ...related.map((other) => other.at)]) {
    if (place === null) {
      if (!WITHOUT_POSITION.has(code)) wrong.push(`${code} has no position: ${message}`);
      continue;
    }
    // Positions in the other files of a mutant are right when those in its own are.
    if (basename(place.file) !== basename(file)) continue;
    const lines = Buffer.from(source)
      .toString("utf8")
      .split(/\r\n|[\n\r\u2028\u2029]/);
    const line = lines[place.line - 1];
    const isInside =
      line !== undefined &&
      place.column >= 1 &&
      place.endColumn >= place.column &&
      place.endColumn <= line.length + 2;
    if (!isInside) wrong.push(`${code} at ${place.line}:${place.column}-${place.endColumn}: ${message}`);
  }
  return wrong;
}

/** Errors about a file as a whole, or about its host code. */
const WITHOUT_POSITION = new Set(["LQ1003"]);
