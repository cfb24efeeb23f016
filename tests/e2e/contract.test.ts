/** Bad input: one JSON object whatever happens, the documented exit code, the nearest valid name, no stack trace. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BIN,
  checkedEnvelope,
  environment,
  folderWith,
  json,
  linqu,
  placeOf,
  reportOf,
  type Ended,
} from "./cli.js";

/** What, arguments, exit code, what message and hint together must say. */
const REFUSALS: [string, string, number, RegExp[]][] = [
  ["unknown flag", "run --topologie pe", 2, [/--topologie/, /--topology/]],
  ["unknown command", "rnu", 2, [/rnu/, /"?run"?/]],
  ["unknown bench", "run --bench allreduse", 3, [/allreduse/, /"?allreduce"?/]],
  ["unknown topology", "run --topology supernodes", 3, [/supernodes/, /"?supernode"?/]],
  ["unknown algorithm", "run --topology pe --algorithm rnig", 3, [/rnig/, /"?ring"?/]],
  ["unknown dtype", "run --topology pe --dtype f61", 2, [/f61/, /f64/]],
  ["unknown field", "run --topology pe --set pe.mth.lanes=3", 3, [/mth/, /math/]],
  [
    "field of the wrong kind",
    "run --topology pe --set pe.math.lanes=many",
    3,
    [/pe\.math\.lanes/, /many|number/],
  ],
  ["unknown device", "run --topology pe --device cub:0", 2, [/cub/, /cube/]],
  ["missing kernel", "run --topology pe --kernel nowhere.ts", 3, [/nowhere\.ts/]],
  ["folder as kernel", "run --topology pe --kernel folder", 3, [/folder/]],
  ["unreadable kernel", "run --topology pe --kernel loop.ts", 3, [/loop\.ts/]],
  ["binary as kernel", "run --topology pe --kernel binary.ts", 3, [/binary\.ts/]],
  ["empty kernel file", "run --topology pe --kernel empty.ts", 3, [/empty\.ts/]],
  ["missing file to compile", "compile nowhere.ts", 3, [/nowhere\.ts/]],
  ["unwritable --dump", "run --topology pe --verify-data --dump plain/out.npz", 3, [/plain\/out\.npz/]],
  ["folder as --dump", "run --topology pe --verify-data --dump folder", 3, [/folder/]],
  ["unwritable --out", "profile --topology pe --out plain/ring.json", 3, [/plain\/ring\.json/]],
  [
    "unwritable --trace",
    "profile --topology pe --trace plain/trace.json --out r.json",
    3,
    [/plain\/trace\.json/],
  ],
  ["unwritable --out-dir", "compile vector-add.ts --out-dir plain/out", 3, [/plain\/out/]],
  ["too large a run", "run --topology cluster --bytes 1GB", 3, [/10\^9|10⁹|events|memory|GiB/, /--force/]],
  ["too much memory", "run --verify-data --set limits.maxMemoryBytes=1MB", 3, [/memory/, /MiB/, /--force/]],
  ["a size beyond all machines", "run --topology pe --bytes 1000000TB", 2, [/1000000TB/]],
];

describe.concurrent("refused, with --json and without", () => {
  it.each(REFUSALS)("%s: linqu %s", async (_what, line, exitCode, words) => {
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    mkdirSync(join(cwd, "folder"));
    symlinkSync("loop.ts", join(cwd, "loop.ts"));
    writeFileSync(join(cwd, "plain"), "a file where a folder is wanted");
    writeFileSync(join(cwd, "empty.ts"), "");
    writeFileSync(
      join(cwd, "binary.ts"),
      Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 255),
    );
    const before = readdirSync(cwd);
    const ended = await json(line.split(" "), { cwd });
    expect(ended.exitCode).toBe(exitCode);
    const said = reportOf({ diagnostics: [ended.error!] });
    for (const word of words) expect(said).toMatch(word);
    expect(said).not.toContain("bug in linqu");
    expect(said).not.toMatch(/\[object|undefined|NaN/);
    // A slow machine may have said how far it was, in plain lines.
    expect(ended.stderr.replace(/^linqu: [a-z]+: .*\n/gm, "")).toBe("");
    // Nothing half-written, and no temporary file.
    expect(readdirSync(cwd).filter((name) => !before.includes(name) && name !== "r.json")).toEqual([]);
    expect(existsSync(join(cwd, "folder")) && readdirSync(join(cwd, "folder"))).toEqual([]);
  });

  it("says it on stderr for people, with code and hint", async () => {
    const ended = await linqu(["run", "--topology", "supernodes"]);
    expect(ended).toMatchObject({ exitCode: 3, stdout: "" });
    expect(ended.stderr).toMatch(/LQ5\d{3}/);
    expect(ended.stderr).toContain('"supernode"');
  });
});

describe.concurrent("a topology file", () => {
  it("runs", async () => {
    const cwd = folderWith("small.yaml");
    const ended = await json(["run", "--topology", "small.yaml", "--verify-data"], { cwd });
    expect(ended.result).toMatchObject({ topology: "small", ranks: 4, verify: { status: "pass" } });
  });

  it("that is not YAML is refused with line and column", async () => {
    const cwd = folderWith("two-problems.yaml");
    const { exitCode, error } = await json(["run", "--topology", "two-problems.yaml"], { cwd });
    expect(exitCode).toBe(3);
    expect(error!.code).toMatch(/^LQ5\d{3}$/);
    // The brace of line 3 is not closed before line 4, a new key, begins.
    expect(error!.at).toMatchObject({ file: "two-problems.yaml" });
    expect(error!.at!.line).toBeGreaterThanOrEqual(3);
    expect(error!.at!.line).toBeLessThanOrEqual(5);
    expect(error!.at!.column).toBeGreaterThanOrEqual(1);
  });

  it("with wrong fields is refused at each of them, with the nearest name", async () => {
    const cwd = folderWith("mistyped.yaml");
    const ended = await json(["run", "--topology", "mistyped.yaml"], { cwd });
    expect(ended.exitCode).toBe(3);
    const places = ended.diagnostics.map((one) => `${one.at?.file}:${one.at?.line}:${one.at?.column}`);
    expect(places).toContain("mistyped.yaml:4:3");
    expect(places).toContain("mistyped.yaml:6:12");
    expect(reportOf(ended)).toMatch(/clockGHz/);
    expect(reportOf(ended)).toMatch(/pe\.math\.lanes/);
  });

  it("names the preset nearest to an unknown base", async () => {
    const cwd = folderWith();
    writeFileSync(join(cwd, "base.yaml"), "extends: hots\nname: base\n");
    const { exitCode, error } = await json(["run", "--topology", "base.yaml"], { cwd });
    expect(exitCode).toBe(3);
    expect(error!.at).toMatchObject({ file: "base.yaml", line: 1, column: 10 });
    expect(error!.hint).toContain("host");
  });
});

describe.concurrent("a kernel that does not compile", () => {
  it("with a syntax error: exit 3, place, code frame", async () => {
    const cwd = folderWith("broken-syntax.ts");
    const ended = await json(["run", "--kernel", "broken-syntax.ts", "--topology", "pe"], { cwd });
    expect(ended.exitCode).toBe(3);
    expect(ended.error!.code).toMatch(/^LQ1\d{3}$/);
    const { file, line, column } = ended.error!.at!;
    expect(`${file}:${line}:${column}`).toBe(placeOf("broken-syntax.ts", ";\n    tl.store(y"));
    const shown = await linqu(["run", "--kernel", "broken-syntax.ts", "--topology", "pe"], { cwd });
    expect(shown.stderr).toContain('const tile = tl.zeros([4], "f32";');
    expect(shown.stderr).toContain("^");
  });

  it("with five type errors: all of them", async () => {
    const cwd = folderWith("broken-types.ts");
    for (const argv of [["run", "--topology", "pe", "--kernel"], ["compile"]]) {
      const ended = await json([...argv, "broken-types.ts"], { cwd });
      expect(ended.exitCode).toBe(3);
      const lines = ended.diagnostics.map((one) => one.at!.line);
      expect([...new Set(lines)].sort((a, b) => a - b).slice(0, 5)).toEqual([6, 7, 8, 9, 10]);
      expect(ended.diagnostics.every((one) => one.at!.file === "broken-types.ts")).toBe(true);
      expect(reportOf(ended)).toContain("random");
      expect(reportOf(ended)).toMatch(/"?store"?/);
    }
    expect(existsSync(join(cwd, "build"))).toBe(false);
  });
});

/** A run of minutes: one to interrupt. */
const LONG_RUN = ["run", "--topology", "supernode", "--algorithm", "ring", "--bytes", "64KiB", "--force"];

describe("interrupted", () => {
  /** Sends the signal once the kernel is compiled: when something stands in the run's own compile cache. */
  async function interrupted(argv: readonly string[], cwd: string): Promise<Ended & { afterMs: number }> {
    const cache = join(folderWith(), "cache");
    const child = spawn(process.execPath, [BIN, ...argv], {
      cwd,
      env: environment({ XDG_CACHE_HOME: cache }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const closed = new Promise<number | null>((settle) => child.on("close", settle));
    const compiled = (): boolean =>
      existsSync(cache) &&
      readdirSync(cache, { recursive: true, encoding: "utf8" }).some((name) => /json|js/.test(name));
    while (child.exitCode === null && !compiled()) await new Promise((done) => setTimeout(done, 50));
    await new Promise((done) => setTimeout(done, 500));
    expect(child.exitCode, stdout + stderr).toBeNull();
    const signalled = performance.now();
    child.kill("SIGINT");
    return { exitCode: await closed, stdout, stderr, afterMs: performance.now() - signalled };
  }

  it("by Ctrl-C in the middle: 130, one object, no file", async () => {
    const cwd = folderWith();
    const raw = await interrupted([...LONG_RUN, "--dump", "out.npz", "--json"], cwd);
    const ended = checkedEnvelope(raw);
    expect(ended.exitCode).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
    // The run itself would take minutes.
    expect(raw.afterMs).toBeLessThan(20_000);
  });

  it("by Ctrl-C while it says it to people", async () => {
    const cwd = folderWith();
    const ended = await interrupted(["profile", ...LONG_RUN.slice(1)], cwd);
    expect(ended.exitCode).toBe(130);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(/interrupted/i);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe.concurrent("pipes and folders", () => {
  it("keeps quiet when the reader of its output leaves early", () => {
    for (const argv of ["list --json", "run --topology pe", "run --help"]) {
      const ended = spawnSync("bash", ["-c", `"${process.execPath}" "${BIN}" ${argv} | head -1`], {
        encoding: "utf8",
        env: environment(),
      });
      expect(ended.status).toBe(0);
      expect(ended.stderr).toBe("");
      expect(ended.stdout.split("\n").filter((line) => line !== "")).toHaveLength(1);
    }
  });

  it("runs with an unwritable cache and in a read-only place", async () => {
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    writeFileSync(join(cwd, "file"), "");
    const env = { XDG_CACHE_HOME: join(cwd, "file", "cache") };
    const argv = ["run", "--kernel", "vector-add.ts", "--topology", "pe", "--verify-data"];
    const ended = await json(argv, { cwd, env });
    expect(ended.exitCode).toBe(0);
    expect(ended.result).toMatchObject({ verify: { status: "pass" } });
  });

  it("replaces what stood there before only when it has something better", async () => {
    const cwd = folderWith();
    const file = join(cwd, "ring_profile.json");
    writeFileSync(file, "precious");
    await json(["profile", "--topology", "nowhere"], { cwd });
    expect(readFileSync(file, "utf8")).toBe("precious");
    expect((await json(["profile", "--topology", "pe"], { cwd })).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ run: { topology: "pe" } });
    expect(readdirSync(cwd)).toEqual(["ring_profile.json"]);
  });

  it("survives a damaged cache", async () => {
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    const env = { XDG_CACHE_HOME: join(cwd, "cache") };
    const argv = ["run", "--kernel", "vector-add.ts", "--topology", "pe", "--verify-data"];
    expect((await json(argv, { cwd, env })).exitCode).toBe(0);
    const files = readdirSync(env.XDG_CACHE_HOME, { recursive: true, withFileTypes: true });
    const damaged = files.filter((entry) => entry.isFile());
    expect(damaged.length).toBeGreaterThan(0);
    for (const entry of damaged) writeFileSync(join(entry.parentPath, entry.name), "damaged");
    expect((await json(argv, { cwd, env })).result.verify.status).toBe("pass");
  });
});
