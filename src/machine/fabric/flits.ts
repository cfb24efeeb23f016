import { transferPs } from "../../base/units.js";
import type { Engine } from "../../engine/engine.js";
import type { Channels } from "../ipcq/channels.js";
import type { ArrivalHandler, ArrivalPorts, Fabric } from "./fabric.js";
import type { Links } from "./links.js";

/**
 * Moves every flit on its own: one event per flit and link, arbitration by arrival. Slow and simple; it is what
 * trains are measured against (`--set fabric.flitTrains=false`).
 */
export class Flits implements Fabric {
  private readonly kind: number;
  private readonly slotOf: number[] = [];
  private readonly hopOf: number[] = [];
  private readonly bytesOf: number[] = [];
  private readonly free: number[] = [];
  /** Flits still on the way, by slot. */
  private readonly missing = new Map<number, number>();

  constructor(
    private readonly engine: Engine,
    private readonly links: Links,
    private readonly channels: Channels,
    private readonly ports: ArrivalPorts,
    private readonly flitBytes: number,
    private readonly arrived: ArrivalHandler,
  ) {
    this.kind = engine.addKind((flit) => this.move(flit));
  }

  depart(slot: number): void {
    const { channels, flitBytes } = this;
    const bytes = channels.bytes[slot]!;
    const flits = Math.max(1, Math.ceil(bytes / flitBytes));
    const first = channels.frontPs[slot]!;
    const interval = flits > 1 ? (channels.backPs[slot]! - first) / (flits - 1) : 0;
    this.missing.set(slot, flits);
    for (let index = 0; index < flits; index++) {
      const size = Math.min(flitBytes, bytes - index * flitBytes);
      this.engine.schedule(Math.round(first + index * interval), this.kind, this.newFlit(slot, size));
    }
  }

  /** A flit stands before its next link, or before the receiver's TCM. */
  private move(flit: number): void {
    const { links, channels, engine } = this;
    const slot = this.slotOf[flit]!;
    const bytes = this.bytesOf[flit]!;
    const channel = slot >>> channels.slotShift;
    const route = channels.route[channel]!;
    const hop = this.hopOf[flit]!;
    if (hop === links.routeLength[route]!) {
      this.write(flit, slot, channels.target[channel]!, bytes);
      return;
    }
    const entry = links.routeStart[route]! + hop;
    const link = channels.linkBase[channel]! + links.hopLink[entry]!;
    const linkClass = links.hopClass[entry]!;
    const done =
      Math.max(engine.nowPs, links.freeAtPs[link]!) + transferPs(bytes, links.classPsPerByte[linkClass]!);
    links.freeAtPs[link] = done;
    this.hopOf[flit] = hop + 1;
    engine.schedule(done + links.classLatencyPs[linkClass]!, this.kind, flit);
  }

  private write(flit: number, slot: number, target: number, bytes: number): void {
    const { freeAtPs, psPerByte } = this.ports;
    const written = Math.max(this.engine.nowPs, freeAtPs[target]!) + transferPs(bytes, psPerByte);
    freeAtPs[target] = written;
    this.free.push(flit);
    const missing = this.missing.get(slot)! - 1;
    this.missing.set(slot, missing);
    if (missing > 0) return;
    this.missing.delete(slot);
    this.channels.backPs[slot] = written;
    this.arrived(slot);
  }

  private newFlit(slot: number, bytes: number): number {
    const flit = this.free.pop() ?? this.slotOf.length;
    this.slotOf[flit] = slot;
    this.hopOf[flit] = 0;
    this.bytesOf[flit] = bytes;
    return flit;
  }
}
