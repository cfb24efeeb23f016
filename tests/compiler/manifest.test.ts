import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LinquError } from "../../src/base/diagnostics.js";
import type { Bundle } from "../../src/compiler/bundle.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { selectKernel } from "../../src/compiler/select.js";
import { writeBundle } from "../../src/compiler/write.js";
import { IMPORTS, compileFiles, folderOf, kernelSource } from "./workbench.js";

async function queuesOf(body: string, before = ""): Promise<string[]> {
  return (await compileFiles({ "kernel.ts": kernelSource(body, before) })).manifest.kernels[0]!.queues;
}

describe("the manifest", () => {
  it.each([
    ["no axis", "tl.send('E', x);", "", ["world:E"]],
    ["a literal", "tl.recv('W', [1], 'f32', { axis: 'cube' });", "", ["cube:E"]],
    [
      "a receive straight into a tile, named once more",
      "tl.wait(tl.recvInto('W', tl.zeros([1], 'f32')));",
      "",
      ["world:E", "into world:E"],
    ],
    ["two calls", "tl.send('E', x, { axis: 'sip' }); tl.send('E', x, {});", "", ["world:E", "sip:E"]],
    [
      "a union of literals",
      "const axis = n > 1 ? 'pe' : 'host'; tl.send('E', x, { axis });",
      "",
      ["pe:E", "host:E"],
    ],
    [
      "a parameter of a union",
      "go('pod');",
      "function go(axis: 'pod' | 'pe') { tl.send('E', tl.zeros([1], 'f32'), { axis }); }",
      ["pe:E", "pod:E"],
    ],
    [
      "any axis",
      "go('pod');",
      "function go(axis: Axis) { tl.send('E', tl.zeros([1], 'f32'), { axis }); }",
      ["pe:E", "cube:E", "sip:E", "host:E", "pod:E", "supernode:E"],
    ],
    [
      "an optional axis",
      "go();",
      "function go(axis?: 'pe') { tl.send('E', tl.zeros([1], 'f32'), { axis }); }",
      ["world:E", "pe:E"],
    ],
    [
      "options from elsewhere",
      "go({ axis: 'sip' });",
      "function go(o?: { axis?: Axis }) { tl.send('E', tl.zeros([1], 'f32'), o); }",
      ["world:E", "pe:E", "cube:E", "sip:E", "host:E", "pod:E", "supernode:E"],
    ],
    [
      "a narrowed axis",
      "go('pe');",
      "function go(axis: Axis) { if (axis === 'sip') tl.send('E', tl.zeros([1], 'f32'), { axis }); }",
      ["sip:E"],
    ],
    ["a helper that no kernel uses", "tl.rank();", "export const idle = (axis: Axis) => axis;", []],
    [
      "both directions, one of them received",
      "tl.send('E', x); tl.recv('E', [1], 'f32');",
      "",
      ["world:E", "world:W"],
    ],
    [
      "any direction",
      "go('N');",
      "function go(d: Direction) { tl.send(d, tl.zeros([1], 'f32'), { axis: 'cube' }); }",
      ["cube:E", "cube:W", "cube:N", "cube:S"],
    ],
    ["a direction that is a number", "tl.send(n, x); tl.recv(1, [1], 'f32');", "", ["peer:*"]],
    [
      "a name or a number",
      "go(0);",
      "function go(d: 'N' | number) { tl.send(d, tl.zeros([1], 'f32'), { axis: 'cube' }); }",
      ["cube:N", "peer:*"],
    ],
    [
      "receives that are posted",
      "tl.wait(tl.recvAsync('W', [1], 'f32')); tl.wait(tl.recvInto('N', x, { axis: 'sip' }));",
      "",
      ["world:E", "sip:S", "into sip:S"],
    ],
  ])("lists queues for %s", async (_what, body, before, expected) => {
    expect(await queuesOf(body, before)).toEqual(expected);
  });

  it("lists queues by kernel, those of shared helpers with each that calls them", async () => {
    const source = `${IMPORTS}const pass = () => tl.send("E", tl.zeros([1], "f32"));
const defined = (body: () => void) => defineKernel({ name: "made", args: () => [] }, body);
export const a = defineKernel({ name: "a", args: () => [] }, () => { pass(); tl.recv("W", [1], "f32"); });
export const b = defineKernel({ name: "b", args: () => [] }, () => { pass(); tl.wait(tl.recvInto("W", tl.zeros([1], "f32"))); });
export const c = () => tl.send("N", tl.zeros([1], "f32"), { axis: "cube" });
export const d = defined(() => tl.rank());`;
    const { kernels } = (await compileFiles({ "kernel.ts": source })).manifest;
    expect(kernels.map(({ name, queues }) => [name, queues])).toEqual([
      ["a", ["world:E"]],
      ["b", ["world:E", "into world:E"]],
      ["c", ["cube:N"]],
      // Made by a function of the user's: it may be any kernel that is defined with `defineKernel`.
      ["d", ["world:E", "into world:E"]],
    ]);
  });

  it("describes kernels: names, parameters, reachable operations", async () => {
    const source = `${IMPORTS}interface Plan { n: number }
const deep = () => tl.worldSize();
const helper = (p: Ptr<"f16">) => { tl.store(p, tl.zeros([deep()], "f16")); };
const make = (dtype: "f32" | "f16") => defineKernel({ name: \`made-\${dtype}\`, args: () => [1] }, (rows: number) => { tl.full([rows], 1, dtype); });
function body(x: Ptr<"f16">, { n }: Plan, ...rest: number[]) { helper(x + n + rest.length); }
export const first = defineKernel({ name: "the-first", args: () => [] as never }, body);
export default make("f32");
export { second as renamed } from "./second.js";
export const other = 3;`;
    const second = `import { tl } from "linqu/dsl";\nexport function second(value: number) { tl.send("E", value); }`;
    const { manifest } = await compileFiles({ "kernel.ts": source, "second.ts": second });
    expect(manifest.kernels).toEqual([
      {
        export: "first",
        at: [0, 7, 22, 34],
        name: "the-first",
        defined: true,
        params: [
          { name: "x", type: 'Ptr<"f16">' },
          { name: "{ n }", type: "Plan" },
          { name: "rest", type: "number[]" },
        ],
        ops: ["worldSize", "store", "zeros"],
        queues: [],
      },
      {
        export: "default",
        at: [0, 8, 16, 20],
        name: "default",
        defined: true,
        params: [{ name: "rows", type: "number" }],
        ops: ["worldSize", "store", "zeros", "full"],
        queues: [],
      },
      {
        export: "renamed",
        at: [1, 2, 17, 23],
        name: "second",
        defined: false,
        params: [{ name: "value", type: "number" }],
        ops: ["send"],
        queues: ["world:E"],
      },
    ]);
    expect(manifest.sources.map(({ path }) => path)).toEqual(["kernel.ts", "second.ts", "linqu/dsl"]);
    expect(manifest.sources[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("identity", () => {
  const KERNEL = kernelSource(
    "/* one */ tl.store(y, scale(tl.load(x, [n]), 2)); // two",
    'import { scale } from "./lib/scale.js";',
  );
  const SCALE =
    'import type { Tile } from "linqu/dsl";\nexport const scale = (t: Tile, k: number) => t * k;\n';

  it("is the same, and so are all bytes, in any folder", async () => {
    const files = { "kernel.ts": KERNEL, "lib/scale.ts": SCALE };
    const bundles = await Promise.all(
      ["a", "длинное имя/с пробелом"].map((name) =>
        compileKernel(join(folderOf(files, name), "kernel.ts"), { cache: false }),
      ),
    );
    const written = bundles.map((bundle) => {
      const { path, files } = writeBundle(bundle, folderOf({}, "out"));
      expect(readdirSync(path).sort()).toEqual(["bundle.js", "bundle.js.map", "manifest.json"]);
      expect(path.split("/").pop()).toBe(`kernel-${bundle.manifest.hash.slice(7, 19)}`);
      expect(writeBundle(bundle, join(path, "..")).files).toEqual(files);
      return files.map((file) => readFileSync(file, "utf8"));
    });
    expect(written[1]).toEqual(written[0]);
    expect(written[0]!.join()).not.toMatch(/\/tmp|node_modules|file:/);
  });

  it("depends on code and signatures, not on comments, layout, paths or local names", async () => {
    const hash = async (kernel: string, scale = SCALE, path = "lib/scale.ts") =>
      (await compileFiles({ "kernel.ts": kernel, [path]: scale })).manifest.hash;
    const original = await hash(KERNEL);
    expect(await hash(KERNEL.replace("/* one */", "\n\n  // three\n"))).toBe(original);
    expect(await hash(KERNEL, SCALE.replaceAll(" t ", " tile ").replace("(t:", "(tile:"))).toBe(original);
    expect(await hash(KERNEL.replace("./lib/scale.js", "./math.js"), SCALE, "math.ts")).toBe(original);
    expect(await hash(KERNEL.replace(", 2)", ", 3)"))).not.toBe(original);
    expect(await hash(KERNEL, SCALE.replace("t * k", "t + k"))).not.toBe(original);
    expect(await hash(KERNEL.replace("x: Ptr", 'x: Ptr<"f32">'))).not.toBe(original);
    expect(await hash(KERNEL.replace('"k"', '"other"'))).not.toBe(original);
  });
});

describe("choosing a kernel", () => {
  const defined = (name: string) =>
    `export const ${name} = defineKernel({ name: "${name}-kernel", args: () => [] as never }, () => { tl.rank(); });\n`;
  const PLAIN = 'export function shift(t: Tile) { tl.send("E", t); }\n';

  function refusal(bundle: Bundle, name: string | null) {
    try {
      selectKernel(bundle, name);
    } catch (error) {
      return (error as LinquError).diagnostics[0]!;
    }
    throw new Error("nothing was refused");
  }

  it("takes the only one, the named one, or asks", async () => {
    const one = await compileFiles({ "kernel.ts": IMPORTS + defined("ring") + PLAIN });
    expect(selectKernel(one, null).export).toBe("ring");
    expect(selectKernel(one, "shift").defined).toBe(false);
    expect(selectKernel(one, "ring-kernel").export).toBe("ring");
    const two = await compileFiles({ "kernel.ts": IMPORTS + defined("ring") + defined("tree") });
    expect(refusal(two, null)).toMatchObject({
      code: "LQ1005",
      message: "kernel.ts exports 2 kernels: ring, tree",
    });
    expect(refusal(two, "tre")).toMatchObject({ code: "LQ1004", hint: 'did you mean "tree"?' });
    const none = await compileFiles({
      "kernel.ts":
        'import { defineOrchestration, rt } from "linqu/dsl";\nexport const o = defineOrchestration({ level: "HOST" }, () => rt.waitAll());',
    });
    expect(refusal(none, null).code).toBe("LQ1003");
  });
});
