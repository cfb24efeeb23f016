/** The golden of a kernel, given as a function: called once per rank, its answer checked and kept in float64. */
import { LinquError, invalidInput } from "../base/diagnostics.js";
import type { DType, Golden, GoldenContext } from "../../dsl/index.js";
import type { LaunchArgs, RankArgs } from "./arguments.js";
import { findTensor, wrongLength } from "./expectation.js";
import type { ExpectedOutputs, ExpectedTensor } from "./expectation.js";
import type { Hbm } from "./hbm.js";
import { suggestName } from "../base/nearest.js";

/** `--bytes` and `--dtype`, as the golden is told them. */
export interface GoldenParameters {
  bytes: number;
  dtype: DType;
}

/**
 * The outputs that a golden demands. It must run before the tensors are changed.
 * @throws LQ9101 unknown tensor, LQ9102 wrong length, LQ9104 missing output, LQ9105 not numbers, LQ9106 it threw
 */
export function expectGolden(
  golden: Golden,
  parameters: GoldenParameters,
  launch: LaunchArgs,
  hbm: Hbm,
): ExpectedOutputs {
  const byRank = launch.byRank.map((args, rank) => {
    // The first rank that sees a spread tensor answers for the others.
    const isJudged = (tensor: number): boolean => hbm.holds(rank, tensor);
    const outputs = args.tensors.flatMap(({ role }, tensor) => (role === "input" ? [] : [tensor]));
    if (outputs.length > 0 && !outputs.some(isJudged)) return [];
    const values = callGolden(golden, goldenContext(rank, parameters, launch, hbm));
    return checkOutputs(values, args, rank).filter(({ tensor }) => isJudged(tensor));
  });
  return { byRank, judgedBy: "bounded", magnitudeByRank: [] };
}

function goldenContext(
  rank: number,
  parameters: GoldenParameters,
  launch: LaunchArgs,
  hbm: Hbm,
): GoldenContext {
  // One call gets the same array when it asks twice; the next rank gets fresh ones, so that a golden that works in
  // place cannot spoil another rank's inputs.
  const cache = new Map<number, Float64Array>();
  return {
    rank,
    world: launch.world,
    bytes: parameters.bytes,
    dtype: parameters.dtype,
    input(name, of = rank) {
      const args = launch.byRank[of];
      if (!args) {
        throw invalidInput({
          code: "LQ9103",
          message: `expect asks for "${name}" of rank ${of}, but the ranks are 0 to ${launch.world - 1}`,
          hint: "stay below world",
        });
      }
      const slot = hbm.slotOf(of, findTensor(args, name, "input", of, "expect"));
      const values = cache.get(slot) ?? new Float64Array(hbm.values(slot));
      cache.set(slot, values);
      return values;
    },
  };
}

function callGolden(golden: Golden, context: GoldenContext): Record<string, ArrayLike<number>> {
  let outputs: unknown;
  try {
    outputs = golden(context);
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    throw invalidInput(
      {
        code: "LQ9106",
        message: `the kernel's expect function threw on rank ${context.rank}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "correct the expect function",
      },
      cause,
    );
  }
  if (typeof outputs === "object" && outputs !== null) return outputs as Record<string, ArrayLike<number>>;
  throw invalidInput({
    code: "LQ9105",
    message: `the kernel's expect function returned ${outputs === null ? "null" : typeof outputs} on rank ${context.rank}`,
    hint: "return an object with one array of numbers per output, such as { y }",
  });
}

function checkOutputs(
  outputs: Record<string, ArrayLike<number>>,
  args: RankArgs,
  rank: number,
): ExpectedTensor[] {
  for (const name of Object.keys(outputs)) findTensor(args, name, "output", rank, "expect");
  const expected: ExpectedTensor[] = [];
  args.tensors.forEach((plan, tensor) => {
    if (plan.role === "input") return;
    const values = outputs[plan.name];
    if (values === undefined) throw missingOutput(plan.name, Object.keys(outputs), rank);
    expected.push({ tensor, values: toFloat64(values, plan.name, plan.elements, rank) });
  });
  return expected;
}

function missingOutput(name: string, given: string[], rank: number): LinquError {
  return invalidInput({
    code: "LQ9104",
    message: `the kernel's expect function returned no values for "${name}" on rank ${rank}`,
    hint: given.length === 0 ? `return { ${name} }` : suggestName(name, given),
  });
}

/** A copy: a golden may fill the same array for every rank. */
function toFloat64(values: ArrayLike<number>, name: string, elements: number, rank: number): Float64Array {
  const length: unknown = (values as ArrayLike<number> | null)?.length;
  if (typeof length !== "number") throw notNumbers(name, String(values), null, rank);
  if (length !== elements) throw wrongLength(`the expected "${name}"`, length, elements, rank);
  if (values instanceof Float64Array) return values.slice();
  const copy = new Float64Array(elements);
  for (let i = 0; i < elements; i++) {
    const value: unknown = values[i];
    if (typeof value !== "number") throw notNumbers(name, String(value), i, rank);
    copy[i] = value;
  }
  return copy;
}

function notNumbers(name: string, found: string, index: number | null, rank: number): LinquError {
  const where = index === null ? `"${name}"` : `"${name}"[${index}]`;
  return invalidInput({
    code: "LQ9105",
    message: `the kernel's expect function returned ${found} for ${where} on rank ${rank}, where numbers are needed`,
    hint: `return a flat array of numbers in row-major order for "${name}"`,
  });
}
