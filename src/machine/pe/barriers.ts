import type { RankLayout } from "../../ccl/rank-layout.js";
import type { MessageWays } from "../fabric/message-ways.js";
import type { OpsBackend } from "../../ops/backend.js";
import { axisIndex } from "../../ops/queue-finder.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";

/** The ranks that meet in one barrier: all of the world, or those that differ on one axis only. */
interface Group {
  /** −1 for the world. */
  readonly axis: number;
  readonly first: number;
  readonly stride: number;
  readonly size: number;
  /** When each member came, in the order of the members; −1 while it has not. */
  readonly cameAtPs: Float64Array;
  came: number;
}

/**
 * `barrier`: a message up a binomial tree over the members when they have come, and one down again that lets them go.
 * Member i's parent is i without its lowest bit. Nobody is let go before the last one has come, whose clock may be
 * ahead of the event clock as everybody's.
 */
export class Barriers {
  /** By axis (−1 for the world) and first member. */
  private readonly groups = new Map<string, Group>();
  /** The group that each rank waits in. */
  private readonly waitsIn = new Map<number, Group>();

  constructor(
    private readonly core: KernelCore,
    private readonly backend: OpsBackend,
    private readonly ways: MessageWays,
  ) {}

  barrier(site: number, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.barrier(site, options));
    const name = (options as { axis?: unknown } | null | undefined)?.axis;
    const axis = name === undefined ? -1 : axisIndex(this.backend, site, name);
    core.begin(site);
    const { rank } = core;
    const group = this.groupOf(rank, axis);
    group.cameAtPs[(rank - group.first) / group.stride] = core.clockPs;
    group.came++;
    this.waitsIn.set(rank, group);
    core.park(PeStatus.awaitingBarrier, -1, site);
    if (group.came === group.size) this.release(group);
    return false;
  }

  /** The axis of the barrier that a rank waits in (−1 for the world), and the members that have not come. */
  missing(rank: number): { axis: number; ranks: number[] } {
    const { axis, first, stride, cameAtPs } = this.waitsIn.get(rank)!;
    const ranks: number[] = [];
    cameAtPs.forEach((atPs, member) => {
      if (atPs < 0) ranks.push(first + member * stride);
    });
    return { axis, ranks };
  }

  private groupOf(rank: number, axis: number): Group {
    const { layout } = this.core;
    const [first, stride, size] =
      axis < 0 ? [0, 1, layout.world] : [...firstAndStride(layout, rank, axis), layout.sizes[axis]!];
    const key = `${axis}/${first}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { axis, first, stride, size, cameAtPs: new Float64Array(size).fill(-1), came: 0 };
      this.groups.set(key, group);
    }
    return group;
  }

  private release(group: Group): void {
    const { core } = this;
    const { first, stride, size, cameAtPs } = group;
    const freePs = this.releaseTimes(group);
    cameAtPs.fill(-1);
    group.came = 0;
    for (let member = 0; member < size; member++) {
      const rank = first + member * stride;
      const site = core.pes.site[rank]!;
      this.waitsIn.delete(rank);
      const called = core.pes.clockPs[rank]!;
      core.resume(rank, freePs[member]!, () => this.leave(site, called, freePs[member]!));
    }
  }

  /** When each member is let go. */
  private releaseTimes({ first, stride, size, cameAtPs }: Group): Float64Array {
    const messagePs = (from: number, to: number): number =>
      this.ways.messagePs(first + from * stride, first + to * stride);
    const readyPs = Float64Array.from(cameAtPs);
    // Children have higher numbers than their parents.
    for (let member = size - 1; member > 0; member--) {
      const parent = member & (member - 1);
      readyPs[parent] = Math.max(readyPs[parent]!, readyPs[member]! + messagePs(member, parent));
    }
    for (let member = 1; member < size; member++) {
      const parent = member & (member - 1);
      readyPs[member] = readyPs[parent]! + messagePs(parent, member);
    }
    return readyPs;
  }

  private leave(site: number, called: number, freePs: number): true {
    const { core } = this;
    core.spend(site, Cause.barrier, freePs);
    const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
    if (lanes)
      core.spans!.add(lanes.kernel, core.spans!.nameId("barrier"), site, called, core.clockPs, -1, -1);
    core.results.out = undefined;
    return true;
  }
}

function firstAndStride(layout: RankLayout, rank: number, axis: number): [first: number, stride: number] {
  const stride = layout.strides[axis]!;
  return [rank - layout.position(rank, axis) * stride, stride];
}
