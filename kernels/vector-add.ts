/**
 * z = x + y on every rank's own vectors, one block of BLOCK elements after the other. The mask keeps the last block
 * inside the vectors: what it hides is neither read nor written.
 */
import { constexpr, defineKernel, input, output, sizeOf, tl, type Ptr } from "linqu/dsl";

export const { BLOCK } = constexpr({ BLOCK: 256 });

export const vectorAdd = defineKernel(
  {
    name: "vector-add",
    args: ({ bytes, dtype }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
      return [input("x", dtype, [n]), input("y", dtype, [n]), output("z", dtype, [n]), n];
    },
    expect: ({ input: given }) => {
      const y = given("y");
      return { z: given("x").map((value, i) => value + y[i]) };
    },
  },
  (x: Ptr, y: Ptr, z: Ptr, n: number) => {
    for (let start = 0; start < n; start += BLOCK) {
      const offsets = start + tl.arange(0, BLOCK);
      const mask = offsets < n;
      const sum = tl.load(x + offsets, { mask }) + tl.load(y + offsets, { mask });
      tl.store(z + offsets, sum, { mask });
    }
  },
);
