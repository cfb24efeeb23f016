import { invalidInput, LinquError } from "../../base/diagnostics.js";
import type { SpreadTensor } from "./spread-tensor.js";

/** Where a tensor of a rank lies. */
export interface TensorPlace {
  /** Where a tensor of the rank's own starts in the rank's slice of HBM, in bytes; 0 for others. */
  readonly base: number;
  /** Null for a tensor of the rank's own. */
  readonly spread: SpreadTensor | null;
}

/** The error of an allocation, as one about the arguments of a launch. */
export function refusedTensor(error: unknown, tensor: string, rank: number): unknown {
  if (!(error instanceof LinquError)) return error;
  const [problem] = error.diagnostics;
  const { code, message, hint } = problem!;
  return invalidInput(
    {
      code,
      message: `tensor ${tensor} of rank ${rank}: ${message}`,
      hint: code === "LQ6120" ? "choose fewer bytes, or a larger HBM with --set pe.hbm.sizeBytes=SIZE" : hint,
    },
    error,
  );
}
