import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { EventQueue } from "../../src/engine/event-queue.js";
import { Heap4 } from "../../src/engine/heap4.js";

/** The oracle: a plain heap with an explicit insertion number. */
class Oracle {
  private readonly heap = new Heap4();
  private sequence = 0;
  time = 0;

  push(time: number, id: number): void {
    this.heap.push(time, this.sequence++, id);
  }

  pop(): number {
    if (this.heap.size === 0) return -1;
    this.time = this.heap.minTime();
    return this.heap.pop();
  }
}

describe("Heap4", () => {
  it("pops in the order of time, then of insertion, as a sort does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const heap = new Heap4(2);
        times.forEach((time, index) => heap.push(time, index, index));
        const popped: number[] = [];
        while (heap.size > 0) popped.push(heap.pop());
        const sorted = times
          .map((time, index) => ({ time, index }))
          .sort((a, b) => a.time - b.time || a.index - b.index);
        expect(popped).toEqual(sorted.map((entry) => entry.index));
      }),
    );
  });
});

describe("EventQueue", () => {
  it("is empty at first and after the last event", () => {
    const queue = new EventQueue();
    expect(queue.pop()).toBe(-1);
    queue.push(7, 3);
    expect([queue.pop(), queue.time, queue.pop()]).toEqual([3, 7, -1]);
  });

  it("keeps insertion order among equal times, also when they are pushed while popping", () => {
    const queue = new EventQueue();
    for (let id = 0; id < 100; id++) queue.push(500, id);
    const order: number[] = [];
    for (let id = queue.pop(); id >= 0; id = queue.pop()) {
      order.push(id);
      if (id === 10) queue.push(500, 1000);
    }
    expect(order).toEqual([...Array.from({ length: 100 }, (_, id) => id), 1000]);
  });

  // Each delay pattern stresses another part: ties, the current bucket, the wheel, the far heap, changing scales.
  const patterns: Record<string, (random: Random, step: number) => number> = {
    ties: () => 0,
    "within one nanosecond": (random) => random.nextBelow(1000),
    "around one bucket": (random) => random.nextBelow(3000),
    "over the whole wheel": (random) => random.nextBelow(1 << 24),
    "far beyond the wheel": (random) => random.nextBelow(2 ** 31) * 64,
    mixed: (random) => (random.nextBelow(8) === 0 ? random.nextBelow(1e9) : random.nextBelow(2000)),
    "scale changing over time": (random, step) => random.nextBelow(2 ** (1 + ((step >> 12) % 30))),
  };
  for (const [name, delay] of Object.entries(patterns)) {
    it(`pops what a heap pops, in the same order: delays ${name}`, () => {
      for (const pending of [1, 30, 3000]) {
        const random = new Random(pending);
        const queue = new EventQueue();
        const oracle = new Oracle();
        for (let id = 0; id < pending; id++) {
          const time = delay(random, 0);
          queue.push(time, id);
          oracle.push(time, id);
        }
        for (let step = 0; step < 40_000; step++) {
          const id = queue.pop();
          if (id !== oracle.pop() || queue.time !== oracle.time) throw new Error(`differs at step ${step}`);
          const children =
            random.nextBelow(3) === 0 && queue.size < 2 * pending ? 2 : queue.size === 0 ? 1 : 1;
          for (let child = 0; child < children; child++) {
            const time = queue.time + delay(random, step);
            queue.push(time, id);
            oracle.push(time, id);
          }
        }
        while (queue.size > 0) expect(queue.pop()).toBe(oracle.pop());
      }
    });
  }

  it("keeps order for any interleaving of pushes and pops", () => {
    const operation = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.constant(-1),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const queue = new EventQueue();
        const oracle = new Oracle();
        operations.forEach((delay, id) => {
          if (delay < 0) {
            expect(queue.pop()).toBe(oracle.pop());
          } else {
            queue.push(queue.time + delay, id);
            oracle.push(queue.time + delay, id);
          }
        });
        for (let id = oracle.pop(); id >= 0; id = oracle.pop()) expect(queue.pop()).toBe(id);
        expect(queue.pop()).toBe(-1);
      }),
    );
  });
});
