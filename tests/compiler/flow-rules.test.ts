import { describe, expect, it } from "vitest";
import { errorsOf, kernelSource, place } from "./workbench.js";

const BODY = 4;

async function codes(body: string, before = ""): Promise<string[]> {
  return (await errorsOf({ "kernel.ts": kernelSource(body, before) })).map(place);
}

describe("loops that neither wait nor end (LQ1402)", () => {
  it.each([
    ["while (true) n++;", "1-6"],
    ["for (;;) { const m = n; }", "1-4"],
    ["do { n += 1; } while (true);", "1-3"],
    ["while (1 < 2) { for (const v of [1]) { if (v) break; } }", "1-6"],
    ["for (let i = 0; i < n; ) tl.print(i);", "1-4"],
    ["for (let i = 0, j = 0; i < n; j++) tl.print(i);", "1-4"],
    ["while (true) { const f = () => { return 1; }; tl.print(f()); }", "1-6"],
    ["while (n > 0) { switch (n) { case 1: break; } }", "1-6"],
  ])("%s", async (body, columns) => {
    expect(await codes(body)).toEqual([`LQ1402 ${BODY}:${columns}`]);
  });

  it.each([
    "while (true) { if (n > 3) break; n++; }",
    "while (true) tl.store(x, y);",
    "while (true) put();",
    "for (;;) { if (n++ > 3) return; }",
    "outer: while (true) { while (true) { if (n++ > 3) break outer; } }",
    "for (let i = 0; i < n; i++);",
    "for (let i = 0; i < n; i += 2) {}",
    "let i = 9; while (i) i >>= 1;",
    "const list = [1, 2]; while (list.length > 0) list.pop();",
    "let on = true; const stop = () => { on = false; }; while (on) stop();",
    "let a = 1; while (a < 9) [a] = [a + 1];",
    "while (true) tl.assert(false, 'end');",
    "let a = 9; do { a--; } while (a > 0);",
    "if (false) while (true) n++;",
  ])("accepts %s", async (body) => {
    expect(await codes(body, "const put = () => tl.store(0, 0);")).toEqual([]);
  });
});

describe("futures (LQ1501, LQ1502)", () => {
  const POST = 'const post = () => tl.recvAsync("E", [1], "f32");';

  it.each([
    ['tl.recvAsync("E", [n], "f32");', "LQ1501 4:1-30"],
    ['(tl.recvInto("E", tl.zeros([n], "f32")));', "LQ1501 4:1-41"],
    ['tl.composite("add", tl.ref(x, [n]), tl.ref(x, [n]), y);', "LQ1501 4:1-55"],
    ["post();", "LQ1501 4:1-7"],
    ["const f = post();", "LQ1501 4:7-8"],
    ["let f = post(); f = post();", "LQ1501 4:5-6 LQ1502 4:17-18"],
    ["let f = post(); n++; f = post(); tl.wait(f);", "LQ1502 4:22-23"],
    ["let f = post(); for (let i = 0; i < n; i++) { f = post(); n++; } tl.wait(f);", "LQ1502 4:47-48"],
  ])("%s", async (body, expected) => {
    expect((await codes(body, POST)).join(" ")).toBe(expected);
  });

  it.each([
    "tl.wait(post());",
    "const f = post(); tl.wait(f);",
    "const list = [post(), post()]; for (const f of list) tl.wait(f);",
    "let f = post(); for (let i = 0; i < n; i++) { const next = post(); tl.wait(f); f = next; } tl.wait(f);",
    "let f = post(); for (let i = 0; i < n; i++) { tl.wait(f); f = post(); } tl.wait(f);",
    "let f = post(); if (n > 1) { tl.wait(f); } f = post(); tl.wait(f);",
    "let f = post(); const done = () => tl.wait(f); done(); f = post(); done();",
    "let f; if (n > 1) f = post(); else f = post(); tl.wait(f);",
    "for (let i = 0; i < n; i++) { let f; f = post(); tl.wait(f); }",
    "let f; for (;;) { f = post(); if (n++ > 3) break; } tl.wait(f);",
    "const keep = { f: post() }; tl.wait(keep.f);",
    "const run = (f: ReturnType<typeof post>) => tl.wait(f); run(post());",
  ])("accepts %s", async (body) => {
    expect(await codes(body, POST)).toEqual([]);
  });
});

describe("results that nobody uses (LQ1503)", () => {
  it.each([
    ["tl.zeros([n], 'f32');", "1-21"],
    ["const t = tl.load(x, [n]); t.sum(0);", "28-36"],
    ["const t = tl.load(x, [n]); t * 2;", "28-33"],
    ["const t = tl.load(x, [n]); (t > 0);", "28-35"],
    ["const t = tl.load(x, [n]); -t;", "28-30"],
    ["const t = tl.load(x, [n, n]); tl.dot(t, t);", "31-43"],
  ])("%s", async (body, columns) => {
    expect(await codes(body)).toEqual([`LQ1503 ${BODY}:${columns}`]);
  });

  it.each([
    "tl.load(x, [n]); tl.rank(); tl.barrier();",
    "let t = tl.load(x, [n]); t *= 2; tl.store(y, t);",
    "const f = (u?: Tile) => { u && tl.store(y, u); }; f();",
    "const log = { sum(k: number) { return k; } }; log.sum(n);",
  ])("accepts %s", async (body) => {
    expect(await codes(body)).toEqual([]);
  });
});

describe("calls that cost more than they show (LQ1109, LQ1110)", () => {
  const LOADS = "tl.load(0, [1])";

  it.each([
    [
      "a function that calls itself",
      `function f(k: number): Tile { return k ? f(k - 1) : ${LOADS}; }`,
      "LQ1110 2:42-43",
    ],
    [
      "two functions that call each other, once",
      `const a = (k: number): Tile => (k ? b(k - 1) : ${LOADS}); const b = (k: number): Tile => a(k);`,
      "LQ1110 2:37-38",
    ],
    [
      "a closure",
      `const a = (k: number): void => { const again = () => a(k - 1); if (k) again(); tl.store(k, k); };`,
      "LQ1110 2:71-76",
    ],
    [
      "an override of what is two classes away",
      `class A { go() { tl.store(0, 0); } } class B extends A {} class C extends B { override go() { tl.store(1, 1); } }`,
      "LQ1109 2:88-90",
    ],
  ])("warn of %s", async (_what, before, expected) => {
    expect((await codes("tl.store(x, y);", before)).join(" ")).toBe(expected);
  });

  it.each([
    [
      "callbacks in callbacks",
      "function each(f: (i: number) => void) { for (let i = 0; i < 2; i++) f(i); }",
      "each((i) => each((j) => tl.store(x + i, y + j)));",
    ],
    [
      "recursion that does not wait",
      "const f = (k: number): number => (k ? f(k - 1) : 1);",
      "tl.store(x, f(n));",
    ],
    [
      "inheritance that does not wait",
      "class A { go(): number { return 1; } } class B extends A { override go() { return 2; } }",
      "tl.store(x, new B().go());",
    ],
    ["errors of one's own", "class Bad extends Error { go() { tl.store(0, 0); } }", "new Bad().go();"],
  ])("accept %s", async (_what, before, body) => {
    expect(await codes(body, before)).toEqual([]);
  });
});

describe("order (LQ1204) and code made while running (LQ1111)", () => {
  it.each([
    ["for (const k in { a: 1 }) tl.print(k);", "LQ1204 4:6-13"],
    ["[3, 1].sort();", "LQ1204 4:8-12"],
    ["tl.print('a'.localeCompare('b'));", "LQ1204 4:14-27"],
    ["eval('1');", "LQ1111 4:1-5"],
    ["new Function('1');", "LQ1111 4:5-13"],
  ])("%s", async (body, expected) => {
    expect(await codes(body)).toEqual([expected]);
  });
});

describe("one pass", () => {
  it("reports rules, types and syntax of all files at once", async () => {
    const errors = await errorsOf({
      "kernel.ts": kernelSource(
        'const t = tl.load(x, [n]);\nif (t) n = "one";\ntry { tl.store(y, t); } finally { n = 1; }\nwhile (true) n++;\nMath.exp(t);',
        'import { a } from "./broken.js";\nimport { b } from "./other.js";\nvoid a; void b;',
      ),
      "broken.ts": "export const a = ;\nexport const f = () => { if (tl.load(0, [1])) return; };\n",
      "other.ts": "let count = 0;\nexport const b: string = 1;\nexport async function g() { count++; }\n",
    });
    expect(errors.map((error) => `${error.at!.file.split("/").pop()} ${place(error)}`)).toEqual([
      "kernel.ts LQ1301 7:5-6",
      "kernel.ts LQ1002 7:8-9",
      "kernel.ts LQ1105 8:7-15",
      "kernel.ts LQ1402 9:1-6",
      "kernel.ts LQ1302 10:10-11",
      "broken.ts LQ1001 1:18-19",
      "other.ts LQ1002 2:14-15",
      "other.ts LQ1101 3:8-13",
    ]);
  });
});
