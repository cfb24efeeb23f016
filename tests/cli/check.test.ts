import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/session/check.js";
import { envelope, expectNoStack, linqu, temporaryFolder } from "./linqu.js";

const KERNEL = `import { defineKernel, tl } from "linqu/dsl";
export const shift = defineKernel({ name: "shift", worlds: (world) => world > 1, args: () => [] }, () => {
  tl.send("E", tl.zeros([8], "f32"));
  tl.recv("W", [tl.rank() === 2 ? 4 : 8], "f32");
});
`;

function kernelFile(): string {
  const file = join(temporaryFolder(), "shift.ts");
  writeFileSync(file, KERNEL);
  return file;
}

describe("linqu check", () => {
  it("prints one object whose findings have both positions", async () => {
    const ended = await linqu(["check", kernelFile(), "--world", "2,3", "--topology", "pe", "--json"]);
    const { exitCode, schema, result, diagnostics, error } = envelope(ended);
    expect([exitCode, schema, error?.code]).toEqual([5, "linqu/check/1", "LQ3201"]);
    const [kernel] = (result as CheckResult).kernels;
    expect(kernel!.worlds.map(({ world, status, findings }) => [world, status, findings])).toEqual([
      [2, "ok", []],
      [3, "failed", ["LQ3201"]],
    ]);
    expect(diagnostics[0]!.at?.line).toBe(4);
    expect(diagnostics[0]!.related.map(({ at }) => at.line)).toEqual([3]);
    expect(diagnostics[0]!.message).toBe(
      "recv f32[4] meets send f32[8] of rank 1, on rank 2 (host:0/sip:0/cube:0/pe:2)",
    );
  });

  it("shows a line for each number of ranks and what was decided", async () => {
    const ended = await linqu(["check", kernelFile(), "--world", "1,2", "--topology", "pe"]);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toMatch(/shift\s+1\s+n\/a/);
    expect(ended.stdout).toMatch(/2\s+ok\s+8\s+1\s+32 B\s+world E 0→1: 32 B/);
    expect(ended.stdout.replace(/\s+/g, " ")).toContain(
      "shift, world 2, 4 KiB of f32: ends without deadlock, in every interleaving of its ranks with 4-slot queues",
    );
  });

  it("refuses numbers that are none", async () => {
    for (const flags of [
      ["--world", "2,x"],
      ["--depth", "0"],
    ]) {
      const ended = await linqu(["check", "any.ts", ...flags]);
      expect([ended.exitCode, ended.stderr.includes("LQ0003")]).toEqual([2, true]);
      expectNoStack(ended);
    }
  });
});
