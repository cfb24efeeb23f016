import { expect, it } from "vitest";
import { topologyFields } from "../../src/topology/schema.js";

/** What a value's name ends in, by the unit in the words in which a wrong value is refused. */
const UNITS: readonly (readonly [words: RegExp, suffix: RegExp])[] = [
  [/ GB\/s\b/, /GBps$/],
  [/ ns\/mm$/, /nsPerMm$/],
  [/ ns$/, /Ns$/],
  [/ mm$/, /Mm$/],
  [/ GHz$/, /GHz$/],
  // The unit, and the dtype for which it holds.
  [/ TFLOPS$/, /tflopsF16$/],
  [/^a size from .* bytes\b/, /Bytes$/],
];

/** Numbers without a unit: how many of something, and one ratio. */
const COUNTS = [
  ...["supernodes", "podsPerSupernode", "hostsPerPod", "sipsPerHost", "pesPerCube"].map(
    (key) => `counts.${key}`,
  ),
  ...["cubes.columns", "cubes.rows", "sips.columns", "sips.rows", "cube.routerColumns", "cube.routerRows"],
  "fabric.bufferFlits",
  "pe.dispatchCycles",
  "pe.math.lanes",
  ...["pe.scheduler.tileM", "pe.scheduler.tileK", "pe.scheduler.tileN"],
  ...["pe.dma.requests", "pe.hbm.channels", "ipcq.slots", "ucie.connectionsPerSide"],
  ...["pod", "clos1", "clos2"].map((tier) => `network.${tier}.oversubscription`),
  ...["runtime.taskRing.capacity", "runtime.tensorMap.capacity", "runtime.maxScopeDepth"],
  ...["limits.stepBudget", "limits.maxEvents"],
];

/** What a value, or the element of a list, is expected to be, in words. */
function expectedOf(path: string, wrong: unknown = null): string {
  const reading = topologyFields.get(path)!.read(wrong);
  if (reading.ok) throw new Error(`${path} takes ${String(wrong)}`);
  return reading.expected;
}

it("has the unit of every quantity in its name", () => {
  const numbers = [...topologyFields.keys()].filter((path) => /number|size/.test(expectedOf(path)));
  const withoutUnit = numbers.filter(
    (path) => !UNITS.some(([words, suffix]) => words.test(expectedOf(path)) && suffix.test(path)),
  );
  expect(withoutUnit.sort()).toEqual([...COUNTS].sort());
});

it("has no other kinds of values but texts, choices, flags and two lists: of places in a grid and of points", () => {
  const others = [...topologyFields.keys()].filter(
    (path) => !/number|size|text|true or false|^"/.test(expectedOf(path)),
  );
  expect(others).toEqual(["cube.withoutRouters", "cube.pes"]);
  expect(expectedOf("cube.withoutRouters", [0])).toBe("[row, column]");
  expect(expectedOf("cube.pes", [0])).toBe("{ xMm, yMm }");
});
