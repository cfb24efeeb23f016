/** Kernels that decide by values: every pass of a run computes them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownCache, run } from "./harness.js";

ownCache();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu decides "));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function kernelFile(body: string): string {
  const file = join(folder, "k.ts");
  writeFileSync(
    file,
    `import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
export const k = defineKernel(
  { name: "k", args: () => [input("x", "i32", [64]), output("y", "i32", [64])] },
  (x: Ptr<"i32">, y: Ptr<"i32">) => {
    ${body}
  },
);`,
  );
  return file;
}

describe("a kernel that asks for values", () => {
  // Whoever finds a negative number stops: inputs of another seed take another time.
  const search = `for (let i = 0; i < 64; i++) {
      const one = tl.load(x + i, [1]);
      tl.store(y, one);
      if (tl.item(one) < 0) break;
    }`;

  it("takes the same time with and without data, and when it is traced", async () => {
    const kernel = kernelFile(search);
    const options = { bench: null, kernel, topology: "cube" } as const;
    const plain = await run(options);
    expect(plain.exitCode).toBe(0);
    const traced = await run({ ...options, trace: { device: null, maxLanes: 30 } });
    expect(traced.record!.spans!.names).toContain("load");
    expect(traced.result!.simulatedNs).toBe(plain.result!.simulatedNs);
    const others = await Promise.all([2, 3, 4].map((seed) => run({ ...options, seed })));
    const times = new Set([plain, ...others].map(({ result }) => result!.simulatedNs));
    expect(times.size).toBeGreaterThan(1);
  });

  it("is stopped where its values leave a tensor, with the place", async () => {
    const kernel = kernelFile(`const far = tl.load(x + ((tl.load(x, [4]) & 0) + 64));
    if (tl.item(tl.sum(far)) > 0) tl.store(y, far);`);
    const outcome = await run({ bench: null, kernel, topology: "pe" });
    const [problem] = outcome.diagnostics;
    expect([outcome.exitCode, problem?.code, problem?.at?.line]).toEqual([5, "LQ3002", 5]);
  });
});
