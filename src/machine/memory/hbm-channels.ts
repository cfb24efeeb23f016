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
  /** When all bursts of the last access's first flit were committed. */
  firstPs = 0;

  private readonly channels: number;
  private readonly burstBytes: number;
  private readonly flitBytes: number;
  private readonly commitPs: number;
  private readonly turnaroundPs: number;
  /** By slice and channel. */
  private readonly freeAtPs: Float64Array;
  /** READ or WRITE, 0 before the first access; empty when a change of direction costs nothing. */
  private readonly direction: Uint8Array;

  constructor({ pe: { hbm }, fabric }: Topology, slices: number) {
    this.channels = hbm.channels;
    this.burstBytes = hbm.burstBytes;
    this.flitBytes = fabric.flitBytes;
    this.commitPs = nsToPs(hbm.commitNs);
    this.turnaroundPs = nsToPs(hbm.turnaroundNs);
    this.freeAtPs = new Float64Array(slices * hbm.channels);
    this.direction = new Uint8Array(this.turnaroundPs > 0 ? slices * hbm.channels : 0);
  }

  /**
   * Serves `bytes` from `address` on, whose flits are at the controller evenly from `firstPs` to `lastPs`: the same
   * moment for a read, the arrival of the first and of the last flit for a write. A burst is served once, when all of
   * it is there: when more bytes follow (`isLast` false), the last burst waits for them unless it is complete.
   * @returns when the last burst is committed; 0 when none is complete
   */
  access(
    slice: number,
    address: number,
    bytes: number,
    firstPs: number,
    lastPs: number,
    isWrite: boolean,
    isLast: boolean,
  ): number {
    const { channels, burstBytes, flitBytes, commitPs, freeAtPs } = this;
    const lastByte = address + Math.max(1, bytes) - 1;
    const firstBurst = Math.floor(address / burstBytes);
    const bursts = Math.floor(isLast ? lastByte / burstBytes + 1 : (lastByte + 1) / burstBytes) - firstBurst;
    const gaps = Math.ceil(bytes / flitBytes) - 1;
    const stepPs = gaps > 0 ? (lastPs - firstPs) / gaps : 0;
    const base = slice * channels;
    const firstFlit = Math.floor((address + Math.min(Math.max(1, bytes), flitBytes) - 1) / burstBytes);
    const firstFlitBursts = firstFlit - firstBurst + 1;
    let first = 0;
    let end = 0;
    let channel = base + (firstBurst % channels);
    for (let burst = 0; burst < bursts; burst++) {
      let there = firstPs;
      if (stepPs > 0) {
        const lastOfBurst = Math.min(lastByte, (firstBurst + burst + 1) * burstBytes - 1);
        there = Math.round(firstPs + Math.floor((lastOfBurst - address) / flitBytes) * stepPs);
      }
      let start = freeAtPs[channel]!;
      if (this.turnaroundPs > 0) start += this.turn(channel, isWrite ? WRITE : READ);
      if (start < there) start = there;
      const done = start + commitPs;
      freeAtPs[channel] = done;
      if (burst < firstFlitBursts && done > first) first = done;
      if (done > end) end = done;
      channel = channel + 1 === base + channels ? base : channel + 1;
    }
    this.firstPs = first;
    return end;
  }

  private turn(channel: number, direction: number): number {
    const before = this.direction[channel]!;
    this.direction[channel] = direction;
    return before === 0 || before === direction ? 0 : this.turnaroundPs;
  }
}
