import { describe, expect, it } from "vitest";
import { check, found } from "./harness.js";

/** One tensor for all ranks of the SIP, one element of it for each. */
const SHARED = {
  args: 'input("x", "f32", [1]), inout("s", "f32", [world * 4], { cube: "row_wise", pe: "row_wise" })',
  parameters: "x: Ptr, s: Ptr",
};
const HEAD = "const me = tl.rank();\nconst next = (me + 1) % tl.worldSize();\nconst one = tl.load(x, [1]);\n";

const races = async (body: string, world = 3) => found(await check(`${HEAD}${body}`, world, SHARED));

describe("accesses to a tensor that ranks share", () => {
  it("are no race on different elements", async () => {
    expect(await races("tl.store(s + me * 4, one);\ntl.store(s + me * 4 + 3, one);")).toEqual([]);
  });

  it("race when two write one element, or one reads what another writes", async () => {
    expect(await races("tl.store(s, one);")).toEqual(["LQ3304 7"]);
    expect(await races("tl.store(s + me, one);\ntl.store(s + 4 + me, tl.load(s + next, [1]));")).toEqual([
      "LQ3304 8",
    ]);
  });

  it("are in order after a message, a barrier, or a message that came by others", async () => {
    const write = "tl.store(s + me, one);\n";
    const read = "\ntl.store(s + 4 + me, tl.load(s + next, [1]));";
    expect(await races(`${write}tl.barrier();${read}`)).toEqual([]);
    expect(await races(`${write}tl.send("W", one);\ntl.recv("E", [1], "f32");${read}`)).toEqual([]);
    // Rank 0 reads what rank 2 wrote; the message comes by rank 1.
    const chain =
      'if (me === 2) { tl.store(s, one); tl.send("W", one); }\n' +
      'if (me === 1) { tl.recv("E", [1], "f32"); tl.send("W", one); }\n' +
      'if (me === 0) { tl.recv("E", [1], "f32"); tl.store(s + 4, tl.load(s, [1])); }';
    expect(await races(chain)).toEqual([]);
  });

  it("are not in order after a message of somebody else, or one sent before the write", async () => {
    const chain =
      'if (me === 2) { tl.send("W", one); tl.store(s, one); }\n' +
      'if (me === 1) { tl.recv("E", [1], "f32"); tl.store(s + 4, tl.load(s, [1])); }';
    expect(await races(chain)).toEqual(["LQ3304 8"]);
  });

  it("of a command are over when it was waited for, not when it was issued", async () => {
    const args =
      'input("x", "f32", [2, 2]), inout("s", "f32", [world * 4], { cube: "row_wise", pe: "row_wise" }), output("y", "f32", [4])';
    const kernel = { args, parameters: "x: Ptr, s: Ptr, y: Ptr" };
    const body = (late: boolean): string => `
      const block = tl.load(x, [2, 2]);
      const command = tl.composite("add", block, block, s + tl.rank() * 4);
      ${late ? "tl.barrier();" : "tl.wait(command);"}
      ${late ? "tl.wait(command);" : "tl.barrier();"}
      tl.store(y, tl.load(s + ((tl.rank() + 1) % tl.worldSize()) * 4, [4]));`;
    expect(found(await check(body(false), 3, kernel))).toEqual([]);
    expect(found(await check(body(true), 3, kernel))).toEqual(["LQ3304 9"]);
  });

  it("by atomics do not race with each other, and put what comes after them in order", async () => {
    expect(await races("tl.atomicAdd(s, 1);")).toEqual(["LQ3401 7"]);
    const flag =
      "if (me === 0) { tl.store(s + 4, one); tl.atomicXchg(s, 1); }\n" +
      "if (me === 1) { while (tl.item(tl.atomicAdd(s, 0)) === 0) tl.print(0); tl.store(s + 8, tl.load(s + 4, [1])); }";
    expect(await races(flag)).toEqual(["LQ3401 7"]);
  });
});
