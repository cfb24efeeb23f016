import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dieLayout, encodeAddress, unpackAddress } from "../../src/topology/address.js";
import { loadTopology, presetNames } from "../../src/topology/load.js";
import { cubesPerSip, hostCount, peCount } from "../../src/topology/machine-size.js";

describe("presets", () => {
  it("are exactly the shipped files", () => {
    const files = readdirSync(new URL("../../src/topology/presets/", import.meta.url));
    const machines = files.filter((file) => file !== "calibration.json");
    expect([...presetNames()].sort()).toEqual(machines.map((file) => file.replace(/\.yaml$/, "")).sort());
  });

  it.each([
    ["pe", 1, 1],
    ["cube", 1, 8],
    ["sip", 1, 128],
    ["host", 1, 256],
    ["pod", 16, 4096],
    ["supernode", 64, 16384],
    ["cluster", 1024, 262144],
    ["ring", 1, 1024],
  ])("%s has %i hosts and %i PEs", (name, hosts, pes) => {
    const topology = loadTopology(name, []);
    expect(topology.name).toBe(name);
    expect(hostCount(topology)).toBe(hosts);
    expect(peCount(topology)).toBe(pes);
  });

  it.each(presetNames())("%s fits into the physical address", (name) => {
    const { counts, pe } = loadTopology(name, []);
    const { sip, die, offset } = unpackAddress(
      encodeAddress(dieLayout(loadTopology(name, [])), {
        sip: counts.sipsPerHost - 1,
        die: cubesPerSip(loadTopology(name, [])) - 1,
        unit: "HBM",
        pe: counts.pesPerCube - 1,
        offset: pe.hbm.sizeBytes - 1,
      }),
    );
    expect(sip).toBeLessThan(16);
    expect(die).toBeLessThan(16);
    // The units of a cube lie in the low 256 GB of its 4 TB.
    expect(offset).toBeLessThan(2 ** 38);
  });

  it("host carries the published numbers of the reference chip", () => {
    const { pe, ipcq, fabric, ucie, cube, ioChiplet, cubes } = loadTopology("host", []);
    expect(pe.tcm).toEqual({
      readGBps: 512,
      writeGBps: 512,
      sizeBytes: 16 * 2 ** 20,
      reservedBytes: 2 ** 20,
    });
    // Eight pseudo-channels of 32 GB/s: a burst of 256 B takes 8 ns.
    expect(pe.hbm).toEqual({
      bandwidthGBps: 8 * 32,
      channels: 8,
      burstBytes: 256,
      commitNs: 256 / 32,
      turnaroundNs: 0,
      sizeBytes: 6 * 2 ** 30,
    });
    expect(pe.gemm.tflopsF16).toBe(8);
    expect(pe.scheduler).toEqual({ kind: "tiled", overheadNs: 1, tileM: 32, tileK: 64, tileN: 32 });
    expect(pe.mmu).toEqual({ pageBytes: 2 * 2 ** 20, tlbNs: 0 });
    expect(pe.cpuOverheadNs).toBe(2);
    expect(ipcq).toMatchObject({ slots: 4, slotBytes: 4096, creditBytes: 16 });
    expect(ipcq).toMatchObject({ slotMemory: "tcm", bankHop: true, backPressure: "sleep" });
    expect(cube.sram).toMatchObject({ xMm: 1.5, yMm: 9, bandwidthGBps: 128, setupNs: 2 });
    expect(fabric.flitBytes).toBe(256);
    expect(fabric.routerOverheadNs).toBe(0);
    expect(ucie).toEqual({ connectionsPerSide: 4, bandwidthGBps: 128, portNs: 8 });
    expect(ioChiplet.ioCpuOverheadNs).toBe(10);
    expect(cubes).toEqual({ columns: 4, rows: 4 });
    expect(cube.withoutRouters).toEqual([
      [2, 2],
      [2, 3],
      [3, 2],
      [3, 3],
    ]);
  });

  it("ring joins PEs point to point and runs the flat ring", () => {
    const { fabric, ccl } = loadTopology("ring", []);
    expect(fabric.kind).toBe("ring");
    expect(fabric.direct).toEqual({ bandwidthGBps: 50, latencyNs: 500 });
    expect(ccl.algorithm).toBe("ring");
    expect(loadTopology("supernode", []).ccl.algorithm).toBe("hierarchical");
  });

  it("returns machines that share nothing, so that a caller may change one", () => {
    const first = loadTopology("host", []);
    first.cube.withoutRouters.length = 0;
    expect(loadTopology("host", []).cube.withoutRouters).toHaveLength(4);
  });
});
