import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { compileHostModule } from "../../src/compiler/host-module.js";
import { folderOf, place } from "./workbench.js";

const BENCH = `import { basename } from "node:path";
import { defineBench } from "linqu/dsl";
import { names } from "./names.js";
export default defineBench({ name: basename("/a/mine"), description: "Mine.", algorithms: names, defaultAlgorithm: "ring" satisfies string });
`;
const FILES = {
  "bench.ts": BENCH,
  "names.ts": 'export const names = { ring: "./ring.ts#ring" } as const;\n',
};
const EXPECTED = {
  kind: "bench",
  name: "mine",
  description: "Mine.",
  algorithms: { ring: "./ring.ts#ring" },
  defaultAlgorithm: "ring",
};

beforeEach(() => {
  vi.stubEnv("XDG_CACHE_HOME", folderOf({}, "cache"));
});

async function errors(files: Record<string, string>): Promise<readonly LinquError["diagnostics"][number][]> {
  const error = await compileHostModule(join(folderOf(files), "bench.ts")).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(LinquError);
  return (error as LinquError).diagnostics;
}

describe("host modules", () => {
  it("places syntax errors in UTF-16 columns", async () => {
    const found = await errors({ "bench.ts": "const s = 'я😀'; const = 1;\nexport default s;\n" });
    expect(found.map(place)).toEqual(["LQ1001 1:24-25"]);
  });

  it("reports missing imports, files, default exports, and what the module throws", async () => {
    expect((await errors({ "bench.ts": 'import "./gone.js";\n' })).map(place)).toEqual(["LQ1001 1:8-19"]);
    expect((await errors({ "other.ts": "" }))[0]!.code).toBe("LQ9001");
    expect((await errors({ "bench.ts": "export const a = 1;\n" }))[0]!.code).toBe("LQ1003");
    const [thrown] = await errors({ "bench.ts": 'throw new Error("no such bench");\nexport default 1;\n' });
    expect(thrown).toMatchObject({
      code: "LQ1006",
      message: expect.stringMatching(/bench\.ts failed .*no such bench$/),
    });
  });

  it("gives the default export, the second time without esbuild", async () => {
    const file = join(folderOf(FILES, "моя папка"), "bench.ts");
    expect(await compileHostModule(file)).toEqual(EXPECTED);
    vi.resetModules();
    vi.doMock("../../src/compiler/host-bundle.js", () => {
      throw new Error("esbuild was loaded");
    });
    const fresh = await import("../../src/compiler/host-module.js");
    expect(await fresh.compileHostModule(file)).toEqual(EXPECTED);
    vi.doUnmock("../../src/compiler/host-bundle.js");
  });
});
