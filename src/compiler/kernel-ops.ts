/**
 * The object `$` that compiled code calls. A call carries its site (an index into the manifest's `sites`).
 *
 * An operation that may suspend returns true when it is done, false when the caller must yield first; its
 * result is then in `out`. The compiler emits `($.recv(7, "E", [n], "f32") || (yield), $.out)`.
 */
import type { RtOpName, TileOperator, TlOpName, rtOps, tlOps } from "../../dsl/ops.js";

type Suspending<
  T extends Record<string, { suspends: boolean }>,
  K extends keyof T,
> = T[K]["suspends"] extends true
  ? (site: number, ...args: never[]) => boolean
  : (site: number, ...args: never[]) => unknown;

export type UnaryOperator = "neg" | "not" | "bitNot";

/**
 * Emitted in place of operators that may touch a tile or a pointer, and in loops. Operands may be plain values too:
 * then an operator gives what JavaScript's gives. Short circuits stay in the compiled code, which borrows `out`:
 * `a && b` is `(($.out = a) && $.and(site, $.out, b))`, so `and` and `or` with a plain left operand give the right one.
 */
type Operators = Record<
  Exclude<TileOperator, UnaryOperator>,
  (site: number, a: unknown, b: unknown) => unknown
> &
  Record<UnaryOperator, (site: number, a: unknown) => unknown> & {
    /** Whether a value is a tile: only then `a || b` is `$.or(…)`, though the tile, an object, is truthy. */
    isTile(value: unknown): boolean;
    /** Gives back what a condition is. @throws LQ1301 when it is a tile, whose values are not known while deciding */
    decides(site: number, value: unknown): unknown;
    /** Counts one step of a loop against the step budget. @throws LQ3402 */
    tick(site: number): void;
  };

/** What a kernel's code needs. */
export type KernelOps = { out: unknown } & Operators & { [K in TlOpName]: Suspending<typeof tlOps, K> };

/** What an orchestration's code needs. */
export type OrchestrationOps = { out: unknown } & Operators & {
    [K in RtOpName]: Suspending<typeof rtOps, K>;
  };
