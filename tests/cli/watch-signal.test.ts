import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { start, temporaryFolder } from "./linqu.js";

const KERNEL = (scale: string): string =>
  `import { tl, type Ptr } from "linqu/dsl";
export const copy = (x: Ptr<"f32">) => { tl.store(x, tl.load(x, [4]) * ${scale}); };\n`;

describe("linqu compile --watch --json", () => {
  it("prints one envelope a line, also for an error, and ends with 130 at Ctrl-C", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "kernel.ts");
    writeFileSync(file, KERNEL("2"));
    const { process, ended } = start(["compile", "kernel.ts", "--watch", "--json"], { cwd: folder });
    const lines = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
    const next = async (): Promise<{ status: string; error: { code: string } | null }> =>
      JSON.parse((await lines.next()).value as string);
    expect(await next()).toMatchObject({ schema: "linqu/compile/1", status: "ok", exitCode: 0 });
    writeFileSync(file, KERNEL('"two"'));
    expect(await next()).toMatchObject({ status: "failed", exitCode: 3, error: { code: "LQ1002" } });
    writeFileSync(file, KERNEL("3"));
    expect(await next()).toMatchObject({ status: "ok", exitCode: 0, error: null });
    process.kill("SIGINT");
    expect(await next()).toMatchObject({ status: "failed", exitCode: 130, error: { code: "LQ0130" } });
    expect((await ended).exitCode).toBe(130);
  });
});
