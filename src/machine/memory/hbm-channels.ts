import { nsToPs } from "../../base/units.js";
import type { Topology } from "../../topology/topology.js";

const READ = 1;
const WRITE = 2;

/**
 * The channels of all slices of HBM. A burst at address *a* of a slice belongs to channel ⌊a / burstBytes⌋ mod
 * channels and occupies it for the commit time; reads and writes share a channel and a change of direction costs the
 * turn-around (none before a channel's first access).
 */
export class HbmChannels {
  /** When the first burst of the last access was committed. */
  firstPs = 0;

  private readonly channels: number;
  private readonly burstBytes: number;
  private readonly commitPs: number;
  private readonly turnaroundPs: number;
  /** By slice and channel. */
  private readonly freeAtPs: Float64Array;
  /** READ or WRITE, 0 before the first access; empty when a change of direction costs nothing. */
  private readonly direction: Uint8Array;

  constructor({ pe: { hbm } }: Topology, slices: number) {
    this.channels = hbm.channels;
    this.burstBytes = hbm.burstBytes;
    this.commitPs = nsToPs(hbm.commitNs);
    this.turnaroundPs = nsToPs(hbm.turnaroundNs);
    this.freeAtPs = new Float64Array(slices * hbm.channels);
    this.direction = new Uint8Array(this.turnaroundPs > 0 ? slices * hbm.channels : 0);
  }

  /**
   * Serves `bytes` from `address` on, whose bursts are at the controller evenly from `firstPs` to `lastPs`: the same
   * moment for a read, the arrival of the first and of the last flit for a write.
   * @returns when the last burst is committed
   */
  access(
    slice: number,
    address: number,
    bytes: number,
    firstPs: number,
    lastPs: number,
    isWrite: boolean,
  ): number {
    const { channels, burstBytes, commitPs, freeAtPs } = this;
    const firstBurst = Math.floor(address / burstBytes);
    const bursts = Math.floor((address + Math.max(1, bytes) - 1) / burstBytes) - firstBurst + 1;
    const stepPs = bursts > 1 ? (lastPs - firstPs) / (bursts - 1) : 0;
    const base = slice * channels;
    let end = 0;
    let channel = base + (firstBurst % channels);
    for (let burst = 0; burst < bursts; burst++) {
      const there = Math.round(firstPs + burst * stepPs);
      let start = freeAtPs[channel]!;
      if (this.turnaroundPs > 0) start += this.turn(channel, isWrite ? WRITE : READ);
      if (start < there) start = there;
      const done = start + commitPs;
      freeAtPs[channel] = done;
      if (burst === 0) this.firstPs = done;
      if (done > end) end = done;
      channel = channel + 1 === base + channels ? base : channel + 1;
    }
    return end;
  }

  private turn(channel: number, direction: number): number {
    const before = this.direction[channel]!;
    this.direction[channel] = direction;
    return before === 0 || before === direction ? 0 : this.turnaroundPs;
  }
}
