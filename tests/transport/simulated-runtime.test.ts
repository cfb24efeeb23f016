import { describe, expect, it } from "vitest";
import { compiled, testMachine } from "../runtime/helpers.js";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const cluster = {
  counts: { supernodes: 16, podsPerSupernode: 4, hostsPerPod: 16 },
  hosts: range(1024),
  chips: 2,
};

describe("a runtime of 1,105 nodes", () => {
  const machine = testMachine(cluster);
  machine.run();
  const records = machine.runtime.records(machine.nowPs());

  it("reaches every host through the levels, with each level's dispatch time", () => {
    expect(machine.asked).toHaveLength(1024);
    expect(machine.completions).toHaveLength(1);
    expect(machine.completions[0]!.failure).toBeNull();
    const largest = (level: number): number =>
      Math.max(...records.filter((node) => node.level === level).map((node) => node.dispatchPs));
    // One submit, then the last of n calls of 201.12 ns each, then the tier.
    expect(largest(5)).toBe(100_000 + 16 * 201_120 + 3_000_000);
    expect(largest(4)).toBe(100_000 + 4 * 201_120 + 2_000_000);
    expect(largest(3)).toBe(100_000 + 16 * 201_120 + 1_000_000);
    expect(largest(6)).toBe(0);
  });

  it("sends the code once over each link", () => {
    expect(machine.runtime.links).toMatchObject({ messages: 1104 * 4, bytes: 1104 * (1060 + 60 + 56 + 36) });
    expect(new Set(machine.prepared).size).toBe(1024);
  });

  it("is the same in every run", () => {
    const again = testMachine(cluster);
    again.run();
    expect(again.asked).toEqual(machine.asked);
    expect(again.runtime.records(again.nowPs())).toEqual(records);
  });

  it("makes rings only where something used them", () => {
    expect(records[0]!.rings.map(({ kind, depth }) => `${kind}${depth ?? ""}`)).toEqual([
      "task0",
      "tensorMap",
    ]);
  });
});

it("refuses two orchestrations of one level", () => {
  const body = function* (): Generator<unknown, void, void> {
    yield;
  };
  expect(() =>
    testMachine({ orchestrations: () => [compiled("HOST", body), compiled("HOST", body)] }),
  ).toThrow(/two orchestrations for level HOST/);
});
