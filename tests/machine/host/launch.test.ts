import { describe, expect, it } from "vitest";
import { loadTopology } from "../../../src/topology/load.js";
import { Router } from "../../../src/topology/routes.js";
import { buildSipGraph } from "../../../src/topology/sip-graph.js";
import { bench, tensor, type Bench } from "./helpers.js";

/*
 * Legs by hand from the preset's millimetres at 0.1 ns each. A UCIe crossing is 1 mm and two ports of 8 ns. The IO_CPU
 * is 2 mm behind PCIe and takes 10 ns; over its NoC, a PHY and a connection it is 3 mm to the crossing into the first
 * row. M_CPU takes 2 ns and is 0.75 mm beside router r0c2, PEs are 0.5 mm beside theirs.
 */
const IO_CPU = 0.2 + 10;
const CROSSING = 0.1 + 16;
/** Through connection 1 to r0c2, 1.25 mm from the edge. */
const TO_FIRST_ROW = 0.3 + CROSSING + 0.125 + 0.075 + 2;
/** Through connection 0 and three cubes of 15 mm, then from r0c0 6 mm to r0c2: the HBM blocks column 2. */
const TO_LAST_ROW = 0.3 + CROSSING + 3 * (1.5 + CROSSING) + 0.125 + 0.6 + 0.075 + 2;
/** From r0c2 to r5c5: 9 mm and 12.5 mm. */
const TO_FAR_PE = 0.075 + 2.15 + 0.05;
/** From r0c2 to r0c0. */
const TO_PE_0 = 0.075 + 0.6 + 0.05;
const [FLOOR, PCIE, PE_CPU] = [2000, 500, 2];

const equalStarts = ({ startsNs }: Bench, startNs: number): void => {
  for (const starts of startsNs) {
    expect(starts).toHaveLength(1);
    expect(starts[0]).toBeCloseTo(startNs, 6);
  }
};

describe("the start of a launch", () => {
  it("is when the farthest PE of one cube can have it; M_CPU's overhead counts once", () => {
    const machine = bench({ topology: "cube" });
    machine.launch();
    machine.run();
    equalStarts(machine, FLOOR + PCIE + IO_CPU + TO_FIRST_ROW + TO_FAR_PE + PE_CPU);
    // The kernel does nothing; its end climbs back.
    const back = TO_FAR_PE + TO_FIRST_ROW + IO_CPU + PCIE;
    expect(machine.answers[0]!.atNs).toBeCloseTo(machine.startsNs[0]![0]! + back, 6);
  });

  it("is the same on all PEs of all cubes of all SIPs of the launch", () => {
    const machine = bench({ topology: "host" });
    machine.launch();
    machine.run();
    expect(machine.layout.world).toBe(256);
    equalStarts(machine, FLOOR + PCIE + IO_CPU + TO_LAST_ROW + TO_FAR_PE + PE_CPU);
    expect(new Set(machine.startsNs.flat()).size).toBe(1);
  });

  it.each(["all", "sip:0/cube:3,5,14/pe:1,6", "sip:1/cube:9"])(
    "is not before the launch has come to any PE: --device %s",
    (device) => {
      const machine = bench({ topology: "host", device });
      machine.launch();
      machine.run();
      const topology = loadTopology("host", []);
      const graph = buildSipGraph(topology);
      const router = new Router(graph);
      const walkNs = (from: number, to: number): number =>
        [...router.route(from, to)].reduce((sum, link) => sum + graph.links[link]!.latencyPs / 1000, 0);
      const arrivals = machine.startsNs.map((_, rank) => {
        const { cube, pe } = machine.layout.pePosition(rank);
        const mCpu = graph.mCpuNode(cube);
        const legs = walkNs(graph.ioCpuNode, mCpu) + walkNs(mCpu, graph.peNode(cube, pe));
        return FLOOR + PCIE + walkNs(graph.pcieNode, graph.ioCpuNode) + legs + PE_CPU;
      });
      equalStarts(machine, Math.max(...arrivals));
    },
  );

  it("waits for no PE outside the devices of the run", () => {
    const near = bench({ topology: "host", device: "sip:0-1/cube:0/pe:0" });
    near.launch();
    near.run();
    equalStarts(near, FLOOR + PCIE + IO_CPU + TO_FIRST_ROW + TO_PE_0 + PE_CPU);
    const far = bench({ topology: "host", device: "sip:0-1/cube:0,15/pe:0,4" });
    far.launch();
    far.run();
    equalStarts(far, FLOOR + PCIE + IO_CPU + TO_LAST_ROW + TO_FAR_PE + PE_CPU);
  });

  it("waits for no PE outside the launch's target, and starts only those in it", () => {
    const machine = bench({ topology: "host" });
    machine.launch({ chips: [1], cubes: [0, 2], pes: 0 });
    machine.run();
    const started = machine.startsNs.flatMap((starts, rank) => starts.map((start) => [rank, start] as const));
    // SIP 1 has ranks from 128 on, eight to a cube.
    expect(started.map(([rank]) => rank)).toEqual([128, 144]);
    const startNs = FLOOR + PCIE + IO_CPU + TO_FIRST_ROW + TO_PE_0 + PE_CPU;
    for (const [, start] of started) expect(start).toBeCloseTo(startNs, 6);
    expect(machine.answers).toMatchObject([{ ok: true }]);
  });

  it("waits for the chip whose PCIe link is busy longest", () => {
    const args = () => ({ tensors: [tensor("x", "input", 1024)], args: [] });
    const machine = bench({ topology: "host", set: ["runtime.launchFloorNs=0"], args });
    machine.submit({ kind: "memory_write", bytes: 640_000 }, { chips: [1] });
    machine.launch();
    machine.run();
    equalStarts(machine, 10_000 + PCIE + IO_CPU + TO_LAST_ROW + TO_FAR_PE + PE_CPU);
  });

  it("comes after an earlier launch on one of its chips, and does not disturb other chips", () => {
    const machine = bench({ topology: "host" });
    machine.launch({ chips: [0] });
    machine.launch({ chips: [0, 1] });
    machine.launch({ chips: [1] });
    machine.run();
    const answered = machine.answers.map(({ requestId }) => requestId);
    expect(answered).toEqual([0, 1, 2]);
    const [first, second, third] = machine.answers;
    expect(machine.startsNs[0]![1]).toBeGreaterThan(first!.atNs);
    expect(machine.startsNs[128]![0]).toBe(machine.startsNs[0]![1]);
    expect(machine.startsNs[128]![1]).toBeGreaterThan(second!.atNs);
    expect(third!.atNs).toBeGreaterThan(second!.atNs);
  });
});

describe("mapping", () => {
  const two = () => ({ tensors: [tensor("x", "input", 64), tensor("y", "output", 64)], args: [] });
  const way = PCIE + IO_CPU + TO_FIRST_ROW + TO_FAR_PE;
  // 8 PEs with two tensors, 32 bytes an entry, at 64 GB/s.
  const entries = (8 * 2 * 32) / 64;

  it("takes the entries' time over PCIe, and the way of a launch there and back", () => {
    const machine = bench({ topology: "cube", args: two });
    machine.submit({ kind: "mmu_map" });
    machine.run();
    expect(machine.answers[0]!.atNs).toBeCloseTo(entries + 2 * way, 6);
  });

  it("holds back a launch on the chip until its completion has come, but not unmapping", () => {
    const set = ["runtime.launchFloorNs=0"];
    const mapped = bench({ topology: "cube", set, args: two });
    mapped.submit({ kind: "mmu_map" });
    mapped.launch();
    mapped.run();
    equalStarts(mapped, entries + 2 * way + way + PE_CPU);
    const unmapped = bench({ topology: "cube", set, args: two });
    unmapped.submit({ kind: "mmu_unmap" });
    unmapped.launch();
    unmapped.run();
    equalStarts(unmapped, entries + way + PE_CPU);
  });

  it("is over before the launch floor is on the default machine", () => {
    const machine = bench({ topology: "cube", args: two });
    machine.submit({ kind: "mmu_map" });
    machine.launch();
    machine.run();
    equalStarts(machine, FLOOR + way + PE_CPU);
  });
});
