import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Handle, compileFiles, kernelSource, run } from "./workbench.js";

const PARAMETERS = "a: Tile, b: Tile, c: Tile, n: number";
const VALUES = { a: 3, b: -7, c: 0.5, n: 11 };
const ARGUMENTS = [new Handle(VALUES.a), new Handle(VALUES.b), new Handle(VALUES.c), VALUES.n];

/** Values of printed handles and numbers. */
function numbers(printed: readonly unknown[]): unknown[] {
  return printed.map((value) => (value instanceof Handle ? value.value : value));
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
        fc.constantFrom("+", "-", "*", "/", " + ", " -\n", "/* by */* "),
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
    tie("expression").map((inner) => `(${inner} as Tile)`),
    fc
      .tuple(tie("leaf"), tie("expression"), tie("expression"))
      .map(([test, yes, no]) => `(n > 5 ? ${yes} : ${no} + ${test})`),
    fc
      .tuple(fc.constantFrom("+=", "-=", "*=", "/="), tie("expression"))
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
  const plain = source.replaceAll(" as Tile", "");
  const body = `const order = []; const mark = (id, t) => (order.push(id), t); const wait = mark;
${STATE.replace(/: (number|\{ t: number \})(\[\])?/g, "")}
const result = ${plain};
return [result, v, i, ...list, boxes[0].t, boxes[1].t, ...order];`;
  return new Function("a", "b", "c", "n", body)(VALUES.a, VALUES.b, VALUES.c, VALUES.n) as number[];
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
