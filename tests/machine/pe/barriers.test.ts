import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockedKernels } from "../../../src/machine/blocked.js";
import { runKernel, type TestOps } from "../helpers.js";

/** Eight PEs, each joined to each: 16 bytes take 500 ns and 16 B at 50 GB/s. */
const CROSSBAR = { topology: "cube", set: ["fabric.kind=crossbar"], queues: [] };
const MESSAGE_PS = 500_000 + 320;
/** Of a call of the barrier. */
const DISPATCH_PS = 1000;

/** A kernel that works for so many passes of MATH, comes to the barrier, and works again. */
const meet = (passes: (rank: number) => number, options?: { axis: string }) => ($: TestOps) =>
  function* () {
    const n = passes($.rank(0));
    if (n > 0) $.full(1, [64 * n], 0, "f32");
    if (!$.barrier(2, options)) yield;
  };

const parentOf = (member: number): number => member & (member - 1);

describe("a barrier", () => {
  it("goes up a binomial tree and down again", () => {
    const { machine } = runKernel(
      CROSSBAR,
      meet(() => 0),
    );
    // Reading the rank costs a dispatch too. Rank 7's message passes 6 and 4 to rank 0, and so back.
    const came = 2 * DISPATCH_PS;
    const bits = [0, 1, 1, 2, 1, 2, 2, 3];
    expect([...machine.endPs]).toEqual(bits.map((down) => came + (3 + down) * MESSAGE_PS));
  });

  it("waits for the last one", () => {
    // Rank 5 comes 3,001 ns late; its message passes rank 4.
    const { machine } = runKernel(
      CROSSBAR,
      meet((rank) => (rank === 5 ? 3000 : 0)),
    );
    const came = 2 * DISPATCH_PS + 3_001_000;
    const bits = [0, 1, 1, 2, 1, 2, 2, 3];
    expect([...machine.endPs]).toEqual(bits.map((down) => came + (2 + down) * MESSAGE_PS));
  });

  it("lets nobody go before all have come, whenever they come, also in lockstep", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { minLength: 8, maxLength: 8 }), (passes) => {
        const run = (lockstep: boolean) =>
          runKernel(
            { ...CROSSBAR, lockstep },
            meet((rank) => passes[rank]!),
          );
        const { machine } = run(false);
        const came = passes.map((n) => 2 * DISPATCH_PS + (n > 0 ? 1000 * (n + 1) : 0));
        const ready = [...came];
        for (let i = 7; i > 0; i--) {
          const parent = parentOf(i);
          ready[parent] = Math.max(ready[parent]!, ready[i]! + MESSAGE_PS);
        }
        for (let i = 1; i < 8; i++) ready[i] = ready[parentOf(i)]! + MESSAGE_PS;
        expect([...machine.endPs]).toEqual(ready);
        expect(Math.min(...machine.endPs)).toBeGreaterThanOrEqual(Math.max(...came));
        expect(run(true).machine.endPs).toEqual(machine.endPs);
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  it("on an axis joins the ranks that differ on it alone", () => {
    // In cube 0 one PE is late; the PEs of other cubes do not wait for it.
    const late = (axis?: { axis: string }) =>
      runKernel(
        { topology: "sip", queues: [] },
        meet((rank) => (rank === 3 ? 5000 : 0), axis),
      ).endsNs;
    const inCube = late({ axis: "pe" });
    inCube.forEach((end, rank) => {
      if (rank < 8) expect(end).toBeGreaterThan(5000);
      else expect(end).toBeLessThan(1000);
    });
    const acrossCubes = late({ axis: "cube" });
    acrossCubes.forEach((end, rank) => {
      if (rank % 8 === 3) expect(end).toBeGreaterThan(5000);
      else expect(end).toBeLessThan(1000);
    });
    expect(Math.min(...late())).toBeGreaterThan(5000);
  });

  it("joins SIPs and hosts over their links", () => {
    const endsPs = (topology: string, device: string, set: string[]) =>
      runKernel(
        { topology, device, set, queues: [] },
        meet(() => 0),
      ).machine.endPs;
    const since = (from: Float64Array, to: Float64Array) => [...to].map((end, rank) => end - from[rank]!);
    // One PE of each SIP: a message up and one down, over one PCIe link out and one in.
    const slower = endsPs("host", "cube:0/pe:0", ["host.pcieNs=900"]);
    const asItIs = endsPs("host", "cube:0/pe:0", ["host.pcieNs=500"]);
    expect(since(asItIs, slower)).toEqual([400_000, 800_000]);
    // 16 bytes over the slowest link, at 64 GB/s and at 16.
    const narrow = endsPs("host", "cube:0/pe:0", ["host.pcieNs=500", "host.pcieGBps=16"]);
    expect(since(asItIs, narrow)).toEqual([750, 1500]);
    const pod = endsPs("pod", "host:0,1/sip:0/cube:0/pe:0", ["network.pod.latencyNs=1000"]);
    const farther = endsPs("pod", "host:0,1/sip:0/cube:0/pe:0", ["network.pod.latencyNs=3000"]);
    expect(since(pod, farther)).toEqual([2_000_000, 4_000_000]);
  });

  it("is met again and again", () => {
    const kernel = (times: number) => ($: TestOps) =>
      function* () {
        for (let i = 0; i < times; i++) if (!$.barrier(2)) yield;
      };
    const ends = (times: number) => [...runKernel(CROSSBAR, kernel(times)).machine.endPs];
    expect(Math.min(...ends(3))).toBeGreaterThanOrEqual(Math.max(...ends(2)));
    // Rank 7, the last to be let go, is in the way of the next round: six messages each.
    expect(ends(2)[7]).toBe(2 * (DISPATCH_PS + 6 * MESSAGE_PS));
  });

  it("waits as long as the report of hot lines says", () => {
    const { machine } = runKernel(
      CROSSBAR,
      meet(() => 0),
    );
    const { sitePs } = machine.core;
    const waited = [...sitePs].reduce((a, b) => a + b, 0);
    expect(waited).toBe((8 * 3 + 12) * MESSAGE_PS);
  });
});

describe("a barrier to which somebody does not come", () => {
  const blocked = (kernel: ($: TestOps) => () => Iterator<unknown>) =>
    blockedKernels(runKernel(CROSSBAR, kernel).machine, (site) => (site === 2 ? "barrier" : "recv"))!;

  it("names the ranks that wait and the one that has ended", () => {
    const report = blocked(
      ($) =>
        function* () {
          if ($.rank(1) !== 3 && !$.barrier(2)) yield;
        },
    );
    expect(report.code).toBe("LQ3101");
    expect(report.message).toContain("7 of 8 ranks");
    const text = report.detail!.join("\n");
    expect(text).toMatch(/ranks 0-2,4-7 wait in barrier\(\) at kernel\.ts:2:1, the whole world/);
    expect(text).toMatch(/rank 0 .* ← rank 3 has ended/);
  });

  it("names all that are missing, and where they wait", () => {
    const text = blocked(
      ($) =>
        function* () {
          if ($.rank(1) < 6) {
            if (!$.barrier(2)) yield;
          } else if (!$.barrier(4, { axis: "pe" })) yield;
        },
    ).detail!.join("\n");
    expect(text).toMatch(/rank 6 waits at line 4, in all 6-7 are missing/);
    expect(text).toMatch(/ranks 6-7 wait in .*, axis pe/);
    expect(text).toMatch(/in all 0-5 are missing/);
  });
});
