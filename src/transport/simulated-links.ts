import { assert } from "../base/assert.js";
import { nsToPs, psPerByte, transferPs } from "../base/units.js";
import { Level, type NodeLevel } from "../runtime/levels.js";
import { wireBytes, type Message } from "../runtime/messages.js";
import type { NodePlace } from "../runtime/node-tree.js";
import type { Topology } from "../topology/topology.js";

interface Delivery {
  from: number;
  to: number;
  message: Message;
}

interface Tier {
  psPerByte: number;
  latencyPs: number;
}

/**
 * Carries messages between parents and children in virtual time. A node sends one message after another: each occupies
 * its way out for the per-message overhead plus bytes over bandwidth, then crosses the tier in its latency. So
 * messages of one link arrive in the order in which they were sent.
 */
export class SimulatedLinks {
  messages = 0;
  bytes = 0;
  private readonly tiers: Partial<Record<NodeLevel, Tier>>;
  private readonly overheadPs: number;
  /** When a node's way out is free again. */
  private readonly egressFreePs: Float64Array;
  /** Messages on their way, by id; ids of delivered ones are used again. */
  private readonly slots: (Delivery | null)[] = [];
  private readonly freeSlots: number[] = [];

  /** @param schedule is told when a message arrives; `take` then gives it out */
  constructor(
    private readonly places: readonly NodePlace[],
    network: Topology["network"],
    private readonly schedule: (timePs: number, id: number) => void,
  ) {
    const tier = (name: "pod" | "clos1" | "clos2"): Tier => ({
      psPerByte: psPerByte(network[name].bandwidthGBps),
      latencyPs: nsToPs(network[name].latencyNs),
    });
    // A tier is named after the upper end of its links.
    this.tiers = { [Level.POD]: tier("pod"), [Level.CLOS1]: tier("clos1"), [Level.CLOS2]: tier("clos2") };
    this.overheadPs = nsToPs(network.messageOverheadNs);
    this.egressFreePs = new Float64Array(places.length);
  }

  send(from: number, to: number, message: Message, nowPs: number): void {
    const tier = this.tierBetween(from, to);
    const bytes = wireBytes(message);
    const start = Math.max(nowPs, this.egressFreePs[from]!);
    const departed = start + this.overheadPs + transferPs(bytes, tier.psPerByte);
    this.egressFreePs[from] = departed;
    this.messages++;
    this.bytes += bytes;
    const id = this.freeSlots.pop() ?? this.slots.length;
    this.slots[id] = { from, to, message };
    this.schedule(departed + tier.latencyPs, id);
  }

  /** Gives out a message that has arrived; once. */
  take(id: number): Delivery {
    const delivery = this.slots[id];
    assert(delivery !== null && delivery !== undefined, `no message is on its way under id ${id}`);
    this.slots[id] = null;
    this.freeSlots.push(id);
    return delivery;
  }

  private tierBetween(from: number, to: number): Tier {
    const upper = this.places[to]!.parent === from ? from : to;
    const lower = upper === from ? to : from;
    assert(this.places[lower]!.parent === upper, `nodes ${from} and ${to} are not parent and child`);
    return this.tiers[this.places[upper]!.level]!;
  }
}
