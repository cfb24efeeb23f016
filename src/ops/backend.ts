import { ExitCode, type Diagnostic, type LinquError } from "../base/diagnostics.js";
import type { OpKind } from "../data/op-log.js";
import type { Tile } from "./handles.js";
import type { Shapes } from "./shapes.js";

export type Problem = Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>;

/** What executes a kernel: the machine, the check, or a prediction. Answers for the rank whose turn it is. */
export interface OpsBackend {
  readonly shapes: Shapes;
  /** What kernels have of the TCM: no tile may be larger. */
  readonly tcmBytes: number;
  /** The error of a kernel at a site: exit 5, the simulated program failed, unless stated otherwise. */
  fault(site: number, problem: Problem, exitCode?: ExitCode): LinquError;
  /**
   * Performs one computation, whose arguments have been checked: accounts for it and gives `out` its value. An operand
   * that is null is `scalar`, or does not exist.
   */
  compute(
    site: number,
    kind: OpKind,
    out: Tile,
    a: Tile | null,
    b: Tile | null,
    c: Tile | null,
    scalar: number,
  ): void;
}

/** An error about what a kernel asks for, whatever its data: refused with exit 3. */
export function refuse(backend: OpsBackend, site: number, problem: Problem): LinquError {
  return backend.fault(site, problem, ExitCode.invalidInput);
}
