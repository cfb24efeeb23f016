import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Engine } from "../../engine/engine.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Links } from "../fabric/links.js";
import type { HbmChannels } from "../memory/hbm-channels.js";
import { Memories } from "../memory/memories.js";
import type { MemorySystem } from "../memory/memory-system.js";
import type { PeCosts } from "../pe/costs.js";
import { BankHop } from "./bank-hop.js";
import { Reception, type Channels } from "./channels.js";
import { slotPort, type SlotPort } from "./slot-port.js";

/** What happens to the messages in slots. */
interface SlotUser {
  /** The message may be read from the slot's `backPs` on. */
  arrive(slot: number): void;
  /** The message has been copied out of its slot at `endPs`, which may lie in the future. */
  copied(slot: number, endPs: number): void;
}

/**
 * The slots of arriving messages. A message is written when its last flit has come; a slot in SRAM or HBM may first
 * be reached over the NoC. The TCM has a port for arriving messages alone; the other memories have one port with
 * several users, which is reserved by events at their moment.
 */
export class SlotMemory {
  private readonly kind: number;
  private readonly isTcm: boolean;
  private readonly port: SlotPort;
  private readonly hop: BankHop | null;

  constructor(
    private readonly engine: Engine,
    topology: Topology,
    graph: SipGraph,
    layout: RankLayout,
    costs: PeCosts,
    links: Links,
    private readonly channels: Channels,
    hbm: HbmChannels,
    /** Of a routed machine. */
    routed: MemorySystem | null,
    private readonly user: SlotUser,
  ) {
    const { slotMemory, bankHop } = topology.ipcq;
    const memories = routed?.memories ?? new Memories(topology, graph, layout, hbm);
    this.isTcm = slotMemory === "tcm";
    this.port = slotPort(topology, costs, memories, layout.world);
    this.kind = engine.addKind((slot) => this.come(slot));
    this.hop =
      slotMemory !== "tcm" && bankHop && routed !== null
        ? new BankHop(
            engine,
            links,
            routed.transfers,
            memories,
            graph,
            layout,
            channels,
            slotMemory,
            (slot, isRead) => {
              if (isRead) this.user.copied(slot, engine.nowPs);
              else this.store(slot, engine.nowPs);
            },
          )
        : null;
    if (!this.isTcm) channels.receiveInEvents();
  }

  /** The last flit of a message comes at the slot's `backPs`; in TCM that may be known before the event clock is there. */
  write(slot: number): void {
    const { channels } = this;
    const backPs = channels.backPs[slot]!;
    if (channels.reception[slot >>> channels.slotShift] === Reception.direct) this.user.arrive(slot);
    else if (this.isTcm) this.store(slot, backPs);
    else if (backPs > this.engine.nowPs) this.engine.schedule(backPs, this.kind, slot);
    else this.come(slot);
  }

  /** Copies a message out of its slot, from now on: to be called in an event. */
  read(slot: number): void {
    const { channels, hop } = this;
    const rank = channels.target[slot >>> channels.slotShift]!;
    const end = this.port.read(rank, channels.bytes[slot]!, this.engine.nowPs);
    if (hop === null) this.user.copied(slot, end);
    else hop.read(slot, end);
  }

  private come(slot: number): void {
    if (this.hop === null) this.store(slot, this.engine.nowPs);
    else this.hop.write(slot);
  }

  private store(slot: number, atPs: number): void {
    const { channels } = this;
    const rank = channels.target[slot >>> channels.slotShift]!;
    channels.backPs[slot] = this.port.write(rank, channels.bytes[slot]!, atPs);
    this.user.arrive(slot);
  }
}
