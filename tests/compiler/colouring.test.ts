import { describe, expect, it } from "vitest";
import type { KernelDefinition } from "../../dsl/index.js";
import { loadBundle } from "../../src/compiler/load.js";
import { IMPORTS, compileFiles, drive, kernelSource, recorder, run } from "./workbench.js";

const LOAD_STORE = ["load(#10, [4])", "store(#20, #10)"];

describe("functions that wait", () => {
  it("waits at each suspending operation and hands its result on", async () => {
    const { calls, waits } = await run(kernelSource("tl.store(y, tl.load(x, [n]));"));
    expect(calls).toEqual(LOAD_STORE);
    expect(waits).toBe(2);
  });

  it("does not yield when an operation is done at once", async () => {
    const done = await run(kernelSource("tl.store(y, tl.load(x, [n]));"), undefined, {}, () => false);
    expect(done.calls).toEqual(LOAD_STORE);
    expect(done.waits).toBe(0);
  });

  it.each([
    [
      "a declaration",
      "function copy(p: Ptr, n: number) { return tl.load(p, [n]); }",
      "tl.store(y, copy(x, n));",
    ],
    [
      "an arrow with an expression",
      "const copy = (p: Ptr, n: number): Tile => tl.load(p, [n]);",
      "tl.store(y, copy(x, n));",
    ],
    [
      "an arrow with one bare parameter",
      "const of: (p: Ptr) => Tile = p => tl.load(p, [4]);",
      "tl.store(y, of(x));",
    ],
    [
      "an arrow over two lines",
      "const copy = (p: Ptr): Tile =>\n  // the first block\n  tl.load(p, [4]);",
      "tl.store(y, copy(x));",
    ],
    [
      "a generic arrow",
      "const copy = <T extends Ptr>(p: T): Tile => tl.load(p, [4]);",
      "tl.store(y, copy(x));",
    ],
    [
      "a function expression",
      "const copy = function named(p: Ptr) { return tl.load(p, [4]); };",
      "tl.store(y, copy(x));",
    ],
    ["a closure", "", "const copy = () => tl.load(x, [n]);\ntl.store(y, copy());"],
    ["a function called at once", "", "tl.store(y, (() => tl.load(x, [n]))());"],
    [
      "a method of an object",
      "const io = { copy(p: Ptr) { return tl.load(p, [4]); } };",
      "tl.store(y, io.copy(x));",
    ],
    [
      "a property of an object",
      "const io = { copy: (p: Ptr) => tl.load(p, [4]) };",
      "tl.store(y, io.copy(x));",
    ],
    [
      "a destructured function",
      "const io = { copy: (p: Ptr) => tl.load(p, [4]) };",
      "const { copy } = io;\ntl.store(y, copy(x));",
    ],
    [
      "a method of a class",
      "class Io { constructor(private n: number) {}\n copy(p: Ptr) { return tl.load(p, [this.n]); } }",
      "tl.store(y, new Io(4).copy(x));",
    ],
    [
      "a method through an interface",
      "interface Io { copy(p: Ptr): Tile }\nconst io: Io = { copy: (p) => tl.load(p, [4]) };",
      "tl.store(y, io.copy(x));",
    ],
    [
      "an inherited method",
      "class A { copy(p: Ptr): Tile { return tl.zeros([4], 'f32'); } }\nclass B extends A { override copy(p: Ptr): Tile { return tl.load(p, [4]); } }",
      "const a: A = new B();\ntl.store(y, a.copy(x));",
    ],
    [
      "a function from an array",
      "const stages = [(p: Ptr) => tl.load(p, [4])];",
      "for (const stage of stages) tl.store(y, stage(x));",
    ],
    [
      "a function chosen by a condition",
      "const a = (p: Ptr): Tile => tl.load(p, [4]);\nconst b = (p: Ptr): Tile => tl.zeros([1], 'f32');",
      "const f = n > 2 ? a : b;\ntl.store(y, f(x));",
    ],
    [
      "a function made by a function",
      "const make = (n: number) => (p: Ptr) => tl.load(p, [n]);",
      "tl.store(y, make(n)(x));",
    ],
    [
      "a callback",
      "function twice(f: () => Tile) { f; return f(); }",
      "tl.store(y, twice(() => tl.load(x, [n])));",
    ],
    [
      "a callback handed on",
      "const inner = (f: () => Tile) => f();\nconst outer = (f: () => Tile) => inner(f);",
      "tl.store(y, outer(() => tl.load(x, [n])));",
    ],
    [
      "an optional callback",
      "function call(f?: () => Tile) { return f?.() ?? tl.zeros([1], 'f32'); }",
      "tl.store(y, call(() => tl.load(x, [n])));",
    ],
    [
      "a default parameter that is a function",
      "const copy = (p: Ptr): Tile => tl.load(p, [4]);\nfunction call(p: Ptr, f = copy) { return f(p); }",
      "tl.store(y, call(x));",
    ],
    [
      "a function from a table of names",
      "const table: Record<string, (p: Ptr) => Tile> = { a: (p) => tl.load(p, [4]), b: (p) => tl.zeros([1], 'f32') };",
      "for (const name of ['a']) tl.store(y, table[name](x));",
    ],
    [
      "functions listed by Object.values",
      "const table = { a: (p: Ptr): Tile => tl.load(p, [4]) };",
      "for (const f of Object.values(table)) tl.store(y, f(x));",
    ],
    [
      "a method that is named as one of an array",
      "class Io { list: Tile[] = []; push(p: Ptr) { this.list.push(tl.load(p, [4])); return this.list; } }",
      "tl.store(y, new Io().push(x)[0]);",
    ],
  ])("follows %s", async (_what, before, body) => {
    const { calls, waits } = await run(kernelSource(body, before));
    expect(calls).toEqual(LOAD_STORE);
    expect(waits).toBe(2);
  });

  it("follows an absent optional callback", async () => {
    const before =
      "function call(f?: () => void) { f?.(); return 1; }\nfunction twice() { call(() => tl.store(1, 2)); return call(); }";
    const { calls, printed } = await run(kernelSource("tl.print(twice());", before));
    expect(calls).toEqual(["store(1, 2)"]);
    expect(printed).toEqual([1]);
  });

  it("follows helpers and default exports across files, and other names of the namespace", async () => {
    const helpers = `import { tl as ops, type Ptr } from "linqu/dsl";\nexport default function copy(p: Ptr) { return ops.load(p, [4]); }\n`;
    const more = `import * as dsl from "linqu/dsl";\nexport { default as copy } from "./lib/copy";\nexport const put = (p: dsl.Ptr, t: dsl.Tile) => dsl.tl.store(p, t);\n`;
    const source = `import * as io from "./more.js";\n${kernelSource("const { store } = tl;\nio.put(y, io.copy(x)); store(y, x);")}`;
    const { calls } = await run(source, undefined, { "lib/copy.ts": helpers, "more.ts": more });
    expect(calls).toEqual([...LOAD_STORE, "store(#20, #10)"]);
  });

  it("keeps the values of recursion apart", async () => {
    const before =
      "function sum(p: Ptr, k: number): Tile {\n if (k === 0) return tl.load(p, [1]);\n return sum(p + 1, k - 1) + sum(p + 2, k - 1); }";
    const { printed, waits } = await run(kernelSource("tl.print(sum(x, 2));", before));
    expect(printed).toEqual([{ value: 12 + 13 + 13 + 14 }]);
    expect(waits).toBe(4);
  });

  it("calls functions that do not wait as they are", async () => {
    const { bundle } = await run(kernelSource("tl.print(twice(n));", "const twice = (a: number) => a * 2;"));
    expect(bundle.code).toContain("var twice = (a) => a * 2;");
    expect(bundle.code).toContain("$.print(0, twice(n));");
  });

  it("makes the kernel a generator even if it never waits, and leaves host code alone", async () => {
    const source = `${IMPORTS}const count = (n: number) => { let c = 0; for (let i = 0; i < n; i++) c++; return c; };
export const k = defineKernel({ name: "k", worlds: (w) => w > 1, args: ({ bytes }) => [input("x", "f32", [count(bytes) - 1])] }, (x: Ptr) => { tl.rank(); });`;
    const bundle = await compileFiles({ "kernel.ts": source });
    const record = recorder();
    const { options, body } = loadBundle(bundle, record.ops)["k"] as KernelDefinition;
    expect(options.args({ bytes: 9 } as never)).toEqual([
      { kind: "tensor", name: "x", role: "input", dtype: "f32", shape: [8] },
    ]);
    expect(options.worlds!(1)).toBe(false);
    expect(record.ticks).toBe(0);
    drive(body() as never, record);
    expect(record.calls).toEqual(["rank()"]);
  });

  it("compiles orchestrations and plain exported functions", async () => {
    const source = `import { defineOrchestration, rt, tl } from "linqu/dsl";
export const fan = defineOrchestration({ level: "HOST" }, (task) => { const b = rt.alloc(task.inputBytesPerChild); for (let i = 0; i < rt.childCount(); i++) rt.submit({ to: i, reads: [b] }); rt.waitAll(); });
export function plain(n: number) { if (n > 0) tl.store(n, n); }`;
    const bundle = await compileFiles({ "kernel.ts": source });
    expect(bundle.manifest.orchestrations).toEqual([{ export: "fan", level: "HOST" }]);
    expect(bundle.manifest.kernels).toEqual([
      {
        export: "plain",
        at: [0, 3, 17, 22],
        name: "plain",
        defined: false,
        params: [{ name: "n", type: "number" }],
        ops: ["store"],
        queues: [],
      },
    ]);
    const log: unknown[] = [];
    const ops = {
      out: 7,
      tick: () => undefined,
      childCount: () => 2,
      alloc: (_site: number, bytes: number) => log.push(bytes) > 0,
      submit: (_site: number, options: unknown) => log.push(options) === 0,
      waitAll: () => false,
    };
    const fan = loadBundle(bundle, ops as never)["fan"] as { body(task: unknown): Generator };
    expect([...fan.body({ inputBytesPerChild: 64 })]).toHaveLength(3);
    expect(log).toEqual([64, { to: 0, reads: [7] }, { to: 1, reads: [7] }]);
  });
});

describe("loops and layout", () => {
  it("counts every step of every kind of loop, braces or not", async () => {
    const body = `for (let i = 0; i < 2; i++) tl.print(i);
for (const v of [5, 6]) { if (v === 5) continue; tl.print(v) }
let w = 0; while (w < 3) w++
do w--; while (w > 1)
outer: for (;;) { for (;;) break outer }
for (let i = 0; i < 2; i++);`;
    const { ticks, printed } = await run(kernelSource(body));
    expect(printed).toEqual([0, 1, 6]);
    expect(ticks).toBe(2 + 2 + 3 + 2 + 2 + 2);
  });

  it("keeps statements without semicolons apart", async () => {
    const body = `const a = n
tl.store(y, a)
const b = tl.load(x, [n])
helper(x).value
let c = n
tl.load(x, [c]) + b
tl.print(b)
if (n) tl.print(1)
else helper(y)`;
    const before = "function helper(p: Ptr) { return { value: tl.load(p, [1]) }; }";
    const { calls, printed } = await run(kernelSource(body, before));
    expect(calls).toEqual(["store(#20, 4)", "load(#10, [4])", "load(#10, [1])", "load(#10, [4])"]);
    expect(printed).toEqual([{ value: 10 }, 1]);
  });

  it("reads like the source", async () => {
    const body = `  let acc = tl.zeros([n], "f32");
  for (let i = 0; i < n; i++) {
    acc += tl.load(x + i * 2, [n]) * 0.5; // scaled
  }
  tl.store(y, -acc);`;
    const { code } = await compileFiles({ "kernel.ts": kernelSource(body) });
    expect(code.slice(code.indexOf("function* (x, y, n)"))).toMatchInlineSnapshot(`
      "function* (x, y, n) {
        let acc = $.zeros(0, [n], "f32");
        for (let i = 0; i < n; i++) {
          $.tick(1);
          acc = $.add(2, acc, $.mul(3, ($.load(4, $.add(5, x, i * 2), [n]) || (yield), $.out), 0.5));
        }
        $.store(6, y, $.neg(7, acc)) || (yield);
      });
      return { k };
      }
      "
    `);
  });
});
