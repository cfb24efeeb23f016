/** What stock TypeScript says about kernels: the two samples in fixtures/, and rules against NumPy's by value. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { tlOps } from "../../dsl/ops.js";

const FIXTURES = resolve("tests/dsl/fixtures");
const COMPILERS = { "5.9.3": "typescript-5.9", "6.0.3": "typescript", "7.0.2": "typescript-7" };

interface TypeScriptError {
  file: string;
  line: number;
  code: string;
  /** With the lines that explain it. */
  message: string;
}

/** What one version of TypeScript finds in a folder with a tsconfig.json. */
function errorsOf(packageName: string, folder: string): Promise<TypeScriptError[]> {
  const tsc = resolve("node_modules", packageName, "bin", "tsc");
  return new Promise((settle) => {
    execFile(
      process.execPath,
      [tsc, "-p", folder, "--pretty", "false"],
      { cwd: folder },
      (_error, stdout) => {
        const errors: TypeScriptError[] = [];
        for (const text of stdout.split("\n")) {
          const start = /^(.+)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(text);
          const [, file, line, code, message] = start ?? [];
          if (start) errors.push({ file: file!, line: Number(line), code: code!, message: message! });
          else if (errors.length > 0) errors.at(-1)!.message += `\n${text}`;
          else if (text !== "") throw new Error(text);
        }
        settle(errors);
      },
    );
  });
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A folder of a user's, with a kernel project's tsconfig.json. */
function userFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "linqu typing "));
  folders.push(folder);
  const project = { extends: resolve("dsl/kernel.tsconfig.json"), include: ["./*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe.each(Object.entries(COMPILERS))("TypeScript %s", (version, packageName) => {
  it("is that version", () => {
    const { version: found } = JSON.parse(
      readFileSync(resolve("node_modules", packageName, "package.json"), "utf8"),
    ) as { version: string };
    expect(found).toBe(version);
  });

  it("accepts the good sample and refuses the bad one where its comments say", async () => {
    const errors = await errorsOf(packageName, FIXTURES);
    const expected = readFileSync(join(FIXTURES, "bad.ts"), "utf8")
      .split("\n")
      .flatMap((text, index) => {
        const [, code, says] = /\/\/ ((?:LQ|TS)\d+) (.+)$/.exec(text) ?? [];
        return code ? [{ line: index + 1, code, says: says! }] : [];
      });
    expect(expected.length).toBeGreaterThan(30);
    expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual(
      expected.map(({ line }) => `bad.ts:${line}`),
    );
    errors.forEach(({ code, message }, index) => {
      const wanted = expected[index]!;
      if (wanted.code.startsWith("TS")) {
        expect({ code, message }).toEqual({
          code: wanted.code,
          message: expect.stringContaining(wanted.says),
        });
      } else {
        // The message is a property's name, in quotes.
        expect(message).toContain(`"${wanted.code} ${wanted.says}"`);
      }
    });
  });

  it("knows the language in a folder of a user's", async () => {
    const folder = userFolder({
      "helper.ts": [
        'import { tl, type Tile } from "linqu/dsl";',
        'export const scaled = (a: Tile<"f32">, by: number): Tile<"f32"> => tl.mul(a, by).exp();',
      ].join("\n"),
      "kernel.ts": [
        'import { tl, type Ptr } from "linqu/dsl";',
        'import { scaled } from "./helper.js";',
        'export function twice(x: Ptr<"f32">): void {',
        "  tl.store(x, scaled(tl.load(x, [4, 4]), 2));",
        '  tl.dot(tl.load(x, [4, 4]), tl.zeros([5, 4], "f32"));',
        "}",
      ].join("\n"),
    });
    const errors = await errorsOf(packageName, folder);
    expect(errors.map(({ file, line }) => `${file}:${line}`)).toEqual(["kernel.ts:5"]);
    expect(errors[0]!.message).toContain("LQ2001 dot: inner dimensions differ: 4x4 x 5x4");
  });
});

describe("shapes while typing", () => {
  const length = fc.constantFrom(1, 2, 3, 7, 12, 64);
  const shape = fc.array(length, { maxLength: 3 });
  const written = (lengths: readonly number[]): string => `[${lengths.join(", ")}]`;
  const sample = fc.sample(fc.tuple(shape, shape), { numRuns: 60, seed: 4 });

  /** NumPy's rule, on lists padded with 1 in front; null when the shapes do not broadcast. */
  function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
    const axes = Math.max(a.length, b.length);
    const [x, y] = [a, b].map((each) => [...new Array<number>(axes - each.length).fill(1), ...each]);
    const result = x!.map((m, axis) => (m === 1 ? y![axis]! : m));
    return result.every((n, axis) => (x![axis] === n || x![axis] === 1) && [1, n].includes(y![axis]!))
      ? result
      : null;
  }
  const count = (lengths: readonly number[]): number => lengths.reduce((product, n) => product * n, 1);

  /** Statements that compile only if the expression's shape is exactly this one; with null, if it is refused. */
  function expectShape(expression: string, lengths: readonly number[] | null): string[] {
    if (lengths === null) return ["// @ts-expect-error", `${expression};`];
    return [`{ const r = ${expression}; is<Same<Lengths<typeof r>, ${written(lengths)}>>(); }`];
  }

  it("broadcast, reduce, reshape and grow as in NumPy", async () => {
    const statements = sample.flatMap(([a, b], index) => {
      const [tile, other] = [a, b].map((lengths) => `tl.zeros(${written(lengths)}, "f32")`);
      const axis = index % 3;
      const without = a.filter((_, each) => each !== axis);
      const kept = a.map((n, each) => (each === axis ? 1 : n));
      const grown = [...a.slice(0, axis), 1, ...a.slice(axis)];
      return [
        expectShape(`tl.add(${tile}, ${other})`, broadcast(a, b)),
        expectShape(`tl.reshape(${tile}, ${written(b)})`, count(a) === count(b) ? b : null),
        axis >= a.length ? [] : expectShape(`tl.sum(${tile}, ${axis})`, without),
        axis >= a.length ? [] : expectShape(`tl.sum(${tile}, ${axis - a.length})`, without),
        axis >= a.length ? [] : expectShape(`tl.sum(${tile}, ${axis}, { keepDims: true })`, kept),
        axis > a.length ? [] : expectShape(`tl.expandDims(${tile}, ${axis})`, grown),
        axis > a.length ? [] : expectShape(`tl.expandDims(${tile}, ${axis - a.length - 1})`, grown),
      ].flat();
    });
    const text = [
      'import { tl, type DType, type Tile } from "linqu/dsl";',
      "type Lengths<T> = T extends Tile<DType, infer S> ? [...S] : never;",
      "type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
      "const is = <T extends true>(): T | null => null;",
      "export function all(): void {",
      ...statements,
      "}",
    ].join("\n");
    expect(sample.filter(([a, b]) => broadcast(a, b) !== null).length).toBeGreaterThan(10);
    expect(await errorsOf("typescript", userFolder({ "all.ts": text }))).toEqual([]);
  });
});

it("tiles have exactly the methods of the table", () => {
  const path = resolve("dsl/kernel-lib.d.ts");
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022);
  const members = source.statements
    .filter((statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === "Number")
    .flatMap((statement) => (statement as ts.InterfaceDeclaration).members)
    .map((member) => (member.name as ts.Identifier).text);
  const methods = Object.entries(tlOps).flatMap(([name, { method }]) => (method ? [name] : []));
  expect(members.sort()).toEqual([...methods, "toFixed", "toString"].sort());
});
