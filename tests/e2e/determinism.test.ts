/** The same inputs give the same bytes: over runs, folders and places to start from. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, json, linqu, REPOSITORY, withoutHostFacts } from "./cli.js";

describe.concurrent("the same run twice", () => {
  it.each([
    "--topology sip --verify-data --bytes 1000",
    "--topology cube --algorithm ring --dtype f16 --data normal --seed 9 --verify-data",
  ])("%s", async (flags) => {
    const argv = ["run", ...flags.split(" "), "--json"];
    const first = await linqu(argv, { cwd: folderWith() });
    const second = await linqu(argv, { cwd: folderWith() });
    expect(first.exitCode).toBe(0);
    expect(withoutHostFacts(second.stdout)).toBe(withoutHostFacts(first.stdout));
  });

  it("shows a shipped kernel under one name from every folder", async () => {
    const argv = ["run", "--topology", "cube", "--json"];
    const here = await linqu(argv, { cwd: REPOSITORY });
    const there = await linqu(argv, { cwd: folderWith() });
    expect(withoutHostFacts(there.stdout)).toBe(withoutHostFacts(here.stdout));
    expect(there.stdout).not.toContain(REPOSITORY);
  });

  it("has nothing of the host in it: no path, no date, no time zone, no language", async () => {
    const argv = ["run", "--topology", "cube", "--verify-data", "--data", "normal", "--json"];
    const one = await linqu(argv, {
      env: { TZ: "Asia/Kolkata", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" },
    });
    const other = await linqu(argv, { env: { TZ: "UTC", LANG: "C", LC_ALL: "C", COLUMNS: "40" } });
    expect(withoutHostFacts(one.stdout)).toBe(withoutHostFacts(other.stdout));
  });
});

describe.concurrent("a user's kernel in two folders", () => {
  const folders = (): [string, string] => [folderWith("collectives.ts"), folderWith("collectives.ts")];
  const kernel = ["--kernel", "collectives.ts#ringReduceScatter", "--topology", "cube", "--bytes", "76"];

  it("run --json", async () => {
    const [one, other] = await Promise.all(
      folders().map((cwd) => linqu(["run", ...kernel, "--verify-data", "--json"], { cwd })),
    );
    expect(one.exitCode).toBe(0);
    expect(withoutHostFacts(other.stdout)).toBe(withoutHostFacts(one.stdout));
  });

  it("ring_profile.json, trace and dump are the same bytes", async () => {
    const files = ["ring_profile.json", "trace.json", "out.npz"];
    const [one, other] = await Promise.all(
      folders().map(async (cwd) => {
        const flags = ["--trace", "trace.json", "--verify-data", "--dump", "out.npz"];
        expect((await json(["profile", ...kernel, ...flags], { cwd })).exitCode).toBe(0);
        return files.map((file) => readFileSync(join(cwd, file)));
      }),
    );
    files.forEach((file, i) => {
      expect(one[i].length, file).toBeGreaterThan(100);
      expect(one[i].equals(other[i]), file).toBe(true);
    });
  });

  it("compile to the same bytes", async () => {
    interface Bundles {
      bundles: { name: string; hash: string; path: string; kernels: string[]; cached: boolean }[];
    }
    const [one, other] = await Promise.all(
      folders().map(async (cwd) => {
        const env = { XDG_CACHE_HOME: join(cwd, "..", `cache of ${cwd.slice(-1)}`) };
        const { result } = await json<Bundles>(["compile", "collectives.ts"], { cwd, env });
        const folder = join(cwd, result.bundles[0].path);
        const names = readdirSync(folder).sort();
        return {
          bundle: result.bundles[0],
          names,
          bytes: names.map((name) => readFileSync(join(folder, name))),
        };
      }),
    );
    expect(one.bundle.hash).toBe(other.bundle.hash);
    expect(one.bundle.path).toBe(other.bundle.path);
    expect(one.names).toEqual(other.names);
    expect(one.names).toContain("bundle.js");
    expect(one.names).toContain("manifest.json");
    one.bytes.forEach((bytes, i) => {
      expect(bytes.equals(other.bytes[i]), one.names[i]).toBe(true);
      expect(bytes.includes("work folder"), one.names[i]).toBe(false);
    });
  });

  it("is one identity whatever its comments and its name, and another when the code differs", async () => {
    interface Bundles {
      bundles: { hash: string }[];
    }
    const cwd = folderWith("vector-add.ts", "blocks.ts");
    const source = readFileSync(join(cwd, "vector-add.ts"), "utf8");
    writeFileSync(join(cwd, "renamed.ts"), `// A comment.\n${source}\n/* Another. */\n`);
    writeFileSync(join(cwd, "changed.ts"), source.replace("blocks(n, 100)", "blocks(n, 101)"));
    const { result } = await json<Bundles>(["compile", "vector-add.ts", "renamed.ts", "changed.ts"], { cwd });
    const [original, renamed, changed] = result.bundles.map((bundle) => bundle.hash);
    expect(renamed).toBe(original);
    expect(changed).not.toBe(original);
  });
});
