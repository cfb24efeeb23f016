/** Arithmetic on tiles of f64. Whether a rounding was inexact is found with error-free transformations. */
import type { Arithmetic } from "./arithmetic.js";
import { indexMask } from "./arithmetic.js";
import { sumError, productError } from "./error-free.js";
import { OpKind } from "./op-log.js";

/** `out` = a ∘ b elementwise; true when a rounding was inexact. */
export function elementwiseF64(
  kind: Arithmetic,
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
): boolean {
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  let inexact = false;
  for (let i = 0; i < out.length; i++) {
    const x = a[i & maskA];
    const y = b[i & maskB];
    switch (kind) {
      case OpKind.add:
        out[i] = x + y;
        if (sumError(x, y, out[i]) !== 0) inexact = true;
        break;
      case OpKind.sub:
        out[i] = x - y;
        if (sumError(x, -y, out[i]) !== 0) inexact = true;
        break;
      case OpKind.mul:
        out[i] = x * y;
        if (productError(x, y, out[i]) !== 0) inexact = true;
        break;
      case OpKind.div:
        out[i] = x / y;
        if (out[i] * y !== x || productError(out[i], y, x) !== 0) inexact = true;
        break;
    }
  }
  return inexact;
}

/** `out` [m,n] = a [m,k] × b [k,n] in float64, k ascending, rounded after every multiplication and every addition. */
export function gemmF64(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  [m, k, n]: readonly [number, number, number],
): boolean {
  let inexact = false;
  out.fill(0);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p];
      for (let j = 0; j < n; j++) {
        const y = b[p * n + j];
        const product = factor * y;
        const before = out[i * n + j];
        const sum = before + product;
        out[i * n + j] = sum;
        if (!inexact && (productError(factor, y, product) !== 0 || sumError(before, product, sum) !== 0))
          inexact = true;
      }
    }
  }
  return inexact;
}
