/** Comparisons, which give masks, and the choice by a mask. */
import { indexMask } from "./arithmetic.js";
import { OpKind } from "./op-log.js";
import type { NumberArray, TileArray } from "./tile-array.js";

type Compare = (x: number, y: number) => boolean;

const COMPARE: Partial<Record<OpKind, Compare>> = {
  [OpKind.lt]: (x, y) => x < y,
  [OpKind.le]: (x, y) => x <= y,
  [OpKind.gt]: (x, y) => x > y,
  [OpKind.ge]: (x, y) => x >= y,
  [OpKind.equal]: (x, y) => x === y,
  [OpKind.notEqual]: (x, y) => x !== y,
};

export function isComparison(kind: OpKind): boolean {
  return COMPARE[kind] !== undefined;
}

/** `out` = 1 where a ∘ b holds, else 0. */
export function compareTiles(kind: OpKind, a: TileArray, b: TileArray, out: Uint8Array): void {
  const compare = COMPARE[kind]!;
  const maskA = indexMask(a, out.length);
  const maskB = indexMask(b, out.length);
  // Numbers and bigints compare alike.
  const [x, y] = [a as NumberArray, b as NumberArray];
  for (let i = 0; i < out.length; i++) out[i] = compare(x[i & maskA], y[i & maskB]) ? 1 : 0;
}

/** `out` = a where the condition holds, else b. */
export function chooseTiles(condition: TileArray, a: TileArray, b: TileArray, out: TileArray): void {
  const [maskC, maskA, maskB] = [condition, a, b].map((operand) => indexMask(operand, out.length));
  const [x, y, chosen] = [a as NumberArray, b as NumberArray, out as NumberArray];
  for (let i = 0; i < out.length; i++) chosen[i] = condition[i & maskC] === 0 ? y[i & maskB] : x[i & maskA];
}
