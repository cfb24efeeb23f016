import { assert } from "../../base/assert.js";
import type { KernelCore } from "../pe/kernel-core.js";
import type { Channels } from "./channels.js";
import { checkMatch } from "./matching.js";
import type { Receive } from "./receive.js";

interface DirectQueue {
  /** Those whose message has not come, the oldest first. */
  receives: Receive[];
  /** When the last message came. */
  endPs: number;
  /** Where the first one was posted. */
  site: number;
}

/**
 * Receives straight into a tile (copy to destination). The sender's credit is the posted receive; a message has no
 * slot to be copied to or from, so it is there when its last flit has come. A channel keeps track of as many messages
 * as it has slots: a receive that is posted beyond gives its credit when the oldest message has come.
 */
export class DirectReceives {
  private readonly byChannel = new Map<number, DirectQueue>();

  constructor(
    private readonly core: KernelCore,
    private readonly channels: Channels,
  ) {}

  post(receive: Receive): void {
    const { channel, postedPs } = receive;
    const { channels } = this;
    const queue = this.byChannel.get(channel);
    if (queue) queue.receives.push(receive);
    else this.byChannel.set(channel, { receives: [receive], endPs: 0, site: receive.site });
    if (channels.credits[channel]! - channels.received[channel]! < channels.slots) {
      this.giveCredit(channel, postedPs);
    }
  }

  /** The last flit of a message comes at `backPs`. */
  arrive(slot: number, channel: number, backPs: number): void {
    const { core, channels } = this;
    const queue = this.byChannel.get(channel)!;
    const receive = queue.receives.shift();
    assert(receive !== undefined, "a message without slot has a posted receive");
    checkMatch(core, channels, receive.site, slot, receive.tile);
    if (core.opLog !== null) receive.value = channels.value[slot]!;
    const message = channels.received[channel]!++;
    receive.flow = message * channels.count + channel;
    channels.receiveSlot[channel] = channels.slotAfter(slot);
    queue.endPs = Math.max(queue.endPs, backPs);
    const waiting = queue.receives[channels.credits[channel]! - message - 1];
    if (waiting) this.giveCredit(channel, Math.max(waiting.postedPs, queue.endPs));
    receive.complete(queue.endPs);
  }

  /** Where such a receive was first posted on a channel. */
  siteOf(channel: number): number | undefined {
    return this.byChannel.get(channel)?.site;
  }

  private giveCredit(channel: number, atPs: number): void {
    const { channels } = this;
    const route = channels.route[channel]!;
    const creditAt = atPs + channels.creditEmitPs[route]! + channels.creditReturnPs[route]!;
    const message = channels.credits[channel]!++;
    channels.frontPs[(channel << channels.slotShift) + (message % channels.slots)] = creditAt;
    this.core.wakeSender(channels.source[channel]!, channel, creditAt);
  }
}
