/** All-reduce over one flat ring of all ranks: reduce-scatter, then all-gather. */
import {
  allReduce,
  defineKernel,
  input,
  output,
  sizeOf,
  tl,
  type DType,
  type Ptr,
  type Tile,
} from "linqu/dsl";

interface Plan {
  /** Elements of the vector, and of one block: no chunk of a block is larger than a queue slot. */
  n: number;
  block: number;
  dtype: DType;
}

export const ringAllReduce = defineKernel(
  {
    name: "ring-allreduce",
    args: ({ bytes, dtype, world, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const chunk = Math.max(1, Math.floor(topology.queue.slotBytes / sizeOf(dtype)));
      const plan: Plan = { n, block: world * chunk, dtype };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, { n, block, dtype }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    // Every rank sends before it receives, so a message must fit into the queue: hence one block after the other.
    for (let start = 0; start < n; start += block) {
      const size = Math.min(block, n - start);
      // Chunk c of the block begins here; sizes differ by at most one element, and may be zero.
      const begin = (c: number): number => start + Math.floor((c * size) / world);
      const chunk = (step: number): number => (me - step + 2 * world) % world;

      // Reduce-scatter: pass a partial sum to the east, adding this rank's part on the way.
      const first = begin(me);
      let sum: Tile = tl.load(x + first, [begin(me + 1) - first]);
      for (let step = 1; step < world; step++) {
        tl.send("E", sum);
        const c = chunk(step);
        const at = begin(c);
        const length = begin(c + 1) - at;
        const mine = tl.load(x + at, [length]);
        sum = tl.recv("W", [length], dtype) + mine;
      }

      // All-gather: this rank now holds the whole sum of chunk me + 1; pass finished chunks on.
      tl.store(y + begin(chunk(world - 1)), sum);
      for (let step = 0; step < world - 1; step++) {
        tl.send("E", sum);
        const c = chunk(step);
        const at = begin(c);
        sum = tl.recv("W", [begin(c + 1) - at], dtype);
        tl.store(y + at, sum);
      }
    }
  },
);
