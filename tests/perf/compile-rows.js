// What a compilation costs beside `tsc --noEmit` of TypeScript 6 on the same file, in the same run.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Unmeasured, errorLine, median, root, runProcess, runScript } from "./measure.js";

const ROUNDS = 7;
const FIXTURE = join(root, "tests/perf/fixtures/hundred-lines.ts");

export const compileRows = [
  { name: "cold, no cache", goal: "≤ 2.5× (1.8×)", measure: (context) => againstTsc(context, coldSeconds) },
  {
    name: "unchanged, from the cache",
    goal: "≤ 0.6×",
    measure: (context) => againstTsc(context, cachedSeconds),
  },
  {
    name: "an edit, compiler warm (--watch)",
    goal: "≤ 0.35×",
    measure: (context) => againstTsc(context, editSeconds),
  },
];

/** Alternates the two programs, so that a neighbour's load meets both alike. */
function againstTsc({ quick }, secondsOf) {
  const folder = mkdtempSync(join(tmpdir(), "linqu-bench-"));
  try {
    const file = join(folder, "kernel.ts");
    cpSync(FIXTURE, file);
    const preset = join(root, "dsl/kernel.tsconfig.json");
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: preset, files: ["kernel.ts", join(root, "dsl/kernel-lib.d.ts")] }),
    );
    const rounds = Array.from({ length: quick ? 3 : ROUNDS }, (_, round) => ({
      tsc: tscSeconds(folder),
      linqu: secondsOf(folder, file, round),
    }));
    const tsc = median(rounds.map((each) => each.tsc));
    const linqu = median(rounds.map((each) => each.linqu));
    return { linquMs: 1000 * linqu, tscMs: 1000 * tsc, ratio: linqu / tsc };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tscSeconds(folder) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return secondsOfRun([compiler, "--noEmit", "-p", folder]);
}

function coldSeconds(folder, file, round) {
  return compileSeconds(file, join(folder, `cache-${round}`));
}

function cachedSeconds(folder, file, round) {
  const cache = join(folder, "cache");
  if (round === 0) compileSeconds(file, cache);
  return compileSeconds(file, cache);
}

function editSeconds(folder, file) {
  mkdirSync(join(folder, "cache"), { recursive: true });
  const { editMs, error } = runScript("warm-edit.js", [file, join(folder, "cache")]);
  if (error) throw new Unmeasured(`failed: ${error}`);
  return editMs / 1000;
}

function compileSeconds(file, cache) {
  return secondsOfRun([join(root, "bin/run.js"), "compile", file, "--json"], { XDG_CACHE_HOME: cache });
}

function secondsOfRun(args, env = {}) {
  const { status, stdout, stderr, seconds } = runProcess(process.execPath, args, env);
  if (status !== 0) throw new Unmeasured(`failed: ${errorLine(stderr) ?? stdout.slice(0, 200)}`);
  return seconds;
}
