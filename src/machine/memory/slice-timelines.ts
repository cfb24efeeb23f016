import { nsToPs, psPerByte, transferPs } from "../../base/units.js";
import type { Topology } from "../../topology/topology.js";
import type { HbmChannels } from "./hbm-channels.js";

/** The links between a PE and the controller of its slice, one way. */
export interface Way {
  psPerByte: number[];
  latencyPs: number[];
  totalLatencyPs: number;
}

/** There and back. */
export interface Ways {
  to: Way;
  from: Way;
}

/**
 * Everything that the requests of PEs to their own slices occupy: places of the DMA engines, the links of the way,
 * which are the PE's alone here (messages have their own), and the channels of the slice.
 *
 * A request holds one of the engine's places from the moment it is granted until its data (a read) or its completion
 * (a write) has come back.
 */
export class SliceTimelines {
  /** When the engine granted the last request; the time before that is queueing. */
  startPs = 0;

  private readonly requests: number;
  private readonly flitBytes: number;
  private readonly tcmReadPsPerByte: number;
  private readonly tcmWritePsPerByte: number;
  /** The MMU looks the address up when the engine has granted a request. */
  private readonly tlbPs: number;
  private readonly hops: number;
  /** When each link of the way to and from the slice is free next, by rank and hop. */
  private readonly toFreePs: Float64Array;
  private readonly fromFreePs: Float64Array;
  /** When each place of an engine is free next, by rank; the oldest request's place is `next`. */
  private readonly readFreePs: Float64Array;
  private readonly writeFreePs: Float64Array;
  private readonly nextRead: Uint8Array;
  private readonly nextWrite: Uint8Array;

  /** @param ways by position in the cube; all cubes are alike */
  constructor(
    topology: Topology,
    private readonly ways: readonly Ways[],
    world: number,
    private readonly channels: HbmChannels,
  ) {
    const { pe, fabric } = topology;
    this.requests = pe.dma.requests;
    this.flitBytes = fabric.flitBytes;
    this.tcmReadPsPerByte = psPerByte(pe.tcm.readGBps);
    this.tcmWritePsPerByte = psPerByte(pe.tcm.writeGBps);
    this.tlbPs = nsToPs(pe.mmu.tlbNs);
    this.hops = ways[0]!.to.latencyPs.length;
    this.toFreePs = new Float64Array(world * this.hops);
    this.fromFreePs = new Float64Array(world * this.hops);
    this.readFreePs = new Float64Array(world * this.requests);
    this.writeFreePs = new Float64Array(world * this.requests);
    this.nextRead = new Uint8Array(world);
    this.nextWrite = new Uint8Array(world);
  }

  /** Reads `bytes` at `address` of the slice of `rank`; returns when the last of them is in the TCM. */
  read(rank: number, address: number, bytes: number, atPs: number): number {
    const { requests } = this;
    const place = rank * requests + this.nextRead[rank]!;
    this.nextRead[rank] = (this.nextRead[rank]! + 1) % requests;
    const start = Math.max(atPs, this.readFreePs[place]!);
    const { to, from } = this.ways[rank % this.ways.length]!;
    const there = start + this.tlbPs + to.totalLatencyPs;
    const last = this.channels.access(rank, address, bytes, there, there, false, true);
    const first = this.channels.firstPs;
    const back = this.cross(from, this.fromFreePs, rank, bytes, first, last);
    // The TCM takes the data in as they come, or as fast as it can.
    const rest = bytes - Math.min(bytes, this.flitBytes);
    const end = Math.max(back, this.frontPs + transferPs(rest, this.tcmWritePsPerByte));
    this.readFreePs[place] = end;
    this.startPs = start;
    return end;
  }

  /** Writes `bytes` to `address` of the slice of `rank`; returns when the completion has come back. */
  write(rank: number, address: number, bytes: number, atPs: number): number {
    const { requests } = this;
    const place = rank * requests + this.nextWrite[rank]!;
    this.nextWrite[rank] = (this.nextWrite[rank]! + 1) % requests;
    const start = Math.max(atPs, this.writeFreePs[place]!);
    const { to, from } = this.ways[rank % this.ways.length]!;
    const flit = Math.min(bytes, this.flitBytes);
    const known = start + this.tlbPs;
    const first = known + transferPs(flit, this.tcmReadPsPerByte);
    const last = known + transferPs(bytes, this.tcmReadPsPerByte);
    const back = this.cross(to, this.toFreePs, rank, bytes, first, last);
    const { channels, frontPs, beforeLastPs } = this;
    const tail = bytes <= flit ? 0 : bytes % flit;
    let committed: number;
    if (tail === 0) committed = channels.access(rank, address, bytes, frontPs, back, true, true);
    else {
      const equal = bytes - tail;
      committed = channels.access(rank, address, equal, frontPs, beforeLastPs, true, false);
      committed = Math.max(committed, channels.access(rank, address + equal, tail, back, back, true, true));
    }
    const end = committed + from.totalLatencyPs;
    this.writeFreePs[place] = end;
    this.startPs = start;
    return end;
  }

  /**
   * Reads and writes `bytes` at `address` of the slice of `rank` in one step at the controller: operands there, what
   * was there back. Returns when the last of it is in the TCM.
   */
  update(rank: number, address: number, bytes: number, atPs: number): number {
    const { requests, channels } = this;
    const place = rank * requests + this.nextWrite[rank]!;
    this.nextWrite[rank] = (this.nextWrite[rank]! + 1) % requests;
    const start = Math.max(atPs, this.writeFreePs[place]!);
    const { to, from } = this.ways[rank % this.ways.length]!;
    const flit = Math.min(bytes, this.flitBytes);
    const known = start + this.tlbPs;
    const first = known + transferPs(flit, this.tcmReadPsPerByte);
    const last = known + transferPs(bytes, this.tcmReadPsPerByte);
    const there = this.cross(to, this.toFreePs, rank, bytes, first, last);
    const read = channels.access(rank, address, bytes, there, there, false, true);
    const written = channels.access(rank, address, bytes, read, read, true, true);
    const back = this.cross(from, this.fromFreePs, rank, bytes, written, written);
    const end = Math.max(back, this.frontPs + transferPs(bytes - flit, this.tcmWritePsPerByte));
    this.writeFreePs[place] = end;
    this.startPs = start;
    return end;
  }

  /** When the read engine can grant its next request. */
  nextReadPs(rank: number): number {
    return this.readFreePs[rank * this.requests + this.nextRead[rank]!]!;
  }

  /** When the first flit of the last crossing came out, and the last but one where the last is a short one. */
  private frontPs = 0;
  private beforeLastPs = 0;

  /**
   * Takes every link of a way in turn, as trains of equal flits and a short last flit do; returns when the last one
   * comes out.
   */
  private cross(
    way: Way,
    freePs: Float64Array,
    rank: number,
    bytes: number,
    firstPs: number,
    lastPs: number,
  ): number {
    const flit = Math.min(bytes, this.flitBytes);
    const tail = flit > 0 ? bytes % flit : 0;
    const equal = bytes - tail;
    let front = firstPs;
    // A short last flit may have to wait for the one before it.
    let beforeLast =
      tail > 0 ? Math.round(firstPs + ((lastPs - firstPs) * (equal - flit)) / (bytes - flit)) : lastPs;
    let back = lastPs;
    for (let hop = 0; hop < this.hops; hop++) {
      const wire = rank * this.hops + hop;
      const rate = way.psPerByte[hop]!;
      const latency = way.latencyPs[hop]!;
      const begin = Math.max(front, freePs[wire]!);
      const flitTime = transferPs(flit, rate);
      freePs[wire] = begin + transferPs(bytes, rate);
      front = begin + flitTime + latency;
      beforeLast = Math.max(begin + transferPs(equal, rate), beforeLast + flitTime);
      back = tail > 0 ? Math.max(beforeLast, back) + transferPs(tail, rate) + latency : beforeLast + latency;
      beforeLast += latency;
    }
    this.frontPs = front;
    this.beforeLastPs = beforeLast;
    return back;
  }
}
