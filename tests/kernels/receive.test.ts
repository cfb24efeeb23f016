import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { RunOutcome } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
const folder = ownCache();

/** Every rank of a cube hands on what it gets, and adds it up. */
function allReduceBy(step: string, set: string[] = []): Promise<RunOutcome> {
  const file = join(folder.path, "received.ts");
  writeFileSync(
    file,
    `import { allReduce, defineKernel, input, output, sizeOf, tl, type DType, type Ptr, type Tile } from "linqu/dsl";
export const received = defineKernel(
  {
    name: "received",
    args: ({ bytes, dtype }) => {
      const n = bytes / sizeOf(dtype);
      return [input("x", dtype, [n]), output("y", dtype, [n]), n, dtype];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, n: number, dtype: DType) => {
    let sum: Tile = tl.load(x, [n]);
    let mine: Tile = sum;
    for (let i = 1; i < tl.worldSize(); i++) {
      ${step}
      sum = sum + mine;
    }
    tl.store(y, sum);
  },
);`,
  );
  return run({
    bench: null,
    kernel: file,
    verify: true,
    topology: "cube",
    bytes: 65536,
    dtype: "f32",
    set,
  });
}

describe("a ring all-reduce of messages larger than all slots", () => {
  const posted = `const next = tl.recvAsync("W", [n], dtype); tl.send("E", mine); mine = tl.wait(next);`;
  const into = `const next = tl.recvInto("W", tl.zeros([n], dtype)); tl.send("E", mine); mine = tl.wait(next);`;
  // The tile that was just sent is overwritten: the copy that left is not.
  const overwriting = `if (i === 1) mine = mine + tl.zeros([n], dtype);
      const next = tl.recvInto("W", mine); tl.send("E", mine); tl.wait(next);`;
  it.each([
    ["recvAsync", posted, []],
    ["recvAsync, slots in SRAM over the NoC", posted, ["ipcq.slotMemory=sram"]],
    ["recvAsync, slots in HBM", posted, ["ipcq.slotMemory=hbm", "ipcq.bankHop=false"]],
    ["recvInto", into, []],
    ["recvInto the tile that is being sent", overwriting, []],
  ])("has the right values with %s", async (_name, step, set) => {
    const outcome = await allReduceBy(step, set);
    expect(outcome.diagnostics).toEqual([]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.result!.verify).toMatchObject({ status: "pass" });
  });

  it("is refused when a queue is received both ways", async () => {
    const outcome = await allReduceBy(`${into} if (i === 2) tl.recv("W", [n], dtype);`);
    expect(outcome.exitCode).toBe(5);
    expect(outcome.diagnostics[0]).toMatchObject({ code: "LQ3303", related: [{ at: { line: 15 } }] });
  });
});
