import type { RankLayout } from "../../ccl/rank-layout.js";
import type { LaunchArgs, TensorPlan } from "../../data/arguments.js";
import { dtypeByName } from "../../data/dtypes.js";
import type { Topology } from "../../topology/topology.js";
import { FreeList } from "./free-list.js";
import { HostTensors } from "./host-tensors.js";
import { refusedTensor, type TensorPlace } from "./tensor-place.js";

/**
 * Where the tensors of a launch lie. While no tensor is spread, a PE reaches nothing but its own slice; then ranks
 * with equal tensors share one answer, and nothing is kept for a host.
 */
export class Placement {
  /** Null while no tensor is spread; else by host. */
  readonly hosts: readonly HostTensors[] | null;

  /** Offsets in a slice, while no tensor is spread. */
  private readonly inSlice = new Map<readonly TensorPlan[], readonly TensorPlace[]>();

  /**
   * @throws LQ6120 a slice of HBM or the virtual addresses have no room; for spread tensors also LQ6103 a machine that
   *   does not fit into the physical address, LQ6131 or LQ6132 a policy or shape that does not fit
   */
  constructor(
    topology: Topology,
    private readonly layout: RankLayout,
    private readonly launch: LaunchArgs,
  ) {
    if (launch.spread === undefined) {
      this.hosts = null;
      launch.byRank.forEach(({ tensors }, rank) => {
        if (!this.inSlice.has(tensors))
          this.inSlice.set(tensors, placeInSlice(topology, layout, tensors, rank));
      });
    } else this.hosts = placeOnHosts(topology, layout, launch);
  }

  /** Where each of a rank's tensors lies. */
  of(rank: number): readonly TensorPlace[] {
    const { tensors } = this.launch.byRank[rank]!;
    if (this.hosts === null) return this.inSlice.get(tensors)!;
    const sip = this.layout.sipOf(rank);
    return this.hosts[this.layout.hostOfSip(sip)]!.placesOf(sip % this.layout.sipsPerHost, tensors);
  }
}

/** The tensors of one rank in its slice of HBM, one behind the other. */
function placeInSlice(
  { pe: { hbm } }: Topology,
  layout: RankLayout,
  tensors: readonly TensorPlan[],
  rank: number,
): TensorPlace[] {
  const slice = new FreeList(
    `the HBM of ${layout.peName(rank)}`,
    0,
    hbm.sizeBytes,
    hbm.burstBytes * hbm.channels,
  );
  return tensors.map(({ name, elements, dtype }) => {
    if (elements === 0) return { base: 0, spread: null };
    try {
      return { base: slice.allocate(elements * dtypeByName(dtype)!.sizeBytes), spread: null };
    } catch (error) {
      throw refusedTensor(error, name, rank);
    }
  });
}

function placeOnHosts(topology: Topology, layout: RankLayout, { byRank }: LaunchArgs): HostTensors[] {
  const ranksPerHost = layout.ranksPerSip * layout.sipsPerHost;
  const numbers = new Map<readonly TensorPlan[], number>();
  const known = new Map<string, HostTensors>();
  const tensorsOf = (rank: number): readonly TensorPlan[] => byRank[rank]!.tensors;
  return Array.from({ length: layout.hosts }, (_, host) => {
    const first = host * ranksPerHost;
    const key = Array.from({ length: ranksPerHost }, (_each, index) => {
      const tensors = tensorsOf(first + index);
      const number = numbers.get(tensors) ?? numbers.size;
      numbers.set(tensors, number);
      return number;
    }).join();
    const tensors = known.get(key) ?? new HostTensors(topology, layout, first, tensorsOf);
    known.set(key, tensors);
    return tensors;
  });
}
