import { transferPs } from "../../base/units.js";
import { ChannelList } from "../../ccl/channel-list.js";
import type { QueuePlan } from "../../ccl/queues.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Topology } from "../../topology/topology.js";
import type { Links } from "../fabric/links.js";

/** Who takes messages out of a channel. */
export const Reception = {
  /** The receiving kernel, in program order. */
  kernel: 0,
  /** Events at the moment of each access: the memory of the slots has several users, or receives were posted. */
  posted: 1,
  /** Nobody: messages go straight into the tile of a posted receive. */
  direct: 2,
} as const;

/**
 * State of all IPCQ channels in columns. A channel is one direction of one queue: a ring of `slots` slots in the
 * TCM of the receiver, and the credits of the sender. Slot s of channel c has the number c << slotShift | s.
 *
 * Two columns of a slot change their meaning over its life: `frontPs` is the time of the first flit while the
 * message travels and the time from which the slot is free again (its credit) afterwards; `backPs` is the time of
 * the last flit while it travels and the time at which the message may be read once it has arrived.
 *
 * A channel that is received straight into tiles has no slots: its ring only keeps what is known of the messages that
 * are under way, and `frontPs` of a place is the time of the next credit.
 */
export class Channels {
  readonly count: number;
  readonly slots: number;
  /** Bits of a slot's number below those of its channel. */
  readonly slotShift: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly axis: Uint8Array;
  /** The direction as the sender sees it, and as the receiver does. */
  readonly direction: Uint16Array;
  readonly arrival: Uint16Array;
  readonly route: Int32Array;
  /** Number that is added to the links of the route. */
  readonly linkBase: Int32Array;
  /** Time in ps that a receive spends on its credit, and that the credit takes from then on, by route. */
  readonly creditEmitPs: Float64Array;
  readonly creditReturnPs: Float64Array;

  /** Slots that the sender fills and the receiver reads next. */
  readonly sendSlot: Int32Array;
  readonly receiveSlot: Int32Array;
  /** Messages sent, arrived, and received (each of which returned a credit). */
  readonly sent: Int32Array;
  readonly arrived: Int32Array;
  readonly received: Int32Array;
  /** Messages that the sender may send in all, by the credits that have been given so far. */
  readonly credits: Int32Array;
  /** One of `Reception`. */
  readonly reception: Uint8Array;
  readonly peak: Int32Array;
  readonly blocks: Int32Array;
  readonly blockedPs: Float64Array;
  readonly sentBytes: Float64Array;
  /**
   * 1 when the channel shares neither a link with another sender nor its receiver's TCM port with another channel:
   * then the arrival is known when the message departs.
   */
  readonly isPrivate: Uint8Array;

  readonly frontPs: Float64Array;
  readonly backPs: Float64Array;
  /** When the sender held the credit; tells the occupancy of the ring. */
  readonly sentAtPs: Float64Array;
  readonly bytes: Int32Array;
  /** Next hop of the route while travelling. */
  readonly hop: Uint16Array;
  /** Tile that the slot holds or begins: shape, dtype, row of the op log, and where it was sent. */
  readonly shape: Int32Array;
  readonly dtype: Uint8Array;
  /** Empty when no op log is kept. */
  readonly value: Int32Array;
  readonly site: Int32Array;

  private readonly list: ChannelList;

  constructor(
    plan: QueuePlan,
    links: Links,
    layout: RankLayout,
    { slots, creditBytes, recvAwaitsCredit }: Topology["ipcq"],
    keepValues: boolean,
  ) {
    this.list = new ChannelList(plan, layout);
    const { count, source, target, axis, direction, arrival, isDirect } = this.list;
    this.source = source;
    this.target = target;
    this.axis = axis;
    this.direction = direction;
    this.arrival = arrival;
    this.slots = slots;
    this.slotShift = Math.ceil(Math.log2(slots));
    const inside = plan.insideSip.length;
    this.count = count;
    this.route = new Int32Array(count);
    this.linkBase = new Int32Array(count);
    this.sendSlot = new Int32Array(count);
    this.receiveSlot = new Int32Array(count);
    this.sent = new Int32Array(count);
    this.arrived = new Int32Array(count);
    this.received = new Int32Array(count);
    this.credits = new Int32Array(count).fill(slots);
    this.reception = new Uint8Array(count);
    this.peak = new Int32Array(count);
    this.blocks = new Int32Array(count);
    this.blockedPs = new Float64Array(count);
    this.sentBytes = new Float64Array(count);
    const slotCount = count << this.slotShift;
    this.frontPs = new Float64Array(slotCount);
    this.backPs = new Float64Array(slotCount);
    this.sentAtPs = new Float64Array(slotCount);
    this.bytes = new Int32Array(slotCount);
    this.hop = new Uint16Array(slotCount);
    this.shape = new Int32Array(slotCount);
    this.dtype = new Uint8Array(slotCount);
    this.value = new Int32Array(keepValues ? slotCount : 0);
    this.site = new Int32Array(slotCount);

    this.creditEmitPs = new Float64Array(links.routeStart.length);
    this.creditReturnPs = new Float64Array(links.routeStart.length);
    for (let route = 0; route < links.routeStart.length; route++) {
      let slowest = 0;
      for (let i = 0; i < links.routeLength[route]!; i++) {
        const linkClass = links.hopClass[links.routeStart[route]! + i]!;
        slowest = Math.max(slowest, links.classPsPerByte[linkClass]!);
        this.creditReturnPs[route]! += links.classLatencyPs[linkClass]!;
      }
      this.creditEmitPs[route] = transferPs(creditBytes, slowest);
      if (recvAwaitsCredit) {
        this.creditEmitPs[route]! += this.creditReturnPs[route]!;
        this.creditReturnPs[route] = 0;
      }
    }

    for (let channel = 0; channel < count; channel++) {
      const sip = Math.floor(channel / inside);
      const isInside = sip < layout.sips;
      this.route[channel] = isInside ? channel - sip * inside : channel - (layout.sips - 1) * inside;
      if (isInside) this.linkBase[channel] = links.baseOf(true, sip);
      if (isDirect[channel] === 1) {
        this.reception[channel] = Reception.direct;
        this.credits[channel] = 0;
      }
    }
    this.isPrivate = this.findPrivate(links, layout.world);
    for (let channel = 0; channel < count; channel++) {
      this.sendSlot[channel] = channel << this.slotShift;
      this.receiveSlot[channel] = channel << this.slotShift;
    }
  }

  /** The slot after `slot` in the ring of its channel. */
  slotAfter(slot: number): number {
    const { slotShift } = this;
    const channel = slot >>> slotShift;
    const index = slot - (channel << slotShift) + 1;
    return (channel << slotShift) + (index === this.slots ? 0 : index);
  }

  /** The channel that `rank` sends on towards a direction of an axis, or NO_CHANNEL. */
  outgoingOf(rank: number, axis: number, direction: number): number {
    return this.list.outgoingOf(rank, axis, direction);
  }

  /** The channel on which `rank` receives from a direction of an axis, or NO_CHANNEL. */
  incomingOf(rank: number, axis: number, direction: number): number {
    return this.list.incomingOf(rank, axis, direction);
  }

  private findPrivate(links: Links, world: number): Uint8Array {
    const incoming = new Uint8Array(world);
    for (let channel = 0; channel < this.count; channel++) {
      const target = this.target[channel]!;
      incoming[target] = Math.min(2, incoming[target]! + 1);
    }
    const isPrivate = new Uint8Array(this.count);
    for (let channel = 0; channel < this.count; channel++) {
      if (incoming[this.target[channel]!] === 1 && !this.sharesLink(channel, links)) isPrivate[channel] = 1;
    }
    return isPrivate;
  }

  private sharesLink(channel: number, links: Links): boolean {
    const start = links.routeStart[this.route[channel]!]!;
    const end = start + links.routeLength[this.route[channel]!]!;
    for (let hop = start; hop < end; hop++) {
      if (links.shared[this.linkBase[channel]! + links.hopLink[hop]!] === 1) return true;
    }
    return false;
  }

  /** All receives are served by events. */
  receiveInEvents(): void {
    for (let channel = 0; channel < this.count; channel++) {
      if (this.reception[channel] === Reception.kernel) this.reception[channel] = Reception.posted;
    }
  }

  /** The oldest message has been taken out of its slot, and the sender has its credit at `creditAtPs`. */
  giveBack(channel: number, message: number, slot: number, creditAtPs: number): void {
    this.frontPs[slot] = creditAtPs;
    this.received[channel] = message + 1;
    this.credits[channel]!++;
    this.notePeakAtCredit(channel, message, slot, creditAtPs);
  }

  /** The slot in which the next message of a channel arrives. */
  nextArrival(channel: number): number {
    const first = channel << this.slotShift;
    const index = this.receiveSlot[channel]! - first + this.arrived[channel]! - this.received[channel]!;
    return first + (index >= this.slots ? index - this.slots : index);
  }

  /**
   * The last flit of a message may not overtake that of the message before it, although a short flit passes every
   * link faster than a whole one.
   */
  keepOrder(slot: number, channel: number): void {
    if (slot === this.nextArrival(channel)) return;
    this.backPs[slot] = Math.max(this.backPs[slot]!, this.backPs[this.slotBefore(slot)]!);
  }

  /** The slot before `slot` in the ring of its channel. */
  private slotBefore(slot: number): number {
    const { slotShift } = this;
    const first = (slot >>> slotShift) << slotShift;
    return slot === first ? first + this.slots - 1 : slot - 1;
  }

  /**
   * Largest number of slots in use at the moment of any send, kept exact although sender and receiver may each have
   * run ahead: of every pair of a send and a credit, whichever is executed last sees the other. Here the send is:
   * earlier messages whose credit is known but comes back later than this send still held their slots.
   */
  notePeakAtSend(channel: number, message: number, sentAtPs: number): void {
    const { slots } = this;
    if (this.peak[channel] === slots) return;
    const oldest = Math.max(0, message - slots + 1);
    let held = this.received[channel]!;
    let slot = this.receiveSlot[channel]!;
    while (held > oldest) {
      slot = this.slotBefore(slot);
      if (this.frontPs[slot]! <= sentAtPs) break;
      held--;
    }
    const used = message - held + 1;
    if (held < this.received[channel]! && used > this.peak[channel]!) this.peak[channel] = used;
  }

  /** The other half of notePeakAtSend: later messages that were sent before this credit came back. */
  notePeakAtCredit(channel: number, message: number, slot: number, creditAtPs: number): void {
    if (this.peak[channel] === this.slots) return;
    const sent = this.sent[channel]!;
    let last = message;
    let next = this.slotAfter(slot);
    while (last + 1 < sent && this.sentAtPs[next]! < creditAtPs) {
      last++;
      next = this.slotAfter(next);
    }
    const used = last - message + 1;
    if (used > this.peak[channel]!) this.peak[channel] = used;
  }

  /** Messages that were never received hold their slots to the end. */
  finishPeaks(): void {
    for (let channel = 0; channel < this.count; channel++) {
      const received = this.received[channel]!;
      if (received < this.sent[channel]!) {
        this.notePeakAtCredit(channel, received, this.receiveSlot[channel]!, Infinity);
      }
    }
  }
}
