/**
 * The tensors of all ranks, as they lie in the ranks' HBM: one slab per dtype, one slot per rank and tensor. Ranks
 * that see the same copy of a spread tensor have one slot for it, that of the first of them.
 */
import { assert } from "../base/assert.js";
import { invalidInput } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { copyOf, firstOfSip, ownsTensor, type LaunchArgs, type TensorPlan } from "./arguments.js";
import { decodeF16Array, encodeF16Array } from "./float16.js";

export class Hbm {
  readonly world: number;
  /** Number of slots: every tensor of every rank. Those of tensors that another rank holds stay empty. */
  readonly slots: number;
  /** Slot of each rank's first tensor. */
  private readonly firstSlot: Int32Array;
  /** First element of each slot within the slab of its dtype. */
  private readonly base: Float64Array;
  private readonly plans: TensorPlan[];
  /** The slab of all f32 tensors. */
  readonly f32: Float32Array;
  private readonly f16: Uint16Array;

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
    const size = { f32: 0, f16: 0 };
    for (let slot = 0; slot < this.slots; slot++) {
      const plan = this.plans[slot]!;
      this.base[slot] = size[plan.dtype];
      if (isHeld[slot] === 1) size[plan.dtype] += plan.elements;
    }
    try {
      this.f32 = new Float32Array(size.f32);
      this.f16 = new Uint16Array(size.f16);
    } catch (cause) {
      throw invalidInput(
        {
          code: "LQ9110",
          message: `the tensors of ${launch.world} ranks need ${formatBytes(size.f32 * 4 + size.f16 * 2)}, more than one run can hold`,
          hint: "run without --verify-data and --dump, or with a smaller --bytes or fewer devices",
        },
        cause,
      );
    }
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
    const { spread } = this.launch;
    const { policy } = this.plans[this.firstSlot[rank]! + tensor]!;
    return policy === undefined || spread === undefined ? rank : firstOfSip(rank, spread);
  }

  tensorCount(rank: number): number {
    return this.firstSlot[rank + 1]! - this.firstSlot[rank]!;
  }

  plan(slot: number): TensorPlan {
    return this.plans[slot]!;
  }

  /** The stored elements of a slot: f16 as bits. */
  elements(slot: number): Float32Array | Uint16Array {
    const start = this.base[slot]!;
    return this.slab(slot).subarray(start, start + this.plans[slot]!.elements);
  }

  /** Copies elements from `offset` on into `tile`, as values. */
  read(slot: number, offset: number, tile: Float32Array): void {
    const plan = this.plans[slot]!;
    assert(offset + tile.length <= plan.elements, "a read lies within its tensor");
    const start = this.base[slot]! + offset;
    if (plan.dtype === "f32") tile.set(this.f32.subarray(start, start + tile.length));
    else decodeF16Array(this.f16, start, tile.length, tile);
  }

  /** Elements of an f32 slot from `offset` on, without a copy: later writes show in it. */
  view(slot: number, offset: number, length: number): Float32Array {
    const plan = this.plans[slot]!;
    assert(plan.dtype === "f32" && offset + length <= plan.elements, "a view lies within an f32 tensor");
    const start = this.base[slot]! + offset;
    return this.f32.subarray(start, start + length);
  }

  /** Overwrites elements from `offset` on with the values of `tile`. */
  write(slot: number, offset: number, tile: Float32Array): void {
    const plan = this.plans[slot]!;
    assert(offset + tile.length <= plan.elements, "a write lies within its tensor");
    const start = this.base[slot]! + offset;
    if (plan.dtype === "f32") this.f32.set(tile, start);
    else encodeF16Array(tile, this.f16, start);
  }

  /** All values of a slot; f32 without a copy, f16 decoded into `scratch` when it is large enough. */
  values(slot: number, scratch?: Float32Array): Float32Array {
    const { dtype, elements } = this.plans[slot]!;
    const start = this.base[slot]!;
    if (dtype === "f32") return this.f32.subarray(start, start + elements);
    const target =
      scratch && scratch.length >= elements ? scratch.subarray(0, elements) : new Float32Array(elements);
    decodeF16Array(this.f16, start, elements, target);
    return target;
  }

  private slab(slot: number): Float32Array | Uint16Array {
    return this.plans[slot]!.dtype === "f32" ? this.f32 : this.f16;
  }
}
