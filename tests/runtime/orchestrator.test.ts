import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { SharedOps } from "../../src/runtime/shared-ops.js";
import { compiled, testMachine, type MachineOptions, type TestMachine } from "./helpers.js";

type Body = ($: SharedOps) => Generator<unknown, void, void>;

/** A host that runs this orchestration; each operation's site is its line. */
function host(body: Body, options: MachineOptions = {}): TestMachine {
  return testMachine({ ...options, orchestrations: ($) => [compiled("HOST", () => body($))] });
}

describe("orchestrations of a program", () => {
  it("at a host: a submit brings the chip's copies with it", () => {
    const machine = host(
      function* ($) {
        if (!$.submit(1, { to: 1 })) yield;
      },
      { chips: 2 },
    );
    machine.run({ inputBytesPerChip: 100, outputBytesPerChip: 200 });
    expect(machine.asked).toEqual([
      "100 copyIn host0 chip1 100",
      "1100 launch host0 chips 1",
      "6100 copyOut host0 chip1 200",
    ]);
    // It returned without rt.waitAll: the node waits for its tasks all the same.
    expect(machine.completions[0]!.endPs).toBe(7_100_000);
  });

  it("at a host: a second launch on a chip leaves its memory alone until the first one is copied out", () => {
    const machine = host(function* ($) {
      if (!$.submit(1, { to: 0 })) yield;
      if (!$.submit(2, { to: 0 })) yield;
    });
    machine.run({ inputBytesPerChip: 64, outputBytesPerChip: 64 });
    expect(machine.asked.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "100 copyIn",
      "1100 launch",
      "6100 copyOut",
      "7100 copyIn",
      "8100 launch",
      "13100 copyOut",
    ]);
  });

  it("above hosts: a task waits for the tasks that write what it reads, over nodes that share one bundle", () => {
    const order = (reads: boolean): string[] => {
      const machine = testMachine({
        counts: { hostsPerPod: 2 },
        hosts: [0, 1],
        orchestrations: ($) => [
          compiled("POD", function* (task) {
            expect(task).toEqual({ inputBytesPerChild: 8, outputBytesPerChild: 0 });
            expect($.childCount(1)).toBe(2);
            if (!$.alloc(2, 4096)) yield;
            const buffer = $.out;
            if (!$.submit(3, { to: 0, writes: [buffer] })) yield;
            if (!$.submit(4, { to: 1, reads: reads ? [buffer] : [] })) yield;
            if (!$.waitAll(5)) yield;
          }),
          compiled("HOST", function* (task) {
            expect(task.inputBytesPerChild).toBe(4);
            if (!$.alloc(6, 64)) yield;
            const buffer = $.out;
            if (!$.submit(7, { to: "all", reads: [buffer] })) yield;
          }),
        ],
        chips: 2,
      });
      machine.run({ inputBytesPerChip: 4 });
      expect(machine.completions[0]!.failure).toBeNull();
      return machine.asked.filter((line) => line.includes("launch"));
    };
    const times = (lines: string[]): number[] => lines.map((line) => Number(line.split(" ")[0]));
    const [first, second] = times(order(true));
    // The launch takes 5 µs and its end must climb up and the call down again, 1 µs each.
    expect(second! - first!).toBeGreaterThan(7000);
    const [one, other] = times(order(false));
    expect(other! - one!).toBeLessThan(1000);
  });

  it("calls one child after another: its calls queue up", () => {
    const machine = testMachine({
      counts: { hostsPerPod: 2 },
      orchestrations: ($) => [
        compiled("POD", function* () {
          for (let i = 0; i < 3; i++) if (!$.submit(1, { to: 0 })) yield;
        }),
      ],
    });
    machine.run();
    const times = machine.asked.map((line) => Number(line.split(" ")[0]));
    expect(times.map((time) => time - times[0]!)).toEqual([0, 5100, 10_200]);
  });

  it("gives memory back on free, on the end of the scope, and only once", () => {
    const machine = host(
      function* ($) {
        for (let i = 0; i < 10; i++) {
          $.scopeBegin(1);
          if (!$.alloc(2, 600)) yield;
          const buffer = $.out;
          $.free(3, buffer);
          $.free(3, buffer);
          if (!$.alloc(4, 900)) yield;
          $.scopeEnd(5);
          $.free(6, $.out);
        }
      },
      { runtime: { heapRing: { capacityBytes: 1000 } } },
    );
    machine.run();
    expect(machine.completions[0]!.failure).toBeNull();
    const [node] = machine.runtime.records(machine.nowPs());
    expect(node).toMatchObject({ scopeBegins: 10, scopeEnds: 10, frees: 10, tasks: 0 });
    expect(node!.rings.find(({ kind, depth }) => kind === "heap" && depth === 1)).toMatchObject({
      allocs: 20,
      retires: 20,
      blocks: 0,
    });
  });

  it("keeps a freed buffer's memory while a task uses it", () => {
    const machine = host(
      function* ($) {
        if (!$.alloc(1, 64)) yield;
        const buffer = $.out;
        if (!$.submit(2, { to: "all", reads: [buffer] })) yield;
        $.free(3, buffer);
        if (!$.alloc(4, 64)) yield;
      },
      { runtime: { heapRing: { capacityBytes: 64 } } },
    );
    machine.run();
    const [node] = machine.runtime.records(machine.nowPs());
    expect(node!.rings.find(({ kind }) => kind === "heap")).toMatchObject({
      peak: 64,
      blocks: 1,
      blockedPs: 5_000_000,
    });
  });

  it("lets an inner scope work while an outer ring is full", () => {
    const machine = host(
      function* ($) {
        if (!$.submit(1, { to: 0, name: "outer" })) yield;
        for (let i = 0; i < 5; i++) {
          $.scopeBegin(2);
          if (!$.submit(3, { to: 0, name: "inner" })) yield;
          $.scopeEnd(4);
        }
      },
      { runtime: { taskRing: { capacity: 1 } } },
    );
    machine.run();
    expect(machine.completions[0]!.failure).toBeNull();
    expect(machine.asked).toHaveLength(6);
  });

  it("waits for room in the tensor map", () => {
    const machine = host(
      function* ($) {
        for (let i = 0; i < 4; i++) {
          if (!$.alloc(1, 64)) yield;
          if (!$.submit(2, { to: 0, reads: [$.out] })) yield;
        }
      },
      { runtime: { tensorMap: { capacity: 2 } } },
    );
    machine.run();
    expect(machine.completions[0]!.failure).toBeNull();
    const [node] = machine.runtime.records(machine.nowPs());
    expect(node!.rings.find(({ kind }) => kind === "tensorMap")).toMatchObject({
      capacity: 2,
      peak: 2,
      blocks: 3,
      blockedPs: 3 * 4_900_000,
    });
  });

  const mistakes: [code: string, line: number, hint: RegExp | null, body: Body][] = [
    ["LQ7001", 1, /heapRing\.capacityBytes=2000000 /, ($) => run(() => $.alloc(1, 2_000_000))],
    ["LQ7002", 1, null, ($) => run(() => $.alloc(1, 0))],
    ["LQ7003", 9, /maxScopeDepth=9 /, ($) => run(() => repeat(9, (i) => $.scopeBegin(i + 1)))],
    ["LQ7004", 1, /scopeBegin/, ($) => run(() => $.scopeEnd(1))],
    ["LQ7005", 1, /"all"/, ($) => run(() => $.submit(1, { to: 1 }))],
    ["LQ7005", 1, null, ($) => run(() => $.submit(1, { to: "every" }))],
    ["LQ7007", 1, null, ($) => run(() => $.submit(1, { to: 0, reads: [5] }))],
    ["LQ7007", 1, null, ($) => run(() => $.free(1, 5))],
    ["LQ7008", 4, null, ($) => run(() => freedRead($))],
    ["LQ7011", 2, null, ($) => run(() => void ($.alloc(1, 64) && $.add(2, $.out, 1)))],
    ["LQ3402", 1, null, ($) => run(() => repeat(2000, () => $.tick(1)))],
    ["LQ7010", 99, null, () => run(() => JSON.parse("{"))],
  ];
  it.each(mistakes)("refuses with %s at line %i", (code, line, hint, body) => {
    const machine = host(body);
    machine.run();
    const { failure } = machine.completions[0]!;
    expect(failure).toMatchObject({ path: "host0", diagnostic: { code, at: { line } } });
    expect(failure!.diagnostic.message).toContain("host0");
    if (hint) expect(failure!.diagnostic.hint).toMatch(hint);
  });

  it("refuses a task that needs more tensor map entries than there are", () => {
    const machine = host(
      function* ($) {
        const buffers: unknown[] = [];
        for (let i = 0; i < 3; i++) {
          if (!$.alloc(1, 64)) yield;
          buffers.push($.out);
        }
        if (!$.submit(2, { to: 0, reads: buffers })) yield;
      },
      { runtime: { tensorMap: { capacity: 2 } } },
    );
    machine.run();
    // The three buffers and the chip's memory.
    expect(machine.completions[0]!.failure?.diagnostic).toMatchObject({ code: "LQ7006" });
    expect(machine.completions[0]!.failure?.diagnostic.hint).toContain("runtime.tensorMap.capacity=4 ");
  });

  it("counts loop steps from the last wait", () => {
    const machine = host(function* ($) {
      for (let i = 0; i < 5; i++) {
        repeat(600, () => $.tick(1));
        if (!$.submit(2, { to: 0 })) yield;
      }
    });
    machine.run();
    expect(machine.completions[0]!.failure).toBeNull();
  });

  it("does not let an orchestration go on after an error it has caught", () => {
    const machine = host(function* ($) {
      try {
        $.scopeEnd(1);
      } catch {
        yield $.submit(2, { to: 0 });
      }
    });
    machine.run();
    expect(machine.completions[0]!.failure?.diagnostic.code).toBe("LQ7009");
    expect(machine.asked).toEqual([]);
  });

  it("runs 100,000 tasks in memory that does not grow", () => {
    setFlagsFromString("--expose_gc");
    const collect = runInNewContext("gc") as () => void;
    const usedBytes: number[] = [];
    const machine = host(
      function* ($) {
        if (!$.alloc(1, 64)) yield;
        const chain = $.out;
        for (let i = 0; i < 100_000; i++) {
          $.scopeBegin(2);
          if (!$.alloc(3, 1000)) yield;
          if (!$.submit(4, { to: 0, reads: [$.out], writes: [chain] })) yield;
          $.scopeEnd(5);
          if (i === 20_000 || i === 99_999) {
            collect();
            usedBytes.push(process.memoryUsage().heapUsed);
          }
        }
      },
      { launchPs: 1000, log: false, runtime: { heapRing: { capacityBytes: 8192 } } },
    );
    machine.run();
    expect(machine.completions[0]!.failure).toBeNull();
    const [node] = machine.runtime.records(machine.nowPs());
    expect(node!.tasks).toBe(100_000);
    for (const ring of node!.rings) expect(ring.retires).toBe(ring.allocs);
    // One leaked word per task would be 0.6 MB, one leaked task object 8 MB or more.
    expect(usedBytes[1]! - usedBytes[0]!).toBeLessThan(2e6);
  });
});

/** An orchestration that ends with its first operation. */
function* run(action: () => unknown): Generator<unknown, void, void> {
  action();
}

function repeat(times: number, action: (index: number) => void): void {
  for (let i = 0; i < times; i++) action(i);
}

function freedRead($: SharedOps): void {
  $.alloc(1, 64);
  $.free(2, $.out);
  $.submit(4, { to: 0, reads: [$.out] });
}
