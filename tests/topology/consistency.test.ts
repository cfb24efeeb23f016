import { describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { sipGrid } from "../../src/topology/machine-size.js";
import { refusal } from "./refusal.js";

/** The one problem that `--set` values lead to. */
function problem(preset: string, ...set: string[]): { message: string; hint: string } {
  const { exitCode, problems } = refusal(() => loadTopology(preset, set));
  expect([exitCode, problems.map(({ code }) => code)]).toEqual([3, ["LQ5009"]]);
  return { message: problems[0]!.message, hint: problems[0]!.hint! };
}

describe("the grid of SIPs", () => {
  const gridOf = (...set: string[]) => sipGrid(loadTopology("host", set));

  it("is one row for a ring and a square for torus and mesh", () => {
    expect(gridOf()).toEqual({ columns: 2, rows: 1 });
    expect(gridOf("counts.sipsPerHost=6")).toEqual({ columns: 6, rows: 1 });
    expect(gridOf("counts.sipsPerHost=9", "sips.wiring=torus_2d")).toEqual({ columns: 3, rows: 3 });
    expect(gridOf("counts.sipsPerHost=1", "sips.wiring=mesh_2d_no_wrap")).toEqual({ columns: 1, rows: 1 });
  });

  it("is as stated, and one side follows from the other", () => {
    const six = ["counts.sipsPerHost=6", "sips.wiring=torus_2d"];
    expect(gridOf(...six, "sips.columns=2", "sips.rows=3")).toEqual({ columns: 2, rows: 3 });
    expect(gridOf(...six, "sips.columns=3")).toEqual({ columns: 3, rows: 2 });
    expect(gridOf(...six, "sips.rows=6")).toEqual({ columns: 1, rows: 6 });
  });

  it("must hold all SIPs: the possible ones are named", () => {
    const six = ["counts.sipsPerHost=6", "sips.wiring=torus_2d"];
    expect(problem("host", ...six)).toEqual({
      message:
        'sips.wiring "torus_2d" takes a square of SIPs unless its grid is stated, but counts.sipsPerHost is 6',
      hint: "set sips.columns and sips.rows to one of 1 × 6, 2 × 3, 3 × 2, 6 × 1",
    });
    expect(problem("host", "sips.wiring=mesh_2d_no_wrap").hint).toContain("1 × 2, 2 × 1");
    expect(problem("host", ...six, "sips.columns=2", "sips.rows=2").message).toContain("is 2 × 2, but");
    expect(problem("host", ...six, "sips.columns=4").message).toContain("is 4 × ?, but");
  });
});

describe("memory", () => {
  it("leaves some TCM beside the scheduler's reserve", () => {
    expect(problem("host", "pe.tcm.reservedBytes=16MiB").message).toContain("leaves nothing of the 16777216");
    expect(loadTopology("host", ["pe.tcm.reservedBytes=16777212"]).pe.tcm.reservedBytes).toBe(16777212);
  });

  it("has powers of two where bits of the address choose a channel", () => {
    expect(problem("host", "pe.hbm.channels=6").hint).toContain("such as 8");
    expect(problem("host", "pe.hbm.burstBytes=96").hint).toContain("such as 128");
    expect(loadTopology("host", ["pe.hbm.channels=1"]).pe.hbm.channels).toBe(1);
  });

  it("is made of whole bursts", () => {
    expect(problem("host", "pe.hbm.sizeBytes=1028").message).toContain("whole number of bursts of 256 bytes");
  });

  it("holds a queue where its slots are: 16 MiB of TCM, 32 MiB of SRAM, 6 GiB of HBM", () => {
    const slots = ["ipcq.slots=1024", "ipcq.slotBytes=16400"];
    expect(loadTopology("host", ["ipcq.slots=1024", "ipcq.slotBytes=16KiB"]).ipcq.slots).toBe(1024);
    expect(problem("host", ...slots)).toEqual({
      message: "ipcq.slots × ipcq.slotBytes is 16793600 bytes, more than the 16777216 of pe.tcm.sizeBytes",
      hint: "lower ipcq.slots or ipcq.slotBytes, or choose another ipcq.slotMemory",
    });
    expect(loadTopology("host", [...slots, "ipcq.slotMemory=sram"]).ipcq.slots).toBe(1024);
    const large = ["ipcq.slots=65536", "ipcq.slotBytes=128KiB"];
    expect(problem("host", ...large, "ipcq.slotMemory=sram").message).toContain("cube.sram.sizeBytes");
    expect(problem("host", ...large, "ipcq.slotMemory=hbm").message).toContain("pe.hbm.sizeBytes");
  });

  it("of a die fits into 256 GiB", () => {
    expect(loadTopology("host", ["pe.hbm.sizeBytes=32GiB"]).pe.hbm.sizeBytes).toBe(32 * 2 ** 30);
    expect(problem("host", "pe.hbm.sizeBytes=33GiB").message).toContain("264 GiB in a cube");
    // PEs of a ring stand for dies of their own.
    expect(loadTopology("ring", ["pe.hbm.sizeBytes=33GiB"]).counts.pesPerCube).toBe(1024);
  });
});

describe("places", () => {
  it("are on the die, that of the SRAM too", () => {
    expect(problem("host", "cube.sram.xMm=19").message).toBe(
      "cube.sram is at (19, 9) mm, outside the die of 18 × 15 mm",
    );
    expect(problem("cube", "cube.mCpu.yMm=15.5").message).toContain("cube.mCpu is at (7.5, 15.5) mm");
  });

  it("are nothing to PEs that are joined directly, which have one cube", () => {
    expect(loadTopology("cube", ["fabric.kind=crossbar", "cube.sram.xMm=19"]).cube.sram.xMm).toBe(19);
    expect(problem("host", "fabric.kind=crossbar").message).toBe(
      'fabric.kind "crossbar" joins the PEs of one cube, but cubes is 4 × 4',
    );
  });
});
