/**
 * All-reduce over two levels: a reduce-scatter over the ring of each group of consecutive ranks, an all-reduce of
 * every chunk over the ring of those that hold it, one in each group, and an all-gather inside the groups. Only 1/p of
 * the vector leaves a group of p ranks.
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
  type TopologyInfo,
} from "linqu/dsl";
import { allGather, ownChunk, reduceScatter, type Ring } from "./lib/rings.js";

interface Plan {
  /** Elements of the vector, and of one block: no chunk of a block is larger than a queue. */
  n: number;
  block: number;
  dtype: DType;
  /** Ranks of a group. */
  group: number;
}

/** Ranks of a group: the PEs of a cube; when there is one cube only, about as many as there are groups. */
function groupSize(world: number, { size }: TopologyInfo): number {
  if (world > size.pe) return size.pe;
  let group = Math.floor(Math.sqrt(world));
  while (world % group !== 0) group--;
  return group;
}

export const twoLevelAllReduce = defineKernel(
  {
    name: "two-level",
    neighbors: ({ rank, world, topology }) => {
      const group = groupSize(world, topology);
      const place = rank % group;
      const step = (by: number): number => rank - place + ((place + by + group) % group);
      const leap = (by: number): number => (rank + by * group + world) % world;
      return [step(1), step(-1), leap(1), leap(-1)].map((peer) => (peer === rank ? -1 : peer));
    },
    args: ({ world, bytes, dtype, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const { slots, slotBytes } = topology.queue;
      const queue = slots * Math.max(1, Math.floor(slotBytes / sizeOf(dtype)));
      const group = groupSize(world, topology);
      const plan: Plan = { n, block: group * queue, dtype, group };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, { n, block, dtype, group }: Plan) => {
    const me = tl.rank();
    const groups = tl.worldSize() / group;
    const inner: Ring = { place: me % group, size: group, next: 0, previous: 1 };
    const outer: Ring = { place: Math.floor(me / group), size: groups, next: 2, previous: 3 };
    // Every rank sends before it receives, so a message must fit into the queue: hence one block after the other.
    for (let start = 0; start < n; start += block) {
      const whole = { start, length: Math.min(block, n - start) };
      const own = ownChunk(whole, inner);
      let mine = reduceScatter(x, whole, inner, dtype);
      if (groups > 1) {
        tl.store(y + own.start, mine);
        allGather(reduceScatter(y, own, outer, dtype), y, own, outer, dtype);
        mine = tl.load(y + own.start, [own.length]);
      }
      allGather(mine, y, whole, inner, dtype);
    }
  },
);
