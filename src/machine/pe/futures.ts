import { HandleAsNumberError } from "./handles.js";

/** Something that a kernel has started and not waited for. `tl.wait` hands over to it. */
export abstract class Future {
  /**
   * Continues the running kernel's `tl.wait` at a site: true when what was started is over and its result is in
   * `core.results.out`, false when the kernel was parked. Waiting again gives the same result at once.
   */
  abstract wait(site: number): boolean;

  [Symbol.toPrimitive](): never {
    throw new HandleAsNumberError("a future was used as a number");
  }
}
