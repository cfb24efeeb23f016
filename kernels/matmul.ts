/**
 * C = A·B of square matrices in blocks, one product on every rank. A tile of pointers picks each block out of its
 * row-major matrix; masked elements at the edges are 0 and add nothing. Sums are f32, whatever A and B are.
 */
import { constexpr, defineKernel, input, output, sizeOf, tl, type Ptr } from "linqu/dsl";

export const { BM, BN, BK } = constexpr({ BM: 32, BN: 32, BK: 32 });

const sideOf = (bytes: number, elementBytes: number): number =>
  Math.max(1, Math.floor(Math.sqrt(bytes / elementBytes)));

export const matmul = defineKernel(
  {
    name: "matmul",
    args: ({ bytes, dtype }) => {
      const n = sideOf(bytes, sizeOf(dtype));
      return [input("a", dtype, [n, n]), input("b", dtype, [n, n]), output("c", "f32", [n, n]), n];
    },
    expect: ({ input: given, bytes, dtype }) => {
      const n = sideOf(bytes, sizeOf(dtype));
      const a = given("a");
      const b = given("b");
      const c = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < n; k++) {
          for (let j = 0; j < n; j++) c[i * n + j] += a[i * n + k] * b[k * n + j];
        }
      }
      return { c };
    },
  },
  (a: Ptr, b: Ptr, c: Ptr<"f32">, n: number) => {
    for (let i = 0; i < n; i += BM) {
      // A column [BM, 1] of row numbers and a row [1, BN] of column numbers broadcast to a block [BM, BN].
      const rows = tl.expandDims(i + tl.arange(0, BM), 1);
      for (let j = 0; j < n; j += BN) {
        const columns = tl.expandDims(j + tl.arange(0, BN), 0);
        let sum = tl.zeros([BM, BN], "f32");
        for (let k = 0; k < n; k += BK) {
          const inner = k + tl.arange(0, BK);
          const across = tl.expandDims(inner, 0);
          const down = tl.expandDims(inner, 1);
          const left = tl.load(a + (rows * n + across), { mask: rows < n && across < n });
          const right = tl.load(b + (down * n + columns), { mask: down < n && columns < n });
          sum += tl.dot(left, right);
        }
        tl.store(c + (rows * n + columns), sum, { mask: rows < n && columns < n });
      }
    }
  },
);
