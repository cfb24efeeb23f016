/** compile, list, doctor, help, version, completion. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, json, linqu } from "./cli.js";

interface Compiled {
  bundles: { name: string; hash: string; path: string; kernels: string[]; cached: boolean }[];
}

interface Manifest {
  [field: string]: unknown;
}

describe.concurrent("linqu compile", () => {
  it("writes bundle, source map and manifest under build/, named by their hash", async () => {
    const cwd = folderWith("collectives.ts");
    const env = { XDG_CACHE_HOME: join(cwd, "cache") };
    const { exitCode, result } = await json<Compiled>(["compile", "collectives.ts"], { cwd, env });
    expect(exitCode).toBe(0);
    const kernels = ["ring-all-gather", "chain-broadcast", "ring-reduce-scatter", "ring-reduce-scatter-max"];
    expect(result.bundles).toHaveLength(1);
    const [bundle] = result.bundles;
    expect(Object.keys(bundle)).toEqual(["name", "hash", "path", "kernels", "constexpr", "cached"]);
    expect(bundle).toMatchObject({ name: "collectives", kernels, cached: false });
    expect(bundle.hash).toMatch(/^sha256-[0-9a-f]{64}$/);
    expect(bundle.path.startsWith("build/")).toBe(true);
    expect(basename(bundle.path)).toContain(bundle.hash.slice(7, 15));
    const folder = join(cwd, bundle.path);
    expect(readdirSync(folder).sort()).toEqual(["bundle.js", "bundle.js.map", "manifest.json"]);

    const map = JSON.parse(readFileSync(join(folder, "bundle.js.map"), "utf8")) as {
      version: number;
      sources: string[];
    };
    expect(map.version).toBe(3);
    expect(map.sources.some((source) => source.endsWith("collectives.ts"))).toBe(true);

    const text = readFileSync(join(folder, "manifest.json"), "utf8");
    const manifest = JSON.parse(text) as Manifest;
    expect(manifest).toMatchObject({ hash: bundle.hash });
    for (const kernel of kernels) expect(text).toContain(`"${kernel}"`);
    // Parameters, operations and the places where they stand.
    for (const word of ['"x"', '"dtype"', '"recv"', '"send"', "collectives.ts"]) expect(text).toContain(word);
    const line = readFileSync(join(cwd, "collectives.ts"), "utf8")
      .split("\n")
      .findIndex((one) => one.includes("tl.send"));
    expect(text).toMatch(new RegExp(`\\b${line + 1}\\b`));
  });

  it("takes an unchanged kernel from the cache, and knows a changed helper", async () => {
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    const env = { XDG_CACHE_HOME: join(cwd, "cache") };
    const compile = async (...flags: string[]): Promise<Compiled["bundles"][0]> =>
      (await json<Compiled>(["compile", "vector-add.ts", ...flags], { cwd, env })).result.bundles[0];
    const first = await compile();
    const second = await compile();
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(second.hash).toBe(first.hash);
    expect((await compile("--no-cache")).cached).toBe(false);
    const helper = join(cwd, "blocks.ts");
    writeFileSync(
      helper,
      readFileSync(helper, "utf8").replace("Math.min(size, n - at)", "Math.min(n - at, size)"),
    );
    const changed = await compile();
    expect(changed.cached).toBe(false);
    expect(changed.hash).not.toBe(first.hash);
  });

  it("writes elsewhere with --out-dir", async () => {
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    const argv = ["compile", "vector-add.ts", "--out-dir", "deep/down here"];
    const { result } = await json<Compiled>(argv, { cwd });
    expect(result.bundles[0].path.startsWith("deep/down here/")).toBe(true);
    expect(existsSync(join(cwd, result.bundles[0].path, "bundle.js"))).toBe(true);
    expect(existsSync(join(cwd, "build"))).toBe(false);
  });

  it("ends with 3 when one file of several is wrong", async () => {
    const cwd = folderWith("vector-add.ts", "blocks.ts", "broken-types.ts");
    const ended = await json<Compiled>(["compile", "broken-types.ts", "vector-add.ts"], { cwd });
    expect(ended.exitCode).toBe(3);
    expect(ended.result.bundles.map(({ name }) => name)).toEqual(["vector-add"]);
  });
});

describe.concurrent("the other commands", () => {
  it("list: what can be run, and every name of it runs", async () => {
    interface List {
      benches: { name: string; algorithms: string[] }[];
      topologies: { name: string; ranks: number }[];
      algorithms: string[];
      kernels: { name: string; file: string }[];
    }
    const { result } = await json<List>(["list"]);
    expect(result.benches.map(({ name }) => name)).toContain("allreduce");
    const ranks = Object.fromEntries(result.topologies.map((one) => [one.name, one.ranks]));
    expect(ranks).toEqual({
      pe: 1,
      cube: 8,
      sip: 128,
      host: 256,
      pod: 4096,
      supernode: 16_384,
      cluster: 262_144,
      ring: 1024,
      kernbench: 256,
      "kernbench-6sip": 768,
      "kernbench-apr": 256,
      "kernbench-apr-6sip": 768,
    });
    expect(result.algorithms).toEqual(expect.arrayContaining(["hierarchical", "ring"]));
    expect(result.kernels.length).toBeGreaterThanOrEqual(2);
    const shown = await linqu(["list"]);
    for (const name of [...Object.keys(ranks), ...result.algorithms, "allreduce"])
      expect(shown.stdout).toContain(name);
  });

  it("doctor: what was looked at, and a fix for what is wrong", async () => {
    const { exitCode, result } = await json<{
      checks: { name: string; status: string; fix: string | null }[];
    }>(["doctor"]);
    expect(exitCode).toBe(0);
    const text = JSON.stringify(result);
    for (const word of [/node/i, /core|cpu/i, /memory/i, /temp/i]) expect(text).toMatch(word);
    const shown = await linqu(["doctor"]);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain(process.versions.node);
  });

  it("--version and --help", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect((await linqu(["--version"])).stdout).toContain(`linqu/${version}`);
    for (const command of ["run", "compile", "profile", "list", "doctor"]) {
      const help = await linqu([command, "--help"]);
      expect(help.exitCode).toBe(0);
      expect(help.stdout).toContain("EXAMPLES");
      expect(help.stdout).toContain(`$ linqu ${command}`);
      expect(help.stdout).toContain("--json");
    }
  });

  it("autocomplete: a script that knows the flags of run", async () => {
    const cwd = folderWith();
    const home = { HOME: cwd, XDG_CACHE_HOME: join(cwd, "cache"), XDG_DATA_HOME: cwd, XDG_CONFIG_HOME: cwd };
    const setup = await linqu(["autocomplete", "bash", "--refresh-cache"], { env: home });
    expect(setup.exitCode).toBe(0);
    const script = await linqu(["autocomplete", "script", "bash"], { env: home });
    expect(script.exitCode).toBe(0);
    expect(script.stdout).toMatch(/linqu/i);
    const written = readdirSync(cwd, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
    for (const word of ["--topology", "--verify-data", "profile", "doctor"]) expect(written).toContain(word);
  });
});
