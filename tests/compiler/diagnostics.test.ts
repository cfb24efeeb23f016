import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { IMPORTS, compileFiles, errorsOf, folderOf, kernelSource, place } from "./workbench.js";

/** The body of the kernel starts on this line of `kernelSource`. */
const BODY = 4;

async function codes(body: string, before = ""): Promise<string[]> {
  return (await errorsOf({ "kernel.ts": kernelSource(body, before) })).map(place);
}

describe("rules of kernels", () => {
  it.each([
    ["LQ1101", "", "async function f() {}", ["LQ1101 2:1-6"]],
    ["LQ1101 await", "await 3;", "", [`LQ1101 ${BODY}:1-8`]],
    ["LQ1102", "", "function* f() { yield 1; }", ["LQ1102 2:9-10"]],
    [
      "LQ1104 a callback of an array",
      "[1].forEach((i) => tl.store(x + i, y));",
      "",
      [`LQ1104 ${BODY}:13-38`],
    ],
    [
      "LQ1104 an operation as a value",
      "[1].forEach(tl.rank as never); use(tl.load);",
      "function use(f: unknown) { return f; }",
      [`LQ1104 ${BODY}:36-43`],
    ],
    [
      "LQ1104 a function that cannot be seen",
      "inner.body(x);",
      'const inner = defineKernel({ name: "inner", args: () => [] as never }, (p: Ptr) => tl.store(p, p));',
      [`LQ1104 ${BODY}:1-11`],
    ],
    ["LQ1105", "try { tl.store(x, y); } catch { n = 1; }", "", [`LQ1105 ${BODY}:7-15`]],
    [
      "LQ1105 through a helper",
      "try { put(x); } finally { n = 1; }",
      "const put = (p: Ptr) => tl.store(p, p);",
      [`LQ1105 ${BODY}:7-10`],
    ],
    ["LQ1106 a default value", "const f = (t = tl.load(x, [1])) => t; f();", "", [`LQ1106 ${BODY}:16-23`]],
    ["LQ1106 a constructor", "", "class A { constructor(p: Ptr) { tl.store(p, p); } }", ["LQ1106 2:33-41"]],
    ["LQ1106 an accessor", "", "class A { get t() { return tl.load(0, [1]); } }", ["LQ1106 2:28-35"]],
    ["LQ1106 a field", "", "class A { t = tl.load(0, [1]); }", ["LQ1106 2:15-22"]],
    ["LQ1107 at module level", "", "const t = tl.load(0, [1]);", ["LQ1107 2:11-18"]],
    ["LQ1107 a helper at module level", "", "const f = () => tl.load(0, [1]); f();", ["LQ1107 2:34-35"]],
    ["LQ1107 the other namespace", "rt.waitAll();", "", [`LQ1107 ${BODY}:1-11`]],
    [
      "LQ1108",
      "const o = { a() { const f = () => { tl.store(x, y); return this; }; return f(); } }; o.a();",
      "",
      [`LQ1108 ${BODY}:60-64`],
    ],
    ["LQ1202 time", "const t = Date.now();", "", [`LQ1202 ${BODY}:11-15`]],
    ["LQ1202 randomness", "const t = Math.random();", "", [`LQ1202 ${BODY}:16-22`]],
    ["LQ1202 environment", "if (process.env) n = 1;", "", [`LQ1202 ${BODY}:5-12`]],
    ["LQ1301 if", "const t = tl.load(x, [1]) * 2; if (t) n = 1;", "", [`LQ1301 ${BODY}:36-37`]],
    ["LQ1301 while", "while (tl.load(x, [1])) n = 1;", "", [`LQ1301 ${BODY}:8-23`]],
    ["LQ1301 a conditional", "n = x ? 1 : 2;", "", [`LQ1301 ${BODY}:5-6`]],
    [
      "LQ1301 not, and, or",
      "const t = [!x, x && n, n || y, x || n];",
      "",
      [`LQ1301 ${BODY}:13-14`, `LQ1301 ${BODY}:16-17`, `LQ1301 ${BODY}:32-33`],
    ],
    ["LQ1301 a comparison", "const b = -tl.load(x, [1]) > 0;", "", [`LQ1301 ${BODY}:11-31`]],
    [
      "LQ1301 through a helper",
      "if (twice(tl.load(x, [1]))) n = 1;",
      "const twice = (t: Tile) => t + t;",
      [`LQ1301 ${BODY}:5-27`],
    ],
    ["LQ1302", "const m = Math.max(1, x + 1);", "", [`LQ1302 ${BODY}:23-28`]],
    ["LQ1303", "tl.print(`${x}`, 'x' + y);", "", [`LQ1303 ${BODY}:13-14`, `LQ1303 ${BODY}:24-25`]],
    [
      "LQ1304",
      "x++; --y; n = x % 2; n = [1][y];",
      "",
      [`LQ1304 ${BODY}:1-4`, `LQ1304 ${BODY}:6-9`, `LQ1304 ${BODY}:15-20`, `LQ1304 ${BODY}:30-31`],
    ],
  ])("%s", async (_what, body, before, expected) => {
    expect(await codes(body, before)).toEqual(expected);
  });

  it("refuses operations in args, also through a helper, but not arithmetic", async () => {
    const source = `${IMPORTS}const me = () => tl.rank();
export const k = defineKernel({ name: "k", args: ({ bytes }) => [tl.cdiv(bytes, me())] }, (n: number) => { tl.print(n); });`;
    const [error, ...rest] = await errorsOf({ "kernel.ts": source });
    expect(rest).toEqual([]);
    expect(place(error!)).toBe("LQ1107 2:18-25");
    expect(error!.message).toContain("`args` runs before the launch");
  });

  it("accepts tests of handles that may be absent", async () => {
    expect(
      await codes("const f = (t?: Tile) => { if (t !== undefined) tl.store(x, t); if (t) n = 1; }; f();"),
    ).toEqual([]);
  });
});

describe("errors of the language", () => {
  it("shows all syntax errors and the type errors of other files, entry first", async () => {
    const errors = await errorsOf({
      "kernel.ts": `import { a } from "./other.js";\nconst x = ;\nlet b = a +;\n`,
      "other.ts": `export const a: number = "text";\nexport const c = missing;\n`,
    });
    expect(errors.map((error) => `${error.at!.file.split("/").pop()} ${place(error)}`)).toEqual([
      "kernel.ts LQ1001 2:11-12",
      "kernel.ts LQ1001 3:12-13",
      "other.ts LQ1002 1:14-15",
      "other.ts LQ1002 2:18-25",
    ]);
  });

  it.each([
    ["tabs", "\t\tmissing;", 3],
    ["an emoji", "const s = '😀'; missing;", 17],
    ["a combining sequence", "/* é 👩‍👩‍👧 */ missing;", 18],
    ["Cyrillic", "const имя = 1; missing;", 16],
  ])("counts columns in UTF-16 units after %s", async (_what, body, column) => {
    expect(await codes(body)).toEqual([`LQ1002 ${BODY}:${column}-${column + 7}`]);
  });

  it("counts lines and columns behind a byte-order mark and CRLF", async () => {
    const text = "missing;\r\nconst t = 1;\r\n\r\nlost;\r\n";
    const errors = await errorsOf({ "kernel.ts": `\u{feff}${text}` });
    expect(errors.map(place)).toEqual(["LQ1002 1:1-8", "LQ1002 4:1-5"]);
    const { manifest } = await compileFiles({
      "kernel.ts": `\u{feff}${kernelSource("tl.print(1);")}`.replaceAll("\n", "\r\n"),
    });
    expect(manifest.sites).toEqual([[0, BODY, 1, 9, "print"]]);
  });

  it("ends a range over several lines with its first line", async () => {
    expect(await codes("const t: string = Math.max(\n  1,\n);\nfoo(\n);")).toEqual([
      `LQ1002 ${BODY}:7-8`,
      `LQ1002 ${BODY + 3}:1-4`,
    ]);
    expect(await codes("if (tl.load(\n x, [1])) n = 1;")).toEqual([`LQ1301 ${BODY}:5-13`]);
  });

  it("suggests the nearest operation, import and file", async () => {
    const hints = await errorsOf({
      "kernel.ts": `import { tl } from "linqu/dsl";\nimport { a } from "./helpes.js";\nimport fs from "node:fs";\nimport { b } from "linqu/dls";\nexport const k = (n: number) => { tl.laod(n); rt.waitAll(); console.log(n); };\n`,
      "helpers.ts": "export const a = 1;\n",
    });
    expect(hints.map((error) => `${place(error)} ${error.hint}`)).toEqual([
      'LQ1002 2:19-32 did you mean "./helpers.js"?',
      'LQ1203 3:16-25 import from "linqu/dsl" or from .ts files by a relative path',
      'LQ1203 4:19-30 did you mean "linqu/dsl"?',
      'LQ1002 5:38-42 did you mean "load"?',
      'LQ1002 5:47-49 import { rt } from "linqu/dsl"',
      "LQ1002 5:61-68 tl.print(…) shows scalars, text and tiles, grouped over ranks that print the same",
    ]);
  });

  it("lifts a code out of a type that carries one", async () => {
    const before = `type Fits<A, B> = [A] extends [B] ? unknown : { readonly "LQ2002 add: shapes do not broadcast": true };`;
    const [error] = await errorsOf({ "kernel.ts": kernelSource('const fits: Fits<1, "x"> = 1;', before) });
    expect(place(error!)).toBe("LQ2002 4:7-11");
    expect(error!.message).toBe("add: shapes do not broadcast");
  });
});

describe("files that are no kernels", () => {
  async function refused(file: string) {
    const error = (await compileKernel(file, { cache: false }).catch(
      (cause: unknown) => cause,
    )) as LinquError;
    expect(error).toBeInstanceOf(LinquError);
    expect(error.exitCode).toBe(3);
    return error.diagnostics[0]!;
  }

  it("names the nearest file when one is missing", async () => {
    const folder = folderOf({ "allreduce.ts": "", "notes.txt": "" }, "с пробелом");
    const { code, message, hint } = await refused(join(folder, "allredcue.ts"));
    expect(code).toBe("LQ9001");
    expect(message).toBe(`cannot read ${join(folder, "allredcue.ts")}: no such file`);
    expect(hint).toBe(`did you mean "${join(folder, "allreduce.ts")}"?`);
  });

  it("refuses folders and other file types", async () => {
    const folder = folderOf({ "a.ts": "", "b.ts": "", "c.py": "" });
    mkdirSync(join(folder, "empty"));
    expect((await refused(folder)).hint).toBe("name a file in it: a.ts, b.ts");
    expect((await refused(join(folder, "empty"))).message).toMatch(/it is a folder$/);
    expect((await refused(join(folder, "c.py"))).code).toBe("LQ9001");
  });

  it.each([
    ["nothing", ""],
    ["no kernel", "export const a = 1;\nexport function f(n: number) { return n; }\n"],
    ["a kernel that it does not export", kernelSource("tl.print(1);").replace("export ", "")],
  ])("says what to export from a file with %s", async (_what, source) => {
    const { code, hint } = await refused(join(folderOf({ "kernel.ts": source }), "kernel.ts"));
    expect(code).toBe("LQ1003");
    const example = hint!.slice(hint!.indexOf("import"));
    const { manifest } = await compileFiles({ "kernel.ts": example });
    expect(manifest.kernels.map(({ name, defined }) => ({ name, defined }))).toEqual([
      { name: "copy", defined: true },
    ]);
  });
});
