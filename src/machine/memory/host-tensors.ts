import type { RankLayout } from "../../ccl/rank-layout.js";
import type { TensorPlan } from "../../data/arguments.js";
import { dtypeByName } from "../../data/dtypes.js";
import { decodeAddress, dieLayout, type DieLayout } from "../../topology/address.js";
import type { Topology } from "../../topology/topology.js";
import { AddressSpace, type Allocation, type Mapping, type Placement } from "./address-space.js";
import { resolveShards } from "./dp-policy.js";
import { PageTable } from "./page-table.js";
import { refusedTensor, type TensorPlace } from "./tensor-place.js";
import { SpreadTensor } from "./spread-tensor.js";

/** What the PEs of one SIP map. */
interface SipMappings {
  readonly mappings: readonly Mapping[];
  /** Do the cubes of the SIP map different copies of something? */
  readonly perCube: boolean;
  /** Do the PEs of a cube? */
  readonly perPe: boolean;
}

/**
 * The tensors of all ranks of a host, in its addresses. Hosts whose ranks have the same tensors have the same
 * addresses and share one of these. Own tensors are allocated first, so that those of ranks with equal tensors lie at
 * the same place of their slices.
 */
export class HostTensors {
  private readonly space: AddressSpace;
  private readonly layoutOfDie: DieLayout;
  /** By SIP of the host, and list of tensors. */
  private readonly places: Map<readonly TensorPlan[], readonly TensorPlace[]>[] = [];
  private readonly sips: SipMappings[] = [];
  /** Of PEs that map the same, made when the first of them asks. */
  private readonly tables = new Map<string, PageTable>();
  /** Index of a PE in its SIP among those that take part, by cube and PE. */
  private readonly indexInSip = new Map<number, number>();

  /**
   * @param firstRank of the host, or of the first of those that share this
   * @param tensorsOf tensors of any rank
   * @throws LQ6103 when the machine does not fit into the physical address; see `refusedTensor` for the rest
   */
  constructor(
    private readonly topology: Topology,
    private readonly layout: RankLayout,
    firstRank: number,
    tensorsOf: (rank: number) => readonly TensorPlan[],
  ) {
    const { ranksPerSip, sipsPerHost } = layout;
    this.layoutOfDie = dieLayout(topology);
    const firsts = Array.from({ length: sipsPerHost }, (_, sip) => firstRank + sip * ranksPerSip);
    const members = Array.from({ length: ranksPerSip }, (_, index) => layout.pePosition(firstRank + index));
    members.forEach(({ cube, pe }, index) => this.indexInSip.set(this.peKey(cube, pe), index));
    const devices = {
      sips: firsts.map((rank) => layout.pePosition(rank).sip),
      cubes: [...new Set(members.map(({ cube }) => cube))],
      pes: [...new Set(members.map(({ pe }) => pe))],
    };
    this.space = new AddressSpace(topology, devices);
    const bases = firsts.map((first) => this.placeOwn(first, tensorsOf));
    firsts.forEach((first, sip) => {
      const spread = this.placeSpread(first, tensorsOf(first), { sip: devices.sips[sip]!, ...devices });
      const lists = [...bases[sip]!].map(
        ([tensors, own]): [readonly TensorPlan[], readonly TensorPlace[]] => [
          tensors,
          tensors.map((_, index) => spread[index] ?? { base: own[index]!, spread: null }),
        ],
      );
      this.places.push(new Map(lists));
    });
  }

  /** Where the tensors of a rank lie. */
  placesOf(sipInHost: number, tensors: readonly TensorPlan[]): readonly TensorPlace[] {
    return this.places[sipInHost]!.get(tensors)!;
  }

  /** What the MMU of a PE knows of spread tensors. */
  tableOf(sipInHost: number, { cube, pe }: { cube: number; pe: number }): PageTable {
    const { mappings, perCube, perPe } = this.sips[sipInHost]!;
    const key = `${sipInHost}/${perCube ? cube : ""}/${perPe ? pe : ""}`;
    let table = this.tables.get(key);
    if (!table) {
      table = new PageTable(`sip${sipInHost}.cube${cube}.pe${pe}`);
      for (const { pes, ranges } of mappings) {
        if (!pes.some((each) => each.cube === cube && each.pe === pe)) continue;
        for (const { va, bytes, pa } of ranges) table.map(va, bytes, pa);
      }
      this.tables.set(key, table);
    }
    return table;
  }

  /** The PE whose slice holds an address, as index among the ranks of its SIP, and the offset in the slice. */
  sliceOf(pa: number): { indexInSip: number; offset: number } {
    const { die, pe, offset } = decodeAddress(this.layoutOfDie, pa);
    return { indexInSip: this.indexInSip.get(this.peKey(die, pe!))!, offset };
  }

  /** Allocates the own tensors of a SIP's ranks; returns their offsets in the slice by list of tensors. */
  private placeOwn(
    first: number,
    tensorsOf: (rank: number) => readonly TensorPlan[],
  ): Map<readonly TensorPlan[], number[]> {
    const bases = new Map<readonly TensorPlan[], number[]>();
    for (let rank = first; rank < first + this.layout.ranksPerSip; rank++) {
      const tensors = tensorsOf(rank);
      const { sip, cube, pe } = this.layout.pePosition(rank);
      const own = tensors.map((plan) => {
        if (plan.policy !== undefined || plan.elements === 0) return 0;
        return this.sliceOf(this.allocate(plan, rank, { kind: "hbm", sip, cube, pe }).shards[0]!.pa).offset;
      });
      bases.set(tensors, own);
    }
    return bases;
  }

  /** Allocates the spread tensors of a SIP; by index among the tensors of each of its ranks. */
  private placeSpread(
    first: number,
    tensors: readonly TensorPlan[],
    devices: { sip: number; cubes: readonly number[]; pes: readonly number[] },
  ): (TensorPlace | undefined)[] {
    const { sip } = devices;
    const allocations: Allocation[] = [];
    const places = tensors.map((plan): TensorPlace | undefined => {
      const { policy, shape, dtype, elements } = plan;
      if (policy === undefined) return undefined;
      if (elements === 0) return { base: 0, spread: new SpreadTensor(plan, 0, []) };
      const allocation = this.allocate(plan, first, { kind: "spread", sip, policy });
      allocations.push(allocation);
      const shards = resolveShards(shape, dtypeByName(dtype)!.sizeBytes, policy, devices);
      const { cube, pe } = shards[0]!;
      const copy = shards.filter(
        (shard) =>
          (policy.cube !== "replicate" || shard.cube === cube) &&
          (policy.pe !== "replicate" || shard.pe === pe),
      );
      return { base: 0, spread: new SpreadTensor(plan, allocation.va, copy) };
    });
    this.sips.push({
      mappings: allocations.flatMap((allocation) => this.space.mappings(allocation)),
      perCube: tensors.some(({ policy }) => policy?.cube === "replicate"),
      perPe: tensors.some(({ policy }) => policy?.pe === "replicate"),
    });
    return places;
  }

  private allocate({ name, shape, dtype }: TensorPlan, rank: number, placement: Placement): Allocation {
    try {
      return this.space.allocate({ name, shape, elementBytes: dtypeByName(dtype)!.sizeBytes }, placement);
    } catch (error) {
      throw refusedTensor(error, name, rank);
    }
  }

  private peKey(cube: number, pe: number): number {
    return cube * this.topology.counts.pesPerCube + pe;
  }
}
