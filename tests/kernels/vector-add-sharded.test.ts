import { describe, expect, it, vi } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

async function runOf(name: "vectorAddOwn" | "vectorAddNeighbour", options: Partial<RunOptions> = {}) {
  const kernel = `kernels/vector-add-sharded.ts#${name}`;
  const outcome = await run({ bench: null, kernel, verify: true, ...options });
  expect(outcome.diagnostics).toEqual([]);
  expect(outcome.result?.verify.status).toBe("pass");
  return outcome.result!;
}

describe.each(["vectorAddOwn", "vectorAddNeighbour"] as const)("%s", (name) => {
  it.each([
    ["sip", "all"],
    ["host", "all"],
    ["host", "sip:1/cube:1-2/pe:3,5-7"],
    ["pe", "all"],
  ])("gives the sum on %s, %s", async (topology, device) => {
    await runOf(name, { topology, device, bytes: 1000, data: "normal" });
  });

  it("gives the sum on PEs joined in a ring and on hosts that are alike", async () => {
    await runOf(name, { topology: "ring", set: ["counts.pesPerCube=5"], dtype: "f16" });
    await runOf(name, { topology: "pod", device: "host:0-2/cube:0-1/pe:0-1" });
  });
});

it("takes longer for a block of another PE", async () => {
  const own = await runOf("vectorAddOwn");
  const neighbour = await runOf("vectorAddNeighbour");
  expect(neighbour.collectiveNs).toBeGreaterThan(own.collectiveNs);
});
