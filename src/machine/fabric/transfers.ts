import { assert } from "../../base/assert.js";
import { transferPs } from "../../base/units.js";
import type { Engine } from "../../engine/engine.js";
import type { TrainColumns, TransferRequest } from "./fabric.js";
import type { Links } from "./links.js";
import { walkTrain } from "./train-walk.js";

/** Flits of a train while nothing contends: 4 KiB of the usual flits. Ours. */
const TRAIN_FLITS = 16;
const FIRST_CAPACITY = 256;
/** Routes are numbered below this. */
const MAX_ROUTES = 2 ** 22;

/** A transfer on its way. */
interface Transfer extends TransferRequest {
  /** Bytes that have left the source, and that have come to the sink. */
  sent: number;
  received: number;
}

/**
 * Transfers that are cut into several trains: memory traffic, and the messages of queues when every flit moves on
 * its own. A transfer that shares no link with another flow at the moment sends trains of 4 KiB; otherwise it sends
 * single flits, which interleave with the others' at every link in order of arrival.
 *
 * With a bound on buffers (`fabric.bufferFlits`) flits always move singly, and one may only take a link when there is
 * a free place behind it; it leaves its own place when it has left over the next link.
 */
export class Transfers {
  private readonly trainKind: number;
  private readonly injectKind: number;
  private readonly releaseKind: number;
  private readonly transfers: (Transfer | null)[] = [];
  private readonly freeTransfers: number[] = [];
  private columns = trainColumns(FIRST_CAPACITY);
  /** Transfer of each train. */
  private owner = new Int32Array(FIRST_CAPACITY);
  private readonly freeTrains: number[] = [];
  private trains = 0;
  /** Transfers under way by route, and routes under way by link: what contends. */
  private readonly flows = new Map<number, number>();
  private readonly flowsOnLink: Uint16Array;
  /** With bounded buffers: places taken behind each link, and trains that wait for one. */
  private readonly taken: Uint32Array;
  private readonly waiting = new Map<number, number[]>();

  constructor(
    private readonly engine: Engine,
    private readonly links: Links,
    private readonly flitBytes: number,
    private readonly singleFlits: boolean,
    private readonly bufferFlits: number,
  ) {
    this.trainKind = engine.addKind((train) => this.reach(train));
    this.injectKind = engine.addKind((transfer) => this.inject(transfer));
    this.releaseKind = engine.addKind((link) => this.release(link));
    this.flowsOnLink = new Uint16Array(links.count);
    this.taken = new Uint32Array(bufferFlits > 0 ? links.count : 0);
  }

  /** Sends bytes on their way; to be called in an event, at or before `frontPs`. */
  start(request: TransferRequest): void {
    const id = this.freeTransfers.pop() ?? this.transfers.length;
    this.transfers[id] = { ...request, sent: 0, received: 0 };
    this.countFlow(request, 1);
    this.engine.schedule(request.frontPs, this.injectKind, id);
  }

  /** Sends the next train of a transfer. */
  private inject(id: number): void {
    const transfer = this.transfers[id]!;
    const { sent } = transfer;
    const size = this.isAlone(transfer) ? this.trainBytes(transfer) : this.flitSize(transfer);
    const train = this.newTrain(id);
    const { columns } = this;
    columns.hop[train] = 0;
    columns.bytes[train] = size;
    columns.frontPs[train] = this.engine.nowPs;
    columns.backPs[train] = Math.max(this.engine.nowPs, this.readyPs(transfer, sent + size - 1));
    transfer.sent += size;
    this.move(train);
  }

  private flitSize({ bytes, sent }: Transfer): number {
    return Math.min(bytes - sent, this.flitBytes);
  }

  /**
   * A train is exact when all its flits are equal. Where the last flit is a short one, it goes singly, and so does the
   * one before it, which it may have to wait for.
   */
  private trainBytes(transfer: Transfer): number {
    const { bytes, sent } = transfer;
    const { flitBytes } = this;
    const isShort = bytes % flitBytes > 0;
    const equalFlits = Math.floor((bytes - sent) / flitBytes) - (isShort ? 1 : 0);
    return equalFlits > 0 ? Math.min(equalFlits, TRAIN_FLITS) * flitBytes : this.flitSize(transfer);
  }

  /** A train stands before a shared link, or before the sink. */
  private reach(train: number): void {
    const { columns } = this;
    const id = this.owner[train]!;
    const transfer = this.transfers[id]!;
    if (columns.hop[train]! < this.links.routeLength[transfer.route]!) {
      this.move(train);
      return;
    }
    this.freeTrains.push(train);
    const bytes = columns.bytes[train]!;
    const offset = transfer.received;
    transfer.received += bytes;
    const isLast = transfer.received >= transfer.bytes;
    if (isLast) {
      this.transfers[id] = null;
      this.freeTransfers.push(id);
      this.countFlow(transfer, -1);
    }
    const { sink, tag } = transfer;
    sink.receive(tag, offset, bytes, columns.frontPs[train]!, columns.backPs[train]!, isLast);
  }

  /** Takes the next link, and with it all that no other flow uses. */
  private move(train: number): void {
    const { columns, links } = this;
    const id = this.owner[train]!;
    const { route, base } = this.transfers[id]!;
    const hop = columns.hop[train]!;
    if (this.bufferFlits > 0 && !this.takePlace(train, route, base, hop)) return;
    walkTrain(links, columns, train, route, base, this.flitBytes);
    this.engine.schedule(columns.frontPs[train]!, this.trainKind, train);
    if (hop === 0) this.scheduleNext(id);
  }

  /** The source sends on when it has more, and when its first link can take it. */
  private scheduleNext(id: number): void {
    const transfer = this.transfers[id]!;
    const { sent, bytes, route, base } = transfer;
    if (sent >= bytes) return;
    const { links } = this;
    const first = base + links.hopLink[links.routeStart[route]!]!;
    const ready = this.readyPs(transfer, sent);
    this.engine.schedule(Math.max(ready, links.freeAtPs[first]!), this.injectKind, id);
  }

  /** When the source has the flit with a byte: its bytes come evenly after the first flit. */
  private readyPs({ bytes, frontPs, backPs }: Transfer, byte: number): number {
    const { flitBytes } = this;
    if (bytes <= flitBytes) return frontPs;
    const flitEnd = Math.min(bytes, (Math.floor(byte / flitBytes) + 1) * flitBytes);
    return Math.round(frontPs + ((backPs - frontPs) * (flitEnd - flitBytes)) / (bytes - flitBytes));
  }

  private isAlone({ route, base }: Transfer): boolean {
    if (this.singleFlits || this.bufferFlits > 0) return false;
    const { links, flowsOnLink } = this;
    const start = links.routeStart[route]!;
    for (let hop = start; hop < start + links.routeLength[route]!; hop++) {
      if (flowsOnLink[base + links.hopLink[hop]!]! > 1) return false;
    }
    return true;
  }

  /** Transfers over the same route are one flow: they follow one another anyway. */
  private countFlow({ route, base }: TransferRequest, by: 1 | -1): void {
    const key = base * MAX_ROUTES + route;
    const before = this.flows.get(key) ?? 0;
    if (before + by === 0) this.flows.delete(key);
    else this.flows.set(key, before + by);
    if (Math.max(before, before + by) > 1) return;
    const { links, flowsOnLink } = this;
    const start = links.routeStart[route]!;
    for (let hop = start; hop < start + links.routeLength[route]!; hop++) {
      flowsOnLink[base + links.hopLink[hop]!]! += by;
    }
  }

  /** Takes a place behind the next link and gives up the one behind the last, or waits. */
  private takePlace(train: number, route: number, base: number, hop: number): boolean {
    const { links, taken, columns } = this;
    const at = links.routeStart[route]! + hop;
    const link = base + links.hopLink[at]!;
    const isLastHop = hop + 1 === links.routeLength[route]!;
    if (!isLastHop) {
      if (taken[link]! >= this.bufferFlits) {
        const queue = this.waiting.get(link);
        if (queue) queue.push(train);
        else this.waiting.set(link, [train]);
        return false;
      }
      taken[link]!++;
    }
    const { nowPs } = this.engine;
    columns.frontPs[train] = Math.max(columns.frontPs[train]!, nowPs);
    columns.backPs[train] = Math.max(columns.backPs[train]!, nowPs);
    if (hop > 0) {
      const begin = Math.max(nowPs, links.freeAtPs[link]!);
      const left = begin + transferPs(columns.bytes[train]!, links.classPsPerByte[links.hopClass[at]!]!);
      this.engine.schedule(left, this.releaseKind, base + links.hopLink[at - 1]!);
    }
    return true;
  }

  /** A place behind a link is free again. */
  private release(link: number): void {
    assert(this.taken[link]! > 0, "only places that were taken are given up");
    this.taken[link]!--;
    const next = this.waiting.get(link)?.shift();
    if (next !== undefined) this.move(next);
  }

  private newTrain(owner: number): number {
    const train = this.freeTrains.pop() ?? this.trains++;
    if (train >= this.owner.length) this.grow();
    this.owner[train] = owner;
    return train;
  }

  private grow(): void {
    const capacity = 2 * this.owner.length;
    const larger = trainColumns(capacity);
    larger.hop.set(this.columns.hop);
    larger.bytes.set(this.columns.bytes);
    larger.frontPs.set(this.columns.frontPs);
    larger.backPs.set(this.columns.backPs);
    this.columns = larger;
    const owner = new Int32Array(capacity);
    owner.set(this.owner);
    this.owner = owner;
  }
}

function trainColumns(capacity: number): TrainColumns {
  return {
    hop: new Uint16Array(capacity),
    bytes: new Int32Array(capacity),
    frontPs: new Float64Array(capacity),
    backPs: new Float64Array(capacity),
  };
}
