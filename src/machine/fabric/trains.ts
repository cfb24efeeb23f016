import { transferPs } from "../../base/units.js";
import type { Engine } from "../../engine/engine.js";
import type { Channels } from "../ipcq/channels.js";
import type { ArrivalHandler, ArrivalPorts, Fabric } from "./fabric.js";
import type { Links } from "./links.js";

/**
 * Moves messages as trains of contiguous flits (wormhole): one event for each shared link and one at the receiver's
 * TCM; links that only the sender uses are walked without an event, and so is a TCM port that only it uses when the
 * whole way is private.
 *
 * A link passes a flit on when it has all of it, so the first flit of a train leaves after one flit time. The train
 * keeps the link for bytes/bandwidth; its last flit leaves when the link has sent everything, but not before it
 * came in.
 */
export class Trains implements Fabric {
  private readonly kind: number;

  constructor(
    private readonly engine: Engine,
    private readonly links: Links,
    private readonly channels: Channels,
    private readonly ports: ArrivalPorts,
    private readonly flitBytes: number,
    private readonly arrived: ArrivalHandler,
  ) {
    this.kind = engine.addKind((slot) => this.reach(slot));
  }

  depart(slot: number): void {
    const { links, channels } = this;
    const channel = slot >>> channels.slotShift;
    channels.hop[slot] = 0;
    const route = channels.route[channel]!;
    const first = channels.linkBase[channel]! + links.hopLink[links.routeStart[route]!]!;
    if (links.shared[first] === 1) this.engine.schedule(channels.frontPs[slot]!, this.kind, slot);
    else this.walk(slot, channel);
  }

  /** The first flit stands before a shared link, or before the receiver's TCM. */
  private reach(slot: number): void {
    const { links, channels } = this;
    const channel = slot >>> channels.slotShift;
    const route = channels.route[channel]!;
    if (channels.hop[slot]! < links.routeLength[route]!) {
      this.walk(slot, channel);
      return;
    }
    this.write(slot, channel);
  }

  /** The train enters the TCM of the receiver. */
  private write(slot: number, channel: number): void {
    const { channels } = this;
    const bytes = channels.bytes[slot]!;
    const target = channels.target[channel]!;
    const { freeAtPs, psPerByte } = this.ports;
    const start = Math.max(channels.frontPs[slot]!, freeAtPs[target]!);
    const written = start + transferPs(bytes, psPerByte);
    freeAtPs[target] = written;
    const lastFlit = channels.backPs[slot]! + transferPs(Math.min(bytes, this.flitBytes), psPerByte);
    channels.backPs[slot] = Math.max(written, lastFlit);
    this.arrived(slot);
  }

  /** Takes the link before the train, and all that follow up to the next shared one. */
  private walk(slot: number, channel: number): void {
    const { links, channels } = this;
    const { hopLink, hopClass, shared, freeAtPs, classPsPerByte, classLatencyPs } = links;
    const route = channels.route[channel]!;
    const start = links.routeStart[route]!;
    const end = start + links.routeLength[route]!;
    const base = channels.linkBase[channel]!;
    const bytes = channels.bytes[slot]!;
    const flit = Math.min(bytes, this.flitBytes);
    let front = channels.frontPs[slot]!;
    let back = channels.backPs[slot]!;
    let hop = start + channels.hop[slot]!;
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
    channels.frontPs[slot] = front;
    channels.backPs[slot] = back;
    channels.hop[slot] = hop - start;
    if (channels.isPrivate[channel] === 1) this.write(slot, channel);
    else this.engine.schedule(front, this.kind, slot);
  }
}
