import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Handle, compileFiles, kernelSource, run } from "./workbench.js";

const PARAMETERS = "a: Tile, b: Tile, c: Tile, n: number";
const VALUES = { a: 3, b: -7, c: 0.5, n: 11 };
const ARGUMENTS = [new Handle(VALUES.a), new Handle(VALUES.b), new Handle(VALUES.c), VALUES.n];

/** Values of printed handles and numbers; a boolean counts as 0 or 1, as in a mask. */
function numbers(printed: readonly unknown[]): unknown[] {
  const plain = printed.map((value) => (value instanceof Handle ? value.value : value));
  return plain.map((value) => (typeof value === "boolean" ? Number(value) : value));
}

/** `mark` only notes that it was evaluated; `wait` suspends as well. Both return their second argument. */
const MARKS = `const order: number[] = [];
function mark(id: number, t: number) { order.push(id); return t; }
function wait(id: number, t: number) { order.push(id); tl.store(id, id); return t; }`;

const { expression } = fc.letrec<{ expression: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom("a", "b", "c", "n", "2", "0.25", "v"),
    fc
      .tuple(fc.constantFrom("mark", "wait"), fc.nat(99), fc.constantFrom("a", "b", "n"))
      .map(([f, id, t]) => `${f}(${id}, ${t})`),
  ),
  expression: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    tie("leaf"),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("+", "-", "*", "/", " + ", " -\n", "/* by */* ", "%", " & ", "|", "^"),
        tie("expression"),
      )
      .map(([left, operator, right]) => `(${left}${operator}${right})`.replaceAll("--", "- -")),
    fc
      .tuple(
        tie("leaf"),
        fc.constantFrom(" + ", " - ", " * ", " / "),
        tie("leaf"),
        fc.constantFrom(" + ", " - ", " * ", " / "),
        tie("leaf"),
      )
      .map((parts) => parts.join("")),
    tie("expression").map((inner) => `-(${inner})`),
    fc
      .tuple(tie("expression"), fc.constantFrom("<", "<= ", " >=", "===", "!=="), tie("expression"))
      .map(([left, operator, right]) => `((${left}${operator}${right}) as unknown as number)`),
    tie("expression").map((inner) => `((${inner}) ** 2)`),
    tie("expression").map((inner) => `(${inner} as Tile)`),
    fc
      .tuple(tie("leaf"), tie("expression"), tie("expression"))
      .map(([test, yes, no]) => `(n > 5 ? ${yes} : ${no} + ${test})`),
    fc
      .tuple(fc.constantFrom("+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^="), tie("expression"))
      .map(([operator, right]) => `(v ${operator} ${right})`),
    fc
      .tuple(fc.constantFrom("+=", "*="), tie("expression"))
      .map(([operator, right]) => `(list[i++ % 3] ${operator} ${right})`),
    fc
      .tuple(fc.constantFrom("+=", "-="), tie("expression"))
      .map(([operator, right]) => `(pick(boxes).t ${operator} ${right})`),
  ),
}));

const STATE = `let v: number = a; let i = 0; const list: number[] = [a, b, n]; const boxes = [{ t: a }, { t: b }];
const pick = (from: { t: number }[]) => { order.push(-1); return from[i % 2]; };`;

/** The same expression as plain JavaScript on numbers. */
function evaluate(source: string): number[] {
  const plain = source.replaceAll(" as Tile", "").replaceAll(" as unknown as number", "");
  const body = `const order = []; const mark = (id, t) => (order.push(id), t); const wait = mark;
${STATE.replace(/: (number|\{ t: number \})(\[\])?/g, "")}
const result = ${plain};
return [result, v, i, ...list, boxes[0].t, boxes[1].t, ...order];`;
  const values = new Function("a", "b", "c", "n", body)(VALUES.a, VALUES.b, VALUES.c, VALUES.n) as unknown[];
  return values.map(Number);
}

describe("operators on handles", () => {
  it("evaluate as JavaScript does on numbers, in the same order", async () => {
    const samples = fc.sample(expression, { numRuns: 250, seed: 20 });
    const blocks = samples.map(
      (sample) => `{ order.length = 0; ${STATE}
const result = ${sample};
tl.print(result, v, i, ...list, boxes[0].t, boxes[1].t, ...order, "end"); }`,
    );
    const { printed } = await run(kernelSource([MARKS, ...blocks].join("\n"), "", PARAMETERS), ARGUMENTS);
    const values = numbers(printed);
    for (const sample of samples) {
      const end = values.indexOf("end");
      expect(values.splice(0, end + 1).slice(0, -1), sample).toEqual(evaluate(sample));
    }
  });

  it("reach helpers whose parameters are declared as numbers", async () => {
    const before = `const scale = (x: number, k: number) => x * k;
function each(list: readonly number[], f: (x: number) => number) { return list.map((x) => f(x)); }
class Sum { total = 0; add(x: number) { this.total += x; return this; } }`;
    const body = `tl.print(scale(a, 2), ...each([a, b], (x) => x - 1), new Sum().add(a).add(b).total);
const { t } = { t: a + b }; const [u] = [a]; let w; w = a; [w] = [b];
tl.print(t * 2, u / 2, w * 3, [a, b].reduce((s, x) => s + x));`;
    const { printed } = await run(kernelSource(body, before, PARAMETERS), ARGUMENTS);
    expect(printed.every((value) => value instanceof Handle)).toBe(true);
    expect(numbers(printed)).toEqual([6, 2, -8, -4, -8, 1.5, -21, -4]);
  });

  it("work in accessors and constructors", async () => {
    const before = `class Base { constructor(protected held: number) { this.held = this.held * 2; } }
class Box extends Base { constructor(t: Tile) { super(t); } get twice() { return this.held + this.held; } set half(t: number) { this.held = t / 2; } }`;
    const body = "const box = new Box(a); const { twice } = box; box.half = b; tl.print(twice, box.twice);";
    const { printed } = await run(kernelSource(body, before, PARAMETERS), ARGUMENTS);
    expect(printed.every((value) => value instanceof Handle)).toBe(true);
    expect(numbers(printed)).toEqual([12, -7]);
  });

  it("leave arithmetic on numbers and text as it is", async () => {
    const body = "const m = n * 2 + 1; tl.print(-m / (n - 1), `${n}` + m, m % 2, m ** 2);";
    const { code, manifest } = await compileFiles({ "kernel.ts": kernelSource(body, "", PARAMETERS) });
    expect(code).toContain("const m = n * 2 + 1;");
    expect(code).toContain("print(0, -m / (n - 1), `${n}` + m, m % 2, m ** 2);");
    expect(manifest.sites.map((site) => site[4])).toEqual(["print"]);
  });

  it("keep words apart that an operator kept apart", async () => {
    const body =
      "const f = (): Tile => { return-a; }; const o = { m: () => { switch (n) { case 11: return-b } return a } }; tl.print(f(), o.m());";
    const { printed } = await run(kernelSource(body, "", PARAMETERS), ARGUMENTS);
    expect(numbers(printed)).toEqual([-3, 7]);
  });

  it("give each call its own temporaries, also in arrows without braces", async () => {
    const before = `const bump = (list: number[], at: number[], x: number) => list[at[0]++] += x;
function nested(list: number[], at: number[], x: number, depth: number): number {
  return list[at[0]++] += depth > 0 ? nested(list, at, x, depth - 1) : (tl.store(0, 0), x);
}`;
    const body = `const list: number[] = [a, a, a]; const at = [0];
tl.print(bump(list, at, b), at[0]); at[0] = 0; list[0] = a;
tl.print(nested(list, at, b, 2), ...list);`;
    const { printed } = await run(kernelSource(body, before, PARAMETERS), ARGUMENTS);
    expect(numbers(printed)).toEqual([-4, 1, 3 + 3 + 3 - 7, 2, -1, -4]);
  });

  it("do not collide with names of the source", async () => {
    const body =
      "const $ = 2; const $t1 = 3; const list: number[] = [a]; let i = 0; list[i++] += b; tl.print(list[0], $ + $t1);";
    const { printed } = await run(kernelSource(body, "", PARAMETERS), ARGUMENTS);
    expect(numbers(printed)).toEqual([-4, 5]);
  });
});

describe("masks", () => {
  const shown = async (body: string, before = "", parameters = PARAMETERS, args: unknown[] = ARGUMENTS) =>
    numbers((await run(kernelSource(body, before, parameters), args)).printed);

  it.each([
    ["a > 0 && b < 0", 1],
    ["a > 0 && b > 0", 0],
    ["a > 0 && b > 0 || c < n", 1],
    ["!(a > 0)", 0],
    ["!(a > 0) || !(b > 0)", 1],
    ["n > 5 && a > 0", 1],
    ["n > 50 || a < 0", 0],
    ["a > 0 && n > 5", 1],
    ["a !== b", 1],
    ["a === 3", 1],
    ["a >= 3 && a <= 3", 1],
  ])("%s is a mask", async (expression, value) => {
    const { printed } = await run(kernelSource(`tl.print(${expression});`, "", PARAMETERS), ARGUMENTS);
    expect(printed).toEqual([new Handle(value)]);
  });

  it("short-circuit where the left operand is a plain value, and evaluate it once", async () => {
    const body = `const order: number[] = [];
const yes = (id: number, v: boolean) => (order.push(id), v);
const mask = (id: number, t: Tile) => (order.push(id), t > 0);
tl.print(yes(1, false) && mask(2, a), yes(3, true) || mask(4, a), yes(5, true) && mask(6, a));
tl.print(mask(7, a) && mask(8, b), mask(9, a) || mask(10, b), ...order);`;
    expect(await shown(body)).toEqual([0, 1, 1, 0, 1, 1, 3, 5, 6, 7, 8, 9, 10]);
  });

  it("keep their operands apart when they wait, nest and recur", async () => {
    const before = `function both(t: Tile, depth: number): boolean {
  return tl.load(t, [1]) > 0 && (depth === 0 || both(t, depth - 1)) && tl.load(t, [1]) < 9;
}`;
    expect(await shown("tl.print(both(a, 3), both(b, 3));", before)).toEqual([1, 0]);
  });

  it("are assigned with &&= ||= &= |= ^=", async () => {
    const body = `let m = a > 0; m &&= b > 0; let o = m; o ||= a > 0;
const list = [a > 0, a < 0]; let i = 0; list[i++] &&= b > 0; list[i++] ||= c > 0;
let bits: number = tl.zeros([1], "i32"); bits |= 6; bits &= 3; bits ^= 1;
tl.print(m, o, ...list, i, bits);`;
    expect(await shown(body)).toEqual([0, 1, 0, 1, 2, 3]);
  });

  it("are recognised behind parameters, results and fields typed as booleans", async () => {
    const before = `const above = (t: number, limit: number) => t > limit;
const within = (inside: boolean, t: Tile) => inside && t < 9;
class Range { constructor(readonly mask: boolean) {} and(other: boolean) { return new Range(this.mask && other); } }`;
    const body = `const m = above(a, 0);
tl.print(within(m, a), !m, new Range(m).and(b > 0).mask, tl.where(m && b < 0, a, b));`;
    expect(await shown(body, before)).toEqual([1, 0, 0, 3]);
  });

  it("stop the run when one decides that nobody could see coming", async () => {
    const before = "const pick = (m: boolean) => { if (m) return 1; return 2; };";
    expect(await shown("tl.print(pick(n > 5));", before)).toEqual([1]);
    await expect(shown("tl.print(pick(n > 5), pick(a > 5));", before)).rejects.toThrow("a tile decided");
  });

  it("leave tests for absence and comparisons of plain values alone", async () => {
    const body = `const f = (u: Tile | undefined, p: Ptr | null) => {
  if (!u) return 0; if (p === null || undefined === u) return 1; return n > 3 && n !== 4 ? 2 : 3; };
const g = (u: Tile | undefined, p?: Ptr) => u && p ? 4 : !u || !p ? 5 : 6;
tl.print(f(undefined, a), f(a, null), f(a, b), g(a), g(a, b));`;
    const { printed, bundle } = await run(kernelSource(body, "", PARAMETERS), ARGUMENTS);
    expect(printed).toEqual([0, 1, 2, 5, 4]);
    expect(bundle.manifest.sites.map((site) => site[4])).toEqual(["print"]);
  });

  it("warns where tiles are compared for identity, and compiles", async () => {
    const { warnings } = await compileFiles({
      "kernel.ts": kernelSource("tl.print(a === b, a !== 0);", "", PARAMETERS),
    });
    expect(warnings.map(({ code, severity, at }) => [code, severity, at?.column])).toEqual([
      ["LQ1306", "warning", 10],
    ]);
  });
});

describe("methods of tiles", () => {
  it("are operations with the tile in front, on any expression and across lines", async () => {
    const body = `tl.print((a * a).sum(0).sqrt(),
  tl.load(a, [1])
    .sum(), [a, b][1]!.sum(0, { keepDims: true }));`;
    const { calls, bundle } = await run(kernelSource(body, "", PARAMETERS), ARGUMENTS);
    expect(calls).toEqual([
      "sum(#9, 0)",
      "sqrt(#9)",
      "load(#3, [1])",
      "sum(#3)",
      'sum(#-7, 0, {"keepDims":true})',
    ]);
    expect(
      bundle.manifest.sites.filter((site) => site[4] === "sum").map((site) => [site[1], site[2]]),
    ).toEqual([
      [4, 18],
      [6, 6],
      [6, 24],
    ]);
  });

  it("leave methods of the author's own classes alone", async () => {
    const before = "class Bag { constructor(readonly t: Tile) {} sum(k: number) { return this.t * k; } }";
    const { calls, printed } = await run(
      kernelSource("tl.print(new Bag(a).sum(2));", before, PARAMETERS),
      ARGUMENTS,
    );
    expect(calls).toEqual([]);
    expect(printed).toEqual([new Handle(6)]);
  });
});
