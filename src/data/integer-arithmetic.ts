/** Operations on tiles of integers and bools: as in C they wrap, when the typed array takes what was computed. */
import { indexMask } from "./arithmetic.js";
import { OpKind } from "./op-log.js";
import { isBig, type BigArray, type TileArray } from "./tile-array.js";

type Binary<T> = (x: T, y: T) => T;
type Table<F> = Partial<Record<OpKind, F>>;

/** Of at most 32 bits: exact in float64, but for products, of which the lower 32 bits are enough. */
const BINARY: Table<Binary<number>> = {
  [OpKind.add]: (x, y) => x + y,
  [OpKind.sub]: (x, y) => x - y,
  [OpKind.mul]: Math.imul,
  [OpKind.floordiv]: (x, y) => Math.floor(x / y),
  [OpKind.mod]: (x, y) => x % y,
  [OpKind.maximum]: Math.max,
  [OpKind.minimum]: Math.min,
  [OpKind.and]: (x, y) => x & y,
  [OpKind.or]: (x, y) => x | y,
  [OpKind.xor]: (x, y) => x ^ y,
  [OpKind.shiftLeft]: (x, y) => (y >>> 0 < 32 ? x << y : 0),
  // The largest u32 are negative to `>>`, though not to begin with.
  [OpKind.shiftRight]: (x, y) => (y >>> 0 < 32 ? (x < 0 ? x >> y : x >>> y) : x < 0 ? -1 : 0),
};

const BINARY_64: Table<Binary<bigint>> = {
  [OpKind.add]: (x, y) => x + y,
  [OpKind.sub]: (x, y) => x - y,
  [OpKind.mul]: (x, y) => x * y,
  [OpKind.floordiv]: (x, y) => (x % y !== 0n && x < 0n !== y < 0n ? x / y - 1n : x / y),
  [OpKind.mod]: (x, y) => x % y,
  [OpKind.maximum]: (x, y) => (x > y ? x : y),
  [OpKind.minimum]: (x, y) => (x < y ? x : y),
  [OpKind.and]: (x, y) => x & y,
  [OpKind.or]: (x, y) => x | y,
  [OpKind.xor]: (x, y) => x ^ y,
  [OpKind.shiftLeft]: (x, y) => (y >= 0n && y < 64n ? x << y : 0n),
  [OpKind.shiftRight]: (x, y) => (y >= 0n && y < 64n ? x >> y : x < 0n ? -1n : 0n),
};

const UNARY: Table<(x: number) => number> = {
  [OpKind.abs]: Math.abs,
  [OpKind.relu]: (x) => Math.max(x, 0),
  [OpKind.not]: (x) => ~x,
};

const UNARY_64: Table<(x: bigint) => bigint> = {
  [OpKind.abs]: (x) => (x < 0n ? -x : x),
  [OpKind.relu]: (x) => (x < 0n ? 0n : x),
  [OpKind.not]: (x) => ~x,
};

function known<F>(table: Table<F>, kind: OpKind): F {
  const found = table[kind];
  if (found === undefined) throw new Error(`op kind ${kind} has no meaning for integers`);
  return found;
}

/** `out` = a ∘ b elementwise. No divisor may be 0. */
export function integerBinary(kind: OpKind, a: TileArray, b: TileArray, out: TileArray): void {
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  if (isBig(out)) {
    const f = known(BINARY_64, kind);
    const [x, y] = [a as BigArray, b as BigArray];
    for (let i = 0; i < out.length; i++) out[i] = f(x[i & maskA], y[i & maskB]);
    return;
  }
  const f = known(BINARY, kind);
  for (let i = 0; i < out.length; i++) out[i] = f(a[i & maskA] as number, b[i & maskB] as number);
}

/** `out` = a · b + c elementwise. */
export function integerFma(a: TileArray, b: TileArray, c: TileArray, out: TileArray): void {
  const [maskA, maskB, maskC] = [a, b, c].map((operand) => indexMask(operand, out.length));
  if (isBig(out)) {
    const [x, y, z] = [a as BigArray, b as BigArray, c as BigArray];
    for (let i = 0; i < out.length; i++) out[i] = x[i & maskA] * y[i & maskB] + z[i & maskC];
    return;
  }
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.imul(a[i & maskA] as number, b[i & maskB] as number) + (c[i & maskC] as number);
  }
}

/** `out` = f(a) elementwise. */
export function integerUnary(kind: OpKind, a: TileArray, out: TileArray): void {
  if (isBig(out)) {
    const f = known(UNARY_64, kind);
    for (let i = 0; i < out.length; i++) out[i] = f((a as BigArray)[i]);
    return;
  }
  const f = known(UNARY, kind);
  for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number);
}

/** `out` [m,n] = a [m,k] × b [k,n], wrapping to 32 bits. */
export function gemmI32(
  a: TileArray,
  b: TileArray,
  out: Int32Array,
  [m, k, n]: readonly [number, number, number],
): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p] as number;
      for (let j = 0; j < n; j++) out[i * n + j] += Math.imul(factor, b[p * n + j] as number);
    }
  }
}
