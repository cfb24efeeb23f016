/** Post-conditions of collectives: what every rank must hold, given every rank's input. Computed once, shared by all. */
import { invalidInput } from "../base/diagnostics.js";
import type { CollectiveExpectation } from "../../dsl/index.js";
import type { LaunchArgs } from "./arguments.js";
import { wrapNumbers } from "./cast.js";
import { dtypeByName, type DTypeInfo } from "./dtypes.js";
import { sumError } from "./error-free.js";
import { findTensor, wrongLength } from "./expectation.js";
import type { ExpectedOutputs, ExpectedTensor } from "./expectation.js";
import type { Hbm } from "./hbm.js";
import type { NumberArray } from "./tile-array.js";

/** The inputs of all ranks, read one at a time. */
class Contributions {
  readonly elements: number[];
  private readonly slots: number[];
  private scratch: Float32Array;

  constructor(
    expectation: CollectiveExpectation,
    launch: LaunchArgs,
    private readonly hbm: Hbm,
  ) {
    this.slots = launch.byRank.map((args, rank) =>
      hbm.slotOf(rank, findTensor(args, expectation.input, "input", rank, expectation.kind)),
    );
    this.elements = this.slots.map((slot) => hbm.plan(slot).elements);
    this.scratch = new Float32Array(this.elements.reduce((largest, count) => Math.max(largest, count), 0));
  }

  /** Valid until the next call. */
  of(rank: number): NumberArray {
    return this.hbm.values(this.slots[rank]!, this.scratch);
  }

  /** The dtype in which reductions wrap. */
  get dtype(): DTypeInfo {
    return dtypeByName(this.hbm.plan(this.slots[0]!).dtype)!;
  }

  /** @throws LQ9102 when the ranks' inputs have different lengths, which a reduction cannot combine */
  commonLength(): number {
    const length = this.elements[0]!;
    const odd = this.elements.findIndex((count) => count !== length);
    if (odd >= 0) throw wrongLength("the input of the reduction", this.elements[odd]!, length, odd);
    return length;
  }
}

interface Reduced {
  values: Float64Array;
  /** Σ|x|. */
  magnitude: Float64Array;
}

/** What float64 rounds away is added at the end, so that sums of f64 are right as well; integers wrap. */
function reduceSum(inputs: Contributions, world: number): Reduced {
  const values = new Float64Array(inputs.commonLength());
  const magnitude = new Float64Array(values.length);
  const isDouble = inputs.dtype.name === "f64";
  const errors = new Float64Array(isDouble ? values.length : 0);
  for (let rank = 0; rank < world; rank++) {
    const x = inputs.of(rank);
    for (let i = 0; i < values.length; i++) {
      const before = values[i]!;
      values[i] = before + x[i]!;
      magnitude[i]! += Math.abs(x[i]!);
      if (isDouble) errors[i]! += sumError(before, x[i]!, values[i]!);
    }
  }
  // Beyond the range of float64 there is no error to add.
  if (isDouble)
    for (let i = 0; i < values.length; i++) values[i]! += Number.isFinite(errors[i]!) ? errors[i]! : 0;
  return { values: wrapNumbers(values, inputs.dtype), magnitude };
}

/** The sum divided by the number of ranks; of integers rounded down, as tl.floordiv does. */
function reduceAverage(inputs: Contributions, world: number): Reduced {
  const { values, magnitude } = reduceSum(inputs, world);
  const isFloat = inputs.dtype.class === "float";
  return {
    values: values.map((sum) => (isFloat ? sum / world : Math.floor(sum / world))),
    magnitude: magnitude.map((sum) => sum / world),
  };
}

function reduceMax(inputs: Contributions, world: number): Reduced {
  const values = new Float64Array(inputs.commonLength()).fill(-Infinity);
  for (let rank = 0; rank < world; rank++) {
    const x = inputs.of(rank);
    for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i]!, x[i]!);
  }
  return { values, magnitude: new Float64Array(0) };
}

function gather(inputs: Contributions, world: number): Float64Array {
  const values = new Float64Array(inputs.elements.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (let rank = 0; rank < world; rank++) {
    const x = inputs.of(rank);
    values.set(x, at);
    at += x.length;
  }
  return values;
}

/** First element of a rank's part of `n` elements: ⌊rank·n/world⌋. */
function partStart(rank: number, n: number, world: number): number {
  return Number((BigInt(rank) * BigInt(n)) / BigInt(world));
}

/** The part of a result that one rank must hold. */
type Selector = (whole: Float64Array, rank: number) => Float64Array;

/**
 * The outputs that a collective must leave behind.
 * @throws LQ9101 unknown tensor, LQ9102 lengths that do not fit, LQ9103 a root outside the world
 */
export function expectCollective(
  expectation: CollectiveExpectation,
  launch: LaunchArgs,
  hbm: Hbm,
): ExpectedOutputs {
  const { world } = launch;
  const inputs = new Contributions(expectation, launch, hbm);
  const whole: Selector = (values) => values;
  const part: Selector = (values, rank) =>
    values.subarray(partStart(rank, values.length, world), partStart(rank + 1, values.length, world));
  const judge = (values: Float64Array, select: Selector): ExpectedTensor[][] =>
    launch.byRank.map((args, rank) => {
      const tensor = findTensor(args, expectation.output, "output", rank, expectation.kind);
      const expected = select(values, rank);
      const { elements } = args.tensors[tensor]!;
      if (elements !== expected.length)
        throw wrongLength(`"${expectation.output}"`, elements, expected.length, rank);
      return [{ tensor, values: expected }];
    });

  switch (expectation.kind) {
    case "allReduce":
    case "reduceScatter": {
      const select = expectation.kind === "allReduce" ? whole : part;
      if (expectation.reduction === "max") {
        return {
          byRank: judge(reduceMax(inputs, world).values, select),
          judgedBy: "exact",
          magnitudeByRank: [],
        };
      }
      const reduce = expectation.reduction === "avg" ? reduceAverage : reduceSum;
      const { values, magnitude } = reduce(inputs, world);
      return {
        byRank: judge(values, select),
        judgedBy: "sum",
        magnitudeByRank: launch.byRank.map((_, rank) => select(magnitude, rank)),
      };
    }
    case "allGather":
      return { byRank: judge(gather(inputs, world), whole), judgedBy: "exact", magnitudeByRank: [] };
    case "broadcast":
      return {
        byRank: judge(new Float64Array(inputs.of(checkedRoot(expectation.root, world))), whole),
        judgedBy: "exact",
        magnitudeByRank: [],
      };
  }
}

/** @throws LQ9103 a root outside the world */
export function checkedRoot(root: number, world: number): number {
  if (Number.isInteger(root) && root >= 0 && root < world) return root;
  throw invalidInput({
    code: "LQ9103",
    message: `broadcast names root ${root}, but the ranks are 0 to ${world - 1}`,
    hint: "choose a root that every world of the kernel has, such as 0",
  });
}
