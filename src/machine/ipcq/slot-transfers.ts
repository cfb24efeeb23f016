import type { Channels } from "./channels.js";
import type { Sink } from "../fabric/fabric.js";
import type { Transfers } from "../fabric/transfers.js";

/** Sends the messages of queues flit by flit: slow, and what whole trains are measured against. */
export class SlotTransfers implements Sink {
  constructor(
    private readonly channels: Channels,
    private readonly transfers: Transfers,
    private readonly arrived: (slot: number) => void,
  ) {}

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
    this.channels.backPs[slot] = backPs;
    this.arrived(slot);
  }
}
