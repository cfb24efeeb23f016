/**
 * The tensors of all ranks, as they lie in the ranks' HBM: one slab per dtype, one slot per rank and tensor. Ranks
 * that see the same copy of a spread tensor have one slot for it, that of the first of them.
 */
import { assert } from "../base/assert.js";
import { invalidInput } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { copyOf, ownsTensor, seedRank, type LaunchArgs, type TensorPlan } from "./arguments.js";
import { DTYPES, dtypeByName, type DTypeInfo } from "./dtypes.js";
import { formatOf } from "./float-format.js";
import type { FloatFormat } from "./small-float.js";
import { asNumbers, newStoredArray, type NumberArray, type TileArray } from "./tile-array.js";

/** All tensors of one dtype, one after the other, in stored form. */
interface Slab {
  readonly dtype: DTypeInfo;
  readonly stored: TileArray;
  readonly format: FloatFormat | null;
}

export class Hbm {
  readonly world: number;
  /** Number of slots: every tensor of every rank. Those of tensors that another rank holds stay empty. */
  readonly slots: number;
  /** Slot of each rank's first tensor. */
  private readonly firstSlot: Int32Array;
  /** First element of each slot within the slab of its dtype. */
  private readonly base: Float64Array;
  private readonly plans: TensorPlan[];
  private readonly slabOf: Slab[];
  /** All f32 tensors. */
  readonly f32: Float32Array;

  /** All tensors start as zeros. @throws LQ9110 when they do not fit into memory */
  constructor(private readonly launch: LaunchArgs) {
    this.world = launch.world;
    this.firstSlot = new Int32Array(launch.world + 1);
    this.plans = [];
    for (let rank = 0; rank < launch.world; rank++) {
      this.plans.push(...launch.byRank[rank]!.tensors);
      this.firstSlot[rank + 1] = this.plans.length;
    }
    this.slots = this.plans.length;
    const isHeld = new Uint8Array(this.slots).fill(1);
    if (launch.spread !== undefined) {
      for (let rank = 0; rank < launch.world; rank++) {
        launch.byRank[rank]!.tensors.forEach((_, tensor) => {
          isHeld[this.firstSlot[rank]! + tensor] = this.holds(rank, tensor) ? 1 : 0;
        });
      }
    }
    this.base = new Float64Array(this.slots);
    const lengths = Object.fromEntries(DTYPES.map((name) => [name, 0]));
    for (let slot = 0; slot < this.slots; slot++) {
      const { dtype, elements } = this.plans[slot]!;
      this.base[slot] = lengths[dtype]!;
      if (isHeld[slot] === 1) lengths[dtype]! += elements;
    }
    const slabs = allocate(lengths, launch.world);
    this.slabOf = this.plans.map(({ dtype }) => slabs[dtype]!);
    this.f32 = slabs["f32"]!.stored as Float32Array;
  }

  /** The slot of a rank's tensor, or of the copy of a spread one that the rank sees. */
  slotOf(rank: number, tensor: number): number {
    const { spread } = this.launch;
    const slot = this.firstSlot[rank]! + tensor;
    if (spread === undefined) return slot;
    const { policy } = this.plans[slot]!;
    return policy === undefined ? slot : this.firstSlot[copyOf(rank, policy, spread)]! + tensor;
  }

  /** Is the slot of a rank's tensor filled, judged and dumped with this rank? */
  holds(rank: number, tensor: number): boolean {
    return ownsTensor(rank, this.plans[this.firstSlot[rank]! + tensor]!, this.launch);
  }

  /** The rank from which a tensor's seeded values follow: all copies of a spread one hold the same. */
  seedRank(rank: number, tensor: number): number {
    return seedRank(rank, this.plans[this.firstSlot[rank]! + tensor]!, this.launch);
  }

  tensorCount(rank: number): number {
    return this.firstSlot[rank + 1]! - this.firstSlot[rank]!;
  }

  plan(slot: number): TensorPlan {
    return this.plans[slot]!;
  }

  dtype(slot: number): DTypeInfo {
    return this.slabOf[slot]!.dtype;
  }

  /** The stored elements of a slot: narrow floats as bits. */
  elements(slot: number): TileArray {
    const start = this.base[slot]!;
    return this.slabOf[slot]!.stored.subarray(start, start + this.plans[slot]!.elements);
  }

  /** Copies elements from `offset` on into `tile`, as values. */
  read(slot: number, offset: number, tile: TileArray): void {
    assert(offset + tile.length <= this.plans[slot]!.elements, "a read lies within its tensor");
    const { stored, format } = this.slabOf[slot]!;
    const start = this.base[slot]! + offset;
    if (format === null) copyArray(stored.subarray(start, start + tile.length), tile, 0);
    else format.decodeArray(stored as Uint16Array, start, tile.length, tile as Float32Array);
  }

  /** Elements of an f32 slot from `offset` on, without a copy: later writes show in it. */
  view(slot: number, offset: number, length: number): Float32Array {
    const plan = this.plans[slot]!;
    assert(plan.dtype === "f32" && offset + length <= plan.elements, "a view lies within an f32 tensor");
    const start = this.base[slot]! + offset;
    return this.f32.subarray(start, start + length);
  }

  /** Overwrites elements from `offset` on with the values of `tile`, which has an array for the tensor's dtype. */
  write(slot: number, offset: number, tile: TileArray): void {
    assert(offset + tile.length <= this.plans[slot]!.elements, "a write lies within its tensor");
    const { stored, format } = this.slabOf[slot]!;
    const start = this.base[slot]! + offset;
    if (format === null) copyArray(tile, stored, start);
    else format.encodeArray(tile as Float32Array, stored as Uint16Array, start);
  }

  /** The value of one element. */
  at(slot: number, index: number): number | bigint {
    const { stored, format } = this.slabOf[slot]!;
    const element = stored[this.base[slot]! + index]!;
    return format === null ? element : format.values[element as number]!;
  }

  /** Overwrites one element; integers wrap, floats are rounded. */
  put(slot: number, index: number, value: number | bigint): void {
    const { stored, format } = this.slabOf[slot]!;
    const element = format === null ? value : format.encode(value as number);
    (stored as NumberArray)[this.base[slot]! + index] = element as number;
  }

  /**
   * All values of a slot as numbers: a view where they are stored as such, else decoded into `scratch` when it is large
   * enough.
   */
  values(slot: number, scratch?: Float32Array): NumberArray {
    const { elements } = this.plans[slot]!;
    const { stored, format } = this.slabOf[slot]!;
    if (format === null) return asNumbers(this.elements(slot));
    const target =
      scratch && scratch.length >= elements ? scratch.subarray(0, elements) : new Float32Array(elements);
    format.decodeArray(stored as Uint16Array, this.base[slot]!, elements, target);
    return target;
  }
}

function copyArray(from: TileArray, to: TileArray, offset: number): void {
  // Both are of the same dtype.
  (to as NumberArray).set(from as NumberArray, offset);
}

/** @throws LQ9110 when the tensors do not fit into memory */
function allocate(lengths: Readonly<Record<string, number>>, world: number): Record<string, Slab> {
  const dtypes = DTYPES.map((name) => dtypeByName(name)!);
  try {
    return Object.fromEntries(
      dtypes.map((dtype) => [
        dtype.name,
        { dtype, stored: newStoredArray(dtype, lengths[dtype.name]!), format: formatOf(dtype) },
      ]),
    );
  } catch (cause) {
    const bytes = dtypes.reduce((sum, { name, sizeBytes }) => sum + lengths[name]! * sizeBytes, 0);
    throw invalidInput(
      {
        code: "LQ9110",
        message: `the tensors of ${world} ranks need ${formatBytes(bytes)}, more than one run can hold`,
        hint: "run without --verify-data and --dump, or with a smaller --bytes or fewer devices",
      },
      cause,
    );
  }
}
