/**
 * All-reduce along the hierarchy of the machine: PEs of a cube, cubes of a SIP, SIPs of a host, hosts of a pod, pods,
 * supernodes. On every axis the partial sums run to the leader, which hands them to the next axis; the result
 * returns the same way. The vector is cut into pieces of one queue slot, several of which are under way at a time.
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
  type TopologyInfo,
} from "linqu/dsl";
import { axisLine, cubeLines, sipRings, type Line } from "./lib/lines.js";

interface Plan {
  /** Elements of the vector, and of one piece. */
  n: number;
  piece: number;
  dtype: DType;
  /** Pieces that may be on their way up before the first result is taken. */
  window: number;
  cubes: TopologyInfo["cubes"];
  sips: TopologyInfo["sips"];
}

/** The lines this rank is part of, from the inside out; it is the leader of all but the last. */
function linesOf(p: Plan): Line[] {
  const lines: Line[] = [];
  let isLeader = true;
  const join = (line: Line): void => {
    if (!isLeader) return;
    if (line.size > 1) lines.push(line);
    isLeader = line.place === line.leader;
  };
  join(axisLine("pe"));
  for (const line of cubeLines(p.cubes)) join(line);
  for (const line of sipRings(p.sips)) join(line);
  join(axisLine("host"));
  join(axisLine("pod"));
  join(axisLine("supernode"));
  // A copy is no longer than it must be: this list lives as long as the kernel, on every PE.
  return lines.slice();
}

export const hierarchicalAllReduce = defineKernel(
  {
    name: "allreduce",
    args: ({ bytes, dtype, topology }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      const { slots, slotBytes } = topology.queue;
      const plan: Plan = {
        n,
        piece: Math.max(1, Math.floor(slotBytes / sizeOf(dtype))),
        dtype,
        window: 2 * slots - 1,
        cubes: topology.cubes,
        sips: topology.sips,
      };
      return [input("x", dtype, [n]), output("y", dtype, [n]), plan];
    },
    expect: allReduce("sum"),
  },
  (x: Ptr, y: Ptr, p: Plan) => {
    const lines = linesOf(p);
    const isRoot = lines.every((line) => line.place === line.leader);
    const pieces = tl.cdiv(p.n, p.piece);
    // Results lag behind the partial sums by the window, so that neither way can fill up and stop the other.
    for (let step = 0; step < pieces + p.window; step++) {
      if (step < pieces) {
        const at = step * p.piece;
        const length = Math.min(p.piece, p.n - at);
        let sum: Tile = tl.load(x + at, [length]);
        // Along each line the sums run to the leader, from both ends at once.
        for (let i = 0; i < lines.length; i++) {
          const { place, leader, size, up, down, axis } = lines[i];
          if (place <= leader && place > 0) sum += tl.recv(down, [length], p.dtype, { axis });
          if (place >= leader && place < size - 1) sum += tl.recv(up, [length], p.dtype, { axis });
          if (place < leader) tl.send(up, sum, { axis });
          if (place > leader) tl.send(down, sum, { axis });
        }
        if (isRoot) tl.store(y + at, sum);
      }
      const back = step - p.window;
      if (back >= 0 && back < pieces) {
        const at = back * p.piece;
        const length = Math.min(p.piece, p.n - at);
        let result: Tile = isRoot ? tl.load(y + at, [length]) : tl.zeros([0], p.dtype);
        // The mirror: from the leader of each line to both of its ends, outermost line first.
        for (let i = lines.length - 1; i >= 0; i--) {
          const { place, leader, size, up, down, axis } = lines[i];
          if (place < leader) result = tl.recv(up, [length], p.dtype, { axis });
          if (place > leader) result = tl.recv(down, [length], p.dtype, { axis });
          if (place <= leader && place > 0) tl.send(down, result, { axis });
          if (place >= leader && place < size - 1) tl.send(up, result, { axis });
        }
        if (!isRoot) tl.store(y + at, result);
      }
    }
  },
);
