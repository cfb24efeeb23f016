import { dtypeByName } from "../../data/dtypes.js";
import type { LaunchArgs, RankArgs } from "../../data/arguments.js";
import type { RankLayout } from "../../ccl/rank-layout.js";

/** Bytes that go in before a launch and come out after it. */
interface CopyBytes {
  inputBytes: number;
  outputBytes: number;
}

interface RankTensors extends CopyBytes {
  tensors: number;
}

/** The tensors of the ranks of every chip, as the host sees them: how many, and how much is copied. */
export class ChipTensors {
  /** By SIP. */
  private readonly totals: readonly CopyBytes[];
  private readonly known = new Map<RankArgs, RankTensors>();

  constructor(
    private readonly launch: LaunchArgs,
    private readonly layout: RankLayout,
  ) {
    this.totals = Array.from({ length: layout.sips }, (_, sip) => {
      const total = { inputBytes: 0, outputBytes: 0 };
      for (const args of this.ranksOf(sip)) {
        const { inputBytes, outputBytes } = this.of(args);
        total.inputBytes += inputBytes;
        total.outputBytes += outputBytes;
      }
      return total;
    });
  }

  /** What is copied to and from a SIP. */
  copied(sip: number): CopyBytes {
    return this.totals[sip]!;
  }

  /** What is copied to and from the SIP that has most of each. */
  largest(): CopyBytes {
    const largest = { inputBytes: 0, outputBytes: 0 };
    for (const { inputBytes, outputBytes } of this.totals) {
      largest.inputBytes = Math.max(largest.inputBytes, inputBytes);
      largest.outputBytes = Math.max(largest.outputBytes, outputBytes);
    }
    return largest;
  }

  /** The arguments of a SIP's ranks, in order; ranks with equal arguments share one object. */
  ranksOf(sip: number): readonly RankArgs[] {
    const { ranksPerSip } = this.layout;
    return this.launch.byRank.slice(sip * ranksPerSip, (sip + 1) * ranksPerSip);
  }

  of(args: RankArgs): RankTensors {
    let found = this.known.get(args);
    if (found === undefined) {
      found = rankTensors(args);
      this.known.set(args, found);
    }
    return found;
  }
}

function rankTensors({ tensors }: RankArgs): RankTensors {
  const found = { inputBytes: 0, outputBytes: 0, tensors: tensors.length };
  for (const { role, elements, dtype } of tensors) {
    const bytes = elements * dtypeByName(dtype)!.sizeBytes;
    if (role !== "output") found.inputBytes += bytes;
    if (role !== "input") found.outputBytes += bytes;
  }
  return found;
}
