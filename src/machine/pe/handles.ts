import type { TensorPlan } from "../../data/arguments.js";
import { dtypeByCode } from "../../data/dtypes.js";
import type { TensorPlace } from "../memory/tensor-place.js";

/** A handle was used as a plain number: an operator that the compiler did not see. */
export class HandleAsNumberError extends Error {
  override readonly name = "HandleAsNumberError";
}

/** What a kernel holds of a block of values: its type, and the op-log row that says what the values are. */
export class Tile {
  constructor(
    /** Code of the dtype. */
    readonly dtype: number,
    /** Id in the run's shape table. */
    readonly shape: number,
    readonly elements: number,
    readonly bytes: number,
    /** Row of the op log, or −1 when no log is kept. */
    public value: number,
  ) {}

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(`a tile (${dtypeByCode(this.dtype).name}) was used as a number`);
  }
}

/** A pointer to an element of a tensor, of the rank's own or spread over its SIP. */
export class Pointer {
  constructor(
    readonly tensor: TensorPlan,
    /** Index of the tensor among the rank's tensors. */
    readonly index: number,
    /** Code of the tensor's dtype. */
    readonly dtype: number,
    /** In elements, from the start of the tensor in row-major order. */
    readonly offset: number,
    readonly place: TensorPlace,
  ) {}

  /** The same tensor, at another element. */
  at(offset: number): Pointer {
    return new Pointer(this.tensor, this.index, this.dtype, offset, this.place);
  }

  /** Where an element of a tensor of the rank's own is in the rank's slice of HBM, in bytes. */
  get address(): number {
    return this.place.base + this.offset * dtypeByCode(this.dtype).sizeBytes;
  }

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(`a pointer (into ${this.tensor.name}) was used as a number`);
  }
}

/** A block of a tensor that was named, not loaded. */
export class Ref {
  constructor(
    readonly pointer: Pointer,
    /** Id in the run's shape table. */
    readonly shape: number,
    readonly elements: number,
  ) {}

  /** Code of the tensor's dtype. */
  get dtype(): number {
    return this.pointer.dtype;
  }

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(`a ref (to ${this.pointer.tensor.name}) was used as a number`);
  }
}
