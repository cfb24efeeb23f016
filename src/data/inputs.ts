/**
 * Seeded inputs. A tensor's values depend only on (seed, rank, index of the tensor), so any of them can be made
 * again alone. Only integer arithmetic and one multiplication by a constant are used: `Math.log` and `Math.cos`
 * may differ in the last bit between versions of JavaScript, these may not.
 */
import { hash32 } from "../base/random.js";
import type { DTypeInfo } from "./dtypes.js";
import { formatOf } from "./float-format.js";
import type { Hbm } from "./hbm.js";
import { isBig, type TileArray } from "./tile-array.js";

/**
 * `±1`: each exactly +1 or −1, so that sums are exact; 0 or 1 where there is no −1. `normal`: standard normal, rounded
 * to the dtype; of integers the numbers from −8 to 7, or 0 to 15.
 */
export type InputData = "±1" | "normal";

/** Two words that select one tensor's stream; one alone would make streams overlap at thousands of ranks. */
interface StreamKey {
  first: number;
  second: number;
}

function streamKey(seed: number, rank: number, tensor: number): StreamKey {
  const high = Math.floor(seed / 2 ** 32);
  return { first: hash32(seed, high, rank, tensor, 1), second: hash32(seed, high, rank, tensor, 2) };
}

/** The stream's word at a position. */
function wordAt(key: StreamKey, position: number): number {
  let h = (Math.imul(position, 0x9e3779b9) + key.first) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) ^ key.second;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Both words that ±1 is stored as: for an element whose bit is 0, and one whose bit is 1. */
function storedSigns(dtype: DTypeInfo): readonly [number, number] {
  if (dtype.class === "unsigned" || dtype.class === "bool") return [1, 0];
  const format = formatOf(dtype);
  return format === null ? [1, -1] : [format.encode(1), format.encode(-1)];
}

/** One word of the stream gives the signs of 32 elements. */
function fillSigns(key: StreamKey, target: TileArray, dtype: DTypeInfo): void {
  if (target instanceof Float32Array) return fillSignsF32(key, target);
  const [plus, minus] = storedSigns(dtype);
  for (let i = 0; i < target.length;) {
    let word = wordAt(key, i >>> 5);
    const end = Math.min(i + 32, target.length);
    for (; i < end; i++) {
      const value = (word & 0x80000000) === 0 ? plus : minus;
      if (isBig(target)) target[i] = BigInt(value);
      else target[i] = value;
      word <<= 1;
    }
  }
}

const ONE_F32 = 0x3f800000;

/** Written as bits, which is faster. */
function fillSignsF32(key: StreamKey, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < bits.length;) {
    let word = wordAt(key, i >>> 5);
    const end = Math.min(i + 32, bits.length);
    for (; i < end; i++) {
      bits[i] = ONE_F32 | (word & 0x80000000);
      word <<= 1;
    }
  }
}

function countOnes(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Binomial(32, ½) has variance 8; the triangle that fills the gaps between its values adds 1/6. */
const NORMAL_SCALE = 1 / Math.sqrt(8 + 1 / 6) / 65536;
const NORMAL_CENTRE = 16 * 65536 + 65535;

/**
 * The number of ones among 32 random bits, spread by two halves of a hash of the same bits: within ±5.9 standard
 * deviations, excess kurtosis −0.06.
 */
function normalFrom(word: number): number {
  const spread = Math.imul(word, 0x9e3779b1);
  return (countOnes(word) * 65536 + (spread >>> 16) + (spread & 0xffff) - NORMAL_CENTRE) * NORMAL_SCALE;
}

/** The value of a narrow float is the f32 value of the same place, rounded. */
const piece = new Float32Array(4096);

function fillNormal(key: StreamKey, target: TileArray, dtype: DTypeInfo): void {
  if (target instanceof Float32Array || target instanceof Float64Array) return fillPiece(key, 0, target);
  const format = formatOf(dtype);
  if (format === null) return fillIntegers(key, target, dtype);
  for (let start = 0; start < target.length; start += piece.length) {
    const values = piece.subarray(0, Math.min(piece.length, target.length - start));
    fillPiece(key, start, values);
    format.encodeArray(values, target as Uint16Array, start);
  }
}

function fillPiece(key: StreamKey, start: number, target: Float32Array | Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = normalFrom(wordAt(key, start + i));
}

/** The four highest bits of each word; of bools one. */
function fillIntegers(key: StreamKey, target: TileArray, dtype: DTypeInfo): void {
  const hasSign = dtype.class === "signed";
  const shift = dtype.class === "bool" ? 31 : 28;
  for (let i = 0; i < target.length; i++) {
    const word = wordAt(key, i);
    const value = hasSign ? word >> shift : word >>> shift;
    if (isBig(target)) target[i] = BigInt(value);
    else target[i] = value;
  }
}

/** Overwrites `target` (narrow floats as bits) with the seeded values of one tensor. */
export function fillTensor(
  target: TileArray,
  dtype: DTypeInfo,
  data: InputData,
  seed: number,
  rank: number,
  tensor: number,
): void {
  const key = streamKey(seed, rank, tensor);
  if (data === "±1") fillSigns(key, target, dtype);
  else fillNormal(key, target, dtype);
}

/** Fills every `input` and `inout` tensor of every rank. */
export function fillInputs(hbm: Hbm, data: InputData, seed: number): void {
  for (let rank = 0; rank < hbm.world; rank++) {
    for (let tensor = 0; tensor < hbm.tensorCount(rank); tensor++) {
      if (!hbm.holds(rank, tensor)) continue;
      const slot = hbm.slotOf(rank, tensor);
      if (hbm.plan(slot).role !== "output")
        fillTensor(hbm.elements(slot), hbm.dtype(slot), data, seed, hbm.seedRank(rank, tensor), tensor);
    }
  }
}
