/** All-reduce over one flat ring of all ranks: reduce-scatter, then all-gather. */
import { allReduce, defineKernel, input, output, sizeOf, tl, type DType, type Ptr } from "linqu/dsl";

export const ringAllReduce = defineKernel(
  {
    name: "ring-allreduce",
    args: ({ bytes, dtype }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      return [input("x", dtype, [n]), output("y", dtype, [n]), n, dtype];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, n: number, dtype: DType) => {
    const me = tl.rank();
    const world = tl.worldSize();
    if (world === 1) {
      tl.store(y, tl.load(x, [n]));
      return;
    }
    // Chunk c of the vector; sizes differ by at most one element, and may be zero.
    const begin = (c: number): number => Math.floor((c * n) / world);
    const length = (c: number): number => begin(c + 1) - begin(c);
    const chunk = (step: number): number => (me - step + 2 * world) % world;

    // Reduce-scatter: pass a partial sum to the east, adding this rank's part on the way.
    tl.send("E", tl.load(x + begin(me), [length(me)]));
    let sum = tl.zeros([0], dtype);
    for (let step = 1; step < world; step++) {
      const c = chunk(step);
      const mine = tl.load(x + begin(c), [length(c)]);
      sum = tl.recv("W", [length(c)], dtype) + mine;
      if (step < world - 1) tl.send("E", sum);
    }

    // All-gather: this rank now holds the whole sum of chunk me + 1; pass finished chunks on.
    const done = chunk(world - 1);
    tl.store(y + begin(done), sum);
    tl.send("E", sum);
    for (let step = 0; step < world - 1; step++) {
      const c = chunk(step);
      const part = tl.recv("W", [length(c)], dtype);
      tl.store(y + begin(c), part);
      if (step < world - 2) tl.send("E", part);
    }
  },
);
