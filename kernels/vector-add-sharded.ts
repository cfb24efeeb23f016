/**
 * z = x + y over vectors that are spread over all PEs of a SIP: every PE adds the elements of one block. In `own` the
 * block of x is the PE's own; in `neighbour` it is that of the next PE, so that half of what is read is remote.
 */
import { defineKernel, input, output, sizeOf, tl, type DpPolicy, type Ptr } from "linqu/dsl";

const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };

const vectorAdd = (name: string, distance: number) =>
  defineKernel(
    {
      name: `vector-add-${name}`,
      args: ({ bytes, dtype, topology }) => {
        const block = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
        const n = block * topology.size.pe * topology.size.cube;
        return [
          input("x", dtype, [n], BY_PE),
          input("y", dtype, [n], BY_PE),
          output("z", dtype, [n], BY_PE),
          block,
        ];
      },
      // A golden sees the whole tensor, whichever rank it is asked for.
      expect: ({ input: given, bytes, dtype }) => {
        const block = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
        const x = given("x");
        return { z: given("y").map((value, i) => value + x[(i + distance * block) % x.length]) };
      },
    },
    (x: Ptr, y: Ptr, z: Ptr, block: number) => {
      const members = tl.numPrograms(0) * tl.numPrograms(1);
      const me = tl.programId(1) * tl.numPrograms(0) + tl.programId(0);
      const from = ((me + distance) % members) * block;
      const sum = tl.load(x + from, [block]) + tl.load(y + me * block, [block]);
      tl.store(z + me * block, sum);
    },
  );

export const vectorAddOwn = vectorAdd("own", 0);
export const vectorAddNeighbour = vectorAdd("neighbour", 1);
