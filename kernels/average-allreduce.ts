/** The average over all ranks, as gradients need it: a ring all-reduce that scales each finished sum once. */
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
  /** Elements of the vector, and of one chunk of it: chunk c begins at c · chunk and may be short or empty. */
  n: number;
  chunk: number;
  dtype: DType;
}

export const averageAllReduce = defineKernel(
  {
    name: "average-allreduce",
    args: ({ bytes, dtype, world }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const plan: Plan = { n, chunk: Math.ceil(n / world), dtype };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("avg"),
  },
  (x: Ptr, y: Ptr, { n, chunk, dtype }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    const begin = (c: number): number => Math.min(n, c * chunk);
    const length = (c: number): number => begin(c + 1) - begin(c);
    /** The chunk that is here after so many steps. */
    const chunkAt = (step: number): number => (me - step + 2 * world) % world;
    /** A receive that is posted before the send needs no room in the queue: chunks may have any size. */
    const shift = (tile: Tile, next: number): Tile => {
      const arriving = tl.recvAsync("W", [length(next)], dtype);
      tl.send("E", tile);
      return tl.wait(arriving);
    };

    let sum: Tile = tl.load(x + begin(me), [length(me)]);
    for (let step = 1; step < world; step++) {
      const c = chunkAt(step);
      const mine = tl.load(x + begin(c), [length(c)]);
      sum = shift(sum, c) + mine;
    }
    let average: Tile = sum * (1 / world);
    tl.store(y + begin(chunkAt(world - 1)), average);
    for (let step = 0; step < world - 1; step++) {
      const c = chunkAt(step);
      average = shift(average, c);
      tl.store(y + begin(c), average);
    }
  },
);
