import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { loadTopology } from "../../../src/topology/load.js";
import { runFlows, trafficIn, type Flow } from "./traffic.js";

interface Access {
  slice: number;
  address: number;
  bytes: number;
  /** When its first byte is there, after the access before; its flits come `flitGapPs` apart. */
  afterPs: number;
  flitGapPs: number;
  isWrite: boolean;
}

/** One burst after the other, each by itself: the channel is ⌊address / 256⌋ mod 8. */
class NaiveHbm {
  private readonly freePs = new Map<string, number>();
  private readonly wasWrite = new Map<string, boolean>();

  constructor(
    private readonly commitPs: number,
    private readonly turnaroundPs: number,
  ) {}

  end({ slice, address, bytes, flitGapPs, isWrite }: Access, atPs: number): number {
    const burstOf = (byte: number): number => Math.floor(byte / 256);
    const ends: number[] = [];
    for (let burst = burstOf(address); burst <= burstOf(address + bytes - 1); burst++) {
      // A burst is complete when the flit with its last byte has come.
      const lastByte = Math.min(address + bytes, (burst + 1) * 256) - 1;
      const there = atPs + Math.floor((lastByte - address) / 256) * flitGapPs;
      const channel = `${slice}.${burst % 8}`;
      const before = this.wasWrite.get(channel);
      const turns = before !== undefined && before !== isWrite;
      const free = (this.freePs.get(channel) ?? 0) + (turns ? this.turnaroundPs : 0);
      const end = Math.max(there, free) + this.commitPs;
      this.freePs.set(channel, end);
      this.wasWrite.set(channel, isWrite);
      ends.push(end);
    }
    return Math.max(...ends);
  }
}

const accesses = fc.array(
  fc
    .record({
      slice: fc.nat(2),
      address: fc.nat(5000),
      bytes: fc.integer({ min: 1, max: 6000 }),
      afterPs: fc.nat(40_000),
      flitGapPs: fc.nat(3000),
      isWrite: fc.boolean(),
    })
    .map((access): Access => (access.isWrite ? access : { ...access, flitGapPs: 0 })),
  { minLength: 1, maxLength: 30 },
);

describe("the channels of HBM", () => {
  for (const turnaroundNs of [0, 7]) {
    it(`serve random accesses as burst after burst would be (turn-around ${turnaroundNs} ns)`, () => {
      const topology = loadTopology("cube", [`pe.hbm.turnaroundNs=${turnaroundNs}`]);
      fc.assert(
        fc.property(accesses, (sequence) => {
          const channels = new HbmChannels(topology, 3);
          const naive = new NaiveHbm(8000, turnaroundNs * 1000);
          let atPs = 0;
          for (const access of sequence) {
            const { slice, address, bytes, afterPs, flitGapPs, isWrite } = access;
            atPs += afterPs;
            const lastPs = atPs + (Math.ceil(bytes / 256) - 1) * flitGapPs;
            const end = channels.access(slice, address, bytes, atPs, lastPs, isWrite, true);
            expect(end).toBe(naive.end(access, atPs));
          }
        }),
        { seed: 81, numRuns: 60 },
      );
    });
  }

  it("serve a burst once, however a write is cut", () => {
    const topology = loadTopology("cube", []);
    fc.assert(
      fc.property(
        fc.nat(600),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (address, pieces) => {
          const [cut, whole] = [new HbmChannels(topology, 1), new HbmChannels(topology, 1)];
          const bytes = pieces.reduce((sum, piece) => sum + piece, 0);
          let from = address;
          let end = 0;
          pieces.forEach((piece, index) => {
            const isLast = index === pieces.length - 1;
            end = Math.max(end, cut.access(0, from, piece, 0, 0, true, isLast));
            from += piece;
          });
          expect(end).toBe(whole.access(0, address, bytes, 0, 0, true, true));
        },
      ),
      { seed: 82, numRuns: 60 },
    );
  });

  it("take two streams one after the other where they start at the same address", () => {
    const channels = new HbmChannels(loadTopology("cube", []), 1);
    // 2,048 B are one burst of 8 ns on each of the 8 channels; a second such stream waits for all of them.
    expect(channels.access(0, 0, 2048, 0, 0, false, true)).toBe(8000);
    expect(channels.access(0, 0, 2048, 0, 0, false, true)).toBe(16000);
    // On channels 0 to 3 two bursts of the first pair lie before; on 4 to 7 as well: 1,024 B from byte 1,024 on.
    expect(channels.access(0, 1024, 1024, 0, 0, false, true)).toBe(24000);
    // 256 B on channel 0 find it free at 16 ns.
    expect(channels.access(0, 2048, 256, 0, 0, false, true)).toBe(24000);
  });

  it("have the first flit when all of its bursts are there", () => {
    // A flit of 256 B is four bursts of 64 B: on one channel 32 ns, on four of them 8 ns.
    const firstPs = (channelCount: number): number => {
      const set = ["pe.hbm.burstBytes=64", `pe.hbm.channels=${channelCount}`];
      const channels = new HbmChannels(loadTopology("cube", set), 1);
      channels.access(0, 0, 1024, 0, 0, false, true);
      return channels.firstPs;
    };
    expect(firstPs(1)).toBe(32_000);
    expect(firstPs(4)).toBe(8000);
  });

  it("turn round at 7 ns a channel, not before its first access", () => {
    const channels = new HbmChannels(loadTopology("cube", ["pe.hbm.turnaroundNs=7"]), 1);
    expect(channels.access(0, 0, 256, 0, 0, true, true)).toBe(8000);
    expect(channels.access(0, 0, 256, 0, 0, true, true)).toBe(16000);
    expect(channels.access(0, 0, 256, 0, 0, false, true)).toBe(16000 + 7000 + 8000);
    expect(channels.access(0, 256, 256, 0, 0, false, true)).toBe(8000);
    // The channel turns while it waits.
    expect(channels.access(0, 0, 256, 50_000, 50_000, true, true)).toBe(58_000);
  });
});

it("two reads of one slice over the NoC that start at the same address end one burst row apart", () => {
  // PEs 0 and 1 share a router: the ways to the slice of PE 0 are equally long. 2,048 B are 8 ns in the channels, and
  // 8 ns on the link of 256 GB/s: the second reply follows the first without a gap.
  const reads = (peers: number[]) =>
    runFlows(
      trafficIn("cube"),
      peers.map((rank): Flow => ({ kind: "read", rank, peer: 0, bytes: 2048, atNs: 0 })),
    ).map(({ endNs }) => endNs);
  const [alone] = reads([0]);
  expect(reads([0, 1])).toEqual([alone, alone! + 8]);
});
