import fc from "fast-check";
import { expect, it } from "vitest";
import { MinHeap } from "../../src/topology/min-heap.js";

it("returns numbers in ascending order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (numbers) => {
      const heap = new MinHeap();
      for (const number of numbers) heap.push(number);
      const popped: number[] = [];
      while (heap.size > 0) popped.push(heap.pop());
      expect(popped).toEqual([...numbers].sort((a, b) => a - b));
    }),
  );
});
