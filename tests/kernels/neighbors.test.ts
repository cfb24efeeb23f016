import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import type { RunOutcome } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
const folder = ownCache();

/** Runs a kernel whose vector x has 64 elements, with the given neighbours and body. */
function runKernel(neighbors: string, body: string, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
  const file = join(folder.path, "named.ts");
  writeFileSync(
    file,
    `import { allReduce, defineKernel, input, output, tl, type Direction, type Ptr } from "linqu/dsl";
export const named = defineKernel(
  {
    name: "named",
    neighbors: ${neighbors},
    args: () => [input("x", "f32", [64]), output("y", "f32", [64])],
    expect: allReduce("sum"),
  },
  (x: Ptr<"f32">, y: Ptr<"f32">) => {
    const mine = tl.load(x, [64]);
    ${body}
  },
);`,
  );
  return run({ bench: null, kernel: file, verify: true, ...options });
}

const EAST_WEST = "({ rank, world }) => [(rank + 1) % world, (rank + world - 1) % world]";
const ROUND = `
    let sum = mine;
    let part = mine;
    for (let step = 1; step < tl.worldSize(); step++) {
      tl.send(0, part);
      part = tl.recv(1, [64], "f32");
      sum += part;
    }
    tl.store(y, sum);`;

describe("named neighbours", () => {
  it.each(["pe:0-1", "pe:0-2", "all"])("make a ring like that of the world: %s", async (device) => {
    const named = await runKernel(EAST_WEST, ROUND, { device });
    const body = ROUND.replace("send(0", 'send("E"').replace("recv(1", 'recv("W"');
    const world = await runKernel(EAST_WEST, body, { device });
    expect(named.diagnostics).toEqual([]);
    expect(named.result!.verify.status).toBe("pass");
    expect(named.result!.collectiveNs).toBe(world.result!.collectiveNs);
  });

  it("reach a PE of the same SIP without leaving it, and one of another SIP over PCIe", async () => {
    const pair = `({ rank, world }) => [world - 1 - rank]`;
    const body = 'tl.send(0, mine); tl.store(y, mine + tl.recv(0, [64], "f32"));';
    const inside = await runKernel(pair, body, { topology: "host", device: "sip:1/cube:0/pe:0-1" });
    const outside = await runKernel(pair, body, { topology: "host", device: "cube:0/pe:0" });
    for (const { result } of [inside, outside])
      expect([result!.verify.status, result!.messages]).toEqual(["pass", 2]);
    // PCIe takes 500 ns; neighbouring PEs of a cube are some ten nanoseconds apart.
    expect(inside.result!.collectiveNs).toBeLessThan(200);
    expect(outside.result!.collectiveNs).toBeGreaterThan(500);
  });

  it("take a direction that is a name in one call and a number in another", async () => {
    const body = `
    for (let step = 1; step < 2; step++) {
      const way: Direction | number = step > 1 ? "E" : 0;
      tl.send(way, mine);
      tl.store(y, mine + tl.recv(1, [64], "f32"));
    }`;
    expect((await runKernel(EAST_WEST, body, { device: "pe:0-1" })).result!.verify.status).toBe("pass");
  });

  it("are named in a deadlock by direction", async () => {
    const { exitCode, diagnostics } = await runKernel(EAST_WEST, 'tl.recv(1, [64], "f32");', {
      device: "pe:0-1",
    });
    expect([exitCode, diagnostics[0]!.code]).toEqual([5, "LQ3101"]);
    expect(diagnostics[0]!.detail[0]).toMatch(/^ranks 0-1 wait in recv\(1\) at .*, the kernel's neighbors$/);
  });
});

describe("named neighbours are refused", () => {
  it.each([
    ["a rank outside the world", "({ world }) => [world]", "LQ2104", "has 2 in direction 0"],
    ["the rank itself", "({ rank }) => [-1, rank]", "LQ2104", "has the rank itself in direction 1"],
    ["no whole number", "() => [0.5]", "LQ2104", "has 0.5 in direction 0"],
    ["no list", "() => 3 as never", "LQ2104", "returned no list"],
    [
      "more neighbours than can be numbered in 16 bits",
      "() => new Array<number>(65_537).fill(-1)",
      "LQ2104",
      "has 65537 entries: at most 65536 are possible",
    ],
    ["an error", '() => { throw new Error("no plan"); }', "LQ2104", "no plan"],
    ["one-sided", "({ rank }) => (rank === 0 ? [1] : [])", "LQ2105", "leads to rank 1, which has none back"],
  ])("before the run: %s", async (_what, neighbors, code, message) => {
    const refused = await runKernel(neighbors, ROUND, { device: "pe:0-1" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ exitCode: 3, diagnostics: [{ code }] });
    expect((refused as Error).message).toContain(message);
  });

  it.each([
    ["a direction without a neighbour", "() => [-1]", "tl.send(0, mine);", 5, "LQ3204"],
    ["a direction beyond the list", EAST_WEST, "tl.send(2, mine);", 5, "LQ3204"],
    ["a fraction", EAST_WEST, "tl.send(0.5, mine);", 3, "LQ1304"],
    ["an axis", EAST_WEST, 'tl.send(0, mine, { axis: "pe" });', 3, "LQ1304"],
  ])("while running: %s", async (_what, neighbors, body, exitCode, code) => {
    const outcome = await runKernel(neighbors, body, { device: "pe:0-1" });
    expect([outcome.exitCode, outcome.diagnostics[0]?.code]).toEqual([exitCode, code]);
  });
});
