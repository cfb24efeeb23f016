import { Future, type Tile } from "../../ops/handles.js";
import { Cause, type KernelCore } from "../pe/kernel-core.js";
import { PeStatus } from "../pe/pe-state.js";

/** A receive that was posted. It is over when its message, or the last piece of it, has been taken in. */
export class Receive extends Future {
  readonly rank: number;
  readonly postedPs: number;
  bytesLeft: number;
  /** A piece is being copied out of its slot, since when. */
  isCopying = false;
  copyStartPs = 0;
  /** Time spent on copying and on putting credits on the way. */
  copyPs = 0;
  /** Row of the op log that says what came. */
  value: number;
  /** Names the message for a trace. */
  flow = -1;

  private isOver = false;
  private endPs = 0;
  private isTaken = false;
  /** The site that waits for it, or −1. */
  private waiter = -1;

  constructor(
    private readonly core: KernelCore,
    readonly channel: number,
    readonly site: number,
    readonly tile: Tile,
    /** Called with `recv`: the kernel waits at once. */
    private readonly isPlain: boolean,
  ) {
    super();
    this.rank = core.rank;
    this.postedPs = core.clockPs;
    this.bytesLeft = tile.bytes;
    this.value = tile.value;
  }

  wait(site: number): boolean {
    if (this.isOver) return this.take(site, this.core.clockPs);
    this.waiter = site;
    const status = this.isPlain ? PeStatus.awaitingArrival : PeStatus.awaitingReceive;
    return this.core.park(status, this.channel, site);
  }

  /** Everything has come at `endPs`, which may lie in the future. */
  complete(endPs: number): void {
    this.isOver = true;
    this.endPs = endPs;
    const { core, rank, waiter } = this;
    if (waiter < 0) return;
    this.waiter = -1;
    core.resume(rank, endPs, () => this.take(waiter, core.clockPs));
  }

  /** Shape, dtype and value become visible at once, at the moment the kernel has waited. */
  private take(site: number, calledPs: number): true {
    const { core, tile, endPs } = this;
    core.spend(site, Cause.arrival, endPs - this.copyPs);
    core.spend(site, Cause.copy, endPs);
    if (!this.isTaken) tile.value = this.value;
    this.isTaken = true;
    const lanes = core.spans === null ? undefined : core.lanes.get(this.rank);
    if (lanes) {
      const name = core.spans!.nameId(this.isPlain ? "recv" : "wait");
      core.spans!.add(lanes.kernel, name, site, calledPs, core.clockPs, -1, this.flow);
    }
    core.results.out = tile;
    return true;
  }
}
