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
