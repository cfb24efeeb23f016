import type { Engine } from "../../engine/engine.js";
import type { KernelCore } from "../pe/kernel-core.js";
import type { Channels } from "./channels.js";
import { checkMatch } from "./matching.js";
import type { Receive } from "./receive.js";
import type { SlotMemory } from "./slot-memory.js";

interface PostedQueue {
  receives: Receive[];
  /** When the last one that is over has ended. */
  endPs: number;
}

/**
 * Receives that events serve: those of a channel one after another, each piece of a message when it is in its slot
 * and the piece before it is through. The sender gets its credits whatever the receiving kernel does meanwhile.
 */
export class PostedReceives {
  private readonly kind: number;
  private readonly byChannel = new Map<number, PostedQueue>();

  constructor(
    private readonly engine: Engine,
    private readonly core: KernelCore,
    private readonly channels: Channels,
    private readonly memory: SlotMemory,
  ) {
    this.kind = engine.addKind((channel) => this.read(channel));
  }

  post(receive: Receive): void {
    const { channel } = receive;
    const queue = this.byChannel.get(channel);
    if (queue) queue.receives.push(receive);
    else this.byChannel.set(channel, { receives: [receive], endPs: 0 });
    this.serve(channel);
  }

  /** Goes on with the oldest receive of a channel if its next piece is in its slot, or will be. */
  serve(channel: number): void {
    const { channels } = this;
    const queue = this.byChannel.get(channel);
    const receive = queue?.receives[0];
    if (queue === undefined || receive === undefined || receive.isCopying) return;
    if (channels.received[channel]! >= channels.arrived[channel]!) return;
    receive.isCopying = true;
    const readablePs = channels.backPs[channels.receiveSlot[channel]!]!;
    this.engine.schedule(Math.max(receive.postedPs, queue.endPs, readablePs), this.kind, channel);
  }

  private read(channel: number): void {
    const { channels, core } = this;
    const receive = this.byChannel.get(channel)!.receives[0]!;
    const slot = channels.receiveSlot[channel]!;
    if (receive.bytesLeft === receive.tile.bytes) {
      checkMatch(core, channels, receive.site, slot, receive.tile);
      if (core.opLog !== null) receive.value = channels.value[slot]!;
    }
    receive.copyStartPs = this.engine.nowPs;
    this.memory.read(slot);
  }

  /** The piece in a slot has been copied out at `atPs`, which may lie in the future. */
  copied(slot: number, atPs: number): void {
    const { channels, core } = this;
    const channel = slot >>> channels.slotShift;
    const queue = this.byChannel.get(channel)!;
    const receive = queue.receives[0]!;
    const route = channels.route[channel]!;
    const endPs = atPs + channels.creditEmitPs[route]!;
    receive.copyPs += endPs - receive.copyStartPs;
    receive.isCopying = false;
    queue.endPs = endPs;
    receive.bytesLeft -= channels.bytes[slot]!;
    const creditAt = endPs + channels.creditReturnPs[route]!;
    const message = channels.received[channel]!;
    receive.flow = message * channels.count + channel;
    channels.receiveSlot[channel] = channels.slotAfter(slot);
    channels.giveBack(channel, message, slot, creditAt);
    core.wakeSender(channels.source[channel]!, channel, creditAt);
    if (receive.bytesLeft <= 0) {
      queue.receives.shift();
      receive.complete(endPs);
    }
    this.serve(channel);
  }
}
