/** Every rank's y is the sum of all ranks' x: partial sums go round a ring, then the finished chunks do. */
import { allReduce, defineKernel, input, output, sizeOf, tl } from "linqu/dsl";
import type { DType, Ptr, Tile } from "linqu/dsl";

interface Plan {
  /** Elements of the vector, and of the part of it that goes round at a time. */
  n: number;
  block: number;
  dtype: DType;
}

export const ringAllReduce = defineKernel(
  {
    name: "my-ring-allreduce",
    args: ({ bytes, dtype, world, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      // All ranks send before they receive, so what they send must fit into a slot of the queue.
      const block = world * Math.max(1, Math.floor(topology.queue.slotBytes / sizeOf(dtype)));
      const plan: Plan = { n, block, dtype };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, { n, block, dtype }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    for (let start = 0; start < n; start += block) {
      const size = Math.min(block, n - start);
      // The block is cut into one chunk for each rank. Counting goes backwards round the ring.
      const begin = (chunk: number): number => start + Math.floor((chunk * size) / world);
      const chunkAt = (step: number): number => (me - step + 2 * world) % world;

      // Reduce-scatter: add this rank's part to the sum that passes.
      let sum: Tile = tl.load(x + begin(me), [begin(me + 1) - begin(me)]);
      for (let step = 1; step < world; step++) {
        const chunk = chunkAt(step);
        const length = begin(chunk + 1) - begin(chunk);
        tl.send("E", sum);
        sum = tl.recv("W", [length], dtype) + tl.load(x + begin(chunk), [length]);
      }

      // All-gather: chunk me + 1 is complete here; pass on what is.
      tl.store(y + begin(chunkAt(world - 1)), sum);
      for (let step = 0; step < world - 1; step++) {
        const chunk = chunkAt(step);
        tl.send("E", sum);
        sum = tl.recv("W", [begin(chunk + 1) - begin(chunk)], dtype);
        tl.store(y + begin(chunk), sum);
      }
    }
  },
);
