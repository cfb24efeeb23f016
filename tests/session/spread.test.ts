import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { LinquError, type Diagnostic } from "../../src/base/diagnostics.js";
import { ownCache, run } from "./harness.js";

vi.mock("../../src/session/replay.js", () => import("../kernels/replay-here.js"));
const folder = ownCache();

interface Failure extends Diagnostic {
  exitCode: number;
}

/** Runs a kernel over x, with these arguments, on two PEs; returns the first problem. */
async function problemOf(args: string, body = "tl.load(x, [1]);", device = "pe:0-1"): Promise<Failure> {
  const kernel = join(folder.path, "kernel.ts");
  writeFileSync(
    kernel,
    `import { defineKernel, input, inout, tl, type Ptr } from "linqu/dsl";
export const k = defineKernel(
  { name: "k", args: ({ rank }) => [${args}] },
  (x: Ptr) => { ${body} },
);`,
  );
  try {
    const { exitCode, diagnostics } = await run({ bench: null, kernel, device });
    return { ...diagnostics[0]!, exitCode };
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    return { ...error.diagnostics[0]!, exitCode: error.exitCode };
  }
}

const spread = (policy: string) => `input("x", "f32", [64], ${policy} as never)`;
const BY_PE = '{ cube: "row_wise", pe: "row_wise" }';

describe("a policy that is none", () => {
  it.each([
    ['{ cube: "row_wise", pe: "row_wise", numPe: 2 }', 'there is no field "numPe"', "numPes"],
    ['{ cube: "row_wise", pe: "rowwise" }', 'pe is "rowwise"', "row_wise"],
    ['{ cube: "row_wise" }', "pe is missing", "replicate, column_wise, row_wise"],
    ['"row_wise"', "it is not an object", "cube"],
  ])("%s is refused with the nearest name", async (policy, why, hint) => {
    const { code, message, hint: given, exitCode } = await problemOf(spread(policy));
    expect([code, exitCode]).toEqual(["LQ6130", 3]);
    expect(message).toBe(`tensor "x" of kernel k: policy: ${why}`);
    expect(given).toContain(hint);
  });
});

describe("a spread tensor", () => {
  it("must be the same for all ranks of a SIP", async () => {
    const shapes = `input("x", "f32", [rank === 0 ? 64 : 65], ${BY_PE})`;
    expect(await problemOf(shapes)).toMatchObject({
      code: "LQ2102",
      exitCode: 3,
      message: expect.stringMatching(
        /rank 0 has input "x" f32 \[64\] .*, rank 1 of the same SIP has .*\[65\]/,
      ),
    });
    const onlyOne = `rank === 0 ? input("x", "f32", [64], ${BY_PE}) : input("x", "f32", [64])`;
    expect(await problemOf(onlyOne)).toMatchObject({
      code: "LQ2102",
      message: expect.stringContaining("of its own"),
    });
  });

  it("has one or two dimensions", async () => {
    expect(await problemOf(`input("x", "f32", [2, 3, 4], ${BY_PE})`)).toMatchObject({
      code: "LQ6132",
      exitCode: 3,
    });
  });

  it("has the bounds of the whole tensor", async () => {
    expect(await problemOf(spread(BY_PE), "tl.load(x + 60, [5]);")).toMatchObject({
      code: "LQ3002",
      exitCode: 5,
    });
  });

  it("that a PE does not map is a page fault with the line of the kernel", async () => {
    const policy = '{ cube: "replicate", pe: "replicate", numPes: 1 }';
    expect(await problemOf(spread(policy))).toMatchObject({
      code: "LQ6110",
      exitCode: 5,
      message: expect.stringContaining("MMU of rank 1 (host:0/sip:0/cube:0/pe:1)"),
      at: { line: 4 },
    });
  });
});
