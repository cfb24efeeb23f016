import { describe, expect, it } from "vitest";
import { CASE_NAMES } from "../../src/probe/catalogue.js";
import { simulateAccesses } from "../../src/probe/simulate.js";
import type { Measure } from "../../src/probe/simulate.js";
import { presetNames } from "../../src/topology/load.js";
import { caseOf, probed, sizeOf } from "./helpers.js";

const KIB = 1024;

/**
 * On the host preset a link inside a cube takes 1 ns a flit, its wires 0.05 ns between PE and router and 0.25 or
 * 0.3 ns between routers; a burst commits in 8 ns.
 */
describe("by hand, on the host preset", () => {
  const host = probed("host", { bytes: [16 * KIB], hops: true });

  it("reads 16 KiB of a PE's own slice: 0.05 + 8 + (2 + 0.05) + 63 ns", () => {
    expect(sizeOf(host, "read-local", 16 * KIB)).toMatchObject({ simulatedNs: 73.1, formulaNs: 73.1 });
  });

  it("writes them: 0.5 out of the TCM, 2.05, 63, 8 and 0.05 ns", () => {
    expect(sizeOf(host, "write-local", 16 * KIB)).toMatchObject({
      simulatedNs: 73.6,
      terms: [
        { what: "first flit out of the TCM", ns: 0.5 },
        { what: "first flit over 2 links", ns: 2.05 },
        { what: "the rest at the bottleneck", ns: 63 },
        { what: "commit of the last burst", ns: 8 },
        { what: "completion from the memory", ns: 0.05 },
      ],
    });
  });

  it("goes five routers down in the same half, and five more east in the other", () => {
    expect(caseOf(host, "read-same-half")).toMatchObject({ target: "sip0.cube0.hbm_ctrl.pe6", links: 7 });
    expect(caseOf(host, "read-cross-half")).toMatchObject({ target: "sip0.cube0.hbm_ctrl.pe4", links: 12 });
    const wires = { half: 5 * 0.25 + 0.05, cross: 5 * 0.25 + 5 * 0.3 + 0.05 };
    expect(sizeOf(host, "read-same-half", 16 * KIB).simulatedNs).toBeCloseTo(8 + 7 + 63 + 2 * wires.half, 6);
    expect(sizeOf(host, "read-cross-half", 16 * KIB).simulatedNs).toBeCloseTo(
      8 + 12 + 63 + 2 * wires.cross,
      6,
    );
  });

  it("is held up by a UCIe connection of 128 GB/s between cubes and by PCIe at 64 GB/s outside", () => {
    expect(sizeOf(host, "read-adjacent-cube", 16 * KIB).peakGBps).toBe(128);
    expect(sizeOf(host, "read-farthest-cube", 16 * KIB).bottleneck.name).toContain("ucie");
    expect(sizeOf(host, "host-to-device", 16 * KIB).bottleneck).toEqual({
      name: "host0.switch → sip0.io.pcie_ep",
      bandwidthGBps: 64,
      users: 1,
    });
    expect(sizeOf(host, "read-other-sip", 16 * KIB).peakGBps).toBe(64);
  });

  it("has the host 500 ns of PCIe from a chip, and another chip as far, each way", () => {
    const near = probed("host", { bytes: [16 * KIB], set: ["host.pcieNs=0"] });
    for (const name of ["host-to-device", "device-to-host", "read-other-sip", "write-other-sip"]) {
      expect(caseOf(host, name).roundTripNs - caseOf(near, name).roundTripNs).toBeCloseTo(2 * 500, 6);
      const simulatedNs = (probing: typeof host) => sizeOf(probing, name, 16 * KIB).simulatedNs;
      expect(simulatedNs(host) - simulatedNs(near)).toBeCloseTo(2 * 500, 6);
    }
  });

  it("takes a flit over the host's own end at the rate of both SIPs, which holds up neither", () => {
    const one = probed("host", { bytes: [16 * KIB], set: ["counts.sipsPerHost=1"] });
    for (const name of ["host-to-device", "device-to-host"]) {
      expect(sizeOf(host, name, 16 * KIB).peakGBps).toBe(64);
      // 256 B at 2 × 64 instead of 64 GB/s.
      const gainedNs = sizeOf(one, name, 16 * KIB).simulatedNs - sizeOf(host, name, 16 * KIB).simulatedNs;
      expect(gainedNs).toBeCloseTo(4 - 2, 6);
    }
  });

  it("has the slice of PE 15 cubes away 6 crossings of 16 ns each way", () => {
    expect(caseOf(host, "read-farthest-cube").target).toContain("cube15");
    expect(caseOf(host, "read-farthest-cube").roundTripNs).toBeGreaterThan(2 * 6 * 16);
    expect(caseOf(host, "read-farthest-cube").roundTripNs).toBeLessThan(2 * 6 * 16 + 40);
  });

  it("shares: n PEs on one slice take n × 64 ns and a little, all PEs on their own what one takes", () => {
    for (const [count, name] of [
      [2, "load-2-one-slice"],
      [3, "load-3-one-slice"],
      [8, "load-8-one-slice"],
    ] as const) {
      const { simulatedNs, peakGBps } = sizeOf(host, name, 16 * KIB);
      expect(peakGBps).toBeCloseTo(256, 9);
      expect(simulatedNs).toBeGreaterThan(count * 64);
      expect(simulatedNs).toBeLessThan(count * 64 + 30);
    }
    const all = sizeOf(host, "load-sip-local", 16 * KIB);
    expect(all.simulatedNs).toBe(73.1);
    expect(all.peakGBps).toBe(128 * 256);
    expect(sizeOf(host, "load-cube-neighbour", 16 * KIB).bottleneck).toMatchObject({
      bandwidthGBps: 128,
      users: 8,
    });
  });

  it("says when the first and the last flit pass each node", () => {
    expect(sizeOf(host, "read-local", 16 * KIB).passages).toEqual([
      { node: "sip0.cube0.hbm_ctrl.pe0, the command", firstNs: 0.05, lastNs: 0.05 },
      // The eight channels commit 64 bursts in eight rounds of 8 ns.
      { node: "sip0.cube0.hbm_ctrl.pe0", firstNs: 8.05, lastNs: 8.05 + 7 * 8 },
      { node: "sip0.cube0.r0c0", firstNs: 9.05, lastNs: 72.05 },
      { node: "sip0.cube0.pe0", firstNs: 10.1, lastNs: 73.1 },
      { node: "sip0.cube0.pe0, all of it", firstNs: 73.1, lastNs: 73.1 },
    ]);
    expect(sizeOf(host, "load-sip-local", 16 * KIB).passages).toBeNull();
  });

  it("uses 90 % of the peak of its own slice from between 16 and 32 KiB on", () => {
    // 8.1 + 2 ns besides 1 ns for each 256 B: 90 % at 9 × 9.1 × 256 B, some 20 KiB.
    const swept = probed("host", { cases: ["read-local"] });
    expect(caseOf(swept, "read-local").ninetyPercent).toEqual({ above: 16 * KIB, upTo: 32 * KIB });
    expect(caseOf(host, "read-local").ninetyPercent).toBeNull();
  });
});

describe("every preset", () => {
  it.each(presetNames())("%s: all invariants hold", (preset) => {
    const { result, diagnostics } = probed(preset);
    expect(diagnostics).toEqual([]);
    expect(result.invariants.every(({ broken }) => broken === 0)).toBe(true);
    const names = result.cases.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["host-to-device", "device-to-host", "read-local", "write-local"]),
    );
    expect(names.length + result.leftOut.length).toBe(20);
  });

  it("says what a single PE and a ring cannot have", () => {
    const reasonOf = (preset: string, name: string) =>
      probed(preset).result.leftOut.find((each) => each.case === name)?.reason;
    expect(reasonOf("pe", "read-same-half")).toBe("a cube has 1 PE");
    expect(reasonOf("pe", "write-adjacent-cube")).toBe("a SIP has 1 cube");
    expect(reasonOf("sip", "read-other-sip")).toBe("a host has 1 SIP");
    expect(reasonOf("ring", "read-cross-half")).toBe("a cube without routers has no halves");
    expect(reasonOf("ring", "load-sip-one-slice")).toMatch(/^flits would cross links [\d,]+ times/);
  });
});

describe("other machines", () => {
  const SINGLE = CASE_NAMES.filter((name) => !name.startsWith("load"));

  it.each([
    ["slow channels", ["pe.hbm.commitNs=20"]],
    ["few channels", ["pe.hbm.channels=4"]],
    ["free commits", ["pe.hbm.commitNs=0"]],
    ["small bursts", ["pe.hbm.burstBytes=64"]],
    ["large bursts", ["pe.hbm.burstBytes=1024"]],
    ["large flits", ["fabric.flitBytes=8192"]],
    ["odd flits", ["fabric.flitBytes=100"]],
    ["a TLB", ["pe.mmu.tlbNs=7"]],
    ["slow routers", ["fabric.routerBandwidthGBps=17.3", "fabric.routerOverheadNs=3.3"]],
    ["slow UCIe without ports", ["ucie.bandwidthGBps=20", "ucie.portNs=0"]],
    ["a slow TCM to read from", ["pe.tcm.readGBps=64"]],
    ["wires without length", ["fabric.nsPerMm=0", "host.pcieNs=0"]],
    ["single flits", ["fabric.flitTrains=false"]],
    ["bounded buffers", ["fabric.bufferFlits=4"]],
    ["one column of cubes", ["cubes.columns=1"]],
  ])("with %s all invariants hold, for odd sizes too", (_what, set) => {
    const { diagnostics } = probed("host", { set, cases: SINGLE, bytes: [1, 255, 257, 5000, 65536] });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  it("sends a flit of 8 KiB when its 32 bursts have been committed, eight at a time", () => {
    const probing = probed("host", {
      set: ["fabric.flitBytes=8192"],
      cases: ["read-local"],
      bytes: [8192],
    });
    // Two links of 32 ns a flit, and their wires there and back.
    const ns = 4 * 8 + 2 * 32 + 2 * 0.05;
    expect(sizeOf(probing, "read-local", 8192)).toMatchObject({ simulatedNs: ns, formulaNs: ns });
  });

  it("does not hold a machine with bounded buffers to the formula", () => {
    const { result } = probed("cube", { set: ["fabric.bufferFlits=4"], bytes: [4096] });
    const checks = Object.fromEntries(result.invariants.map(({ code, checks }) => [code, checks]));
    expect(checks).toMatchObject({ LQ6202: 0, LQ6206: 0 });
    expect(checks["LQ6201"]).toBeGreaterThan(0);
  });
});

describe("a simulator that is wrong", () => {
  const wrong = (change: (ns: number, bytes: number) => number, only?: string): Measure => {
    return (host, accesses, bytes) =>
      simulateAccesses(host, accesses, bytes).map((ns) =>
        only === undefined || accesses[0]!.target.includes(only) ? change(ns, bytes) : ns,
      );
  };
  const broken = (measure: Measure, cases: string[], bytes = [4 * KIB, 64 * KIB]) => {
    const { exitCode, diagnostics, result } = probed("sip", { cases, bytes, measure });
    expect(exitCode).toBe(diagnostics.length === 0 ? 0 : 6);
    expect(result.cases.map(({ name }) => name)).toEqual(cases);
    const summed = result.invariants.reduce((sum, each) => sum + each.broken, 0);
    expect(summed).toBe(diagnostics.length);
    return diagnostics;
  };

  it("reaches the farthest cube too fast", () => {
    const found = broken(
      wrong((ns) => ns - 300, "cube15"),
      ["read-local", "read-adjacent-cube", "read-farthest-cube"],
      [4 * KIB],
    );
    expect(found.map(({ code }) => code)).toEqual(["LQ6201", "LQ6204", "LQ6205", "LQ6206"]);
    // 4 KiB: 322.6 and 100.4 ns when it is right.
    expect(found[0]!.message).toBe(
      "read-farthest-cube of 4 KiB takes 22.600 ns, but the nearer read-adjacent-cube 100.400 ns",
    );
    expect(found[3]!.message).toBe("read-farthest-cube of 4 KiB: simulated 22.600 ns, formula 322.600 ns");
  });

  it("reads to the host faster than it writes", () => {
    let calls = 0;
    const measure: Measure = (...all) =>
      simulateAccesses(...all).map((ns) => (calls++ === 0 ? ns + 0.5 : ns));
    const found = broken(measure, ["host-to-device", "device-to-host"], [4 * KIB]);
    expect(found.map(({ code }) => code)).toEqual(["LQ6202"]);
  });

  it("needs less time for more bytes, and has more bandwidth than there is", () => {
    const found = broken(
      wrong((ns, bytes) => (bytes > 4 * KIB ? 10 : ns)),
      ["load-2-one-slice"],
    );
    expect(found.map(({ code }) => code)).toEqual(["LQ6203", "LQ6204"]);
    expect(found[1]!.message).toMatch(
      /^load-2-one-slice of 64 KiB: 13107\.200 GB\/s, but .* allows 256\.000 GB\/s$/,
    );
  });

  it("is more than a nanosecond off, or never ends", () => {
    expect(
      broken(
        wrong((ns) => ns + 0.9),
        ["read-local"],
      ),
    ).toEqual([]);
    expect(
      broken(
        wrong((ns) => ns + 1.1),
        ["read-local"],
      ).map(({ code }) => code),
    ).toEqual(["LQ6206", "LQ6206"]);
    expect(broken(() => [73, 0], ["load-2-one-slice"]).map(({ code }) => code)).toEqual(["LQ6207", "LQ6207"]);
  });
});

describe("what cannot be asked", () => {
  it.each([
    [{ cases: ["read-lokal"] }, 2, "LQ0013", /read-local/],
    [{ cases: ["read-other-sip"] }, 3, "LQ6208", /another/],
    [{ bytes: [7 * 2 ** 30] }, 3, "LQ6209", /6 GiB/],
  ])("%j", (options, exitCode, code, hint) => {
    expect(() => probed("sip", options)).toThrow(
      expect.objectContaining({
        exitCode,
        diagnostics: [expect.objectContaining({ code, hint: expect.stringMatching(hint) as string })],
      }) as Error,
    );
  });
});
