/**
 * Tensor-parallel product: every rank holds some columns of A and the same rows of B, so that C is the sum over all
 * ranks of their products. C has one block of rows for each rank; the sums of a block travel round the ring, and every
 * rank computes its part of a block just before that block comes by.
 */
import { defineKernel, input, output, sizeOf, tl, type Ptr, type Tile } from "linqu/dsl";

interface Plan {
  /** Rows of one block of C, columns of C, and columns of A on each rank. */
  rows: number;
  columns: number;
  inner: number;
}

function planOf(bytes: number, elementBytes: number, world: number): Plan {
  const [columns, inner] = [16, 16];
  return { rows: Math.max(1, Math.floor(bytes / elementBytes / inner / world)), columns, inner };
}

/** Hands a tile to the east and returns the one from the west. Posted first, the receive needs no room in the queue. */
function shift(tile: Tile, elements: number): Tile {
  const next = tl.recvAsync("W", [elements], "f32");
  tl.send("E", tile);
  return tl.wait(next);
}

export const tpGemm = defineKernel(
  {
    name: "tp-gemm",
    replicated: ["c"],
    args: ({ bytes, dtype, world }) => {
      const plan = planOf(bytes, sizeOf(dtype), world);
      const m = plan.rows * world;
      return [
        input("a", dtype, [m, plan.inner]),
        input("b", dtype, [plan.inner, plan.columns]),
        output("c", "f32", [m, plan.columns]),
        plan,
      ];
    },
    expect: ({ input: given, bytes, dtype, world }) => {
      const { rows, columns, inner } = planOf(bytes, sizeOf(dtype), world);
      const c = new Float64Array(rows * world * columns);
      for (let rank = 0; rank < world; rank++) {
        const a = given("a", rank);
        const b = given("b", rank);
        for (let i = 0; i < rows * world; i++) {
          for (let k = 0; k < inner; k++) {
            for (let j = 0; j < columns; j++) c[i * columns + j] += a[i * inner + k] * b[k * columns + j];
          }
        }
      }
      return { c };
    },
  },
  (a: Ptr, b: Ptr, c: Ptr<"f32">, { rows, columns, inner }: Plan) => {
    const me = tl.rank();
    const world = tl.worldSize();
    const size = rows * columns;
    const right = tl.load(b, [inner, columns]);
    /** Which block is here after so many steps, and this rank's part of it. */
    const block = (step: number): number => (me - step + 2 * world) % world;
    const part = (step: number): Tile => {
      const left = tl.load(a + block(step) * rows * inner, [rows, inner]);
      return tl.reshape(tl.dot(left, right), [size]);
    };

    // Reduce-scatter: a block starts one rank further east than where it ends.
    let sum = part(1);
    for (let step = 2; step <= world; step++) {
      const west = shift(sum, size);
      sum = part(step) + west;
    }
    // All-gather: this rank now has its own block, and passes on what comes.
    for (let step = 0; step < world; step++) {
      tl.store(c + block(step) * size, sum);
      if (step < world - 1) sum = shift(sum, size);
    }
  },
);
