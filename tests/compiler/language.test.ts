import { describe, expect, it } from "vitest";
import { Handle, kernelSource, run } from "./workbench.js";

const PARAMETERS = "a: Tile, b: Tile, n: number";
const ARGUMENTS = [new Handle(3), new Handle(-7), 4];

/** What a kernel prints; handles as `#value`. */
async function printed(body: string, before = "", others: Record<string, string> = {}): Promise<unknown[]> {
  const { printed } = await run(kernelSource(body, before, PARAMETERS), ARGUMENTS, others);
  return printed.map((value) => (value instanceof Handle ? `#${value.value}` : value));
}

describe("the language", () => {
  it.each([
    [
      "generics",
      "function twice<T extends number>(x: T, f: (x: T) => number) { return f(x) + f(x); }\nconst id = <T,>(x: T): T => x;",
      "tl.print(twice(a, (x) => id(x) * 2), twice(2, (x) => x));",
      ["#12", 4],
    ],
    [
      "generics whose functions wait",
      "function each<T>(list: readonly T[], f: (x: T) => Tile): Tile[] { const out: Tile[] = []; for (const x of list) out.push(f(x)); return out; }",
      "const [p, q] = each([1, 2], (x) => tl.load(x, [1])); tl.print(p! + q!);",
      ["#3"],
    ],
    [
      "closures that keep what they have counted",
      "const counter = (start: Tile) => { let total: number = start; return (t: Tile) => (total += t); };",
      "const add = counter(a); const other = counter(b); add(a); tl.print(add(a), other(a));",
      ["#9", "#-4"],
    ],
    [
      "closures over a loop's variable",
      "",
      "const fs: (() => Tile)[] = []; for (let i = 0; i < 3; i++) fs.push(() => tl.load(i, [1])); for (const f of fs) tl.print(f());",
      ["#0", "#1", "#2"],
    ],
    [
      "tuples as results",
      "const split = (t: Tile): [Tile, number, Tile] => [t * 2, 5, tl.load(t, [1])];",
      "const [twice, five, same] = split(a); tl.print(twice + same, five);",
      ["#9", 5],
    ],
    [
      "variables that change places",
      "",
      "let x: number = a, y: number = b; [x, y] = [y, x + y]; tl.print(x, y);",
      ["#-7", "#-4"],
    ],
    [
      "arrays of handles taken apart, with defaults and rests",
      "",
      "const list: number[] = [a, b, a]; let x: number, y: number, rest: number[]; [x, , y = b, ...rest] = list; const [p = a, ...q] = list.slice(1); tl.print(x - y, rest.length, p * 1, q[0]! * 2);",
      ["#0", 0, "#-7", "#6"],
    ],
    [
      "objects taken apart, nested and renamed",
      "",
      "const { t: { u: [first], v = b }, ...others } = { t: { u: [a], v: undefined as Tile | undefined }, w: a }; tl.print(first! + v, others.w * 2);",
      ["#-4", "#6"],
    ],
    [
      "recursion that does not wait",
      "const power = (t: Tile, k: number): Tile => (k === 0 ? tl.full([1], 1, 'f32') : t * power(t, k - 1));",
      "tl.print(power(a, 4));",
      ["#81"],
    ],
    [
      "recursion that waits",
      "function tree(at: number, size: number): Tile { return size === 1 ? tl.load(at, [1]) : tree(at, size / 2) + tree(at + size / 2, size / 2); }",
      "tl.print(tree(0, 8));",
      ["#28"],
    ],
    [
      "classes with fields, getters, statics and this",
      `class Acc {
  static made(t: Tile) { return new Acc(t); }
  #count = 0;
  held = filled();
  half = (this.held /= 2);
  constructor(public total: number) {}
  add(t: number) { this.total += t; this.#count++; return this; }
  take(at: number) { this.total = this.total + tl.load(at, [1]); return this; }
  get doubled() { return this.total * 2; }
  get count() { return this.#count; }
}
const filled = () => tl.full([1], 3, "f32");`,
      "const acc = Acc.made(a).add(a).take(10); tl.print(acc.doubled, acc.count, acc.half);",
      ["#32", 1, "#1.5"],
    ],
    [
      "default and rest parameters, and spread",
      "function sum(first: number, scale = first * 2, ...rest: number[]) { let s = first + scale; for (const t of rest) s += t; return s; }",
      "tl.print(sum(a), sum(a, b), sum(a, b, ...[a, a], 1), sum(1, 2, 3));",
      ["#9", "#-4", "#3", 6],
    ],
    [
      "for … of over entries, maps and sets",
      "",
      "let s: number = a; for (const [i, t] of [a, b].entries()) s += t * i; for (const [, v] of new Map([[1, a]])) s += v; for (const v of new Set([b])) s -= v; tl.print(s);",
      ["#6"],
    ],
    [
      "labels",
      "",
      "let s: number = a; outer: for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if (j === 2) continue outer; if (i === 2) break outer; s += tl.load(i * 10 + j, [1]); } } tl.print(s);",
      ["#25"],
    ],
    [
      "ternaries",
      "",
      "const pick = (k: number) => (k > 2 ? a : k > 1 ? b * 2 : -a); tl.print(pick(3), pick(2), pick(1));",
      ["#3", "#-14", "#-3"],
    ],
    [
      "an index that counts on",
      "const at = (t = [[1, 2]]) => t;",
      "const list: number[] = [a, b]; let i = 0; list[i++] += b; list[i++] *= list[0]!; at()[0]![i - 2]! += 1; tl.print(...list, i);",
      ["#-4", "#28", 2],
    ],
    [
      "an index that counts on in a default value",
      "const f = (list: number[], at: number[], t: number = (list[at[0]!++] += list[1]!)) => t;",
      "const list: number[] = [a, b]; const at = [0]; tl.print(f(list, at), at[0], list[0]);",
      ["#-4", 1, "#-4"],
    ],
    [
      "values that are given once",
      "",
      "let t: Tile | undefined; t ??= a; t ??= b; const box: { t?: Tile | null } = { t: null }; box.t ??= tl.load(9, [1]); tl.print(t * 1, box.t * 1);",
      ["#3", "#9"],
    ],
    [
      "switch",
      "",
      "const f = (k: number): Tile => { switch (k) { case 0: return a; case 1: { const t = b * 2; return t; } default: return tl.load(k, [1]); } }; tl.print(f(0), f(1), f(2));",
      ["#3", "#-14", "#2"],
    ],
    [
      "templates, strings and regular arithmetic",
      "",
      "tl.print(`${n}:${n * 2 > 7}`, 'n' + n, n >> 1, n & 6, ~n, n ** 2, (n && 5) || 6);",
      ["4:true", "n4", 2, 4, -5, 16, 5],
    ],
  ])("has %s", async (_what, before, body, expected) => {
    expect(await printed(body, before)).toEqual(expected);
  });

  it("has imports of functions, classes, enums and namespaces across files", async () => {
    const others = {
      "lib/ops.ts": `import { tl, type Tile } from "linqu/dsl";
export const enum Size { Small = 2, Large = 8 }
export enum Mode { Sum, Max }
export namespace math { export const scale = (t: Tile, k: number) => t * k; }
export abstract class Op { abstract run(t: Tile): Tile; twice(t: Tile) { return this.run(this.run(t)); } }
export class Load extends Op { run(t: Tile): Tile { return tl.load(t, [1]) + 1; } }
`,
      "index.ts": 'export * from "./lib/ops.js";\nexport * as all from "./lib/ops";\n',
    };
    const before = 'import { Load, Mode, Size, all, math } from "./index.js";';
    const body = "tl.print(math.scale(a, Size.Large), new Load().twice(a), all.Mode.Max, Mode[0]);";
    expect(await printed(body, before, others)).toEqual(["#24", "#5", 1, "Sum"]);
  });
});
