import type { RankLayout } from "../../ccl/rank-layout.js";
import type { LaunchArgs, RankArgs, TensorPlan } from "../../data/arguments.js";
import { dtypeByName } from "../../data/dtypes.js";
import { resolveShards } from "../memory/dp-policy.js";

/** The tensors of one SIP: how many every PE maps, and what is copied to and from its slice around a launch. */
export class SipTensors {
  /** By position of the PE's rank in the SIP. */
  readonly mapped: Int32Array;
  readonly inputBytes: Float64Array;
  readonly outputBytes: Float64Array;
  /** Of all slices. */
  readonly total = { inputBytes: 0, outputBytes: 0 };

  constructor(ranks: readonly RankArgs[], layout: RankLayout) {
    this.mapped = Int32Array.from(ranks, ({ tensors }) => tensors.length);
    this.inputBytes = new Float64Array(ranks.length);
    this.outputBytes = new Float64Array(ranks.length);
    ranks.forEach(({ tensors }, position) => {
      for (const tensor of tensors) {
        if (tensor.policy === undefined) this.add(tensor, position, bytesOf(tensor));
      }
    });
    // A spread tensor is the same for all ranks.
    for (const tensor of ranks[0]!.tensors) this.addShards(tensor, layout);
  }

  /** Every copy of a replicated part is copied. */
  private addShards(tensor: TensorPlan, layout: RankLayout): void {
    const { policy, shape, dtype, elements } = tensor;
    if (policy === undefined || elements === 0) return;
    const places = Array.from(this.mapped, (_, position) => layout.pePosition(position));
    const devices = {
      sip: places[0]!.sip,
      cubes: [...new Set(places.map(({ cube }) => cube))],
      pes: [...new Set(places.map(({ pe }) => pe))],
    };
    for (const shard of resolveShards(shape, dtypeByName(dtype)!.sizeBytes, policy, devices)) {
      const position = places.findIndex(({ cube, pe }) => cube === shard.cube && pe === shard.pe);
      this.add(tensor, position, shard.sizeBytes);
    }
  }

  private add({ role }: TensorPlan, position: number, bytes: number): void {
    if (role !== "output") {
      this.inputBytes[position]! += bytes;
      this.total.inputBytes += bytes;
    }
    if (role !== "input") {
      this.outputBytes[position]! += bytes;
      this.total.outputBytes += bytes;
    }
  }
}

/** The tensors of every SIP, in order; neighbours whose ranks have the same arguments share one object. */
export function tensorsBySip({ byRank }: LaunchArgs, layout: RankLayout): SipTensors[] {
  const { ranksPerSip, sips } = layout;
  const found: SipTensors[] = [];
  for (let sip = 0; sip < sips; sip++) {
    const first = sip * ranksPerSip;
    const ranks = byRank.slice(first, first + ranksPerSip);
    const isLikeLast =
      sip > 0 && ranks.every((args, position) => args === byRank[first - ranksPerSip + position]);
    found.push(isLikeLast ? found[sip - 1]! : new SipTensors(ranks, layout));
  }
  return found;
}

/** What is copied to and from the SIP that has most of each. */
export function mostCopied(sips: readonly SipTensors[]): SipTensors["total"] {
  return {
    inputBytes: sips.reduce((most, { total }) => Math.max(most, total.inputBytes), 0),
    outputBytes: sips.reduce((most, { total }) => Math.max(most, total.outputBytes), 0),
  };
}

function bytesOf({ elements, dtype }: TensorPlan): number {
  return elements * dtypeByName(dtype)!.sizeBytes;
}
