import type { CollectiveExpectation } from "../../dsl/index.js";
import { diagnostic, ExitCode, type Diagnostic } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import { seedRank, type LaunchArgs } from "../data/arguments.js";
import { checkedRoot } from "../data/collectives.js";
import { wrongLength } from "../data/expectation.js";
import type { Comparison } from "./algebra.js";
import type { Contributions } from "./contributions.js";
import { type Contribution } from "./contributions.js";
import type { Execution } from "./execution.js";
import { ranksText, type Finding } from "./findings.js";
import type { CheckSetup } from "./setup.js";
import type { TileValues } from "./tile-values.js";

/** A range that every rank's output must hold: part of an expected value. */
interface Stretch {
  length: number;
  value: number;
}

/** Elements that are not what they should be. */
interface Difference {
  rank: number;
  start: number;
  end: number;
  site: number;
}

export interface Judgement {
  status: "holds" | "fails" | "not decided";
  findings: Finding[];
}

/** Is every rank's output what its collective says, given what elements are? */
export class PostCondition {
  private readonly input: number;
  private readonly output: number;
  private readonly names: string;

  constructor(
    private readonly setup: CheckSetup,
    private readonly collective: CollectiveExpectation,
  ) {
    const { tensors } = setup.launch.byRank[0]!;
    this.input = tensors.findIndex(({ name }) => name === collective.input);
    this.output = tensors.findIndex(({ name }) => name === collective.output);
    this.names = promiseOf(collective);
  }

  /** Name of the output. */
  get outputName(): string {
    return this.collective.output;
  }

  /** @throws LQ9102 lengths that do not fit, LQ9103 a root outside the world */
  judge(execution: Execution, explain: () => Execution | null): Judgement {
    const { launch } = this.setup;
    const values = execution.core.values!;
    const expected = this.expectation(values, launch);
    let isDecided = true;
    const differences: Difference[] = [];
    for (let rank = 0; rank < launch.world; rank++) {
      const result = this.compareRank(execution, rank, expected(rank), values);
      if (result.comparison === "unknown") isDecided = false;
      if (result.difference !== null) differences.push(result.difference);
    }
    if (differences.length === 0) return { status: isDecided ? "holds" : "not decided", findings: [] };
    return {
      status: "fails",
      findings: [
        { diagnostic: this.report(differences, execution, explain), exitCode: ExitCode.wrongValues },
      ],
    };
  }

  private compareRank(
    execution: Execution,
    rank: number,
    expected: readonly Stretch[],
    values: TileValues,
  ): { comparison: Comparison; difference: Difference | null } {
    const image = execution.tensors.of(rank, this.output).image!;
    const length = expected.reduce((sum, stretch) => sum + stretch.length, 0);
    const { elements } = this.setup.launch.byRank[rank]!.tensors[this.output]!;
    if (elements !== length) throw wrongLength(`"${this.collective.output}"`, elements, length, rank);
    if (image.isScattered) return { comparison: "unknown", difference: null };
    const { algebra } = values;
    let comparison: Comparison = "same";
    let difference: Difference | null = null;
    let [next, from] = [0, 0];
    image.eachStretch((start, end, value, site) => {
      let at = start;
      while (at < end) {
        while (from + expected[next]!.length <= at) from += expected[next++]!.length;
        const until = Math.min(end, from + expected[next]!.length);
        const result = algebra.compared(
          algebra.shifted(value, at - start),
          algebra.shifted(expected[next]!.value, at - from),
          until - at,
        );
        if (result === "different") difference = extended(difference, { rank, start: at, end: until, site });
        else if (result === "unknown") comparison = "unknown";
        at = until;
      }
    });
    return { comparison: difference === null ? comparison : "different", difference };
  }

  /** What the output of each rank is to be. */
  private expectation({ algebra }: TileValues, launch: LaunchArgs): (rank: number) => Stretch[] {
    const { kind, reduction, root } = this.collective;
    const { world, byRank } = launch;
    const lengthOf = (rank: number): number => byRank[rank]!.tensors[this.input]!.elements;
    const inputOf = (rank: number): number => {
      const plan = byRank[rank]!.tensors[this.input]!;
      return algebra.input(this.input, seedRank(rank, plan, launch));
    };
    if (kind === "broadcast") {
      const source = checkedRoot(root, world);
      return () => [{ length: lengthOf(source), value: inputOf(source) }];
    }
    if (kind === "allGather") {
      const all = byRank.map((_, rank) => ({ length: lengthOf(rank), value: inputOf(rank) }));
      return () => all;
    }
    const length = lengthOf(0);
    let total = inputOf(0);
    for (let rank = 1; rank < world; rank++) {
      if (lengthOf(rank) !== length)
        throw wrongLength("the input of the reduction", lengthOf(rank), length, rank);
      total =
        reduction === "max"
          ? algebra.maximum(total, inputOf(rank), length)
          : algebra.sum(total, inputOf(rank), 1);
    }
    if (reduction === "avg") total = algebra.scaled(total, world, "over");
    if (kind === "allReduce") return () => [{ length, value: total }];
    const begin = (rank: number): number => Math.floor((rank * length) / world);
    return (rank) => [{ length: begin(rank + 1) - begin(rank), value: algebra.shifted(total, begin(rank)) }];
  }

  private report(
    differences: readonly Difference[],
    execution: Execution,
    explain: () => Execution | null,
  ): Diagnostic {
    const { output } = this.collective;
    const first = differences[0]!;
    const { core } = execution;
    const ranks = differences.map(({ rank }) => rank);
    const alike = differences.every(({ start, end }) => start === first.start && end === first.end);
    const where = alike
      ? `${output}[${first.start}..${first.end}) is not ${this.names}`
      : `${output} is not ${this.names}; rank ${first.rank} is wrong in [${first.start}..${first.end})`;
    const detail = this.explained(first, explain());
    return diagnostic({
      code: "LQ3601",
      message: `${where}, on ${ranksText(ranks)}`,
      at: core.whereIs(first.site),
      detail,
      hint: "what the kernel's expect promises must hold for every element of every rank",
    });
  }

  /** Which contributions are missing or too many in the first wrong element. */
  private explained({ rank, start }: Difference, execution: Execution | null): string[] {
    if (execution === null) return [];
    const values = execution.core.values!;
    const algebra = values.algebra as Contributions;
    const image = execution.tensors.of(rank, this.output).image!;
    let expected = -1;
    let from = 0;
    for (const { length, value } of this.expectation(values, this.setup.launch)(rank)) {
      if (start >= from && start < from + length) expected = algebra.shifted(value, start - from);
      from += length;
    }
    const actual = image.read(start, 1);
    const isMax = this.collective.reduction === "max";
    return describeDifference(
      algebra.of(actual),
      algebra.of(expected),
      (tensor, owner) => this.setup.launch.byRank[owner]!.tensors[tensor]!.name,
      `${this.collective.output}[${start}] of rank ${rank}`,
      isMax,
    );
  }
}

function extended(known: Difference | null, next: Difference): Difference {
  return known !== null && known.end === next.start && known.site === next.site
    ? { ...known, end: next.end }
    : (known ?? next);
}

/** What a collective promises, in words. */
export function promiseOf({ kind, reduction, input, root }: CollectiveExpectation): string {
  const words = { sum: "sum", max: "maximum", avg: "average" };
  switch (kind) {
    case "allReduce":
      return `the ${words[reduction ?? "sum"]} of all ranks' ${input}`;
    case "reduceScatter":
      return `this rank's part of the ${words[reduction ?? "sum"]} of all ranks' ${input}`;
    case "allGather":
      return `all ranks' ${input} in rank order`;
    case "broadcast":
      return `the ${input} of rank ${root}`;
  }
}

/** Contributions by what is wrong with them, in lines. */
function describeDifference(
  actual: readonly Contribution[],
  expected: readonly Contribution[],
  nameOf: (tensor: number, owner: number) => string,
  what: string,
  isMax: boolean,
): string[] {
  const keyOf = ({ tensor, owner, offset }: Contribution): string => `${tensor}/${owner}/${offset}`;
  const found = new Map(actual.map((part) => [keyOf(part), part]));
  const groups = new Map<string, number[]>();
  const note = (text: string, { tensor, owner, offset }: Contribution): void => {
    const element = tensor < 0 ? "the result of another operation" : `${nameOf(tensor, owner)}[${offset}]`;
    const key = `${text} ${element}`;
    const ranks = groups.get(key);
    if (ranks === undefined) groups.set(key, [owner]);
    else ranks.push(owner);
  };
  for (const part of expected) {
    const other = found.get(keyOf(part));
    found.delete(keyOf(part));
    const times = other === undefined ? 0 : other.times / part.times;
    if (times === 0) note("lacks", part);
    else if (!isMax && Math.abs(times - 1) > 1e-9) note(`has ${Number(times.toPrecision(6))} times`, part);
  }
  for (const part of found.values()) note("has, though it should not,", part);
  return [...groups].map(([text, ranks]) => {
    const sorted = ranks.sort((a, b) => a - b);
    const of = text.endsWith("another operation")
      ? ""
      : ` of ${sorted.length === 1 ? `rank ${sorted[0]}` : `ranks ${formatRanges(sorted)}`}`;
    return `${what} ${text}${of}`;
  });
}
