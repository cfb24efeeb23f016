import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import type { Engine } from "../../engine/engine.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import type { Sink } from "../fabric/fabric.js";
import type { Links, Place } from "../fabric/links.js";
import type { Transfers } from "../fabric/transfers.js";
import type { Memories } from "./memories.js";

/** Who asks: a PE over one of its engines, or a place that has no engine to wait for. */
export type Requester = { rank: number; engine: "read" | "write" | "comm" } | { place: Place };

export interface MemoryRequest {
  from: Requester;
  /** Number of the memory (see `Memories`). */
  memory: number;
  address: number;
  bytes: number;
  /**
   * Called in an event when the data of a read are there or the completion of a write has come back.
   * @param startPs when the engine granted the request; the time before that is queueing
   */
  done: (startPs: number, endPs: number) => void;
}

/** What is next when the engine has granted a request. */
const NEXT_AFTER_START = { read: "command", write: "end", update: "modify" } as const;

interface Access extends MemoryRequest {
  way: "read" | "write" | "update";
  startPs: number;
  endPs: number;
  /** What the next event of the access means. */
  next: "request" | "command" | "modify" | "reply" | "end";
}

/**
 * Reads and writes of memories over the NoC, on the links that messages use. A read is a command without payload to
 * the memory, and the data back; a write is the data there, and a completion without payload back. The engine of a
 * PE has so many requests under way; the others wait their turn.
 */
export class MemoryTraffic implements Sink {
  /** Bytes that have gone over each route of the links so far; at most one entry for each pair of places. */
  readonly bytesByRoute: number[] = [];

  private readonly kind: number;
  private readonly accesses: (Access | null)[] = [];
  private readonly freeAccesses: number[] = [];
  /** By rank and engine (0 read, 1 write): requests under way, and those that wait. */
  private readonly underWay: Uint8Array;
  private readonly queues = new Map<number, number[]>();
  private readonly requests: number;
  private readonly flitBytes: number;
  private readonly tcmReadPsPerByte: number;
  private readonly tcmWritePsPerByte: number;
  private readonly tlbPs: number;

  constructor(
    private readonly engine: Engine,
    { pe, fabric }: Topology,
    private readonly graph: SipGraph,
    private readonly layout: RankLayout,
    private readonly links: Links,
    private readonly transfers: Transfers,
    private readonly memories: Memories,
  ) {
    this.kind = engine.addKind((access) => this.advance(access));
    this.underWay = new Uint8Array(2 * layout.world);
    this.requests = pe.dma.requests;
    this.flitBytes = fabric.flitBytes;
    this.tcmReadPsPerByte = psPerByte(pe.tcm.readGBps);
    this.tcmWritePsPerByte = psPerByte(pe.tcm.writeGBps);
    this.tlbPs = nsToPs(pe.mmu.tlbNs);
  }

  /** Reads from a memory; the request is made at `atPs`, which may lie in the future. */
  read(request: MemoryRequest, atPs: number): void {
    this.add({ ...request, way: "read", startPs: 0, endPs: 0, next: "request" }, atPs);
  }

  /** Writes to a memory; the request is made at `atPs`, which may lie in the future. */
  write(request: MemoryRequest, atPs: number): void {
    this.add({ ...request, way: "write", startPs: 0, endPs: 0, next: "request" }, atPs);
  }

  /** Reads and writes a memory in one step there: operands go, and what was there comes back. */
  update(request: MemoryRequest, atPs: number): void {
    this.add({ ...request, way: "update", startPs: 0, endPs: 0, next: "request" }, atPs);
  }

  private add(access: Access, atPs: number): void {
    const id = this.freeAccesses.pop() ?? this.accesses.length;
    this.accesses[id] = access;
    this.engine.schedule(atPs, this.kind, id);
  }

  private request(id: number, access: Access): void {
    const engine = engineOf(access.from);
    if (engine >= 0 && this.underWay[engine]! >= this.requests) {
      const queue = this.queues.get(engine);
      if (queue) queue.push(id);
      else this.queues.set(engine, [id]);
      return;
    }
    if (engine >= 0) this.underWay[engine]!++;
    this.start(id);
  }

  private start(id: number): void {
    const access = this.accesses[id]!;
    const { nowPs } = this.engine;
    access.startPs = nowPs;
    const { memory, from, bytes } = access;
    const place = this.placeOf(from);
    const target = this.memories.placeOf(memory);
    const route = this.links.route(place, target);
    access.next = NEXT_AFTER_START[access.way];
    // Addresses of slots and host copies are physical ones.
    const knownPs = engineOf(from) < 0 ? nowPs : nowPs + this.tlbPs;
    if (access.way === "read") {
      this.engine.schedule(knownPs + this.links.latencyPs(route), this.kind, id);
      return;
    }
    const rate = "rank" in from ? this.tcmReadPsPerByte : 0;
    const frontPs = knownPs + transferPs(Math.min(bytes, this.flitBytes), rate);
    const backPs = knownPs + transferPs(bytes, rate);
    this.transfer(id, route, bytes, frontPs, backPs);
  }

  private transfer(id: number, route: number, bytes: number, frontPs: number, backPs: number): void {
    this.bytesByRoute[route] = (this.bytesByRoute[route] ?? 0) + bytes;
    this.transfers.start({ route, base: 0, bytes, frontPs, backPs, sink: this, tag: id });
  }

  private advance(id: number): void {
    const access = this.accesses[id]!;
    if (access.next === "request") this.request(id, access);
    else if (access.next === "command") this.serveRead(id, access);
    else if (access.next === "reply") this.reply(id, access, this.engine.nowPs, this.engine.nowPs);
    else this.finish(id, access);
  }

  /** A read's command has reached the memory. */
  private serveRead(id: number, access: Access): void {
    const { memory, address, bytes } = access;
    const { nowPs } = this.engine;
    const backPs = this.memories.access(memory, address, bytes, nowPs, nowPs, false, true);
    this.reply(id, access, this.memories.firstPs, backPs);
  }

  /** All operands of an update are at the memory. */
  private modify(id: number, access: Access, atPs: number): void {
    const { memory, address, bytes } = access;
    const readPs = this.memories.access(memory, address, bytes, atPs, atPs, false, true);
    const writtenPs = this.memories.access(memory, address, bytes, readPs, readPs, true, true);
    access.next = "reply";
    this.engine.schedule(writtenPs, this.kind, id);
  }

  private reply(id: number, access: Access, frontPs: number, backPs: number): void {
    access.next = "end";
    const route = this.links.route(this.memories.placeOf(access.memory), this.placeOf(access.from));
    this.transfer(id, route, access.bytes, frontPs, backPs);
  }

  receive(id: number, offset: number, bytes: number, frontPs: number, backPs: number, isLast: boolean): void {
    const access = this.accesses[id]!;
    if (access.next === "modify") {
      if (isLast) this.modify(id, access, backPs);
      return;
    }
    const { memory, address, way } = access;
    const isWrite = way === "write";
    const end = isWrite
      ? this.memories.access(memory, address + offset, bytes, frontPs, backPs, true, offset === 0, isLast)
      : backPs;
    access.endPs = Math.max(access.endPs, end);
    if (!isWrite && offset === 0 && "rank" in access.from) {
      // The TCM takes the data in as they come, or as fast as it can.
      const rest = access.bytes - Math.min(access.bytes, this.flitBytes);
      access.endPs = Math.max(access.endPs, frontPs + transferPs(rest, this.tcmWritePsPerByte));
    }
    if (!isLast) return;
    if (isWrite) {
      const route = this.links.route(this.memories.placeOf(memory), this.placeOf(access.from));
      access.endPs += this.links.latencyPs(route);
    }
    this.engine.schedule(access.endPs, this.kind, id);
  }

  private finish(id: number, { from, done, startPs, endPs }: Access): void {
    this.accesses[id] = null;
    this.freeAccesses.push(id);
    const engine = engineOf(from);
    if (engine >= 0) {
      const next = this.queues.get(engine)?.shift();
      if (next === undefined) this.underWay[engine]!--;
      else this.start(next);
    }
    done(startPs, endPs);
  }

  private placeOf(from: Requester): Place {
    if ("place" in from) return from.place;
    const { cube, pe } = this.layout.pePosition(from.rank);
    return { sip: this.layout.sipOf(from.rank), node: this.graph.peNode(cube, pe) };
  }
}

/** Number of the engine that limits the requests of a PE, or −1 when nothing does. */
function engineOf(from: Requester): number {
  if (!("rank" in from) || from.engine === "comm") return -1;
  return 2 * from.rank + (from.engine === "read" ? 0 : 1);
}
