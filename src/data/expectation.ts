/** What every rank's outputs must hold, in float64, computed from the seeded inputs and nothing else. */
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import type { CollectiveExpectation, Golden } from "../../dsl/index.js";
import type { RankArgs, TensorPlan } from "./arguments.js";

export type Expectation = CollectiveExpectation | Golden;

/** One tensor that is judged. Ranks may share the arrays. */
export interface ExpectedTensor {
  /** Index into the rank's tensors. */
  tensor: number;
  values: Float64Array;
}

export interface ExpectedOutputs {
  /** Of every rank, in the order of its tensors. */
  byRank: ExpectedTensor[][];
  /**
   * `exact`: only data movement and maxima, so that any difference is a fault.
   * `sum`: the tolerance is relative to Σ|x|, given per rank. `bounded`: replay bounds the magnitude itself.
   */
  judgedBy: "exact" | "sum" | "bounded";
  /** Σ|x| of each rank's output, for `sum`. */
  magnitudeByRank: Float64Array[];
}

type Side = "input" | "output";

/** May a tensor of this role be read (input) or judged (output)? */
function serves(plan: TensorPlan, side: Side): boolean {
  return plan.role === "inout" || plan.role === side;
}

/**
 * Index of the tensor of this name among one rank's tensors.
 * @throws LQ9101 when there is none, or it is not an input (output)
 */
export function findTensor(args: RankArgs, name: string, side: Side, rank: number, askedBy: string): number {
  const index = args.tensors.findIndex((plan) => plan.name === name);
  const plan = args.tensors[index];
  if (plan && serves(plan, side)) return index;
  const valid = args.tensors
    .filter((candidate) => serves(candidate, side))
    .map((candidate) => candidate.name);
  const fault = plan ? `"${name}" is an ${plan.role}, not an ${side}` : `there is no tensor "${name}"`;
  throw invalidInput({
    code: "LQ9101",
    message: `${askedBy} names an ${side} "${name}", but in the arguments of rank ${rank} ${fault}`,
    hint: valid.length === 0 ? `declare an ${side} in args` : suggestName(name, valid),
  });
}

/** An expectation that does not fit the arguments. */
export function wrongLength(what: string, actual: number, expected: number, rank: number): LinquError {
  return invalidInput({
    code: "LQ9102",
    message: `${what} has ${actual} elements on rank ${rank}, but ${expected} are expected`,
    hint: "make the shapes in args and the expectation agree",
  });
}
