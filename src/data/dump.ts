/** The tensors of a run as named arrays, for an npz file: stacked over ranks where all ranks agree. */
import type { NpyArray, NpyDtype } from "../format/npy.js";
import { dtypeByName, type DTypeName } from "./dtypes.js";
import { formatOf } from "./float-format.js";
import type { Hbm } from "./hbm.js";
import { fillTensor } from "./inputs.js";
import type { InputData } from "./inputs.js";
import { newStoredArray, newTileArray, type TileArray } from "./tile-array.js";

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
 * number. A tensor that is overwritten also appears as `name.initial`. NumPy has no bf16 and fp8: these are written as
 * f4, which holds each of their values.
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
  const initial = ({ rank, tensor, slot }: Member): TileArray => {
    const values = hbm.elements(slot).slice();
    fillTensor(values, hbm.dtype(slot), data, seed, hbm.seedRank(rank, tensor), tensor);
    return values;
  };
  const overwritten = members.filter(({ slot }) => hbm.plan(slot).role === "inout");
  const isOverwrittenEverywhere = isEverywhere && overwritten.length === members.length;
  return [...finals, ...stackOrList(hbm, `${name}.initial`, overwritten, isOverwrittenEverywhere, initial)];
}

type Content = (member: Member) => TileArray;

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
      const { shape, dtype } = hbm.plan(member.slot);
      return { name: `${name}.${member.rank}`, array: toNpy(content(member).slice(), shape, dtype) };
    });
  }
  const length = first.elements * members.length;
  const stacked = newStoredArray(dtypeByName(first.dtype)!, length);
  members.forEach((member, index) => {
    (stacked as Float32Array).set(content(member) as Float32Array, index * first.elements);
  });
  return [{ name, array: toNpy(stacked, [members.length, ...first.shape], first.dtype) }];
}

const NPY: Record<DTypeName, NpyDtype> = {
  f32: "f4",
  f16: "f2",
  f64: "f8",
  bf16: "f4",
  fp8e4m3: "f4",
  fp8e5m2: "f4",
  i8: "i1",
  i16: "i2",
  i32: "i4",
  i64: "i8",
  u8: "u1",
  u16: "u2",
  u32: "u4",
  u64: "u8",
  bool: "b1",
};

function toNpy(stored: TileArray, shape: readonly number[], name: DTypeName): NpyArray {
  const dtype = dtypeByName(name)!;
  const isBits = NPY[name] === "f4" && name !== "f32";
  const data = isBits ? newTileArray(dtype, stored.length) : stored;
  if (isBits) {
    formatOf(dtype)!.decodeArray(stored as Uint16Array, 0, stored.length, data as Float32Array);
  }
  return { dtype: NPY[name], shape: [...shape], data: data as NpyArray["data"] };
}
