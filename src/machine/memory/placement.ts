import type { TensorPlan } from "../../data/arguments.js";
import { dtypeByName } from "../../data/dtypes.js";

/** Tensors start at whole bursts of any sensible size, so that their first accesses hit the same channel. */
const ALIGNMENT_BYTES = 4096;

const known = new WeakMap<readonly TensorPlan[], readonly number[]>();

/** Where each tensor of a rank starts in its slice of HBM, in bytes. Ranks with equal tensors share the answer. */
export function tensorBases(tensors: readonly TensorPlan[]): readonly number[] {
  let bases = known.get(tensors);
  if (bases === undefined) {
    let end = 0;
    bases = tensors.map(({ elements, dtype }) => {
      const base = end;
      const bytes = elements * dtypeByName(dtype)!.sizeBytes;
      end += Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      return base;
    });
    known.set(tensors, bases);
  }
  return bases;
}
