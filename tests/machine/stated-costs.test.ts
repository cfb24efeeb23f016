/** Costs that the machine model states one by one: each shows in exactly the places that pay it. */
import { describe, expect, it } from "vitest";
import { Cause } from "../../src/machine/pe/kernel-core.js";
import { WAIT_CAUSES } from "../../src/record/run-record.js";
import { runKernel, type TestOptions } from "./helpers.js";
import { dma, timesNs } from "./memory/dma.js";

const ONE_PE: TestOptions = { topology: "cube", device: "pe:0", queues: [], dtype: "f16" };

describe("a node's overhead", () => {
  // PE 0 is at r0c0, PE 2 at r0c5: one router on the way to the own slice, six on that to the other one.
  it.each([
    ["its own slice", 0, 1],
    ["a slice five routers away", 2, 6],
  ])(
    "is paid once by each access, whatever its size, on the way to %s and back",
    (_where, slice, routers) => {
      for (const way of ["read", "write"] as const) {
        for (const bytes of [256, 16_384]) {
          const time = (overheadNs: number): number =>
            timesNs(dma("cube", [`fabric.routerOverheadNs=${overheadNs}`]), way, [[0, slice]], bytes)[0]!;
          expect(time(5) - time(0)).toBeCloseTo(2 * routers * 5, 6);
        }
      }
    },
  );
});

describe("the TLB", () => {
  it.each([
    ["over the PE's own way", []],
    ["over the NoC", ["ipcq.slotMemory=sram"]],
  ])("is asked by every request of a composite command %s: A, B and the result", (_where, set) => {
    const time = (tlbNs: number): number =>
      runKernel(
        { ...ONE_PE, set: [...set, `pe.mmu.tlbNs=${tlbNs}`] },
        ($) =>
          function* (x: unknown, y: unknown) {
            if (!$.composite(1, "gemm", $.ref(2, x, [32, 64]), $.ref(3, x, [64, 32]), y)) yield;
          },
      ).endsNs[0]!;
    expect(time(7) - time(0)).toBe(3 * 7);
  });
});

describe("a load behind the requests of a composite command", () => {
  it("takes as long as alone from its grant on; the wait for the grant is reported apart", () => {
    const LOAD = 9;
    const spentNs = (busy: boolean) => {
      const { core } = runKernel(
        { ...ONE_PE, set: ["pe.dma.requests=1"] },
        ($) =>
          function* (x: unknown, y: unknown) {
            if (busy && !$.composite(1, "gemm", $.ref(2, x, [32, 6400]), $.ref(3, x, [6400, 32]), y)) yield;
            if (!$.load(LOAD, x, [128])) yield;
          },
      ).machine;
      const of = (cause: number): number => core.sitePs[LOAD * WAIT_CAUSES.length + cause]! / 1000;
      return { queue: of(Cause.dmaQueue), hbm: of(Cause.hbm) };
    };
    const alone = spentNs(false);
    expect(alone.queue).toBe(0);
    const behind = spentNs(true);
    // 100 tiles of 4 KiB of A and of B each, at 256 GB/s, are asked for before it.
    expect(behind.queue).toBeGreaterThan((200 * 4096) / 256);
    expect(behind.hbm).toBe(alone.hbm);
  });
});
