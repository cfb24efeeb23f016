import { describe, expect, it } from "vitest";
import { blockedReport } from "../../src/runtime/blocked-report.js";
import { compiled, testMachine, type MachineOptions, type TestMachine } from "./helpers.js";

/** Submits three tasks in one scope. */
function threeInOneScope(capacity: number, options: MachineOptions = {}): TestMachine {
  const machine = testMachine({
    ...options,
    runtime: { taskRing: { capacity } },
    orchestrations: ($) => [
      compiled("HOST", function* () {
        for (let i = 0; i < 3; i++) if (!$.submit(12, { to: 0, name: `step${i}` })) yield;
        if (!$.waitAll(14)) yield;
      }),
    ],
  });
  machine.run();
  return machine;
}

describe("blocked report", () => {
  it("names the operation, the ring, who holds it and the smallest capacity that works", () => {
    const machine = threeInOneScope(2);
    expect(machine.completions).toEqual([]);
    expect(blockedReport(machine.runtime.nodes[0]!)).toEqual({
      node: "host0",
      levelName: "HOST",
      op: "submit",
      at: { file: "orchestration.ts", line: 12, column: 1, endColumn: 2 },
      ring: {
        kind: "task",
        depth: 0,
        unit: "slots",
        used: 2,
        capacity: 2,
        setting: "taskRing.capacity",
        sufficient: 3,
        heldByOpenScope: true,
      },
      holders: [
        { name: "step0", state: "COMPLETED", waitsFor: "the end of its scope" },
        { name: "step1", state: "COMPLETED", waitsFor: "the end of its scope" },
      ],
    });
    expect(machine.runtime.deadlock()).toMatchObject({
      code: "LQ7020",
      at: { line: 12 },
      hint: "--set runtime.taskRing.capacity=3 or more, or end the scope earlier",
    });
    expect(threeInOneScope(3).completions[0]!.failure).toBeNull();
  });

  it("groups hosts that are blocked in the same way and leaves out those that wait for them", () => {
    const { runtime } = threeInOneScope(2, { counts: { hostsPerPod: 6 }, hosts: [0, 1, 2, 3, 4, 5] });
    const report = runtime.deadlock()!;
    expect(report.message).toBe(
      "deadlock: 6 HOST nodes wait in rt.submit for room in the task ring at scope depth 0, " +
        "which only the end of an open scope can give",
    );
    expect(report.detail).toEqual([
      "pod0/host0, pod0/host1, pod0/host2, pod0/host3, and 2 more " +
        "in rt.submit: the task ring at scope depth 0 holds 2 of 2 slots",
      '  task "step0" COMPLETED, waits for the end of its scope',
      '  task "step1" COMPLETED, waits for the end of its scope',
    ]);
  });

  it("counts the wait in progress", () => {
    const machine = threeInOneScope(2);
    const [node] = machine.runtime.records(100_000_000);
    // The third submit was ready at 300 ns.
    expect(node!.rings[0]).toMatchObject({ blocks: 1, blockedPs: 100_000_000 - 300_000 });
  });

  it("names the bytes that a heap ring would have needed", () => {
    const blocked = (capacityBytes: number): TestMachine => {
      const machine = testMachine({
        runtime: { heapRing: { capacityBytes } },
        orchestrations: ($) => [
          compiled("HOST", function* () {
            for (const bytes of [512, 256, 400]) if (!$.alloc(3, bytes)) yield;
          }),
        ],
      });
      machine.run();
      return machine;
    };
    expect(blockedReport(blocked(1024).runtime.nodes[0]!)).toMatchObject({
      op: "alloc",
      at: { line: 3 },
      ring: { kind: "heap", depth: 0, unit: "bytes", used: 768, capacity: 1024, sufficient: 1168 },
    });
    expect(blocked(1168).completions[0]!.failure).toBeNull();
  });

  it("says which chips a host waits for when a launch never ends", () => {
    const machine = testMachine({ counts: { hostsPerPod: 2 }, hosts: [0, 1], chips: 2, launch: () => null });
    machine.run();
    expect(machine.runtime.deadlock()).toMatchObject({
      code: "LQ7021",
      message: "the program did not complete: 2 HOST nodes wait for tasks that nothing can finish",
      detail: ["pod0/host0, pod0/host1 in rt.waitAll", '  task "launch" RUNNING, waits for chip 0-1'],
    });
  });

  it("is silent when nothing runs", () => {
    const machine = testMachine();
    machine.run();
    expect(machine.runtime.deadlock()).toBeNull();
  });
});
