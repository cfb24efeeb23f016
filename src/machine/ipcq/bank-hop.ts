import type { Engine } from "../../engine/engine.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Sink } from "../fabric/fabric.js";
import type { Links, Place } from "../fabric/links.js";
import type { Transfers } from "../fabric/transfers.js";
import type { Memories } from "../memory/memories.js";
import type { Channels } from "./channels.js";

/** Between a PE and the memory that holds its slots, over the links that messages and memory traffic use. */
export class BankHop implements Sink {
  private readonly kind: number;
  /** Messages of a channel that wait while an earlier one crosses: they must not overtake each other. */
  private readonly waiting = new Map<number, number[]>();

  constructor(
    private readonly engine: Engine,
    private readonly links: Links,
    private readonly transfers: Transfers,
    private readonly memories: Memories,
    private readonly graph: SipGraph,
    private readonly layout: RankLayout,
    private readonly channels: Channels,
    private readonly slotMemory: "sram" | "hbm",
    /** Called in an event: the message of a slot is at the memory, or back at the PE. */
    private readonly crossed: (slot: number, isRead: boolean) => void,
  ) {
    this.kind = engine.addKind((tag) => this.end(tag));
  }

  /** Sends a message that has come to the PE on to the memory, after those of its channel. */
  write(slot: number): void {
    const channel = slot >>> this.channels.slotShift;
    const queue = this.waiting.get(channel);
    if (queue) queue.push(slot);
    else {
      this.waiting.set(channel, []);
      this.start(slot, false, this.engine.nowPs);
    }
  }

  /** Sends the message of a slot, which has been read at `atPs`, from the memory to the PE. */
  read(slot: number, atPs: number): void {
    this.start(slot, true, atPs);
  }

  receive(
    tag: number,
    _offset: number,
    _bytes: number,
    _frontPs: number,
    backPs: number,
    isLast: boolean,
  ): void {
    if (isLast) this.engine.schedule(backPs, this.kind, tag);
  }

  private start(slot: number, isRead: boolean, atPs: number): void {
    const { channels, memories } = this;
    const rank = channels.target[slot >>> channels.slotShift]!;
    const pe = this.placeOf(rank);
    const memory = memories.placeOf(
      this.slotMemory === "sram" ? memories.sramOf(rank) : memories.hbmOf(rank),
    );
    this.transfers.start({
      route: isRead ? this.links.route(memory, pe) : this.links.route(pe, memory),
      base: 0,
      bytes: channels.bytes[slot]!,
      frontPs: atPs,
      backPs: atPs,
      sink: this,
      tag: 2 * slot + (isRead ? 1 : 0),
    });
  }

  private end(tag: number): void {
    const slot = tag >>> 1;
    const isRead = (tag & 1) === 1;
    if (!isRead) this.startNext(slot >>> this.channels.slotShift);
    this.crossed(slot, isRead);
  }

  private startNext(channel: number): void {
    const next = this.waiting.get(channel)!.shift();
    if (next === undefined) this.waiting.delete(channel);
    else this.start(next, false, this.engine.nowPs);
  }

  private placeOf(rank: number): Place {
    const { cube, pe } = this.layout.pePosition(rank);
    return { sip: this.layout.sipOf(rank), node: this.graph.peNode(cube, pe) };
  }
}
