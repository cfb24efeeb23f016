/** Kernels that break a rule while they run, and one element flipped in flight. */
import { describe, expect, it } from "vitest";
import {
  compiledFolderWith,
  json,
  passing,
  placeOf,
  reportOf,
  type JsonEnded,
  type RunResult,
} from "./cli.js";

const cwd = compiledFolderWith("faulty.ts");

async function fault(kernel: string, ...flags: string[]): Promise<JsonEnded<RunResult>> {
  return json(["run", "--kernel", `faulty.ts#${kernel}`, "--topology", "cube", ...flags], { cwd });
}

function placesOf(ended: JsonEnded<RunResult>): string[] {
  const all = [ended.error!.at!, ...ended.error!.related.map((one) => one.at)];
  return all.map(({ file, line, column }) => `${file}:${line}:${column}`);
}

describe.concurrent("a kernel that breaks a rule", () => {
  it("LQ3701: an assertion, with its text, its place and the rank", async () => {
    const ended = await fault("asserts");
    expect([ended.exitCode, ended.error!.code]).toEqual([5, "LQ3701"]);
    expect(placesOf(ended)[0]).toBe(placeOf("faulty.ts", "tl.assert("));
    expect(reportOf(ended)).toContain("ranks beyond five are not welcome");
    expect(reportOf(ended)).toMatch(/rank 6|6-7|6, 7/);
  });

  it("LQ2007: a static assertion refuses the launch", async () => {
    const ended = await fault("staticallyAsserts");
    expect([ended.exitCode, ended.error!.code]).toEqual([3, "LQ2007"]);
    expect(placesOf(ended)[0]).toBe(placeOf("faulty.ts", "tl.staticAssert("));
    expect(reportOf(ended)).toContain("needs seven ranks");
  });

  it.each([
    ["shapeMismatch", 'tl.recv("W", [8], "f32")', /\[?16\]?/, /\[?8\]?/],
    ["dtypeMismatch", 'tl.recv("W", [16], "f16")', /f32/, /f16/],
  ])("LQ3201: %s between sender and receiver, both places", async (kernel, recv, sent, wanted) => {
    const ended = await fault(kernel);
    expect([ended.exitCode, ended.error!.code]).toEqual([5, "LQ3201"]);
    // The send stands one line above the receive.
    const [file, line] = placeOf("faulty.ts", recv).split(":");
    const send = `${file}:${Number(line) - 1}:5`;
    expect(placesOf(ended).sort()).toEqual([send, placeOf("faulty.ts", recv)].sort());
    expect(reportOf(ended)).toMatch(sent);
    expect(reportOf(ended)).toMatch(wanted);
  });

  it("LQ3002: a load beyond the tensor, from the first rank that does it", async () => {
    // x has 16 elements; 14 from element 3 on end at 17.
    const ended = await fault("loadsBeyond");
    expect([ended.exitCode, ended.error!.code]).toEqual([5, "LQ3002"]);
    expect(placesOf(ended)[0]).toBe(placeOf("faulty.ts", "tl.load(x + tl.rank(), [14])"));
    expect(reportOf(ended)).toMatch(/\bx\b/);
    expect(reportOf(ended)).toMatch(/rank 3|3-7/);
    expect(reportOf(ended)).toContain("16");
  });

  it("LQ3002: a store before the tensor", async () => {
    const ended = await fault("storesBeyond");
    expect([ended.exitCode, ended.error!.code]).toEqual([5, "LQ3002"]);
    expect(placesOf(ended)[0]).toBe(placeOf("faulty.ts", "tl.store(y - 1"));
  });

  it.each([
    ["storesOtherDtype", "LQ2004", "tl.store(y, half)", /f16/],
    ["addsUnlikeShapes", "LQ2002", "", /16.*15|15.*16/],
    ["multipliesUnlike", "LQ2001", "tl.dot(left, right)", /2.?[x×,] ?4.*3.?[x×,] ?2/],
  ])("%s: %s", async (kernel, code, text, words) => {
    const ended = await fault(kernel);
    expect([3, 5]).toContain(ended.exitCode);
    expect(ended.error!.code).toBe(code);
    if (text !== "") expect(placesOf(ended)[0]).toBe(placeOf("faulty.ts", text));
    expect(reportOf(ended)).toMatch(words);
  });
});

describe.concurrent("one element flipped in flight", () => {
  const flags = ["--topology", "cube", "--bytes", "4100", "--verify-data"];
  const corrupted = (...more: string[]): Promise<JsonEnded<RunResult>> =>
    json(["run", ...flags, "--inject", "corrupt-element", ...more]);

  it.each([
    ["hierarchical", "f32"],
    ["ring", "f16"],
  ])("is found and placed: %s %s", async (algorithm, dtype) => {
    const ended = await corrupted("--algorithm", algorithm, "--dtype", dtype);
    expect([ended.exitCode, ended.status]).toEqual([4, "failed"]);
    const { verify } = ended.result;
    expect(verify.status).toBe("fail");
    expect(verify.mismatches).toBeGreaterThanOrEqual(1);
    // At most the one element on every rank; flipping a partial sum s changes the total by 2s, |s| ≤ 8.
    expect(verify.mismatches).toBeLessThanOrEqual(8);
    expect(verify.maxAbs % 2).toBe(0);
    expect(verify.maxAbs).toBeGreaterThanOrEqual(2);
    expect(verify.maxAbs).toBeLessThanOrEqual(16);
    const { tensor, index, rank, op, at } = verify.firstMismatch!;
    expect(tensor).toBe("y");
    const element = [index].flat()[0];
    expect(element).toBeGreaterThanOrEqual(0);
    expect(element).toBeLessThan(4100 / (dtype === "f16" ? 2 : 4));
    expect(rank).toBeGreaterThanOrEqual(0);
    expect(rank).toBeLessThan(8);
    expect(op).not.toBe("");
    expect(at).toMatch(/allreduce\.ts:\d+:\d+$/);
    // The report says the same to people.
    expect(reportOf(ended)).toContain(`y[${element}]`);
    expect(reportOf(ended)).toMatch(new RegExp(`rank ${rank}\\b`));
  });

  it("is another element with another seed, and the same with the same", async () => {
    const elements = await Promise.all(
      ["1", "1", "2", "3"].map(async (seed) => {
        const ended = await corrupted("--seed", seed);
        expect(ended.exitCode).toBe(4);
        return [ended.result.verify.firstMismatch!.index].flat()[0];
      }),
    );
    expect(elements[0]).toBe(elements[1]);
    expect(new Set(elements).size).toBeGreaterThanOrEqual(3);
  });

  it("is not there without the flag", async () => {
    expect((await passing(flags)).verify).toMatchObject({ status: "pass", mismatches: 0 });
  });

  it("can be found only by verifying: without --verify-data it is refused or verifies by itself", async () => {
    const ended = await json(["run", "--topology", "cube", "--inject", "corrupt-element"]);
    expect(ended.exitCode).not.toBe(0);
    expect(ended.exitCode).not.toBe(1);
  });

  it("needs a message to travel in", async () => {
    const ended = await json(["run", "--topology", "pe", "--verify-data", "--inject", "corrupt-element"]);
    expect([2, 3]).toContain(ended.exitCode);
    expect(ended.error!.message).not.toContain("bug in linqu");
  });
});
