import { PEER_AXIS, QUEUE_AXES, type Queue, type QueuePlan } from "./queues.js";
import type { RankLayout } from "./rank-layout.js";

/** What a table answers for a direction in which nobody is. */
const NO_CHANNEL = -1;

/** The channels of a launch, each one direction of one queue, numbered SIP by SIP, then those listed one by one. */
export class ChannelList {
  readonly count: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly axis: Uint8Array;
  /** The direction as the sender sees it, and as the receiver does. */
  readonly direction: Uint16Array;
  readonly arrival: Uint16Array;
  /** 1 when messages go straight into the tiles of posted receives, without slots. */
  readonly isDirect: Uint8Array;

  /** By axis: channel numbers by owner and direction; null for an axis without queues. */
  private readonly outgoing: (Int32Array | null)[] = QUEUE_AXES.map(() => null);
  private readonly incoming: (Int32Array | null)[] = QUEUE_AXES.map(() => null);
  /** By axis: how many directions its queues have at most. */
  private readonly directions = new Int32Array(QUEUE_AXES.length);

  constructor(
    plan: QueuePlan,
    private readonly layout: RankLayout,
  ) {
    const inside = plan.insideSip.length;
    const count = inside * layout.sips + plan.betweenSips.length;
    this.count = count;
    this.source = new Int32Array(count);
    this.target = new Int32Array(count);
    this.axis = new Uint8Array(count);
    this.direction = new Uint16Array(count);
    this.arrival = new Uint16Array(count);
    this.isDirect = new Uint8Array(count);
    for (const queues of [plan.insideSip, plan.betweenSips]) {
      for (const { axis, direction, arrival } of queues)
        this.directions[axis] = Math.max(this.directions[axis]!, direction + 1, arrival + 1);
    }
    for (let sip = 0; sip < layout.sips; sip++) {
      plan.insideSip.forEach((queue, index) =>
        this.install(sip * inside + index, queue, sip * layout.ranksPerSip),
      );
    }
    plan.betweenSips.forEach((queue, index) => this.install(layout.sips * inside + index, queue, 0));
  }

  /** The channel that `rank` sends on towards a direction of an axis, or −1. */
  outgoingOf(rank: number, axis: number, direction: number): number {
    return this.find(this.outgoing[axis]!, rank, axis, direction);
  }

  /** The channel on which `rank` receives from a direction of an axis, or −1. */
  incomingOf(rank: number, axis: number, direction: number): number {
    return this.find(this.incoming[axis]!, rank, axis, direction);
  }

  private find(table: Int32Array | null, rank: number, axis: number, direction: number): number {
    if (table === null) return NO_CHANNEL;
    const owner = this.ownerOf(rank, axis);
    const directions = this.directions[axis]!;
    return owner < 0 || direction >= directions ? NO_CHANNEL : table[owner * directions + direction]! - 1;
  }

  /** Which owner of queues on this axis the rank is, or −1 when it has none. */
  private ownerOf(rank: number, axis: number): number {
    if (axis === 0 || axis === PEER_AXIS) return rank;
    const stride = this.layout.strides[axis - 1]!;
    const offset = rank % stride;
    return offset === this.layout.leaderOffsets[axis - 1]! ? (rank - offset) / stride : -1;
  }

  /** @param firstRank what is added to the ranks of the queue */
  private install(
    channel: number,
    { source, target, axis, direction, arrival, direct }: Queue,
    firstRank: number,
  ): void {
    this.source[channel] = source + firstRank;
    this.target[channel] = target + firstRank;
    this.axis[channel] = axis;
    this.direction[channel] = direction;
    this.arrival[channel] = arrival;
    this.isDirect[channel] = direct === true ? 1 : 0;
    const { world, strides } = this.layout;
    const owners = axis === 0 || axis === PEER_AXIS ? world : world / strides[axis - 1]!;
    const directions = this.directions[axis]!;
    this.outgoing[axis] ??= new Int32Array(owners * directions);
    this.incoming[axis] ??= new Int32Array(owners * directions);
    // Numbers are stored plus one, so that zero means no channel.
    this.outgoing[axis]![this.ownerOf(source + firstRank, axis) * directions + direction] = channel + 1;
    this.incoming[axis]![this.ownerOf(target + firstRank, axis) * directions + arrival] = channel + 1;
  }
}
