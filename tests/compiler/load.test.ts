import { Session } from "node:inspector";
import type { Debugger } from "node:inspector";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { KernelDefinition } from "../../dsl/index.js";
import type { LinquError } from "../../src/base/diagnostics.js";
import type { Bundle } from "../../src/compiler/bundle.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { loadBundle } from "../../src/compiler/load.js";
import { mapErrorLocation, siteLocation, siteOperation, sourceLine } from "../../src/compiler/locate.js";
import { compileFiles, drive, folderOf, kernelSource, recorder } from "./workbench.js";

function failureOf(bundle: Bundle, ops = recorder()): unknown {
  const { body } = loadBundle(bundle, ops.ops)["k"] as KernelDefinition;
  try {
    drive(body() as never, ops);
  } catch (error) {
    return error;
  }
  throw new Error("the kernel did not fail");
}

describe("loading", () => {
  it("makes new exports for each set of operations", async () => {
    const source = `import { defineKernel, tl } from "linqu/dsl";
let count = 0;
export const k = defineKernel({ name: "k", args: () => [++count] }, (n: number) => tl.print(n, count));`;
    const bundle = await compileFiles({ "kernel.ts": source });
    const [first, second] = [recorder(), recorder()];
    const kernels = [first, second].map((record) => loadBundle(bundle, record.ops)["k"] as KernelDefinition);
    for (const [index, record] of [first, second, first].entries()) {
      const { options, body } = kernels[index % 2]!;
      drive(body(...options.args({} as never)) as never, record);
    }
    expect([first.printed, second.printed]).toEqual([
      [1, 1, 2, 2],
      [1, 1],
    ]);
  });

  it("hides what would make runs differ", async () => {
    const names = ["Date", "setTimeout", "process", "fetch", "globalThis", "performance"];
    const before = names.map((name) => `declare const ${name}: unknown;`).join("\n");
    const body = `tl.print(${names.map((name) => `typeof ${name}`).join(", ")}, Math.hypot(3, 4));`;
    const record = recorder();
    const bundle = await compileFiles({ "kernel.ts": kernelSource(body, before) });
    drive((loadBundle(bundle, record.ops)["k"] as KernelDefinition).body() as never, record);
    expect(record.printed).toEqual([...names.map(() => "undefined"), 5]);
    const random = await compileFiles({
      "kernel.ts": kernelSource("(Math as never as { random(): number }).random();"),
    });
    expect((failureOf(random) as LinquError).diagnostics[0]!.code).toBe("LQ1202");
  });

  it("reports a module that fails before any kernel runs", async () => {
    const bundle = await compileFiles({
      "kernel.ts": kernelSource("tl.rank();", "const a: number[][] = [];\nconst b = a[1]![0];"),
    });
    try {
      loadBundle(bundle, recorder().ops);
      expect.unreachable();
    } catch (error) {
      const { code, at } = (error as LinquError).diagnostics[0]!;
      expect([code, at!.line]).toEqual(["LQ1006", 3]);
    }
  });
});

describe("positions", () => {
  it("finds the source of an error in a helper, below frames of linqu", async () => {
    const folder = folderOf(
      {
        "kernel.ts": kernelSource("\n  deep([n]);", 'import { deep } from "./помощник 1.js";'),
        "помощник 1.ts": `// a comment\nimport { tl } from "linqu/dsl";\nexport function deep(list: readonly number[]) {\n  tl.store(1, list.length);\n\n  return tl.cdiv(list.length, 1);\n}\n`,
      },
      "папка с пробелом",
    );
    const bundle = await compileKernel(join(folder, "kernel.ts"), { cache: false });
    const record = recorder();
    record.ops.cdiv = () => {
      throw new RangeError("no division");
    };
    const at = mapErrorLocation(bundle, failureOf(bundle, record));
    expect(at).toMatchObject({ file: join(folder, "помощник 1.ts"), line: 6 });
    expect(sourceLine(bundle, 1, 6)).toBe("  return tl.cdiv(list.length, 1);");
    expect(sourceLine(bundle, 1, 60)).toBeNull();
    expect(mapErrorLocation(bundle, new Error("elsewhere"))).toBeNull();
    expect(mapErrorLocation(bundle, "text")).toBeNull();
  });

  it("maps every kind of rewritten line to itself", async () => {
    const lines = [
      "const f = (v: { w?: { z: number } }) => v.w!.z;",
      "f({})",
      "let t = x + tl.load(x + f({}), [n]) * 2;",
      "for (let i = 0; i < f({}); i++) x += i;",
      "const g = () => { tl.store(x, f({})); }; g();",
    ];
    for (const [index] of lines.entries()) {
      if (index === 0) continue;
      const body = [lines[0], "", lines[index], "tl.print(n);"].join("\n");
      const bundle = await compileFiles({ "kernel.ts": kernelSource(body) });
      const error = failureOf(bundle) as Error;
      expect(error.message, lines[index]).toContain("'z'");
      // The frame of `f` is on top; without it the caller's remains.
      error.stack = error.stack!.replace(/\n.*at f .*/, "");
      expect(mapErrorLocation(bundle, error)!.line, lines[index]).toBe(6);
    }
  });

  it("describes sites", async () => {
    const bundle = await compileFiles({
      "kernel.ts": kernelSource("const s = 1; /* 😀 */ tl.store(x\n + 2, y);"),
    });
    const { manifest, sourceRoot } = bundle;
    const described = manifest.sites.map((_, site) => ({
      ...siteLocation(bundle, site),
      op: siteOperation(bundle, site),
    }));
    expect(described).toEqual([
      { file: join(sourceRoot, "kernel.ts"), line: 4, column: 23, endColumn: 31, op: "store" },
      { file: join(sourceRoot, "kernel.ts"), line: 5, column: 2, endColumn: 3, op: "add" },
    ]);
    const folder = process.cwd();
    process.chdir(sourceRoot);
    try {
      expect(siteLocation(bundle, 0).file).toBe("kernel.ts");
    } finally {
      process.chdir(folder);
    }
  });

  it("gives an inspector the .ts files, so that breakpoints bind", async () => {
    const bundle = await compileFiles({ "kernel.ts": kernelSource("tl.rank();\ntl.print(1);") });
    const session = new Session();
    session.connect();
    const scripts: Debugger.ScriptParsedEventDataType[] = [];
    session.on("Debugger.scriptParsed", ({ params }) => scripts.push(params));
    session.post("Debugger.enable");
    loadBundle(bundle, recorder().ops);
    session.disconnect();
    const script = scripts.filter(({ url }) => url.startsWith("linqu:kernel-")).pop()!;
    const map = JSON.parse(
      Buffer.from(script.sourceMapURL!.split("base64,")[1]!, "base64").toString("utf8"),
    ) as { sources: string[] };
    expect(map.sources).toContain(pathToFileURL(join(bundle.sourceRoot, "kernel.ts")).href);
  });
});
