/**
 * All-reduce over a binomial tree: in round k every rank that is an odd multiple of 2^k hands its sum to the rank 2^k
 * below it; the result returns the same way. A long vector streams through the tree in pieces of one queue slot.
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
  /** Elements of the vector, and of one piece. */
  n: number;
  piece: number;
  dtype: DType;
}

/** Rounds in which a rank has children, before it hands its sum on: up to its lowest bit that is set. */
function roundsOf(rank: number, world: number): number {
  return Math.ceil(Math.log2(rank === 0 ? world : rank & -rank));
}

export const binomialTreeAllReduce = defineKernel(
  {
    name: "binomial-tree",
    neighbors: ({ rank, world }) => {
      const rounds = roundsOf(rank, world);
      const list = Array.from({ length: rounds }, (_, k) => (rank + 2 ** k < world ? rank + 2 ** k : -1));
      if (rank > 0) list.push(rank - 2 ** rounds);
      return list;
    },
    args: ({ bytes, dtype, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const plan: Plan = {
        n,
        piece: Math.max(1, Math.floor(topology.queue.slotBytes / sizeOf(dtype))),
        dtype,
      };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, { n, piece, dtype }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    const isRoot = me === 0;
    // Direction k leads to the child of round k; the last one leads to the parent.
    const parent = roundsOf(me, world);
    let children = 0;
    while (children < parent && me + 2 ** children < world) children++;

    for (let at = 0; at < n; at += piece) {
      const length = Math.min(piece, n - at);
      let sum: Tile = tl.load(x + at, [length]);
      for (let k = 0; k < children; k++) sum += tl.recv(k, [length], dtype);
      if (isRoot) tl.store(y + at, sum);
      else tl.send(parent, sum);
    }
    for (let at = 0; at < n; at += piece) {
      const length = Math.min(piece, n - at);
      const result: Tile = isRoot ? tl.load(y + at, [length]) : tl.recv(parent, [length], dtype);
      // The child with the deepest tree below it comes first.
      for (let k = children - 1; k >= 0; k--) tl.send(k, result);
      if (!isRoot) tl.store(y + at, result);
    }
  },
);
