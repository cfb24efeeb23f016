import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import type { Bundle } from "./bundle.js";
import { siteLocation } from "./locate.js";

/** How many steps the loops of one call may take: those that may go on for ever, and those known to end. */
export interface HostBudget {
  open: number;
  counted: number;
}

/** A second of work at most; what endless loops collect meanwhile still fits into memory. */
export const CALL_BUDGET: HostBudget = { open: 1e7, counted: 1e9 };

/** A golden computes in one call what the machine does in parallel: a float64 matrix product takes n³ steps. */
export const GOLDEN_BUDGET: HostBudget = { open: 1e10, counted: 1e11 };

/** Counts the steps of loops outside kernels, so that code that never ends is refused rather than waited for. */
export class HostSteps {
  private what = "the module";
  private budget = CALL_BUDGET;
  private open = CALL_BUDGET.open;
  private counted = CALL_BUDGET.counted;

  constructor(private readonly bundle: Bundle) {}

  /** Gives what runs next a budget of its own. */
  begin(what: string, budget: HostBudget): void {
    this.what = what;
    this.budget = budget;
    this.open = budget.open;
    this.counted = budget.counted;
  }

  /** One step of a loop that may go on for ever. @throws LQ2106 */
  tick(site: number): void {
    if (--this.open < 0) throw this.endless(site, this.budget.open);
  }

  /**
   * All steps of a loop from `from` up to `to`, counted where it begins, since that costs a loop nothing.
   * @returns `from`
   * @throws LQ2106
   */
  steps(site: number, from: number, to: number, by: number): number {
    const count = (to - from) / by;
    // Beyond safe integers adding `by` may change nothing.
    const ends = from >= Number.MIN_SAFE_INTEGER && to <= Number.MAX_SAFE_INTEGER;
    if (count > 0) this.counted -= ends ? count : Infinity;
    if (--this.counted < 0) throw this.endless(site, this.budget.counted);
    return from;
  }

  /** What a call gave; of a function that might have waited, which is a generator, what it returns. */
  finish(value: unknown): unknown {
    if (Object.prototype.toString.call(value) !== "[object Generator]") return value;
    const running = value as Generator;
    let step = running.next();
    while (step.done !== true) step = running.next();
    return step.value;
  }

  private endless(site: number, budget: number): LinquError {
    return invalidInput({
      code: "LQ2106",
      message: `${this.what} took more than ${budget.toLocaleString("en")} steps in its loops`,
      at: siteLocation(this.bundle, site),
      hint: "give the loop an end, or compute less",
    });
  }
}
