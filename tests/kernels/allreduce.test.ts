import { describe, expect, it, vi } from "vitest";
import type { RunOptions } from "../../src/session/options.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();

async function expectPass(options: Partial<RunOptions>, ranks: number): Promise<void> {
  const outcome = await run({ verify: true, ...options });
  expect(outcome.diagnostics).toEqual([]);
  expect([outcome.result?.ranks, outcome.result?.verify.status]).toEqual([ranks, "pass"]);
}

const FLAT = ["hierarchical", "ring", "halving-doubling", "binomial-tree", "two-level"];
const DEVICES: [ranks: number, topology: string, device: string][] = [
  [2, "cube", "pe:0-1"],
  [4, "cube", "pe:0-3"],
  [8, "cube", "all"],
  [16, "sip", "cube:0-1"],
];

describe.each(FLAT)("%s", (algorithm) => {
  it.each(DEVICES)("gives the sum on %i ranks", async (ranks, topology, device) => {
    await expectPass({ algorithm, topology, device }, ranks);
  });

  it.each([
    [1, "f32"],
    [12, "f16"],
    [1001, "f16"],
    [200_000, "f32"],
  ] as const)("takes %i bytes of %s", async (bytes, dtype) => {
    await expectPass({ algorithm, bytes, dtype }, 8);
  });

  it("ends with one slot per queue", async () => {
    await expectPass({ algorithm, bytes: 50_001, set: ["ipcq.slots=1", "ipcq.slotBytes=1024"] }, 8);
  });

  it("gives the sum on PEs that forward to one another round a ring", async () => {
    await expectPass({ algorithm, topology: "ring", set: ["counts.pesPerCube=16"] }, 16);
  });

  it("gives the sum across SIPs", async () => {
    await expectPass({ algorithm, topology: "host", device: "cube:0-1" }, 32);
  });
});

describe("numbers of ranks", () => {
  it("of halving-doubling are powers of two", async () => {
    const outcome = await run({ algorithm: "halving-doubling", device: "pe:0-5" });
    expect([outcome.exitCode, outcome.diagnostics[0]?.code]).toEqual([0, "LQ3003"]);
  });

  it.each(["binomial-tree", "two-level"])("of %s are any", async (algorithm) => {
    for (const [device, ranks] of [
      ["pe:0", 1],
      ["pe:0-2", 3],
      ["pe:0-5", 6],
      ["pe:0-6", 7],
    ] as const)
      await expectPass({ algorithm, device, bytes: 100 }, ranks);
  });
});

const GRIDS = [
  ["ring_1d", 0, 0],
  ["torus_2d", 3, 2],
  ["torus_2d", 2, 3],
  ["mesh_2d_no_wrap", 3, 2],
  ["mesh_2d_no_wrap", 2, 3],
] as const;
const sipsOf = ([wiring, columns, rows]: readonly [string, number, number]): string[] => [
  "counts.sipsPerHost=6",
  `sips.wiring=${wiring}`,
  `sips.columns=${columns}`,
  `sips.rows=${rows}`,
];

describe.each(["centre-root", "corner-root"])("%s", (algorithm) => {
  it.each(GRIDS)("gives the sum on 6 SIPs of 16 cubes: %s %i × %i", async (...grid) => {
    await expectPass({ algorithm, topology: "host", set: sipsOf(grid) }, 96);
  });

  it.each([
    [2, "cube:0-1"],
    [4, "cube:0-1,4-5"],
    [8, "cube:0-7"],
    [3, "cube:0,5,10"],
    [16, "all"],
  ])("gives the sum on %i cubes of a SIP", async (ranks, device) => {
    await expectPass({ algorithm, topology: "sip", device, bytes: 20_001, dtype: "f16" }, ranks);
  });

  // 15 messages to the root of each SIP and 15 back; between SIPs one per member and round of a ring, or a mesh's tree.
  it.each([
    [GRIDS[0], 6 * 30 + 6 * 5],
    [GRIDS[1], 6 * 30 + 6 * (2 + 1)],
    [GRIDS[2], 6 * 30 + 6 * (1 + 2)],
    [GRIDS[3], 6 * 30 + 2 * 5],
  ])("sends as many messages as its phases have: %s", async (grid, messages) => {
    const { result } = await run({ algorithm, topology: "host", set: sipsOf(grid) });
    expect(result!.messages).toBe(messages);
  });

  it("takes vectors of many pieces, with one slot per queue", async () => {
    const set = [...sipsOf(["torus_2d", 3, 2]), "ipcq.slots=1", "ipcq.slotBytes=256"];
    await expectPass({ algorithm, topology: "host", set, bytes: 3001 }, 96);
  });

  it("takes chosen SIPs: a rectangle of the grid, or else a row", async () => {
    const set = sipsOf(["mesh_2d_no_wrap", 3, 2]);
    for (const [device, ranks] of [
      ["sip:0,1,3,4", 64],
      ["sip:0,4,5", 48],
    ] as const)
      await expectPass({ algorithm, topology: "host", set, device }, ranks);
  });

  it("is refused on several hosts", async () => {
    const outcome = await run({ algorithm, topology: "pod", device: "host:0-1" });
    expect([outcome.exitCode, outcome.diagnostics[0]?.code]).toEqual([3, "LQ2007"]);
  });
});

it("a corner root pays for twelve slots on its way, and for none between the SIPs", async () => {
  // Published for 6 SIPs in a torus: what slots in SRAM and HBM cost over those in TCM, in ns, for 2 · 6 hops.
  const PUBLISHED = [
    [256, 1762 - 1678, 2002 - 1678],
    [2048, 2293 - 1957, 3541 - 1957],
    [16_384, 6577 - 4225, 15_889 - 4225],
    [65_536, 21_265 - 12_001, 58_225 - 12_001],
  ] as const;
  const timeNs = async (bytes: number, memory: string): Promise<number> => {
    const set = [
      ...sipsOf(["torus_2d", 3, 2]),
      `ipcq.slotMemory=${memory}`,
      "ipcq.slotBytes=128KiB",
      "ipcq.hbmSlot.bandwidthGBps=32",
      "ipcq.hbmSlot.setupNs=6",
      "ipcq.bankHop=false",
      // So short that the permission to send is there before the partial sums are.
      "host.pcieNs=50",
    ];
    const { result } = await run({ algorithm: "corner-root", topology: "host", dtype: "f16", bytes, set });
    return result!.collectiveNs;
  };
  for (const [bytes, sram, hbm] of PUBLISHED) {
    const tcm = await timeNs(bytes, "tcm");
    expect((await timeNs(bytes, "sram")) - tcm).toBeCloseTo(sram, 6);
    expect((await timeNs(bytes, "hbm")) - tcm).toBeCloseTo(hbm, 6);
  }
});

it("a root in the centre of 5 × 5 cubes halves the crossings between cubes", async () => {
  const timeNs = async (algorithm: string): Promise<number> => {
    const set = ["cubes.columns=5", "cubes.rows=5", "ucie.portNs=5000"];
    return (await run({ algorithm, topology: "sip", set, bytes: 64 })).result!.collectiveNs;
  };
  // 5 × 5 cubes: 4 + 4 crossings there and back from the corner, 2 + 2 from the centre; a crossing passes two ports.
  const [centre, corner] = [await timeNs("centre-root"), await timeNs("corner-root")];
  expect(Math.round((corner - centre) / 10_000)).toBe(8);
  expect(Math.round(centre / 10_000)).toBe(8);
});

it("hierarchical gives the sum on grids of SIPs", async () => {
  for (const grid of GRIDS)
    await expectPass(
      { algorithm: "hierarchical", topology: "host", set: sipsOf(grid), device: "cube:0-3" },
      192,
    );
});
