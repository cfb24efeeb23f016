import { dtypeByCode } from "../../data/dtypes.js";
import type { Pointer, PointerBlock, Ref } from "../../ops/handles.js";
import type { TensorPlace } from "./tensor-place.js";

/** What kernels hold of tensors whose places the machine knows. */
export type PlacedPointer = Pointer<TensorPlace>;
export type PlacedBlock = PointerBlock<TensorPlace>;
export type PlacedRef = Ref<TensorPlace>;

/** Where an element of a tensor of the rank's own is in the rank's slice of HBM, in bytes. */
export function addressOf({ place, offset, dtype }: PlacedPointer): number {
  return place.base + offset * dtypeByCode(dtype).sizeBytes;
}
