/** C = A·B on every PE by one composite command, with operands loaded beforehand or streamed from HBM. */
import { defineKernel, input, output, sizeOf, tl, type DType, type Ptr } from "linqu/dsl";

type Staging = "load" | "ref";

interface Plan {
  m: number;
  k: number;
  n: number;
  a: Staging;
  b: Staging;
}

const ROWS = 32;
const COLUMNS = 32;

/** A is [32, K] and has `--bytes` bytes; B is [K, 32]. */
const gemm = (a: Staging, b: Staging) =>
  defineKernel(
    {
      name: `gemm-${a}-${b}`,
      args: ({ bytes, dtype }) => {
        const k = Math.max(1, Math.floor(bytes / sizeOf(dtype) / ROWS));
        const plan: Plan = { m: ROWS, k, n: COLUMNS, a, b };
        return [
          input("a", dtype, [plan.m, k]),
          input("b", dtype, [k, plan.n]),
          output("c", dtype, [plan.m, plan.n]),
          plan,
        ];
      },
      expect: ({ input: given }) => {
        const left = given("a");
        const right = given("b");
        const k = left.length / ROWS;
        const c = new Float64Array(ROWS * COLUMNS);
        for (let i = 0; i < ROWS; i++) {
          for (let p = 0; p < k; p++) {
            for (let j = 0; j < COLUMNS; j++) c[i * COLUMNS + j] += left[i * k + p] * right[p * COLUMNS + j];
          }
        }
        return { c };
      },
    },
    (x: Ptr<DType>, y: Ptr<DType>, z: Ptr<DType>, { m, k, n, a: stagingA, b: stagingB }: Plan) => {
      const left = stagingA === "load" ? tl.load(x, [m, k]) : tl.ref(x, [m, k]);
      const right = stagingB === "load" ? tl.load(y, [k, n]) : tl.ref(y, [k, n]);
      tl.wait(tl.composite("gemm", left, right, z));
    },
  );

export const gemmLoaded = gemm("load", "load");
export const gemmLoadRef = gemm("load", "ref");
export const gemmRefs = gemm("ref", "ref");
