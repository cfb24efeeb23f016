import { expect, it, vi } from "vitest";
import type { RunResult } from "../../src/session/result.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

const BYTES = 64 * 1024;
const FLIT_BYTES = 256;
const RANKS = 256;

async function allReduce(flitTrains: boolean): Promise<RunResult> {
  const outcome = await run({
    algorithm: "hierarchical",
    topology: "kernbench",
    set: [`fabric.flitTrains=${flitTrains}`],
    bytes: BYTES,
    verify: flitTrains,
  });
  if (outcome.result === null) throw new Error(JSON.stringify(outcome.diagnostics));
  return outcome.result;
}

it("256 PEs reduce 64 KB each, and trains of flits cost neither an event per flit nor exactness", async () => {
  const trains = await allReduce(true);
  const flits = await allReduce(false);
  expect(trains.verify.status).toBe("pass");
  // Up and down a tree: 2 (n − 1) messages, each of which fits into one slot.
  const messages = 2 * (RANKS - 1);
  expect([trains.messages, flits.messages]).toEqual([messages, messages]);
  // No link carries two messages at once here, so both ways of moving them give the same time.
  expect(trains.simulatedNs).toBe(flits.simulatedNs);
  const flitCount = (messages * BYTES) / FLIT_BYTES;
  expect(flits.events).toBeGreaterThan(flitCount);
  expect(trains.events).toBeLessThan(flitCount / 32);
}, 120_000);
