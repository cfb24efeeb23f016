/**
 * Attention softmax(Q·Kᵀ / √D)·V with one head on every rank, without ever holding the whole matrix of scores: for a
 * block of queries, K and V pass by block after block. The softmax is online: the maximum and the sum of each row are
 * those of the blocks so far, and what was summed is scaled down when a larger maximum comes.
 */
import {
  constexpr,
  defineKernel,
  input,
  output,
  sizeOf,
  tl,
  type DType,
  type Ptr,
  type Tile,
} from "linqu/dsl";

/** Queries and keys of a block; whether a query sees only the keys up to its own position. */
export const { BM, BN, CAUSAL } = constexpr({ BM: 32, BN: 32, CAUSAL: true });
/** Length of a query, a key, a value. */
const D = 32;
const SCALE = 1 / Math.sqrt(D);

export const flashAttention = defineKernel(
  {
    name: "flash-attention",
    args: ({ bytes, dtype }) => {
      const n = Math.max(1, Math.floor(bytes / sizeOf(dtype) / D));
      const shape = [n, D];
      return [
        input("q", dtype, shape),
        input("k", dtype, shape),
        input("v", dtype, shape),
        output("o", dtype, shape),
        n,
        dtype,
      ];
    },
    expect: ({ input: given }) => {
      const [q, k, v] = [given("q"), given("k"), given("v")];
      const n = q.length / D;
      const o = new Float64Array(q.length);
      for (let i = 0; i < n; i++) {
        const scores = new Float64Array(CAUSAL ? i + 1 : n);
        for (let j = 0; j < scores.length; j++) {
          for (let d = 0; d < D; d++) scores[j] += q[i * D + d] * k[j * D + d] * SCALE;
        }
        const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
        const powers = scores.map((score) => Math.exp(score - largest));
        const total = powers.reduce((sum, power) => sum + power, 0);
        for (let j = 0; j < scores.length; j++) {
          for (let d = 0; d < D; d++) o[i * D + d] += (powers[j] / total) * v[j * D + d];
        }
      }
      return { o };
    },
  },
  (q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: number, dtype: DType) => {
    for (let i = 0; i < n; i += BM) {
      const m = Math.min(BM, n - i);
      const queries = tl.load(q + i * D, [m, D]);
      const rows = tl.expandDims(i + tl.arange(0, m), 1);
      let largest: Tile = tl.full([m, 1], -Infinity, "f32");
      let total: Tile = tl.zeros([m, 1], "f32");
      let sum: Tile = tl.zeros([m, D], "f32");
      // No query of this block sees a key behind the block's end.
      const end = CAUSAL ? Math.min(n, i + BM) : n;
      for (let j = 0; j < end; j += BN) {
        const keys = tl.load(k + j * D, [Math.min(BN, end - j), D]);
        const values = tl.load(v + j * D, [Math.min(BN, end - j), D]);
        let scores: Tile = tl.dot(queries, tl.transpose(keys)) * SCALE;
        if (CAUSAL) {
          const columns = tl.expandDims(j + tl.arange(0, Math.min(BN, end - j)), 0);
          scores = tl.where(columns <= rows, scores, -Infinity);
        }
        const higher = tl.maximum(largest, tl.max(scores, 1, { keepDims: true }));
        const powers = tl.exp(scores - higher);
        const shrink = tl.exp(largest - higher);
        total = total * shrink + tl.sum(powers, 1, { keepDims: true });
        sum = sum * shrink + tl.dot(tl.cast(powers, dtype), values);
        largest = higher;
      }
      tl.store(o + i * D, tl.cast(sum / total, dtype));
    }
  },
);
