/**
 * All-reduce by recursive halving and doubling. In round k a rank exchanges halves of what is left with the rank whose
 * number differs in bit k: first sums of ever smaller halves, then finished ones of ever larger size.
 */
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
  /** Elements of the vector, and of one block: half of a block fits into a queue. */
  n: number;
  block: number;
  dtype: DType;
  /** Rounds of each half: log2 of the world. */
  rounds: number;
}

const roundsOf = (world: number): number => Math.round(Math.log2(world));

export const halvingDoublingAllReduce = defineKernel(
  {
    name: "halving-doubling",
    worlds: (world) => 2 ** roundsOf(world) === world,
    neighbors: ({ rank, world }) => Array.from({ length: roundsOf(world) }, (_, k) => rank ^ (2 ** k)),
    args: ({ bytes, dtype, world, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const { slots, slotBytes } = topology.queue;
      const queue = slots * Math.max(1, Math.floor(slotBytes / sizeOf(dtype)));
      const plan: Plan = { n, block: 2 * queue, dtype, rounds: roundsOf(world) };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, { n, block, dtype, rounds }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    // Both partners send before they receive, so a message must fit into the queue: hence one block after the other.
    for (let at = 0; at < n; at += block) {
      const size = Math.min(block, n - at);
      // The block has one chunk for each rank. Chunk c begins here; chunks may be empty.
      const begin = (c: number): number => at + Math.floor((c * size) / world);
      const length = (first: number, chunks: number): number => begin(first + chunks) - begin(first);
      const load = (from: Ptr, first: number, chunks: number): Tile =>
        tl.load(from + begin(first), [length(first, chunks)]);

      // Halving: the chunks from `first` on are this rank's; it gives one half of them away and adds up the other.
      let first = 0;
      let from = x;
      for (let k = rounds - 1; k >= 0; k--) {
        const half = 2 ** k;
        const isUpper = (me & half) !== 0;
        const kept = first + (isUpper ? half : 0);
        const given = first + (isUpper ? 0 : half);
        tl.send(k, load(from, given, half));
        const mine = load(from, kept, half);
        tl.store(y + begin(kept), tl.recv(k, [length(kept, half)], dtype) + mine);
        first = kept;
        from = y;
      }
      if (rounds === 0) tl.store(y + at, load(x, 0, 1));

      // Doubling: what is finished grows, until it is the whole block.
      for (let k = 0; k < rounds; k++) {
        const half = 2 ** k;
        const other = first ^ half;
        tl.send(k, load(y, first, half));
        tl.store(y + begin(other), tl.recv(k, [length(other, half)], dtype));
        first = Math.min(first, other);
      }
    }
  },
);
