import type { Engine } from "../../engine/engine.js";
import type { Channels } from "../ipcq/channels.js";
import type { Links } from "./links.js";
import { walkTrain } from "./train-walk.js";

/**
 * Moves the messages of queues as trains of contiguous flits (wormhole), one message a train: one event for each
 * shared link and one at the receiver; links that only the sender uses are walked without an event, and so is the
 * arrival when the whole way is private.
 */
export class Trains {
  private readonly kind: number;

  constructor(
    private readonly engine: Engine,
    private readonly links: Links,
    private readonly channels: Channels,
    private readonly flitBytes: number,
    /** All flits of the message in a slot have come to the receiver, the last one at the slot's `backPs`. */
    private readonly receiver: { write(slot: number): void },
  ) {
    this.kind = engine.addKind((slot) => this.reach(slot));
  }

  /** Sends the message in a slot on its way; its `frontPs` and `backPs` may lie in the future of the event clock. */
  depart(slot: number): void {
    const { links, channels } = this;
    const channel = slot >>> channels.slotShift;
    channels.hop[slot] = 0;
    const route = channels.route[channel]!;
    const first = channels.linkBase[channel]! + links.hopLink[links.routeStart[route]!]!;
    if (links.shared[first] === 1) this.engine.schedule(channels.frontPs[slot]!, this.kind, slot);
    else this.walk(slot, channel);
  }

  /** The first flit stands before a shared link, or the last one before the receiver. */
  private reach(slot: number): void {
    const { links, channels } = this;
    const channel = slot >>> channels.slotShift;
    if (channels.hop[slot]! < links.routeLength[channels.route[channel]!]!) this.walk(slot, channel);
    else this.receiver.write(slot);
  }

  private walk(slot: number, channel: number): void {
    const { links, channels } = this;
    const route = channels.route[channel]!;
    walkTrain(links, channels, slot, route, channels.linkBase[channel]!, this.flitBytes);
    if (channels.hop[slot]! < links.routeLength[route]!) {
      this.engine.schedule(channels.frontPs[slot]!, this.kind, slot);
    } else if (channels.isPrivate[channel] === 1) {
      this.receiver.write(slot);
    } else {
      channels.keepOrder(slot, channel);
      this.engine.schedule(channels.backPs[slot]!, this.kind, slot);
    }
  }
}
