import { axisIndex } from "../ops/queue-finder.js";
import { RankStatus, type CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";

/** The ranks that meet in one barrier: all of the world, or those that differ on one axis only. */
interface Meeting {
  /** −1 for the world. */
  axis: number;
  first: number;
  stride: number;
  size: number;
  /** Those that have come. */
  ranks: number[];
}

/** `barrier`: nobody goes on before all have come. */
export class Barriers {
  private readonly meetings = new Map<string, Meeting>();
  /** The meeting that each rank waits in. */
  private readonly waitsIn = new Map<number, Meeting>();

  constructor(
    private readonly core: CheckCore,
    private readonly clocks: Clocks | null,
  ) {}

  barrier(site: number, options: unknown): boolean {
    const { core } = this;
    const name = (options as { axis?: unknown } | null | undefined)?.axis;
    const axis = name === undefined ? -1 : axisIndex(core, site, name);
    core.begin(site);
    const meeting = this.meetingOf(axis);
    meeting.ranks.push(core.rank);
    this.waitsIn.set(core.rank, meeting);
    core.park(RankStatus.awaitingBarrier, -1, site);
    if (meeting.ranks.length === meeting.size) this.release(meeting);
    return false;
  }

  /** The axis of the barrier that a rank waits in (−1 for the world), and the members that have not come. */
  missing(rank: number): { axis: number; ranks: number[] } {
    const { axis, first, stride, size, ranks } = this.waitsIn.get(rank)!;
    const members = Array.from({ length: size }, (_, member) => first + member * stride);
    const came = new Set(ranks);
    return { axis, ranks: members.filter((member) => !came.has(member)) };
  }

  private meetingOf(axis: number): Meeting {
    const { layout, rank } = this.core;
    const stride = axis < 0 ? 1 : layout.strides[axis]!;
    const size = axis < 0 ? layout.world : layout.sizes[axis]!;
    const first = axis < 0 ? 0 : rank - layout.position(rank, axis) * stride;
    const key = `${axis}/${first}`;
    let meeting = this.meetings.get(key);
    if (meeting === undefined) {
      meeting = { axis, first, stride, size, ranks: [] };
      this.meetings.set(key, meeting);
    }
    return meeting;
  }

  private release(meeting: Meeting): void {
    const { core, clocks } = this;
    const { ranks } = meeting;
    meeting.ranks = [];
    if (clocks !== null) {
      const known = ranks.map((rank) => clocks.release(rank));
      // All that was known to anybody, gathered by the first and handed to the others.
      const first = ranks[0]!;
      for (const clock of known) clocks.acquire(first, clock);
      const all = clocks.release(first);
      for (const rank of ranks) clocks.acquire(rank, all);
    }
    for (const rank of ranks) {
      this.waitsIn.delete(rank);
      core.wake(rank, undefined);
    }
  }
}
