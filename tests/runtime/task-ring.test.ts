import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskRing } from "../../src/runtime/task-ring.js";

describe("task ring", () => {
  it("holds as many tasks as it has slots, whatever the number", () => {
    const ring = new TaskRing<string>(3);
    for (const task of ["a", "b", "c"]) ring.push(task);
    expect(ring.full).toBe(true);
    expect(() => ring.push("d")).toThrow(/full/);
    expect(ring.retire()).toBe("a");
    ring.push("d");
    expect([...ring.tasks()]).toEqual(["b", "c", "d"]);
    expect(ring.usage).toMatchObject({ peak: 3, allocs: 4, retires: 1 });
  });

  it("refuses a ring without slots, and retiring from an empty one", () => {
    expect(() => new TaskRing(0)).toThrow(/slot/);
    expect(() => new TaskRing(1).retire()).toThrow(/empty/);
  });

  it("behaves as a bounded queue", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.array(fc.boolean()), (capacity, pushes) => {
        const ring = new TaskRing<number>(capacity);
        const model: number[] = [];
        let peak = 0;
        pushes.forEach((push, index) => {
          if (push && model.length < capacity) {
            ring.push(index);
            model.push(index);
          } else if (!push && model.length > 0) {
            expect(ring.retire()).toBe(model.shift());
          }
          peak = Math.max(peak, model.length);
          expect(ring.used).toBe(model.length);
          expect(ring.oldest).toBe(model[0]);
          expect(ring.full).toBe(model.length === capacity);
        });
        expect(ring.usage.peak).toBe(peak);
      }),
    );
  });
});
