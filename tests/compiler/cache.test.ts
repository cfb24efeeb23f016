import { chmodSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { packageVersion } from "../../src/base/package-root.js";
import { cacheFolder } from "../../src/compiler/cache.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { folderOf, kernelSource } from "./workbench.js";

const HELPER = 'import { tl } from "linqu/dsl";\nexport const put = (n: number) => tl.store(n, n);\n';
const KERNEL = kernelSource("put(n);", 'import { put } from "./helper.js";');

let cacheHome: string;
let entry: string;

beforeEach(() => {
  cacheHome = folderOf({}, "cache");
  vi.stubEnv("XDG_CACHE_HOME", cacheHome);
  entry = join(folderOf({ "kernel.ts": KERNEL, "helper.ts": HELPER }), "kernel.ts");
});

function entries(): string[] {
  return readdirSync(join(cacheHome, "linqu", packageVersion()));
}

describe("the compile cache", () => {
  it("sees a change in any source, not only in the entry", async () => {
    await compileKernel(entry);
    const helper = join(entry, "..", "helper.ts");
    const { atime, mtime } = statSync(helper);
    writeFileSync(helper, HELPER.replace("(n, n)", "(n, 1)"));
    utimesSync(helper, atime, mtime);
    const changed = await compileKernel(entry);
    expect(changed.cached).toBe(false);
    expect(changed.code).toContain("n, 1)");
    writeFileSync(helper, HELPER);
    expect((await compileKernel(entry)).code).toContain("n, n)");
    expect(entries()).toHaveLength(1);
  });

  it("keeps warnings, with places as they are shown now", async () => {
    const doubtful = join(
      folderOf({ "kernel.ts": kernelSource("tl.zeros([n], 'f32'); tl.rank();") }),
      "kernel.ts",
    );
    const fresh = await compileKernel(doubtful);
    const stored = await compileKernel(doubtful);
    expect([fresh.cached, stored.cached]).toEqual([false, true]);
    expect(stored.warnings.map(({ code, at }) => [code, at?.file, at?.line])).toEqual([
      ["LQ1503", doubtful, 4],
    ]);
    expect(stored.warnings).toEqual(fresh.warnings);
    vi.spyOn(process, "cwd").mockReturnValue(join(doubtful, ".."));
    expect((await compileKernel(doubtful)).warnings[0]!.at!.file).toBe("kernel.ts");
    vi.restoreAllMocks();
  });

  it("keeps apart equal files in different folders, and does not keep failures", async () => {
    const twin = join(folderOf({ "kernel.ts": KERNEL, "helper.ts": HELPER }), "kernel.ts");
    await compileKernel(entry);
    const other = await compileKernel(twin);
    expect([other.cached, other.sourceRoot]).toEqual([false, join(twin, "..")]);
    writeFileSync(twin, "export const = 1;");
    await expect(compileKernel(twin)).rejects.toThrow();
    expect((await compileKernel(entry)).cached).toBe(true);
  });

  it.each([
    ["cut off", (content: string) => content.slice(0, content.length / 2)],
    ["empty", () => ""],
    ["changed inside", (content: string) => content.replace("$.store", "$.stare")],
    ["of another format", () => '{"value": 1}'],
  ])("compiles afresh when an entry is %s", async (_what, damage) => {
    const { code } = await compileKernel(entry);
    const file = join(cacheHome, "linqu", packageVersion(), entries()[0]!);
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    const again = await compileKernel(entry);
    expect([again.cached, again.code]).toEqual([false, code]);
    expect((await compileKernel(entry)).cached).toBe(true);
  });

  it("works without a folder to write to", async () => {
    vi.stubEnv("XDG_CACHE_HOME", join(entry, "no-folder"));
    expect((await compileKernel(entry)).cached).toBe(false);
    expect((await compileKernel(entry)).cached).toBe(false);
    chmodSync(cacheHome, 0o500);
    vi.stubEnv("XDG_CACHE_HOME", cacheHome);
    expect((await compileKernel(entry)).manifest.name).toBe("kernel");
    chmodSync(cacheHome, 0o700);
  });

  it("stays bounded: the oldest entries go", async () => {
    const folder = cacheFolder();
    expect(folder).toBe(join(cacheHome, "linqu", packageVersion()));
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 230; i++) {
      const file = join(folder, `kernel-${i}.json`);
      writeFileSync(file, "");
      utimesSync(file, 1000 + i, 1000 + i);
    }
    await compileKernel(entry);
    const kept = entries();
    expect(kept).toHaveLength(200);
    expect(kept).toContain("kernel-229.json");
    expect(kept).not.toContain("kernel-30.json");
    expect((await compileKernel(entry)).cached).toBe(true);
  });

  it("ignores a relative XDG_CACHE_HOME, as its specification asks", () => {
    vi.stubEnv("XDG_CACHE_HOME", "relative");
    expect(cacheFolder().startsWith("/")).toBe(true);
  });

  it("gives the same bundle back without loading the compiler", async () => {
    const first = await compileKernel(entry);
    expect(first.cached).toBe(false);
    vi.resetModules();
    vi.doMock("../../src/compiler/build.js", () => {
      throw new Error("the compiler was loaded");
    });
    const fresh = await import("../../src/compiler/compile.js");
    expect(await fresh.compileKernel(entry)).toEqual({ ...first, cached: true });
    await expect(fresh.compileKernel(entry, { cache: false })).rejects.toThrow();
    vi.doUnmock("../../src/compiler/build.js");
  });
});
