import { describe, expect, it } from "vitest";
import type { KernelDefinition } from "../../dsl/index.js";
import { LinquError } from "../../src/base/diagnostics.js";
import { HostSteps } from "../../src/compiler/host-steps.js";
import type { HostBudget } from "../../src/compiler/host-steps.js";
import { loadBundle } from "../../src/compiler/load.js";
import { IMPORTS, compileFiles, recorder } from "./workbench.js";

/** A kernel whose `args` run these statements, from line 4; `n` is 4, `list` 1 to 4, `array` four times 0. */
async function argsOf(statements: string, before = "") {
  const bundle = await compileFiles({
    "kernel.ts": `${IMPORTS}${before}
export const k = defineKernel({ name: "k", args: ({ world: n }) => { let m = 4; const list = [1, 2, 3, 4], array = new Float64Array(n); let c = 0;
${statements}
return [n + m + c + list.length + array.length]; } }, (x: number) => { tl.print(x); });`,
  });
  const steps = new HostSteps(bundle);
  const { options } = loadBundle(bundle, recorder().ops, steps)["k"] as KernelDefinition;
  /** What came of it: the line of the loop that took too long, or `ends`. */
  return (budget: HostBudget): string => {
    steps.begin("args", budget);
    try {
      options.args({ world: 4 } as never);
      return "ends";
    } catch (error) {
      if (!(error instanceof LinquError)) throw error;
      const [{ code, at }] = error.diagnostics as [LinquError["diagnostics"][number]];
      return `${code} ${at!.line}:${at!.column}-${at!.endColumn}`;
    }
  };
}

describe("loops of host code", () => {
  // A counted loop takes one step to begin.
  it.each([
    ["counts up to a number", "for (let i = 0; i < 10; i++) c++;", 0, 11],
    ["counts in steps", "for (let i = 3; i <= n; ++i) c++; for (let i = 0; i < 12; i += 3) c++;", 0, 2 + 5],
    [
      "is nested: 1 + 4 + 4 · (1 + 8)",
      "for (let i = 0; i < n; i++) for (let j = 0; j < n * 2; j++) c++;",
      0,
      41,
    ],
    ["goes through an array of fixed length", "for (let i = 0; i < array.length; i++) array[i]++;", 0, 5],
    ["does not begin", "for (let i = 7; i < n; i++) c++;", 0, 1],
    ["has a function that returns", "for (let i = 0; i < n; i++) list.map((v) => { return v; });", 0, 5],
    ["has a list that may grow", "for (let i = 0; i < list.length; i++) if (i < 2) list.push(i);", 6, 0],
    ["has a bound that changes", "for (let i = 0; i < m; i++) if (i < 2) m++;", 6, 0],
    ["has a variable that is set", "for (let i = 0; i < n; i++) i += 1;", 2, 0],
    ["is left early", "for (let i = 0; i < n; i++) if (i === 1) break;", 2, 0],
    [
      "is left by a label",
      "out: for (let i = 0; i < n; i++) for (const v of list) if (v > 1) continue out;",
      4 + 8,
      0,
    ],
    ["counts down", "for (let i = n; i > 0; i--) c++;", 4, 0],
    ["counts by a fraction", "for (let i = 0; i < n; i += 0.5) c++;", 8, 0],
    ["has two variables", "for (let i = 0, j = 2; i < j; i++) c++;", 2, 0],
    ["waits for a condition", "while (c < 5) c++;\ndo c--; while (c > 0);", 5 + 5, 0],
    ["goes through a list", "for (const v of list) c += v;", 4, 0],
  ])("one that %s", async (_what, statements, open, counted) => {
    const run = await argsOf(statements);
    expect(run({ open, counted })).toBe("ends");
    if (open > 0) expect(run({ open: open - 1, counted })).toMatch(/^LQ2106 /);
    if (counted > 0) expect(run({ open, counted: counted - 1 })).toMatch(/^LQ2106 /);
  });

  it.each([
    ["while (c >= 0) c++;", "4:1-6"],
    ["for (;;) { try { throw new Error(); } catch { c++; } }", "4:1-4"],
    ["for (let i = 0; i < n; i--) c++;", "4:1-4"],
    ["for (let i = 0; i < 1 / 0; i++) c++;", "4:1-4"],
    ["for (let i = 2 ** 53; i < 2 * i; i++) c++;", "4:1-4"],
    ["const far = 2 ** 53 + 4;\nfor (let i = 2 ** 53; i < far; i++) c++;", "5:1-4"],
    ["for (const v of list) list.push(v);", "4:1-4"],
  ])("%s is refused", async (statements, place) => {
    expect((await argsOf(statements))({ open: 1000, counted: 1000 })).toBe(`LQ2106 ${place}`);
  });

  it("counts at module level, and in helpers that no kernel calls", async () => {
    const before =
      "const fill = (to: number) => { let c = 0; for (const v of [1, 2, 3]) c += v * to; return c; };";
    const run = await argsOf("c = fill(n);", before);
    expect(run({ open: 3, counted: 0 })).toBe("ends");
    expect(run({ open: 2, counted: 0 })).toBe("LQ2106 2:43-46");
    const endless = `${before} let x = 1;\nwhile (x > 0) x++;`;
    await expect(argsOf("", endless)).rejects.toMatchObject({
      exitCode: 3,
      diagnostics: [
        {
          code: "LQ2106",
          message: "the module took more than 10,000,000 steps in its loops",
          at: { line: 3, column: 1, endColumn: 6 },
        },
      ],
    });
  });

  it("finds a name of its own", async () => {
    const bundle = await compileFiles({
      "kernel.ts": `${IMPORTS}const $h = (n: number) => { while (n > 9) n -= 9; return n; };
export const k = defineKernel({ name: "k", args: ({ world }) => [$h(world)] }, (x: number) => { tl.print(x); });`,
    });
    const { options } = loadBundle(bundle, recorder().ops)["k"] as KernelDefinition;
    expect(options.args({ world: 31 } as never)).toEqual([4]);
  });
});
