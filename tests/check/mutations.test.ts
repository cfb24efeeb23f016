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
import { reportOf } from "./faults/checked.js";
import { mutate, type Mutant } from "./faults/mutator.js";
import { seededFaults } from "./faults/seeded.js";

/** The gate takes 500, which are some 40 s; `LINQU_MUTANTS=5000` takes ten times as long. */
const MUTANTS = Number(process.env["LINQU_MUTANTS"] ?? 500);
/** `LINQU_MUTANT=1234` takes that one alone and shows what comes of it. */
const ONLY = process.env["LINQU_MUTANT"];
/** Budgets are counted: what never ends is stopped at the same operation everywhere. */
const BUDGET = { set: ["limits.stepBudget=20000"], maxOperations: 20_000 };

/** Errors about a file as a whole, and about host code. */
const WITHOUT_POSITION = /^LQ(1003|21\d\d|[69]\d{3})$/;

const folder = mkdtempSync(join(tmpdir(), "linqu-mutants-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const originals = [
  ...sourcesIn("kernels"),
  ...sourcesIn(join(import.meta.dirname, "faults/correct/fixtures")),
  // What the compiler refuses anyway is of no use to the check.
  ...seededFaults().map(({ path, fault, corrected }) =>
    fault.code < "LQ2" ? corrected : readFileSync(path, "utf8"),
  ),
];

function sourcesIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => readFileSync(join(path, name), "utf8"));
}

interface Outcome {
  diagnostics: readonly Diagnostic[];
  /** How far it came. */
  step: "refused" | "clean" | "found" | "crashed";
  crash: string | null;
}

describe("mutated kernels", () => {
  it("give diagnostics with positions, or nothing, but never a crash", async () => {
    mkdirSync(join(folder, "lib"));
    for (const name of readdirSync("kernels/lib"))
      copyFileSync(join("kernels/lib", name), join(folder, "lib", name));
    const numbers =
      ONLY === undefined ? Array.from({ length: MUTANTS }, (_, number) => number) : [Number(ONLY)];
    const problems: string[] = [];
    const steps = { refused: 0, clean: 0, found: 0, crashed: 0 };
    for (const number of numbers) {
      const mutant = mutate(originals[number % originals.length]!, number);
      const file = join(folder, `mutant-${number}.ts`);
      writeFileSync(file, mutant.source);
      const { diagnostics, step, crash } = await outcomeOf(file, [2, 3 + (number % 2)]);
      steps[step]++;
      const wrong = diagnostics.flatMap((found) => complaints(found, mutant, file));
      if (crash !== null) wrong.push(crash);
      if (wrong.length > 0)
        problems.push(`mutant ${number} (${mutant.edits.join(", ")}): ${wrong.join("; ")}`);
      if (ONLY !== undefined)
        console.log(`${Buffer.from(mutant.source).toString()}\n`, mutant.edits, diagnostics);
    }
    expect(problems).toEqual([]);
    if (ONLY !== undefined) return;
    // Mutants that all fail in the same way would test little.
    for (const step of ["refused", "clean", "found"] as const)
      expect(steps[step], step).toBeGreaterThan(MUTANTS / 25);
  }, 3_600_000);
});

async function outcomeOf(file: string, worlds: readonly number[]): Promise<Outcome> {
  let hasCompiled = false;
  try {
    const bundle = await compileKernel(file, { cache: false });
    hasCompiled = true;
    const diagnostics = bundle.manifest.kernels
      .filter(({ defined }) => defined)
      .flatMap((manifest) =>
        worlds.flatMap((world) => reportOf(bundle, manifest, { world, ...BUDGET })?.findings ?? []),
      );
    const isClean = diagnostics.every(({ severity }) => severity === "info");
    return { diagnostics, step: isClean ? "clean" : "found", crash: null };
  } catch (error) {
    if (error instanceof LinquError)
      return { diagnostics: error.diagnostics, step: hasCompiled ? "found" : "refused", crash: null };
    const crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { diagnostics: [], step: "crashed", crash };
  }
}

/** What is wrong with a diagnostic of a mutant. */
function complaints({ code, at, related, message }: Diagnostic, { source }: Mutant, file: string): string[] {
  const wrong: string[] = [];
  // LQ0 is the command line, and bugs.
  if (!/^LQ[1-9]\d{3}$/.test(code)) wrong.push(`${code}: ${message}`);
  if (at === null && !WITHOUT_POSITION.test(code)) wrong.push(`${code} has no position: ${message}`);
  const lines = Buffer.from(source)
    .toString("utf8")
    .split(/\r\n|[\n\r\u2028\u2029]/);
  for (const place of [at, ...related.map((other) => other.at)]) {
    // Positions in the other files of a mutant are right when those in its own are.
    if (place === null || basename(place.file) !== basename(file)) continue;
    const length = lines[place.line - 1]?.length ?? -1;
    const isInside = place.column >= 1 && place.endColumn >= place.column && place.endColumn <= length + 2;
    if (!isInside) wrong.push(`${code} at ${place.line}:${place.column}-${place.endColumn}: ${message}`);
  }
  return wrong;
}
