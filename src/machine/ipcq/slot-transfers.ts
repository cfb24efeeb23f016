import type { Channels } from "./channels.js";
import type { Sink } from "../fabric/fabric.js";
import type { Transfers } from "../fabric/transfers.js";

/** Sends the messages of queues flit by flit: slow, and what whole trains are measured against. */
export class SlotTransfers implements Sink {
  /** By channel: the slot of the message that comes next. */
  private readonly nextSlot: Int32Array;
  /** Messages that are there before an earlier one of their channel. */
  private readonly early = new Set<number>();

  constructor(
    private readonly channels: Channels,
    private readonly transfers: Transfers,
    private readonly receiver: { write(slot: number): void },
  ) {
    this.nextSlot = Int32Array.from(
      { length: channels.count },
      (_, channel) => channel << channels.slotShift,
    );
  }

  depart(slot: number): void {
    const { channels } = this;
    const channel = slot >>> channels.slotShift;
    this.transfers.start({
      route: channels.route[channel]!,
      base: channels.linkBase[channel]!,
      bytes: channels.bytes[slot]!,
      frontPs: channels.frontPs[slot]!,
      backPs: channels.backPs[slot]!,
      sink: this,
      tag: slot,
    });
  }

  receive(
    slot: number,
    _offset: number,
    _bytes: number,
    _frontPs: number,
    backPs: number,
    isLast: boolean,
  ): void {
    if (!isLast) return;
    const { channels, nextSlot, early } = this;
    const channel = slot >>> channels.slotShift;
    channels.backPs[slot] = backPs;
    early.add(slot);
    let readyPs = backPs;
    for (let next = nextSlot[channel]!; early.delete(next); next = nextSlot[channel]!) {
      nextSlot[channel] = channels.slotAfter(next);
      readyPs = Math.max(readyPs, channels.backPs[next]!);
      channels.backPs[next] = readyPs;
      this.receiver.write(next);
    }
  }
}
