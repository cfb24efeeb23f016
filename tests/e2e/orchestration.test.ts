/** A bench file of the user's, with its own orchestration; and what becomes of one that waits for itself. */
import { describe, expect, it } from "vitest";
import { folderWith, json, passing, placeOf, reportOf } from "./cli.js";

describe.concurrent("a bench with its own orchestration", () => {
  it("runs chip after chip: slower than both at once, with the same values", async () => {
    const cwd = folderWith("orchestrated.ts");
    const own = ["--bench", "orchestrated.ts", "--topology", "host", "--verify-data"];
    const byHand = await passing(own, { cwd });
    expect(byHand).toMatchObject({ bench: "one-by-one", algorithm: "double", ranks: 256 });
    expect(byHand.verify).toMatchObject({ status: "pass", mismatches: 0 });
    const fanOut = await passing(["--kernel", "orchestrated.ts#double", "--topology", "host"], { cwd });
    // The second chip starts when the first has finished.
    expect(byHand.simulatedNs).toBeGreaterThan(fanOut.simulatedNs + 1000);
    const chip = (result: typeof byHand): number =>
      result.levels.find(({ level }) => level === 2)!.dispatchNs;
    expect(chip(byHand)).toBeGreaterThan(0);
  });

  it("deadlock on the heap ring: exit 5, the ring, the place, the smallest setting that helps", async () => {
    const cwd = folderWith("orchestrated.ts", "hoarding.ts");
    const argv = ["run", "--bench", "hoarding.ts", "--topology", "sip"];
    const tight = ["--set", "runtime.heapRing.capacityBytes=4096"];
    const ended = await json([...argv, ...tight], { cwd });
    expect(ended.exitCode).toBe(5);
    expect(ended.error!.code).toMatch(/^LQ7\d{3}$/);
    const { file, line, column } = ended.error!.at!;
    expect(`${file}:${line}:${column}`).toBe(placeOf("hoarding.ts", "rt.alloc(3000);\n  rt.submit"));
    expect(reportOf(ended)).toMatch(/heap/);
    const setting = /runtime\.heapRing\.capacityBytes=(\d+)/.exec(reportOf(ended))!;
    expect(setting).not.toBeNull();
    // It helps, and it is not lavish: two buffers of 3,000 bytes.
    expect(Number(setting[1])).toBeGreaterThanOrEqual(6000);
    expect(Number(setting[1])).toBeLessThanOrEqual(8192);
    const better = await json([...argv, "--set", setting[0], "--verify-data"], { cwd });
    expect(better.exitCode).toBe(0);
    expect(better.result.verify.status).toBe("pass");
  });

  it("deadlock on the task ring: exit 5, the ring and the setting", async () => {
    const cwd = folderWith("orchestrated.ts", "crowding.ts");
    const argv = ["run", "--bench", "crowding.ts", "--topology", "sip"];
    const ended = await json([...argv, "--set", "runtime.taskRing.capacity=2"], { cwd });
    expect(ended.exitCode).toBe(5);
    expect(ended.error!.code).toMatch(/^LQ7\d{3}$/);
    expect(ended.error!.at).toMatchObject({ file: "crowding.ts" });
    expect(reportOf(ended)).toMatch(/task/);
    const setting = /runtime\.taskRing\.capacity=(\d+)/.exec(reportOf(ended))!;
    expect(setting).not.toBeNull();
    expect((await json([...argv, "--set", setting[0]], { cwd })).exitCode).toBe(0);
  });

  it("names a missing file of the bench", async () => {
    const cwd = folderWith("hoarding.ts");
    const ended = await json(["run", "--bench", "hoarding.ts", "--topology", "sip"], { cwd });
    expect(ended.exitCode).toBe(3);
    expect(reportOf(ended)).toContain("orchestrated.ts");
  });
});
