import { transferPs } from "../../base/units.js";
import type { Engine } from "../../engine/engine.js";
import type { Channels } from "../ipcq/channels.js";
import type { TrainColumns } from "./fabric.js";
import type { Links } from "./links.js";

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
    private readonly arrived: (slot: number) => void,
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
    else this.arrived(slot);
  }

  private walk(slot: number, channel: number): void {
    const { links, channels } = this;
    const route = channels.route[channel]!;
    walkTrain(links, channels, slot, route, channels.linkBase[channel]!, this.flitBytes);
    if (channels.hop[slot]! < links.routeLength[route]!) {
      this.engine.schedule(channels.frontPs[slot]!, this.kind, slot);
    } else if (channels.isPrivate[channel] === 1) {
      this.arrived(slot);
    } else {
      this.engine.schedule(channels.backPs[slot]!, this.kind, slot);
    }
  }
}

/**
 * Takes the link before a train, and all that follow up to the next shared one or the end of the route.
 *
 * A link passes a flit on when it has all of it, so the first flit of a train leaves after one flit time. The train
 * keeps the link for bytes/bandwidth; its last flit leaves when the link has sent everything, but not before it
 * came in.
 */
export function walkTrain(
  links: Links,
  trains: TrainColumns,
  train: number,
  route: number,
  base: number,
  flitBytes: number,
): void {
  const { hopLink, hopClass, shared, freeAtPs, classPsPerByte, classLatencyPs } = links;
  const start = links.routeStart[route]!;
  const end = start + links.routeLength[route]!;
  const bytes = trains.bytes[train]!;
  const flit = Math.min(bytes, flitBytes);
  let front = trains.frontPs[train]!;
  let back = trains.backPs[train]!;
  let hop = start + trains.hop[train]!;
  do {
    const link = base + hopLink[hop]!;
    const linkClass = hopClass[hop]!;
    const psPerByte = classPsPerByte[linkClass]!;
    const latency = classLatencyPs[linkClass]!;
    const begin = Math.max(front, freeAtPs[link]!);
    const done = begin + transferPs(bytes, psPerByte);
    const flitTime = transferPs(flit, psPerByte);
    freeAtPs[link] = done;
    front = begin + flitTime + latency;
    back = Math.max(done, back + flitTime) + latency;
    hop++;
  } while (hop < end && shared[base + hopLink[hop]!] === 0);
  trains.frontPs[train] = front;
  trains.backPs[train] = back;
  trains.hop[train] = hop - start;
}
