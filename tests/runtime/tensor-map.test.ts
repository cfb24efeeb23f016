import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TensorMap, type Access } from "../../src/runtime/tensor-map.js";

const read = (handle: number, offset = 0, length = 8): Access => ({ handle, offset, length, write: false });
const write = (handle: number, offset = 0, length = 8): Access => ({ handle, offset, length, write: true });

describe("tensor map", () => {
  it("orders a read after the write, a write after the reads, a write after the write", () => {
    const map = new TensorMap<string>(16);
    expect(map.enter("w1", [write(1)])).toEqual([]);
    expect(map.enter("r1", [read(1)])).toEqual(["w1"]);
    expect(map.enter("r2", [read(1)])).toEqual(["w1"]);
    expect(map.enter("w2", [write(1)])).toEqual(["w1", "r1", "r2"]);
    expect(map.enter("w3", [write(1)])).toEqual(["w2"]);
    expect(map.enter("other", [write(2)])).toEqual([]);
  });

  it("names a producer once and never the task itself", () => {
    const map = new TensorMap<string>(16);
    map.enter("a", [write(1), write(2)]);
    expect(map.enter("b", [read(1), read(2), write(1), read(1)])).toEqual(["a"]);
  });

  it("distinguishes ranges of one tensor", () => {
    const map = new TensorMap<string>(16);
    map.enter("low", [write(1, 0, 4)]);
    expect(map.enter("high", [write(1, 4, 4)])).toEqual([]);
    expect(map.enter("whole", [read(1, 0, 8)])).toEqual(["low", "high"]);
    expect(map.enter("middle", [write(1, 3, 2)])).toEqual(["low", "high", "whole"]);
  });

  it("forgets finished tasks", () => {
    const map = new TensorMap<string>(4);
    map.enter("a", [write(1)]);
    map.leave("a", [write(1)]);
    expect(map.enter("b", [read(1)])).toEqual([]);
    expect(map.used).toBe(1);
  });

  it("runs 10,000 tasks that read and write one tensor in 2 entries", () => {
    const map = new TensorMap<number>(2);
    for (let task = 0; task < 10_000; task++) {
      expect(map.hasRoom(1)).toBe(true);
      expect(map.enter(task, [write(1)])).toEqual(task === 0 ? [] : [task - 1]);
    }
    expect(map.used).toBe(1);
    expect(map.hasRoom(2)).toBe(false);
  });

  it("orders exactly the conflicting tasks, directly or through others", () => {
    const access = fc.record({
      handle: fc.nat(2),
      offset: fc.nat(5),
      length: fc.integer({ min: 1, max: 4 }),
      write: fc.boolean(),
    });
    const task = fc.record({ accesses: fc.array(access, { maxLength: 3 }), finishes: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 25 }), (tasks) => {
        const map = new TensorMap<number>(1000);
        /** Tasks that each task comes after. */
        const before: Set<number>[] = [];
        const finished = new Set<number>();
        tasks.forEach(({ accesses, finishes }, index) => {
          const producers = map.enter(index, accesses);
          expect(new Set(producers).size).toBe(producers.length);
          before[index] = new Set(producers.flatMap((p) => [p, ...before[p]!]));
          for (let old = 0; old < index; old++) {
            const conflict = conflicts(tasks[old]!.accesses, accesses);
            if (producers.includes(old)) expect(conflict && !finished.has(old)).toBe(true);
            if (conflict && !finished.has(old)) expect(before[index]!.has(old)).toBe(true);
          }
          // A task finishes only after those before it, as in the scheduler.
          if (finishes <= index && [...before[finishes]!].every((p) => finished.has(p))) {
            finished.add(finishes);
            map.leave(finishes, tasks[finishes]!.accesses);
          }
        });
      }),
    );
  });
});

function conflicts(a: readonly Access[], b: readonly Access[]): boolean {
  const bytes = ({ offset, length }: Access): number[] => Array.from({ length }, (_, i) => offset + i);
  return a.some((x) =>
    b.some(
      (y) => x.handle === y.handle && (x.write || y.write) && bytes(x).some((i) => bytes(y).includes(i)),
    ),
  );
}
