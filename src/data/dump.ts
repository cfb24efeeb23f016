/** The tensors of a run as named arrays, for an npz file: stacked over ranks where all ranks agree. */
import type { NpyArray } from "../format/npy.js";
import type { Hbm } from "./hbm.js";
import { fillTensor } from "./inputs.js";
import type { InputData } from "./inputs.js";

export interface NamedArray {
  name: string;
  array: NpyArray;
}

interface Member {
  rank: number;
  tensor: number;
  slot: number;
}

/** All tensors of one name. */
interface Tensors {
  /** How many ranks have one. */
  ranks: number;
  /** Those that are dumped, by the rank that holds them. */
  members: Member[];
}

/**
 * Every tensor as replay left it: `name` with shape [world, …shape], or `name.rank` for each rank when shapes
 * differ or only some ranks have it. A spread tensor appears once for each of its copies, so that `world` is their
 * number. A tensor that is overwritten also appears as `name.initial`.
 */
export function dumpTensors(hbm: Hbm, data: InputData, seed: number): NamedArray[] {
  const byName = new Map<string, Tensors>();
  for (let rank = 0; rank < hbm.world; rank++) {
    for (let tensor = 0; tensor < hbm.tensorCount(rank); tensor++) {
      const slot = hbm.slotOf(rank, tensor);
      const { name } = hbm.plan(slot);
      const tensors = byName.get(name) ?? { ranks: 0, members: [] };
      byName.set(name, tensors);
      tensors.ranks++;
      if (hbm.holds(rank, tensor)) tensors.members.push({ rank, tensor, slot });
    }
  }
  return [...byName].flatMap(([name, tensors]) => dumpTensor(hbm, name, tensors, data, seed));
}

function dumpTensor(
  hbm: Hbm,
  name: string,
  { ranks, members }: Tensors,
  data: InputData,
  seed: number,
): NamedArray[] {
  const isEverywhere = ranks === hbm.world;
  const finals = stackOrList(hbm, name, members, isEverywhere, ({ slot }) => hbm.elements(slot));
  if (members.every(({ slot }) => hbm.plan(slot).role !== "inout")) return finals;
  const initial = ({ rank, tensor, slot }: Member): Float32Array | Uint16Array => {
    const values = hbm.elements(slot).slice();
    fillTensor(values, data, seed, hbm.seedRank(rank, tensor), tensor);
    return values;
  };
  const overwritten = members.filter(({ slot }) => hbm.plan(slot).role === "inout");
  const isOverwrittenEverywhere = isEverywhere && overwritten.length === members.length;
  return [...finals, ...stackOrList(hbm, `${name}.initial`, overwritten, isOverwrittenEverywhere, initial)];
}

type Content = (member: Member) => Float32Array | Uint16Array;

function stackOrList(
  hbm: Hbm,
  name: string,
  members: Member[],
  isEverywhere: boolean,
  content: Content,
): NamedArray[] {
  const first = hbm.plan(members[0]!.slot);
  const agree =
    isEverywhere &&
    members.every(({ slot }) => {
      const plan = hbm.plan(slot);
      return plan.dtype === first.dtype && plan.shape.join() === first.shape.join();
    });
  if (!agree) {
    return members.map((member) => {
      const { shape } = hbm.plan(member.slot);
      return { name: `${name}.${member.rank}`, array: toNpy(content(member).slice(), shape) };
    });
  }
  const length = first.elements * members.length;
  const stacked = first.dtype === "f32" ? new Float32Array(length) : new Uint16Array(length);
  members.forEach((member, index) => stacked.set(content(member), index * first.elements));
  return [{ name, array: toNpy(stacked, [members.length, ...first.shape]) }];
}

function toNpy(data: Float32Array | Uint16Array, shape: readonly number[]): NpyArray {
  return { dtype: data instanceof Float32Array ? "f4" : "f2", shape: [...shape], data };
}
