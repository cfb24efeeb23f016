import type { TensorPlan } from "../data/arguments.js";
import { BOOL, dtypeByCode } from "../data/dtypes.js";
import type { IndexForm } from "./index-form.js";

/** A handle was used as a plain number: an operator that the compiler did not see. */
export class HandleAsNumberError extends Error {
  override readonly name = "HandleAsNumberError";
}

/** What a kernel holds of a block of values: its type, and what the executing backend knows the values by. */
export class Tile {
  constructor(
    /** Code of the dtype. */
    readonly dtype: number,
    /** Id in the run's shape table. */
    readonly shape: number,
    readonly elements: number,
    readonly bytes: number,
    /** The backend's: row of the op log, number of a fingerprint, or −1. */
    public value: number,
    /** Of an integer tile or a mask: what its values are, when that is known without data. */
    readonly index: IndexForm | null = null,
  ) {}

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(`a tile (${dtypeByCode(this.dtype).name}) was used as a number`);
  }
}

/** A pointer to an element of a tensor, of the rank's own or spread over its SIP. */
export class Pointer<Place = unknown> {
  constructor(
    readonly tensor: TensorPlan,
    /** Index of the tensor among the rank's tensors. */
    readonly index: number,
    /** Code of the tensor's dtype. */
    readonly dtype: number,
    /** In elements, from the start of the tensor in row-major order. */
    readonly offset: number,
    /** The backend's: where the tensor lies. */
    readonly place: Place,
  ) {}

  /** The same tensor, at another element. */
  at(offset: number): Pointer<Place> {
    return new Pointer(this.tensor, this.index, this.dtype, offset, this.place);
  }

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(`a pointer (into ${this.tensor.name}) was used as a number`);
  }
}

/** A tile of pointers: each element of an integer tile, counted from a pointer. */
export class PointerBlock<Place = unknown> {
  constructor(
    readonly pointer: Pointer<Place>,
    readonly offsets: Tile,
  ) {}

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError(
      `a tile of pointers (into ${this.pointer.tensor.name}) was used as a number`,
    );
  }
}

/** A block of a tensor that was named, not loaded. */
export class Ref<Place = unknown> {
  constructor(
    readonly pointer: Pointer<Place>,
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

/** Something that a kernel has started and not waited for. `tl.wait` hands over to it. */
export abstract class Future {
  /**
   * Continues the running kernel's `tl.wait` at a site: true when what was started is over and its result is in `out`,
   * false when the kernel was parked. Waiting again gives the same result at once.
   */
  abstract wait(site: number): boolean;

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError("a future was used as a number");
  }
}

/** A value that a kernel passed, as messages show it. */
export function describeValue(value: unknown): string {
  if (value instanceof Tile) return value.dtype === BOOL.code ? "a mask" : "a tile";
  if (value instanceof Pointer) return `a pointer into ${value.tensor.name}`;
  if (value instanceof PointerBlock) return `a tile of pointers into ${value.pointer.tensor.name}`;
  if (value instanceof Ref) return `a ref to ${value.pointer.tensor.name}`;
  if (value instanceof Future) return "a future";
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return String(value);
}
