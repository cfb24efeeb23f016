/** Composite commands give the values of their operations one by one, rounded once to the dtype of the result. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, json } from "./cli.js";

const VERIFY = ["--topology", "pe", "--verify-data"];

async function verdict(argv: readonly string[], cwd?: string) {
  const { exitCode, result, stdout } = await json(["run", ...VERIFY, ...argv], cwd ? { cwd } : {});
  expect(exitCode, stdout.slice(0, 3000)).toBe(0);
  return result.verify as typeof result.verify & { tolerance: string };
}

describe.concurrent("the bench gemm-single-pe", () => {
  it.each(["load-load", "load-ref", "ref-ref"])("verifies with %s", async (algorithm) => {
    const bench = ["--bench", "gemm-single-pe", "--algorithm", algorithm, "--bytes", "8K"];
    for (const dtype of ["f16", "f32"]) {
      expect(await verdict([...bench, "--dtype", dtype])).toMatchObject({
        status: "pass",
        tolerance: "exact",
      });
      const normal = await verdict([...bench, "--dtype", dtype, "--data", "normal"]);
      expect(normal.status).toBe("pass");
      // Sums in f32; only a result in f16 is rounded to it, once.
      expect(normal.tolerance.includes("1 × 2^-11")).toBe(dtype === "f16");
    }
  });
});

describe.concurrent("a composite command in a kernel", () => {
  const streamed = "tl.ref(x, [10, 10]), tl.ref(w, [10, 10])";

  it.each([
    [
      "with an epilogue of numbers and tiles",
      `const two = tl.full([10, 10], 2, "f32");
       tl.wait(tl.composite("gemm", ${streamed}, y, { epilogue: [
         { op: "mul", with: two }, { op: "add", with: 1 }, { op: "maximum", with: -5 }, { op: "sub", with: two },
         { op: "div", with: 4 },
       ] }));`,
      "(Math.max(2 * sum + 1, -5) - 2) / 4",
    ],
    [
      "whose result is streamed and loaded again",
      `const product = tl.composite("gemm", ${streamed}, y);
       const doubled = tl.composite("add", tl.ref(y, [10, 10]), tl.ref(y, [10, 10]), y);
       tl.store(y, tl.load(y, [10, 10]) * 2);
       tl.wait(product);
       tl.wait(doubled);`,
      "4 * sum",
    ],
    [
      "that is elementwise",
      `tl.wait(tl.composite("mul", ${streamed}, y, { epilogue: [{ op: "maximum", with: 0 }] }));`,
      "Math.max(0, x[i] * w[i])",
    ],
    [
      "kept in containers and waited for later, also twice",
      `const pending: Future[] = [];
       let last: Future | null = null;
       for (let row = 0; row < 10; row++) {
         const block: Ref = tl.ref(x + 10 * row, [1, 10]);
         last = tl.composite("gemm", block, tl.load(w, [10, 10]), y + 10 * row);
         pending.push(last);
       }
       for (const each of pending) tl.wait(each);
       if (last !== null) tl.wait(last);`,
      "sum",
    ],
  ])("%s", async (_what, body, golden) => {
    const cwd = folderWith();
    writeFileSync(join(cwd, "kernel.ts"), source(body, golden));
    for (const dtype of ["f16", "f32"]) {
      const argv = ["--kernel", "kernel.ts", "--dtype", dtype];
      expect(await verdict(argv, cwd)).toMatchObject({ status: "pass", tolerance: "exact" });
      expect((await verdict([...argv, "--data", "normal"], cwd)).status).toBe("pass");
    }
  });

  it("does not round f32 results of f16 operands to f16", async () => {
    const cwd = folderWith();
    const mixed = source(`tl.wait(tl.composite("gemm", ${streamed}, y));`, "sum").replace(
      'output("y", dtype',
      'output("y", "f32"',
    );
    writeFileSync(join(cwd, "kernel.ts"), mixed);
    const argv = ["--kernel", "kernel.ts", "--dtype", "f16", "--data", "normal"];
    const { status, tolerance } = await verdict(argv, cwd);
    expect([status, tolerance.includes("2^-11")]).toEqual(["pass", false]);
  });
});

/** A kernel over x and w; each element of y must be `golden` of `sum`, the element of x·w. */
function source(body: string, golden: string): string {
  return `import { defineKernel, input, output, tl, type Ptr, type Ref, type Future } from "linqu/dsl";
export const k = defineKernel(
  {
    name: "k",
    args: ({ dtype }) => [
      input("x", dtype, [10, 10]), input("w", dtype, [10, 10]), output("y", dtype, [10, 10]),
    ],
    expect: ({ input }) => {
      const x = input("x");
      const w = input("w");
      return {
        y: Float64Array.from({ length: 100 }, (_, i) => {
          let sum = 0;
          for (let p = 0; p < 10; p++) sum += x[10 * Math.floor(i / 10) + p] * w[10 * p + (i % 10)];
          return ${golden};
        }),
      };
    },
  },
  (x: Ptr, w: Ptr, y: Ptr) => { ${body} },
);`;
}
