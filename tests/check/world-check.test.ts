import { describe, expect, it } from "vitest";
import { checkWorld } from "../../src/check/world-check.js";
import { CHECK_DEFAULTS, check, compiled, found, setupOf } from "./harness.js";

const VECTORS = {
  args: 'input("x", "f32", [64]), output("y", "f32", [64])',
  parameters: "x: Ptr, y: Ptr",
};

describe("what a report counts", () => {
  const shift = `
    const sent = tl.load(x, [64]);
    tl.send("E", sent);
    tl.store(y, tl.recv("W", [64], "f32") + sent);`;

  it("has operations, messages and bytes in closed form", async () => {
    const report = await check(shift, 5, VECTORS);
    // Load, send, receive, addition, store on each of 5 ranks; one message of 256 B from each.
    expect(report).toMatchObject({ status: "ok", isKahn: true, operations: 25, programOperations: 25 });
    const busiest = expect.objectContaining({ messages: 1, bytes: 256 }) as object;
    expect(report.traffic).toEqual([{ axis: "world", direction: "E", messages: 5, bytes: 1280, busiest }]);
  });

  it("has the scratch that live tiles need: operands and result of the addition, three of 256 B", async () => {
    const report = await check(shift, 3, VECTORS);
    expect(report.scratch).toMatchObject({ peakBytes: 768, sumBytes: 768, ranks: 3 });
  });

  it("counts a tile from where it is made to where it is used last, a reshaped one as its operand", async () => {
    const report = await check(
      `
      const a = tl.load(x, [64]);
      tl.store(y, tl.reshape(a, [8, 8]).reshape(64));
      const b = tl.load(x, [32]);
      const c = tl.load(x, [16]);
      tl.store(y, b);
      tl.store(y + 32, c);`,
      1,
      VECTORS,
    );
    expect(report.scratch).toMatchObject({ peakBytes: 256, sumBytes: 256 + 128 + 64 });
  });

  it("is refused memory for tiles that fit one by one and not together", async () => {
    const kept = "const tiles: Tile[] = []; for (let i = 0; i < 8; i++) tiles.push(tl.load(x, [64]));";
    const body = `${kept}\nfor (let i = 0; i < 8; i++) tl.store(y, tiles[i]);`;
    const tcm = (bytes: number) => ({
      set: ["ipcq.slots=1", "ipcq.slotBytes=64", "pe.tcm.reservedBytes=0", `pe.tcm.sizeBytes=${bytes}`],
    });
    const [enough, less] = [
      await check(body, 1, { ...VECTORS, ...tcm(2048) }),
      await check(body, 1, { ...VECTORS, ...tcm(2047) }),
    ];
    expect(found(enough)).toEqual([]);
    expect(found(less)).toEqual(["LQ3501 4"]);
  });
});

describe("least depth", () => {
  const burst = (count: number, bytes = 256): string => `
    const tile = tl.zeros([${bytes / 4}], "f32");
    for (let i = 0; i < ${count}; i++) tl.send("E", tile);
    for (let i = 0; i < ${count}; i++) tl.recv("W", [${bytes / 4}], "f32");`;

  it.each([1, 2, 3, 4])("is %i when everybody sends so many messages before receiving", async (count) => {
    for (const world of [2, 3, 5])
      expect(await check(burst(count), world)).toMatchObject({ status: "ok", leastDepth: count });
  });

  it("counts slots: 2 messages of 3 slots each need 6", async () => {
    const set = ["ipcq.slots=8", "ipcq.slotBytes=256"];
    expect(await check(burst(2, 768), 3, { set })).toMatchObject({ status: "ok", depth: 8, leastDepth: 6 });
  });

  it("is said when the machine has less: LQ3103 at the send that waits", async () => {
    const report = await check(burst(7), 4);
    expect(found(report)).toEqual(["LQ3103 6"]);
    expect(report).toMatchObject({ status: "failed", exitCode: 5, leastDepth: 7 });
    expect(report.findings[0]!.message).toContain("queues of 7 slots, and a queue has 4");
  });

  it("is 0 without queues, and 1 for a message of any length whose receive waits", async () => {
    expect(await check('tl.print("alone");\ntl.barrier();', 4)).toMatchObject({ leastDepth: 0 });
    const pipe = `
      if (tl.rank() > 0) tl.recv("W", [100000], "f32");
      if (tl.rank() < tl.worldSize() - 1) tl.send("E", tl.zeros([100000], "f32"));`;
    expect(await check(pipe, 4)).toMatchObject({ status: "ok", leastDepth: 1 });
  });
});

describe("ranks that stand still", () => {
  it("wait for each other: the cycle, the places, and the last operations are told", async () => {
    const report = await check(
      'tl.barrier();\nif (tl.rank() === 1) tl.recv("E", [4], "f32");\nelse tl.recv("W", [8], "f32");',
      3,
    );
    expect(found(report)).toEqual(["LQ3101 5"]);
    const [deadlock] = report.findings;
    expect(deadlock!.message).toBe("deadlock: 2 of 3 ranks wait for each other");
    const detail = deadlock!.detail.join("\n");
    expect(detail).toMatch(/rank (1 → 2|2 → 1) → [12], each waiting for the next/);
    expect(detail).toMatch(/last operations of rank 2: barrier \(line 4\), rank \(line 5\), recv \(line 6\)/);
    expect(detail).toContain("1 other rank waits for these");
    expect(deadlock!.related.map(({ at }) => at.line)).toEqual([6]);
  });

  it("wait for one that has ended: only those that wait for it themselves are told", async () => {
    const report = await check(
      'if (tl.rank() === 0) return;\ntl.recv("W", [4], "f32");\nif (tl.rank() < 3) tl.send("E", tl.zeros([4], "f32"));',
      4,
    );
    expect(found(report)).toEqual(["LQ3102 5"]);
    expect(report.findings[0]!.message).toMatch(/^1 of 4 ranks wait/);
  });

  it("are not told when they wait for one that an error has ended", async () => {
    const report = await check(
      'if (tl.rank() === 0) tl.assert(false, "no");\ntl.recv("W", [4], "f32");\ntl.send("E", tl.zeros([4], "f32"));',
      4,
    );
    expect(found(report)).toEqual(["LQ3701 4"]);
    expect(report.findings[0]!.message).toBe("assertion failed: no, on rank 0 (host:0/sip:0/cube:0/pe:0)");
  });

  it("wait in a barrier of one axis for those that do not come", async () => {
    const report = await check('if (tl.rank() !== 2) tl.barrier({ axis: "pe" });', 4);
    expect(found(report)).toEqual(["LQ3102 4"]);
    expect(report.findings[0]!.detail.join()).toContain("ranks 0-1,3 wait in barrier of axis pe");
  });
});

describe("errors of several ranks", () => {
  it("at one place are one finding with all ranks; of two places, two", async () => {
    const report = await check(
      'if (tl.rank() % 2 === 0) tl.assert(tl.rank() === 8, "even");\nelse tl.assert(tl.rank() > 3, "small");',
      8,
    );
    expect(report.findings.map(({ message }) => message)).toEqual([
      "assertion failed: even, on ranks 0-6 step 2",
      "assertion failed: small, on ranks 1,3",
    ]);
  });

  it("in the kernel's own code are told as the machine tells them", async () => {
    const report = await check("const list: number[][] = [];\ntl.print(list[tl.rank()].length);", 2);
    expect(found(report)).toEqual(["LQ3702 5"]);
    expect(report.findings[0]!.message).toMatch(/^the kernel failed: .*, on ranks 0-1$/);
  });

  it("leave what is independent to be told: what was not waited for, beside messages that are left", async () => {
    const report = await check(
      `const open = tl.recvAsync("W", [4], "f32");
      tl.send("E", tl.zeros([4], "f32"));
      tl.send("E", tl.zeros([4], "f32"));
      tl.print(open === undefined);`,
      2,
    );
    expect(found(report)).toEqual(["LQ3202 6", "LQ3203 4"]);
    expect(report.findings[0]!.message).toBe("2 messages are sent here and never received, by ranks 0-1");
  });
});

describe("post-conditions", () => {
  const ring = (combine: string): string => `
    const me = tl.rank();
    let part: Tile = tl.load(x, [64]);
    let sum: Tile = part;
    for (let step = 1; step < tl.worldSize(); step++) {
      tl.send("E", part);
      part = tl.recv("W", [64], "f32");
      ${combine}
    }
    tl.print(me);
    tl.store(y, sum);`;
  const expectation = (text: string) => ({ ...VECTORS, options: `expect: ${text}` });

  it.each([
    ['allReduce("sum")', "sum += part;"],
    ['allReduce("max")', "sum = tl.maximum(sum, part);"],
    ['allReduce("avg")', "sum += part; if (step === tl.worldSize() - 1) sum *= 1 / tl.worldSize();"],
    ['allReduce("avg")', "sum = sum + part; if (step + 1 === tl.worldSize()) sum = sum / tl.worldSize();"],
    ['allReduce("sum")', 'sum = tl.cast(tl.cast(sum, "f16"), "f32") + part;'],
    ['allReduce("sum")', "sum = tl.fma(part, 1, sum);"],
  ])("%s holds with %s", async (text, combine) => {
    for (const world of [2, 3, 7])
      expect(await check(ring(combine), world, expectation(text))).toMatchObject({
        status: "ok",
        postCondition: "holds",
      });
  });

  it.each([
    ['allReduce("sum")', "if (step > 1) sum += part;", /y\[0\] of rank 0 lacks x\[0\] of rank 2/],
    ['allReduce("sum")', "sum += part; if (step === 2) sum += part;", /has 2 times x\[0\] of rank 1/],
    ['allReduce("avg")', "sum = (sum + part) * 0.5;", /has 0\.75 times x\[0\] of ranks 0,2/],
    ['allReduce("max")', "if (step === 1) sum = tl.maximum(sum, part);", /lacks x\[0\] of rank 1/],
    ["broadcast(1)", "sum = part;", /lacks x\[0\] of rank 1/],
  ])("%s fails with %s, and says what is missing or too much", async (text, combine, detail) => {
    const report = await check(ring(combine), 3, expectation(text));
    expect(report).toMatchObject({ status: "failed", postCondition: "fails", exitCode: 4 });
    expect(found(report)).toEqual(["LQ3601 14"]);
    expect(report.findings[0]!.detail.join("\n")).toMatch(detail);
  });

  it.each([8, 16, 32, 64])("say what is missing and what is doubled among %i ranks", async (world) => {
    // What rank 0 receives in a step comes from so many ranks before it.
    const lacking = await check(
      ring("if (step < tl.worldSize() - 1) sum += part;"),
      world,
      expectation('allReduce("sum")'),
    );
    expect(lacking.findings[0]!.detail).toEqual(["y[0] of rank 0 lacks x[0] of rank 1"]);
    const doubled = await check(
      ring("sum += part; if (step === 2) sum += part;"),
      world,
      expectation('allReduce("sum")'),
    );
    expect(doubled.findings[0]!.detail).toEqual([`y[0] of rank 0 has 2 times x[0] of rank ${world - 2}`]);
  });

  it("says that values come from elsewhere when a part is shifted", async () => {
    const body = "tl.store(y, tl.load(x + 1, [63]));\ntl.store(y + 63, tl.load(x, [1]));";
    const report = await check(body, 1, expectation("broadcast(0)"));
    expect(found(report)).toEqual(["LQ3601 4"]);
    expect(report.findings[0]!.detail).toEqual([
      "y[0] of rank 0 lacks x[0] of rank 0",
      "y[0] of rank 0 has, though it should not, x[1] of rank 0",
    ]);
  });

  it("of results that are not linear are judged by values: what differs is an error, what does not is left open", async () => {
    const body = (tile: string): string => `
      const mine = tl.load(x, [64]);
      let first: Tile = mine;
      if (tl.rank() === 0) tl.send("E", mine);
      else first = tl.recv("W", [64], "f32");
      tl.store(y, ${tile});
      const half = tl.rank() === 0 ? 64 : 32;
      for (let at = 0; at < 64; at += half) tl.store(y + at, tl.exp(tl.load(y + at, [half])));`;
    const shared = { ...VECTORS, options: 'replicated: ["y"]' };
    const alike = await check(body("first"), 2, shared);
    expect(alike).toMatchObject({ status: "ok", findings: [] });
    expect(alike.verdict).toContain("not decided: whether ranks agree on y");
    const other = await check(body("mine"), 2, shared);
    expect(found(other)).toEqual(["LQ3603 11"]);
    expect(other).toMatchObject({ status: "failed", exitCode: 4 });
    // Without data there is nothing that shows it.
    expect(await check(body("mine"), 2, { ...shared, check: { inputs: null } })).toMatchObject({
      status: "ok",
    });
  });

  it("tell what was never written, and not that it is wrong as well", async () => {
    const body = "tl.store(y, tl.load(x, [16]));\ntl.store(y + 32, tl.load(x + 32, [32]));";
    const report = await check(body, 1, expectation("broadcast(0)"));
    expect(found(report)).toEqual(["LQ3602 4"]);
    expect(report.findings[0]!.message).toBe("output y is not written in [16..32), on rank 0");
    // Where nothing is written at all, the kernel's definition is the place.
    const nothing = await check("tl.load(x, [64]);", 1, expectation("broadcast(0)"));
    expect(nothing.findings[0]!.at).toMatchObject({ line: 2, column: 18, endColumn: 30 });
    expect(nothing.postCondition).toBe("fails");
    // Without a promise what is not written may be meant to stay zero.
    expect((await check(body, 1, VECTORS)).status).toBe("ok");
  });
});

describe("budgets", () => {
  const chatter = 'for (;;) {\ntl.send("E", tl.zeros([1], "f32"));\ntl.recv("W", [1], "f32");\n}';

  it("end ranks that talk for ever: LQ3403, or nothing decided", async () => {
    const bundle = await compiled(chatter);
    const options = { ...CHECK_DEFAULTS, maxOperations: 1000 };
    expect(found(checkWorld(setupOf(bundle, 2), options))).toEqual([expect.stringMatching(/^LQ3403 [56]$/)]);
    const open = checkWorld(setupOf(bundle, 2), { ...options, beyondBudget: "undecided" });
    expect(open).toMatchObject({ status: "not decided", findings: [], exitCode: 0 });
    expect(open.verdict).toMatch(/1,00\d operations did not suffice/);
  });

  it("end a loop that never waits: LQ3402 at the loop", async () => {
    const spin = "let i = 0;\nwhile (i >= 0) { i = (i + 1) % 2; tl.print(i); }";
    expect(found(await check(spin, 2, { check: { maxOperations: 5000 } }))).toEqual(["LQ3402 5"]);
    expect(found(await check(spin, 2, { set: ["limits.stepBudget=1000"] }))).toEqual(["LQ3402 5"]);
  });
});
