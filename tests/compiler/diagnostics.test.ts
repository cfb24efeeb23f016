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
    ["LQ1101 a promise", "new Promise(() => n);", "", [`LQ1101 ${BODY}:5-12`]],
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
    ["LQ1301 a comparison", "const m = -tl.load(x, [1]) > 0; if (m) n = 1;", "", [`LQ1301 ${BODY}:37-38`]],
    [
      "LQ1301 masks combined",
      "const t = tl.load(x, [1]); while (t > 0 && !(t < n)) n++; t === t && n++; switch (t) { default: }",
      "",
      [`LQ1301 ${BODY}:35-40`, `LQ1301 ${BODY}:46-51`, `LQ1301 ${BODY}:59-66`, `LQ1301 ${BODY}:83-84`],
    ],
    [
      "LQ1304 a method of what may be absent",
      "const f = (t?: Tile) => t?.sum(0); tl.print(f());",
      "",
      [`LQ1304 ${BODY}:25-31`],
    ],
    [
      "LQ1304 a tile as a number, and a number as a tile",
      'const t = tl.load(x, [n]); tl.print(tl.zeros([n, t], "f32"), tl.full([1], t * 2, "f32"), tl.cdiv(t, 2));\n' +
        'tl.send("E", 5); tl.print(t.reshape(t), t.reshape([n, 1]), tl.arange(0, n), tl.item(t.sum()));',
      "",
      [
        `LQ1304 ${BODY}:50-51`,
        `LQ1304 ${BODY}:75-80`,
        `LQ1304 ${BODY}:98-99`,
        `LQ1304 ${BODY + 1}:14-15`,
        `LQ1304 ${BODY + 1}:37-38`,
      ],
    ],
    [
      "LQ1301 an assertion about a tile",
      'const t = tl.load(x, [n]); tl.assert(t > 0, "positive"); tl.assert(tl.item(t) > 0, "first");',
      "",
      [`LQ1301 ${BODY}:38-43`],
    ],
    [
      "LQ1304 pointers compared",
      "tl.print(x < y, x === y, x & 1);",
      "",
      [`LQ1304 ${BODY}:10-15`, `LQ1304 ${BODY}:17-24`, `LQ1304 ${BODY}:26-31`],
    ],
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

  it("does not take what args and expect are given for a helper that happens to be in a list", async () => {
    const source = `${IMPORTS}const leaky = (s: number) => (t: Tile): Tile => tl.where(t > 0, t, s * t);
const table: Record<string, (t: Tile) => Tile> = { leaky: leaky(0.1), plain: (t) => t };
export const k = defineKernel(
  {
    name: "k",
    args: () => [input("x", "f32", [4]), output("y", "f32", [4]), "leaky"],
    expect: ({ input: given }) => ({ y: given("x").map((v) => [Math.abs].map((f) => f(v))[0]) }),
  },
  (x: Ptr, y: Ptr, name: string) => tl.store(y, table[name](tl.load(x, [4]))),
);`;
    expect(await errorsOf({ "kernel.ts": source })).toEqual([]);
  });

  it("accepts tests of handles that may be absent", async () => {
    expect(
      await codes("const f = (t?: Tile) => { if (t !== undefined) tl.store(x, t); if (t) n = 1; }; f();"),
    ).toEqual([]);
  });
});

describe("module state (LQ1201)", () => {
  /** Things at module level, all on line 2 of a kernel's source. */
  const STATE =
    "let count = 0; var total = 0; const list: number[] = [1]; const state = { n: 0, opt: 0 as number | undefined, rows: [[1]] }; " +
    "const map = new Map<number, number[]>(); const set = new Set<number>(); const bytes = new Uint8Array(4);";
  const HINT = "keep it in a local variable, or pass it as an argument";

  it.each([
    ["=", "count = n;", "1-6"],
    ["+=", "count += n;", "1-6"],
    ["??=", "state.opt ??= n;", "1-10"],
    ["++", "count++;", "1-6"],
    ["--", "--total;", "3-8"],
    ["a property", "state.n = n;", "1-8"],
    ["a property by its name", 'state["n"] += n;', "1-11"],
    ["an element", "list[0] = n;", "1-8"],
    ["an element of a typed array", "bytes[n]++;", "1-9"],
    ["a nested element", "state.rows[0]![0] = n;", "1-18"],
    ["parentheses and assertions", "(state as { n: number }).n = n;", "1-27"],
    ["delete", "delete state.opt;", "8-17"],
    ["a list taken apart", "[n, count] = [1, 2];", "5-10"],
    ["a list's rest", "[n, ...state.rows[0]] = [1, 2];", "8-21"],
    ["a default value", "[count = 3] = [];", "2-7"],
    ["an object taken apart", "({ count } = { count: 1 });", "4-9"],
    ["an object's property", "({ a: state.n } = { a: 1 });", "7-14"],
    ["a loop's variable", "for (count of [1]) n = 1;", "6-11"],
    ["push", "list.push(n);", "1-10"],
    ["pop", "list.pop();", "1-9"],
    ["shift", "list.shift();", "1-11"],
    ["unshift", "list.unshift(n);", "1-13"],
    ["splice", "list.splice(0, 1);", "1-12"],
    ["sort", "list.sort((a, b) => a - b);", "1-10"],
    ["reverse", "list.reverse();", "1-13"],
    ["fill", "list.fill(n);", "1-10"],
    ["fill of a typed array", "bytes.fill(n);", "1-11"],
    ["set of a typed array", "bytes.set([1]);", "1-10"],
    ["set of a map", "map.set(n, []);", "1-8"],
    ["delete of a map", "map.delete(n);", "1-11"],
    ["add", "set.add(n);", "1-8"],
    ["a method of a part", "state.rows[0]?.push(n);", "1-20"],
    ["a list in a map", "map.get(n)!.push(n);", "1-17"],
    ["Object.assign", "Object.assign(state, { n });", "15-20"],
    ["another name", "const row = state.rows[0]!; row[0] = n;", "29-35"],
    ["a part as another name", "const { rows } = state; rows.push([]);", "25-34"],
    ["a loop over it", "for (const row of state.rows) row.pop();", "31-38"],
    ["a closure", "const f = () => { count = n; }; f();", "19-24"],
  ])("refuses %s", async (_what, body, columns) => {
    expect(await codes(`${body} tl.print(n);`, STATE)).toEqual([`LQ1201 ${BODY}:${columns}`]);
  });

  it("shows the write, the declaration and the way out", async () => {
    const [error, ...rest] = await errorsOf({
      "kernel.ts": kernelSource("tl.print(n);\n  list.push(n);", STATE),
    });
    expect(rest).toEqual([]);
    expect(place(error!)).toBe(`LQ1201 ${BODY + 1}:3-12`);
    expect(error!.severity).toBe("error");
    expect(error!.message).toContain("`list`");
    expect(error!.hint).toBe(HINT);
    expect(error!.related.map(({ at: { line, column, endColumn } }) => [line, column, endColumn])).toEqual([
      [2, 37, 41],
    ]);
  });

  it.each([
    ["a helper", "next();", "let at = 0; const next = () => at++;", "2:32-34"],
    ["a helper's helper", "a();", "let at = 0; function a() { b(); } function b() { at = 1; }", "2:50-52"],
    ["a callback", "[1].forEach(keep);", "let at = 0; const keep = (v: number) => { at = v; };", "2:43-45"],
    ["a method's this", "o.up();", "const o = { at: 0, up() { this.at++; } };", "2:27-34"],
    ["a static member", "new A().up();", "class A { static at = 0; up() { A.at++; } }", "2:33-37"],
    ["a static method", "A.up();", "class A { static at = 0; static up() { this.at++; } }", "2:40-47"],
    ["a constructor", "new A();", "let at = 0; class A { constructor() { at++; } }", "2:39-41"],
  ])("refuses a write in %s", async (_what, body, before, at) => {
    expect(await codes(`${body} tl.print(n);`, before)).toEqual([`LQ1201 ${at}`]);
  });

  it("refuses it in orchestrations and in plain functions", async () => {
    const source = `${IMPORTS}import { defineOrchestration } from "linqu/dsl";
let count = 0;
export const k = (x: Ptr) => { count++; tl.store(x, tl.load(x, [1])); };
export const o = defineOrchestration({ level: "HOST" }, () => { count = 1; rt.waitAll(); });
`;
    expect((await errorsOf({ "kernel.ts": source })).map(place)).toEqual([
      "LQ1201 4:32-37",
      "LQ1201 5:65-70",
    ]);
  });

  it("sees through imports", async () => {
    const source = kernelSource(
      "list.push(n); other.list.pop(); bump(); tl.print(n);",
      'import { list, bump } from "./state.js"; import * as other from "./state.js";',
    );
    const errors = await errorsOf({
      "kernel.ts": source,
      "state.ts": "export const list = [1];\nlet count = 0;\nexport function bump() {\n  count++;\n}\n",
    });
    expect(errors.map((error) => `${error.at!.file.split("/").pop()} ${place(error)}`)).toEqual([
      `kernel.ts LQ1201 ${BODY}:1-10`,
      `kernel.ts LQ1201 ${BODY}:15-29`,
      "state.ts LQ1201 4:3-8",
    ]);
  });

  it.each([
    ["reading", "n = count + list[0]! + state.n + map.size + list.slice(1).length;"],
    ["locals", "let i = 0; i++; const own = [1]; own.push(i); own[0] = 2; const m = new Map(); m.set(1, 2);"],
    ["parameters", "n++; const put = (to: number[]) => { to.push(n); }; put([]);"],
    [
      "locals of the same name",
      "let count = 1; count++; const list = [1]; list.push(2); { const state = { n: 1 }; state.n = 2; }",
    ],
    [
      "parameters of the same name",
      "const f = (count: number, list: number[]) => { count++; list.pop(); }; f(1, []);",
    ],
    [
      "copies",
      "const own = list.slice(); own.push(1); const { ...all } = state; all.n = 1; const c = [...list]; c.pop();",
    ],
    ["a value read from it", "let v = state.n; v += 1; let { n: w } = state; w = 2; tl.print(v, w);"],
    ["a variable that stands for several lists", "let l = list; l = []; l.push(1);"],
    ["objects of classes", "class A { at = 0; up() { this.at++; } } new A().up();"],
    [
      "fields of the same name",
      "const o = { count: 0, list: [1] }; o.count++; o.list.push(1); ({ a: o.count } = { a: 1 });",
    ],
  ])("accepts %s", async (_what, body) => {
    expect(await codes(`${body} tl.print(n);`, STATE)).toEqual([]);
  });

  it("accepts own methods named like those of lists", async () => {
    const before = "const log = { add(v: number) { return v; } };";
    expect(await codes("tl.print(log.add(n));", before)).toEqual([]);
  });

  it("accepts module-level code and host code", async () => {
    const source = `${IMPORTS}const table: number[] = [];
for (let i = 0; i < 4; i++) table.push(i * i);
let seen = 0;
const golden = new Map<number, number[]>();
function note(bytes: number) { seen++; golden.set(bytes, [bytes]); return bytes; }
const first = (() => { table[0] = 1; return table[0]; })();
export const k = defineKernel({
  name: "k",
  worlds: () => { seen = 1; return true; },
  args: ({ bytes }) => { table.push(1); return [note(bytes)]; },
  expect: () => { golden.delete(1); return {}; },
}, (n: number) => { tl.print(n, first, table[1]); });
`;
    expect((await errorsOf({ "kernel.ts": source })).map(place)).toEqual([]);
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

describe("what is written otherwise in Triton", () => {
  it.each([
    ["tl.load(x + tl.arange(0, 8), tl.arange(0, 8) < n);", "a mask goes by name: { mask: offsets < n }"],
    ["tl.store(x, tl.load(y, [1]), tl.arange(0, 8) < n);", "a mask goes by name: { mask: offsets < n }"],
    ["tl.load(x, n);", "a shape is a list: [n]"],
    ['tl.recv("W", 64, "f32");', "a shape is a list: [n]"],
  ])("explains %s once", async (body, hint) => {
    const errors = await errorsOf({ "kernel.ts": kernelSource(body) });
    expect(errors.map((error) => [error.code, error.hint])).toEqual([["LQ1002", hint]]);
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

  it("says which bundles a folder holds, and that a bundle is no source", async () => {
    const folder = folderOf({ "a-1/manifest.json": "{}", "b-2/manifest.json": "{}", "c/other.json": "{}" });
    expect((await refused(folder)).hint).toBe("it holds bundles, of which linqu check takes one: a-1, b-2");
    expect((await refused(join(folder, "a-1"))).hint).toMatch(/^linqu check takes a bundle/);
  });

  it.each([
    ["nothing", ""],
    ["no kernel", "export const a = 1;\nexport function f(n: number) { return n; }\n"],
    ["a kernel that it does not export", kernelSource("tl.print(1);").replace("export ", "")],
  ])("says what to export from a file with %s", async (_what, source) => {
    const { code, detail } = await refused(join(folderOf({ "kernel.ts": source }), "kernel.ts"));
    expect(code).toBe("LQ1003");
    const { manifest } = await compileFiles({ "kernel.ts": detail.join("\n") });
    expect(manifest.kernels.map(({ name, defined }) => ({ name, defined }))).toEqual([
      { name: "copy", defined: true },
    ]);
  });
});
