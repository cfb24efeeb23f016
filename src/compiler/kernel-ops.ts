/**
 * The object `$` that compiled code calls. A call carries its site (an index into the manifest's `sites`).
 *
 * An operation that may suspend returns true when it is done, false when the caller must yield first; its
 * result is then in `out`. The compiler emits `($.recv(7, "E", [n], "f32") || (yield), $.out)`.
 */
import type { RtOpName, TlOpName, rtOps, tlOps } from "../../dsl/ops.js";

type Suspending<
  T extends Record<string, { suspends: boolean }>,
  K extends keyof T,
> = T[K]["suspends"] extends true
  ? (site: number, ...args: never[]) => boolean
  : (site: number, ...args: never[]) => unknown;

/** Emitted in place of operators that may touch a tile or a pointer, and in loops. */
interface Operators {
  add(site: number, a: unknown, b: unknown): unknown;
  sub(site: number, a: unknown, b: unknown): unknown;
  mul(site: number, a: unknown, b: unknown): unknown;
  div(site: number, a: unknown, b: unknown): unknown;
  neg(site: number, a: unknown): unknown;
  /** Counts one step of a loop against the step budget. @throws LQ3402 */
  tick(site: number): void;
}

/** What a kernel's code needs. */
export type KernelOps = { out: unknown } & Operators & { [K in TlOpName]: Suspending<typeof tlOps, K> };

/** What an orchestration's code needs. */
export type OrchestrationOps = { out: unknown } & Operators & {
    [K in RtOpName]: Suspending<typeof rtOps, K>;
  };
