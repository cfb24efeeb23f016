import { describe, expect, it } from "vitest";
import { check } from "./harness.js";

describe("a rank that receives from the wrong side", () => {
  // Everybody sends to the E, so messages come from the W; rank 0's is that of the last rank.
  const mixedUp = 'tl.send("E", tl.zeros([4], "f32"));\ntl.recv("E", [4], "f32");';

  it.each([2, 4])("is told what waits for it on the other, among %i ranks", async (world) => {
    const { findings } = await check(mixedUp, world);
    expect(findings.map(({ code, at }) => `${code} ${at?.line}`)).toEqual(["LQ3101 5"]);
    expect(findings[0]!.detail.join("\n")).toContain(
      `what rank ${world - 1} has sent to rank 0 waits for recv("W"), the world's ring`,
    );
    expect(findings[0]!.hint).toMatch(/^receive from the side that the messages come from/);
  });

  it("is not what a rank does to which nothing was sent", async () => {
    const { findings } = await check('tl.recv("W", [4], "f32");\ntl.send("E", tl.zeros([4], "f32"));', 4);
    expect(findings[0]!.detail.join("\n")).not.toContain("has sent");
    expect(findings[0]!.hint).toBe("let one of these ranks send before it receives");
  });
});
