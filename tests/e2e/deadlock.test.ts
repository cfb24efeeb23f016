/** What never ends is named: who waits, where, for whom, and what its queue holds. */
import { describe, expect, it } from "vitest";
import { compiledFolderWith, json, linqu, placeOf, reportOf, type JsonEnded, type RunResult } from "./cli.js";

const cwd = compiledFolderWith("hanging.ts");

/** What the machine itself finds while it runs. */
async function hang(kernel: string, flags: string): Promise<JsonEnded<RunResult>> {
  return json(["run", "--no-check", "--kernel", `hanging.ts#${kernel}`, ...flags.split(" ")], { cwd });
}

function whereOf(ended: JsonEnded<RunResult>): string {
  const { file, line, column } = ended.error!.at!;
  return `${file}:${line}:${column}`;
}

function expectDeadlock(ended: JsonEnded<RunResult>, place: string, words: (string | RegExp)[]): void {
  expect(ended.exitCode).toBe(5);
  expect(ended.error!.code).toBe("LQ3101");
  expect(whereOf(ended)).toBe(place);
  const report = reportOf(ended);
  for (const word of words) expect(report).toMatch(word);
  // Something a person reads, not a dump of every PE.
  expect(report.split("\n").length).toBeLessThanOrEqual(40);
  expect(report.length).toBeLessThanOrEqual(4000);
}

describe.concurrent("a deadlock", () => {
  it("by a receive that nobody sends", async () => {
    const ended = await hang("receiveOnly", "--topology cube");
    expectDeadlock(ended, placeOf("hanging.ts", 'tl.recv("W", [16], "f32");'), [/\b0-7\b/, /recv/, /\bW\b/]);
    // The world's ring: rank 0 waits for rank 7. Its queue is empty.
    expect(reportOf(ended)).toMatch(/world|ring/);
    expect(reportOf(ended)).toMatch(/rank 7|ranks? 7|7, ?0-6|0-6.*7|PE 7|pe:7/);
    expect(reportOf(ended)).toMatch(/empty|\b0 of 4\b|0\/4/);
  });

  it("by a send to a neighbour that never receives", async () => {
    const ended = await hang("sendOnly", "--topology cube");
    expectDeadlock(ended, placeOf("hanging.ts", 'tl.send("E", tile, { axis: "pe" });'), [
      /send/,
      /rank 0\b|ranks? 0\b/,
      /\bE\b/,
      /\bpe\b/,
      /\b4 of 4\b|4\/4|full|0 credits|no credit/,
      /rank 1\b|pe:1\b/,
    ]);
    expect(reportOf(ended)).not.toMatch(/\b0-7\b/);
  });

  it("is gone with as many slots as there are messages", async () => {
    expect((await hang("sendOnly", "--topology cube --set ipcq.slots=6")).exitCode).toBe(0);
  });

  it("by a cycle of receives", async () => {
    const ended = await hang("cycle", "--topology sip");
    expectDeadlock(ended, placeOf("hanging.ts", 'tl.recv("W", [16], "f32", { axis: "pe" })'), [
      /\b0-127\b/,
      /recv/,
      /\bW\b/,
      /\bpe\b/,
    ]);
  });

  it("of one rank among many, on the cube axis", async () => {
    const ended = await hang("oneWaits", "--topology sip");
    // Rank 24 is PE 0 of cube 3, in the first of four rows of four: south of it is cube 7, rank 56.
    expectDeadlock(ended, placeOf("hanging.ts", 'tl.recv("S", [16], "f32", { axis: "cube" })'), [
      /\b24\b/,
      /\bcube\b/,
      /\bS\b/,
      /\b56\b|cube:?7\b/,
    ]);
  });

  it("for two reasons names both places", async () => {
    const ended = await hang("twoReasons", "--topology cube");
    const first = placeOf("hanging.ts", 'tl.recv("E", [16], "f32")');
    const second = placeOf("hanging.ts", 'tl.recv("W", [16], "f32"));');
    expect(ended.exitCode).toBe(5);
    const places = `${whereOf(ended)}\n${reportOf(ended)}`;
    expect(places).toContain(first);
    expect(places).toContain(second);
    expect(places).toMatch(/\b5-7\b/);
  });

  it("at 16,384 ranks is as short", async () => {
    const ended = await hang("receiveOnly", "--topology supernode");
    expectDeadlock(ended, placeOf("hanging.ts", 'tl.recv("W", [16], "f32");'), [
      /\b0-16383\b/,
      /recv/,
      /\bW\b/,
    ]);
  });

  it("shows people the same, with the source line", async () => {
    const ended = await linqu(["run", "--no-check", "--kernel", "hanging.ts#cycle", "--topology", "cube"], {
      cwd,
    });
    expect(ended.exitCode).toBe(5);
    expect(ended.stderr).toContain("LQ3101");
    expect(ended.stderr).toContain(placeOf("hanging.ts", 'tl.recv("W", [16], "f32", { axis: "pe" })'));
    expect(ended.stderr).toContain('const west = tl.recv("W", [16], "f32", { axis: "pe" });');
    expect(ended.stderr).toMatch(/\b0-7\b/);
    expect(ended.stderr.split("\n").length).toBeLessThanOrEqual(40);
  });
});

describe.concurrent("the check before a run", () => {
  it.each([
    [
      "receiveOnly",
      "cube",
      "LQ3101",
      'tl.recv("W", [16], "f32");',
      [/\b0-7\b/, /rank 7/, /recv/, /nothing was sent/],
    ],
    [
      "sendOnly",
      "cube",
      "LQ3102",
      'tl.send("E", tile, { axis: "pe" });',
      [/rank 1, which has ended/, /4 of 4 slots full/],
    ],
    ["cycle", "sip", "LQ3101", 'tl.recv("W", [16], "f32", { axis: "pe" })', [/\b0-127\b/, /axis pe/]],
    [
      "oneWaits",
      "sip",
      "LQ3102",
      'tl.recv("S", [16], "f32", { axis: "cube" })',
      [/\b24\b/, /rank 56/, /axis cube/],
    ],
  ] as const)("finds %s on %s: %s", async (kernel, topology, code, place, words) => {
    const ended = await json<RunResult>(["run", "--kernel", `hanging.ts#${kernel}`, "--topology", topology], {
      cwd,
    });
    expect([ended.exitCode, ended.error!.code, ended.result]).toEqual([5, code, null]);
    expect(whereOf(ended)).toBe(placeOf("hanging.ts", place));
    for (const word of words) expect(reportOf(ended)).toMatch(word);
  });
});

describe.concurrent("a kernel without an end", () => {
  it("is stopped by its step budget when it never suspends", async () => {
    const ended = await hang("endless", "--topology pe");
    expect([ended.exitCode, ended.error!.code]).toEqual([5, "LQ3402"]);
    expect(whereOf(ended)).toMatch(/^hanging\.ts:/);
    expect(ended.error!.at!.line).toBe(Number(placeOf("hanging.ts", "while (tl.rank() >= 0)").split(":")[1]));
    expect(reportOf(ended)).toContain("limits.stepBudget");
  });

  it("is stopped when it communicates for ever", async () => {
    const ended = await hang("endlessTalk", "--topology cube --set limits.maxEvents=8000000");
    expect(ended.exitCode).toBe(5);
    expect(ended.error!.code).toMatch(/^LQ3\d{3}$/);
    expect(ended.error!.at?.file).toBe("hanging.ts");
  });

  it.each(["recursion", "suspendingRecursion"])(
    "is a fault of the kernel, not of linqu, for %s",
    async (kernel) => {
      const ended = await hang(kernel, "--topology pe --set limits.stepBudget=1000000");
      expect(ended.exitCode).toBe(5);
      expect(ended.error!.code).toMatch(/^LQ3\d{3}$/);
      expect(ended.error!.message).not.toContain("bug in linqu");
      expect(ended.error!.at?.file).toBe("hanging.ts");
    },
  );
});
