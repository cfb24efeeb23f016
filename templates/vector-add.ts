/** z = x + y on every rank, in blocks that fit into a PE's memory. */
import { defineKernel, input, output, sizeOf, tl, type Ptr } from "linqu/dsl";

/** Elements of one block. */
const BLOCK = 1024;

export const vectorAdd = defineKernel(
  {
    name: "vector-add",
    // The arguments of one rank: here each vector has `--bytes` bytes of `--dtype`.
    args: ({ bytes, dtype }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      return [input("x", dtype, [n]), input("y", dtype, [n]), output("z", dtype, [n]), n];
    },
    // What each output must hold: `--verify-data` compares.
    expect: ({ input: given }) => {
      const y = given("y");
      return { z: given("x").map((value, i) => value + y[i]) };
    },
  },
  (x: Ptr, y: Ptr, z: Ptr, n: number) => {
    for (let start = 0; start < n; start += BLOCK) {
      const length = Math.min(BLOCK, n - start);
      tl.store(z + start, tl.load(x + start, [length]) + tl.load(y + start, [length]));
    }
  },
);
