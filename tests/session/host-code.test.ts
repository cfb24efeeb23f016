import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { LinquError, type Diagnostic } from "../../src/base/diagnostics.js";
import { checkSession } from "../../src/session/check.js";
import { RUN_DEFAULTS, ownCache, run } from "./harness.js";

vi.mock("../../src/session/replay.js", () => import("../kernels/replay-here.js"));

/** What a session says, whether it throws or not. */
async function outcomeOf(
  session: Promise<{ exitCode: number; diagnostics: readonly Diagnostic[] }>,
): Promise<{ exitCode: number; diagnostics: readonly Diagnostic[] }> {
  try {
    return await session;
  } catch (error) {
    if (error instanceof LinquError) return error;
    throw error;
  }
}

describe("host code that does not end", () => {
  const folder = ownCache();

  /** `endless` loops on line 2; a helper that the kernel calls too loops on line 3. */
  function fileOf(options: string, args = "args"): string {
    const file = join(folder.path, "endless.ts");
    writeFileSync(
      file,
      `import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
const endless = (g: number): number => { while (g % 8 !== 9) g++; return g; };
const shared = (g: number): number => { while (g > 0) g--; return g; };
const args = (): [ReturnType<typeof input<"f32">>, ReturnType<typeof output<"f32">>] => [input("x", "f32", [8]), output("y", "f32", [8])];
export const k = defineKernel({ name: "k", args: ${args}, ${options} }, (x: Ptr<"f32">, y: Ptr<"f32">) => {
  tl.store(y, tl.load(x, [8]) * shared(3));
});
`,
    );
    return file;
  }

  const check = (file: string) =>
    checkSession(
      { ...RUN_DEFAULTS, file, worlds: [2], depth: null } as Parameters<typeof checkSession>[0],
      {},
    );

  it.each([
    ["args", "", "() => { endless(1); return args(); }", 2],
    ["neighbors", "neighbors: ({ rank }) => [endless(rank)]", "args", 2],
    ["worlds", "worlds: (n) => endless(n) > 0", "args", 2],
    ["worlds", "worlds: (n) => shared(Infinity) < n", "args", 3],
  ])("in %s is refused by run and check: %s%s", async (name, options, args, line) => {
    const file = fileOf(options, args);
    for (const session of [() => run({ bench: null, kernel: file }), () => check(file)]) {
      const { exitCode, diagnostics } = await outcomeOf(session());
      expect(exitCode).toBe(3);
      expect(diagnostics).toMatchObject([
        {
          code: "LQ2106",
          message: `${name} of kernel k took more than 10,000,000 steps in its loops`,
          at: { file: expect.stringContaining("endless.ts") as string, line },
        },
      ]);
    }
  });

  it("in a golden is refused at the end of the run", async () => {
    // A loop that ends, after more steps than any golden may take.
    const expectation =
      "expect: () => { let c = 0; const far = 1e15;\nfor (let i = 0; i < far; i++) c++;\nreturn { y: [c] }; }";
    const { exitCode, diagnostics } = await outcomeOf(
      run({ bench: null, kernel: fileOf(expectation), verify: true }),
    );
    expect(exitCode).toBe(3);
    expect(diagnostics).toMatchObject([
      {
        code: "LQ2106",
        message: "expect of kernel k took more than 100,000,000,000 steps in its loops",
        at: { line: 6, column: 1, endColumn: 4 },
      },
    ]);
  });

  it("has a budget for each call, not one for all", async () => {
    // 8 ranks take 2 million steps each, of 10 million.
    const steps = "() => { let c = 0; while (c < 2e6) c++; return args(); }";
    const { exitCode } = await run({ bench: null, kernel: fileOf("", steps) });
    expect(exitCode).toBe(0);
  });

  it("in the module of an orchestration is refused, also in a helper that the orchestration calls", async () => {
    const files = {
      ring: 'import { defineKernel, tl } from "linqu/dsl";\nexport const ring = defineKernel({ name: "ring", args: () => [] }, () => tl.print(1));',
      bench:
        'import { defineBench } from "linqu/dsl";\nexport default defineBench({ name: "b", description: "b", algorithms: { a: "./ring.ts" }, defaultAlgorithm: "a", orchestrations: ["./host.ts#host"] });',
    };
    for (const [name, source] of Object.entries(files))
      writeFileSync(join(folder.path, `${name}.ts`), source);
    const counting = (first: number) => {
      writeFileSync(
        join(folder.path, "host.ts"),
        `import { defineOrchestration, rt } from "linqu/dsl";
const count = (to: number): number => { let c = 0; while (c !== to) c++; return c; };
const first = count(${first});
export const host = defineOrchestration({ level: "HOST" }, () => { if (count(2) < first) rt.submit({ to: "all" }); });`,
      );
      return outcomeOf(run({ bench: join(folder.path, "bench.ts") }));
    };
    expect(await counting(3)).toMatchObject({ exitCode: 0, diagnostics: [] });
    expect(await counting(-1)).toMatchObject({
      exitCode: 3,
      diagnostics: [{ code: "LQ2106", at: { line: 2, column: 52, endColumn: 57 } }],
    });
  });
});
