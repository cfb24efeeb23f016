import { describe, expect, it } from "vitest";
import { testMachine } from "./helpers.js";

const fourChunks = { inputBytesPerChip: 16384, outputBytesPerChip: 16384 };

describe("default fan-out at a host", () => {
  it("copies in piece by piece over all chips, launches once, copies out", () => {
    const machine = testMachine({ chips: 2 });
    machine.run({ inputBytesPerChip: 5000, outputBytesPerChip: 8 });
    // One submit each 100 ns; copies take 1 µs, the launch 5 µs and starts when the last copy in is done.
    expect(machine.asked).toEqual([
      "100 copyIn host0 chip0 4096",
      "200 copyIn host0 chip1 4096",
      "300 copyIn host0 chip0 904",
      "400 copyIn host0 chip1 904",
      "1400 launch host0 chips 0,1",
      "6400 copyOut host0 chip0 8",
      "6400 copyOut host0 chip1 8",
    ]);
    expect(machine.completions).toEqual([{ submittedPs: 0, startedPs: 0, failure: null, endPs: 7_400_000 }]);
  });

  it("only launches when there is nothing to copy", () => {
    const machine = testMachine({ chips: 3 });
    machine.run();
    expect(machine.asked).toEqual(["100 launch host0 chips 0,1,2"]);
  });

  it.each([1, 2, 4])("completes with task rings of %i slots, waiting for room", (capacity) => {
    const machine = testMachine({ chips: 2, runtime: { taskRing: { capacity } } });
    machine.run(fourChunks);
    expect(machine.asked.filter((line) => line.includes("copyIn"))).toHaveLength(8);
    expect(machine.asked.findIndex((line) => line.includes("launch"))).toBe(8);
    expect(machine.asked.filter((line) => line.includes("copyOut"))).toHaveLength(8);
    const [node] = machine.runtime.records(machine.nowPs());
    const inner = node!.rings.find(({ kind, depth }) => kind === "task" && depth === 1)!;
    expect(inner).toMatchObject({ capacity, peak: capacity, allocs: 16, retires: 16 });
    expect(inner.blocks).toBeGreaterThan(0);
    expect(machine.completions[0]!.failure).toBeNull();
  });

  it("accounts for each wait of a one-slot ring to the picosecond", () => {
    const machine = testMachine({ chips: 2, runtime: { taskRing: { capacity: 1 } } });
    machine.run(fourChunks);
    // Copies in at 100, 1100, …, 7100 ns; the last one keeps its slot until the launch, its reader, ends at 13.1 µs.
    expect(machine.asked[7]).toBe("7100 copyIn host0 chip1 4096");
    expect(machine.asked[8]).toBe("8100 launch host0 chips 0,1");
    expect(machine.asked[9]).toBe("13100 copyOut host0 chip0 4096");
    expect(machine.completions[0]!.endPs).toBe(21_100_000);
    const [node] = machine.runtime.records(machine.nowPs());
    const inner = node!.rings.find(({ kind, depth }) => kind === "task" && depth === 1)!;
    expect(inner).toMatchObject({ blocks: 15, blockedPs: (14 * 900 + 5800) * 1000 });
    const outer = node!.rings.find(({ kind, depth }) => kind === "task" && depth === 0)!;
    expect(outer).toMatchObject({ peak: 1, allocs: 1, retires: 1, blocks: 0, blockedPs: 0 });
    expect(node).toMatchObject({ scopeBegins: 16, scopeEnds: 16, maxScopeDepth: 1, tasks: 17, frees: 0 });
  });

  it("is held back by a heap ring with room for one staging buffer", () => {
    const machine = testMachine({ chips: 2, runtime: { heapRing: { capacityBytes: 4096 } } });
    machine.run(fourChunks);
    expect(machine.completions[0]!.endPs).toBe(22_500_000);
    const [node] = machine.runtime.records(machine.nowPs());
    const heap = node!.rings.find(({ kind, depth }) => kind === "heap" && depth === 1)!;
    expect(heap).toMatchObject({ capacity: 4096, peak: 4096, allocs: 16, retires: 16, blocks: 15 });
    expect(heap.blockedPs).toBe((13 * 1000 + 900 + 5900) * 1000);
  });

  it("cuts pieces to the heap ring when a piece is larger than that", () => {
    const machine = testMachine({ runtime: { heapRing: { capacityBytes: 1000 } } });
    machine.run({ inputBytesPerChip: 2500 });
    expect(machine.asked.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "copyIn host0 chip0 1000",
      "copyIn host0 chip0 1000",
      "copyIn host0 chip0 500",
      "launch host0 chips 0",
    ]);
  });
});

describe("copies of chips whose tensors differ", () => {
  it("charge every chip with its own bytes", () => {
    const copied = (_host: number, chip: number) => ({
      inputBytes: [5000, 100][chip]!,
      outputBytes: [0, 8][chip]!,
    });
    const machine = testMachine({ chips: 2, copied });
    machine.run();
    expect(machine.asked.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "copyIn host0 chip0 4096",
      "copyIn host0 chip1 100",
      "copyIn host0 chip0 904",
      "launch host0 chips 0,1",
      "copyOut host0 chip1 8",
    ]);
  });
});

describe("the tensors of a call", () => {
  it("are mapped on all chips when it begins, and unmapped after the last copy out", () => {
    const machine = testMachine({ chips: 2 });
    machine.run({ inputBytesPerChip: 8, outputBytesPerChip: 8 });
    const end = machine.completions[0]!.endPs / 1000;
    expect(machine.mapped).toEqual(["0 mmu_map host0 chips 0,1", `${end} mmu_unmap host0 chips 0,1`]);
  });

  it("stay mapped when the call has failed", () => {
    const machine = testMachine({ launch: () => ({ code: "LQ6140", message: "no such chip" }) });
    machine.run();
    expect(machine.mapped).toEqual(["0 mmu_map host0 chips 0"]);
  });

  it("end the call when they cannot be mapped", () => {
    const machine = testMachine({ map: () => ({ code: "LQ6140", message: "no such chip" }) });
    machine.run();
    expect(machine.completions).toMatchObject([
      { failure: { path: "host0", diagnostic: { code: "LQ6140", message: "no such chip" } }, endPs: 0 },
    ]);
    expect(machine.asked).toEqual([]);
  });
});
