import { describe, expect, it } from "vitest";
import { check, found } from "./harness.js";

const COUNTER = {
  args: 'inout("c", "i32", [1], { cube: "row_wise", pe: "row_wise" }), output("y", "i32", [1])',
  parameters: 'c: Ptr<"i32">, y: Ptr<"i32">',
};

describe("kernels that decide by values", () => {
  it("are executed with data, and the verdict says so", async () => {
    const ticket = `
      tl.atomicXchg(c, 0);
      tl.barrier();
      const mine = tl.item(tl.atomicAdd(c, 1));
      tl.assert(mine >= 0 && mine < tl.worldSize(), "a ticket each");
      tl.barrier();
      tl.assert(tl.item(tl.load(c, [1])) === tl.worldSize(), "all were counted");
      tl.store(y, tl.full([1], mine, "i32"));`;
    const report = await check(ticket, 5, COUNTER);
    expect(found(report)).toEqual(["LQ3401 5"]);
    expect(report).toMatchObject({ status: "ok", isKahn: false });
    expect(report.verdict).toContain("for this schedule and these data");
  });

  it("may wait in a loop for what another rank writes", async () => {
    const order = `
      if (tl.rank() === 0) tl.atomicXchg(c, 0);
      tl.barrier();
      while (tl.item(tl.atomicAdd(c, 0)) !== tl.worldSize() - 1 - tl.rank()) tl.print(0);
      tl.atomicAdd(c, 1);
      tl.store(y, tl.full([1], 1, "i32"));`;
    expect(await check(order, 4, COUNTER)).toMatchObject({ status: "ok", exitCode: 0 });
  });

  it("that wait for what nobody writes are stopped by the budget", async () => {
    const never =
      "while (tl.item(tl.atomicAdd(c, 0)) !== 77) tl.print(0);\ntl.store(y, tl.full([1], 1, 'i32'));";
    const report = await check(never, 2, { ...COUNTER, check: { maxOperations: 2000 } });
    expect(found(report)[0]).toMatch(/^LQ340[23] 4$/);
    expect(report.status).toBe("failed");
  });

  it("have their outputs judged on the values of that execution", async () => {
    const vectors = {
      args: 'input("x", "f32", [8]), output("y", "f32", [8])',
      parameters: "x: Ptr, y: Ptr",
      options: 'expect: allReduce("sum"), replicated: ["y"]',
    };
    const exchange = (share: number, length = 8): string => `
      const mine = tl.load(x, [8]);
      const share = tl.item(mine.sum()) > 100 ? 0 : ${share};
      tl.send("E", mine);
      const sum = mine + tl.recv("W", [8], "f32") * share;
      tl.store(x, sum);
      tl.store(y, tl.load(x, [${length}]));`;
    const kernel = { ...vectors, args: vectors.args.replace("input", "inout") };
    const right = await check(exchange(1), 2, kernel);
    expect(right).toMatchObject({ status: "ok", postCondition: "holds", isKahn: false });
    expect(right.verdict).toBe(
      "ends with the promised outputs, for this schedule and these data, of 2 ranks with 4-slot queues",
    );
    // Inputs are ±1: a sum of two is −2, 0 or 2; of one and three times the other −4, −2, 2 or 4, never the same.
    const wrong = await check(exchange(3), 2, kernel);
    expect(found(wrong)).toEqual(["LQ3601 10", "LQ3401 6"]);
    expect(wrong).toMatchObject({ status: "failed", postCondition: "fails", exitCode: 4 });
    expect(wrong.findings[0]!.message).toMatch(
      /^y\[0\] is not the sum of all ranks' x, on rank 0: it is (-4, not -2|-2, not 0|2, not 0|4, not 2), with/,
    );
    const part = await check(exchange(1, 6), 2, kernel);
    expect(found(part)).toEqual(["LQ3602 10", "LQ3401 6"]);
    expect(part.findings[0]!.message).toBe("output y is not written in [6..8), on ranks 0-1");
  });

  it("deadlock as others do", async () => {
    const report = await check(
      'if (tl.item(tl.full([1], 3, "i32")) === 3) tl.recv("W", [1], "f32");\ntl.store(y, tl.load(c, [1]));',
      2,
      COUNTER,
    );
    expect(found(report)).toEqual(["LQ3101 4", "LQ3401 4"]);
  });

  it("are left undecided where no data are wanted", async () => {
    const body = 'if (tl.item(tl.load(y, [1])) > 0) tl.recv("W", [1], "f32");\ntl.store(y, tl.load(c, [1]));';
    const report = await check(body, 2, { ...COUNTER, check: { inputs: null } });
    expect(report).toMatchObject({ status: "not decided", isKahn: false, exitCode: 0 });
    expect(report.verdict).toContain("not decided: what depends on data");
  });
});
