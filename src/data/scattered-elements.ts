/** The elements of a tensor that a tile of offsets names: gather, scatter and atomics. */
import { indexMask } from "./arithmetic.js";
import { sumError } from "./error-free.js";
import type { Hbm } from "./hbm.js";
import { NO_VALUE, OpKind } from "./op-log.js";
import type { NumberArray, TileArray } from "./tile-array.js";

export interface ScatteredElements {
  readonly slot: number;
  readonly first: number;
  /** Null: the elements follow each other. */
  readonly offsets: TileArray | null;
  /** Null: all of them. */
  readonly mask: TileArray | null;
  readonly count: number;
  /** An element outside the tensor. */
  outside(element: number): Error;
}

/** The index of every element within its tensor, NO_VALUE where masked off. @throws what `outside` makes */
function indicesOf(hbm: Hbm, elements: ScatteredElements): Float64Array {
  const { first, offsets, mask, count } = elements;
  const limit = hbm.plan(elements.slot).elements;
  const ofOffsets = offsets === null ? 0 : indexMask(offsets, count);
  const ofMask = mask === null ? 0 : indexMask(mask, count);
  const indices = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    if (mask !== null && mask[i & ofMask] === 0) {
      indices[i] = NO_VALUE;
      continue;
    }
    const index = first + (offsets === null ? i : Number(offsets[i & ofOffsets]));
    if (index < 0 || index >= limit) throw elements.outside(index);
    indices[i] = index;
  }
  return indices;
}

export function gatherElements(hbm: Hbm, elements: ScatteredElements, out: TileArray): void {
  const { slot } = elements;
  const indices = indicesOf(hbm, elements);
  const zero = hbm.dtype(slot).sizeBytes === 8 && typeof out[0] === "bigint" ? 0n : 0;
  for (let i = 0; i < indices.length; i++) {
    // A tile of bigints takes bigints only, which is what its tensor has.
    (out as NumberArray)[i] = (indices[i] === NO_VALUE ? zero : hbm.at(slot, indices[i])) as number;
  }
}

/** Visits each stretch of neighbouring elements that was written. */
export type VisitStretch = (offset: number, length: number) => void;

function forEachStretch(indices: Float64Array, visit: VisitStretch): void {
  for (let i = 0; i < indices.length;) {
    let end = i + 1;
    if (indices[i] !== NO_VALUE) {
      while (end < indices.length && indices[end] === indices[end - 1] + 1) end++;
      visit(indices[i], end - i);
    }
    i = end;
  }
}

/** Of equal offsets the last one stays. */
export function scatterElements(
  hbm: Hbm,
  elements: ScatteredElements,
  values: TileArray,
  visit: VisitStretch,
): void {
  const indices = indicesOf(hbm, elements);
  const mask = indexMask(values, indices.length);
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] !== NO_VALUE) hbm.put(elements.slot, indices[i], values[i & mask]);
  }
  forEachStretch(indices, visit);
}

/** How often the element that is named most often is named. */
export function mostHits(hbm: Hbm, elements: ScatteredElements): number {
  const hits = new Map<number, number>();
  let most = 0;
  for (const index of indicesOf(hbm, elements)) {
    if (index === NO_VALUE) continue;
    const count = (hits.get(index) ?? 0) + 1;
    hits.set(index, count);
    if (count > most) most = count;
  }
  return most;
}

export type AtomicKind =
  | typeof OpKind.atomicAdd
  | typeof OpKind.atomicMax
  | typeof OpKind.atomicMin
  | typeof OpKind.atomicXchg
  | typeof OpKind.atomicCas;

/** What an element becomes; both are numbers or both are bigints. */
function updated(kind: AtomicKind, old: number | bigint, value: number | bigint): number | bigint {
  switch (kind) {
    case OpKind.atomicAdd:
      return typeof old === "bigint" ? old + (value as bigint) : old + (value as number);
    case OpKind.atomicMax:
      return typeof old === "bigint" ? (value > old ? value : old) : Math.max(old, value as number);
    case OpKind.atomicMin:
      return typeof old === "bigint" ? (value < old ? value : old) : Math.min(old, value as number);
    default:
      return value;
  }
}

/**
 * Reads, modifies and writes one element after the other; `out` = what was there. `expected` is for atomicCas only.
 * True when a rounding was inexact.
 */
export function updateElements(
  hbm: Hbm,
  elements: ScatteredElements,
  kind: AtomicKind,
  values: TileArray,
  expected: TileArray | null,
  out: TileArray,
  visit: VisitStretch,
): boolean {
  const { slot } = elements;
  const indices = indicesOf(hbm, elements);
  const ofValues = indexMask(values, indices.length);
  const ofExpected = expected === null ? 0 : indexMask(expected, indices.length);
  const isFloat = hbm.dtype(slot).class === "float";
  let inexact = false;
  for (let i = 0; i < indices.length; i++) {
    const value = values[i & ofValues];
    if (indices[i] === NO_VALUE) {
      (out as NumberArray)[i] = (typeof value === "bigint" ? 0n : 0) as number;
      continue;
    }
    const old = hbm.at(slot, indices[i]);
    (out as NumberArray)[i] = old as number;
    if (expected !== null && old !== expected[i & ofExpected]) {
      indices[i] = NO_VALUE;
      continue;
    }
    const next = updated(kind, old, value);
    hbm.put(slot, indices[i], next);
    if (!isFloat || kind !== OpKind.atomicAdd) continue;
    const error = sumError(old as number, value as number, next as number);
    if (error !== 0 || hbm.at(slot, indices[i]) !== next) inexact = true;
  }
  forEachStretch(indices, visit);
  return inexact;
}
