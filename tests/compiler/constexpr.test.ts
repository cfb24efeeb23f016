import { describe, expect, it } from "vitest";
import { compileFiles, errorsOf, execute, folderOf, kernelSource, place } from "./workbench.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { join } from "node:path";

const IMPORT = 'import { constexpr } from "linqu/dsl";\n';
const DECLARED =
  'export const { BLOCK, CAUSAL, MODE } = constexpr({ BLOCK: 128, CAUSAL: true, MODE: "sum" });';
/** `k` prints what it was compiled for; `DECLARED` is on line 3. */
const SOURCE = kernelSource(
  `const half = BLOCK / 2;
if (CAUSAL) tl.store(y, half); else tl.send("E", tl.load(x, [BLOCK]));
tl.print(BLOCK.toFixed(0), CAUSAL ? 1 : tl.rank(), MODE, { BLOCK }, MODE === "sum" && tl.worldSize(), half);`,
  IMPORT + DECLARED,
);

describe("constexpr", () => {
  it("takes the defaults", async () => {
    const bundle = await compileFiles({ "kernel.ts": SOURCE });
    expect(bundle.manifest.constexpr).toEqual({ BLOCK: 128, CAUSAL: true, MODE: "sum" });
    expect(execute(bundle).printed).toEqual(["128", 1, "sum", { BLOCK: 128 }, 4, 64]);
  });

  it("writes chosen values into the code, without the branches that they rule out", async () => {
    const values = { BLOCK: -64, CAUSAL: false, MODE: "max" };
    const bundle = await compileFiles({ "kernel.ts": SOURCE }, "kernel.ts", values);
    const { printed, calls } = execute(bundle);
    expect(bundle.manifest.constexpr).toEqual(values);
    expect(printed).toEqual(["-64", 3, "max", { BLOCK: -64 }, false, -32]);
    expect(calls).toEqual(["load(#10, [-64])", 'send("E", #10)', "rank()"]);
    expect(bundle.manifest.kernels[0]!.ops).toEqual(["rank", "load", "send", "print"]);
    expect(bundle.manifest.kernels[0]!.queues).toEqual(["world:E"]);
    const plain = await compileFiles({ "kernel.ts": SOURCE });
    expect(plain.manifest.kernels[0]!.queues).toEqual([]);
    expect(plain.code).not.toContain("$.send");
    expect(plain.manifest.hash).not.toBe(bundle.manifest.hash);
  });

  it("reads parameters from other files, by name, through an object and through constants", async () => {
    const config = `${IMPORT}export const { ROWS: rows } = constexpr({ ROWS: 2 });
const sizes = constexpr({ "COLUMNS": 4, WIDE: false });\nexport { sizes as default };\n`;
    const before =
      'import sizes, { rows as count } from "./config.js"; import * as config from "./config.js";\n' +
      "const big = sizes.COLUMNS * count > 100;";
    const body = `const local = big ? 1 : 2; if (big || sizes.WIDE) tl.send("W", x);
tl.print(count, config.rows, sizes.COLUMNS, local); { const count = 7; tl.print(count); }`;
    const files = { "kernel.ts": kernelSource(body, before), "config.ts": config };
    const small = await compileFiles(files);
    expect(execute(small).printed).toEqual([2, 2, 4, 2, 7]);
    expect(small.manifest.kernels[0]!.queues).toEqual([]);
    const large = await compileFiles(files, "kernel.ts", { COLUMNS: 60 });
    expect(execute(large).printed).toEqual([2, 2, 60, 1, 7]);
    expect(large.manifest.kernels[0]!.queues).toEqual(["world:W"]);
    expect(large.manifest.constexpr).toEqual({ ROWS: 2, COLUMNS: 60, WIDE: false });
  });

  it("lets defaults be computed, also from parameters before them", async () => {
    const before = `${IMPORT}const KIB = 1024;\nconst { A } = constexpr({ A: 2 * KIB });\nconst { B } = constexpr({ B: A / 4 });`;
    const files = { "kernel.ts": kernelSource("tl.print(A, B);", before) };
    expect(execute(await compileFiles(files)).printed).toEqual([2048, 512]);
    expect(execute(await compileFiles(files, "kernel.ts", { A: 4 })).printed).toEqual([4, 1]);
  });

  it("keeps a branch whose variables the rest of the function sees", async () => {
    const body = "if (CAUSAL) { n = 1; } else { var later = 2; } later = n; tl.print(later);";
    const files = { "kernel.ts": kernelSource(body, IMPORT + DECLARED) };
    expect(execute(await compileFiles(files)).printed).toEqual([1]);
  });

  it("keeps compiled kernels apart by their values", async () => {
    process.env["XDG_CACHE_HOME"] = folderOf({});
    const file = join(folderOf({ "kernel.ts": SOURCE }), "kernel.ts");
    const one = await compileKernel(file, { constexpr: { BLOCK: 1 } });
    const two = await compileKernel(file, { constexpr: { BLOCK: 2 } });
    const again = await compileKernel(file, { constexpr: { BLOCK: 1 } });
    delete process.env["XDG_CACHE_HOME"];
    expect([one.cached, two.cached, again.cached]).toEqual([false, false, true]);
    expect(again.manifest).toEqual(one.manifest);
    expect(two.manifest.hash).not.toBe(one.manifest.hash);
  });

  it("refuses unknown names, other types and other forms", async () => {
    const refused = async (values: Record<string, number | boolean | string>) =>
      (await errorsOf({ "kernel.ts": SOURCE }, "kernel.ts", values)).map(
        (error) => `${place(error)} ${error.hint}`,
      );
    expect(await refused({ BLOK: 1 })).toEqual(['LQ1007 did you mean "BLOCK"?']);
    expect(await refused({ BLOCK: true, MODE: 3 })).toEqual([
      "LQ1009 3:52-62 null",
      `LQ1009 3:78-89 write MODE='"3"'`,
    ]);
    const [unknown] = await errorsOf({ "kernel.ts": kernelSource("tl.print(n);") }, "kernel.ts", { A: 1 });
    expect(unknown!.hint).toMatch(/^the kernel declares none/);
    const forms = `${IMPORT}let { A } = constexpr({ A: 1 });
export const { B } = constexpr({ B: Math.PI }), { C } = constexpr({ C: 1 });
export const { D } = constexpr({ C: 2, D: 1 });`;
    const body = "const { E } = constexpr({ E: 1 }); tl.print(A, B, C, D, E);";
    expect((await errorsOf({ "kernel.ts": kernelSource(body, forms) })).map(place)).toEqual([
      "LQ1010 3:13-22",
      "LQ1010 4:34-44",
      "LQ1010 5:34-38",
      "LQ1010 7:15-24",
    ]);
  });
});
