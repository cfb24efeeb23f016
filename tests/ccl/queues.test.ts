import { describe, expect, it } from "vitest";
import { algorithmBytes, busBandwidthFactor } from "../../src/ccl/bus-bandwidth.js";
import { peerQueues } from "../../src/ccl/peers.js";
import { DIRECTIONS, planQueues, QUEUE_AXES, type QueueAxisName } from "../../src/ccl/queues.js";
import { RankLayout } from "../../src/ccl/rank-layout.js";
import { selectDevices } from "../../src/topology/device.js";
import { loadTopology } from "../../src/topology/load.js";

function layoutOf(preset: string, device = "all", unit: "pe" | "cube" | "sip" = "pe"): RankLayout {
  const topology = loadTopology(preset, []);
  return new RankLayout(topology, selectDevices(topology, device), unit);
}

/** A host of six SIPs, whose ranks are the leaders of the SIPs. */
function sixSips(wiring: string, columns: number, rows: number, device = "all"): RankLayout {
  const topology = loadTopology("host", [
    "counts.sipsPerHost=6",
    `sips.wiring=${wiring}`,
    `sips.columns=${columns}`,
    `sips.rows=${rows}`,
  ]);
  return new RankLayout(topology, selectDevices(topology, device), "sip");
}

/** All queues of a plan as `source-direction->target`, with those inside a SIP repeated for every SIP. */
function queuesOf(layout: RankLayout, axis: QueueAxisName): string[] {
  const plan = planQueues(
    layout,
    DIRECTIONS.map((direction) => `${axis}:${direction}` as const),
  );
  const all = [...plan.betweenSips];
  for (let sip = 0; sip < layout.sips; sip++) {
    const shift = sip * layout.ranksPerSip;
    all.push(...plan.insideSip.map((q) => ({ ...q, source: q.source + shift, target: q.target + shift })));
  }
  for (const queue of all) expect(QUEUE_AXES[queue.axis]).toBe(axis);
  return all.map(({ source, target, direction }) => `${source}${DIRECTIONS[direction]}${target}`);
}

describe("RankLayout", () => {
  it("counts the PE fastest, then cube, SIP, host, pod, supernode", () => {
    const layout = layoutOf("cluster");
    expect(layout.world).toBe(262_144);
    expect(layout.sizes).toEqual([8, 16, 2, 16, 4, 16]);
    const rank = ((((5 * 4 + 3) * 16 + 7) * 2 + 1) * 16 + 9) * 8 + 6;
    expect([0, 1, 2, 3, 4, 5].map((axis) => layout.position(rank, axis))).toEqual([6, 9, 1, 7, 3, 5]);
    expect(layout.peName(rank)).toBe(`host:${(5 * 4 + 3) * 16 + 7}/sip:1/cube:9/pe:6`);
  });

  it("leads from the middle of the mesh: column w/2, row h/2, cube 10 of 4 × 4", () => {
    const layout = layoutOf("sip");
    expect(layout.cubes).toEqual({ columns: 4, rows: 4, leaderColumn: 2, leaderRow: 2 });
    expect(layout.leaderOffsets).toEqual([0, 0, 80, 80, 80, 80]);
  });

  it("keeps a rectangle of selected cubes a mesh, and makes any other choice a line", () => {
    expect(layoutOf("sip", "sip:0/cube:5,6,9,10").cubes).toMatchObject({ columns: 2, rows: 2 });
    expect(layoutOf("sip", "sip:0/cube:0,5,10").cubes).toMatchObject({ columns: 3, rows: 1 });
  });

  it("keeps a regular choice of hosts a tree, and makes any other choice one line of hosts", () => {
    expect(layoutOf("supernode", "host:0-1,16-17").sizes.slice(3)).toEqual([2, 2, 1]);
    expect(layoutOf("supernode", "host:0-2,16").sizes.slice(3)).toEqual([4, 1, 1]);
  });

  it("lets cube 0 lead when that is wanted", () => {
    const topology = loadTopology("host", []);
    const layout = new RankLayout(topology, selectDevices(topology, "all"), "cube", "corner");
    expect(layout.cubes).toEqual({ columns: 4, rows: 4, leaderColumn: 0, leaderRow: 0 });
    expect(queuesOf(layout, "sip").sort()).toEqual(["0E16", "0W16", "16E0", "16W0"]);
  });

  it("keeps a rectangle of selected SIPs a grid, and makes any other choice a row", () => {
    const grid = { wiring: "torus_2d", columns: 3, rows: 2 };
    expect(sixSips("torus_2d", 3, 2).sipGrid).toEqual(grid);
    expect(sixSips("torus_2d", 3, 2, "sip:1,2,4,5").sipGrid).toEqual({ ...grid, columns: 2 });
    expect(sixSips("torus_2d", 3, 2, "sip:0,1,4,5").sipGrid).toEqual({ ...grid, columns: 4, rows: 1 });
    expect(sixSips("ring_1d", 3, 2).sipGrid).toEqual({ wiring: "ring_1d", columns: 6, rows: 1 });
  });

  it("takes the first PE of every cube, or the leader of every SIP, when that is the rank unit", () => {
    const cubes = layoutOf("host", "all", "cube");
    expect([cubes.world, cubes.peName(17)]).toEqual([32, "host:0/sip:1/cube:1/pe:0"]);
    const sips = layoutOf("host", "all", "sip");
    expect([sips.world, sips.peName(1)]).toEqual([2, "host:0/sip:1/cube:10/pe:0"]);
  });
});

describe("planQueues", () => {
  it("makes the world one ring, across SIPs", () => {
    const queues = queuesOf(layoutOf("host"), "world");
    expect(queues).toHaveLength(512);
    expect(queues).toEqual(expect.arrayContaining(["0E1", "1W0", "127E128", "128W127", "255E0", "0W255"]));
  });

  it("gives a ring of two an E and a W queue to the same peer, and a single rank none", () => {
    expect(queuesOf(layoutOf("cube", "sip:0/cube:0/pe:0-1"), "world").sort()).toEqual([
      "0E1",
      "0W1",
      "1E0",
      "1W0",
    ]);
    expect(queuesOf(layoutOf("pe"), "world")).toEqual([]);
  });

  it("installs only the directions that are used", () => {
    const { insideSip, betweenSips } = planQueues(layoutOf("cube"), ["world:E"]);
    expect(insideSip.map(({ source, target }) => [source, target])).toEqual(
      Array.from({ length: 8 }, (_, rank) => [rank, (rank + 1) % 8]),
    );
    expect(betweenSips).toEqual([]);
  });

  it("makes the cubes of a SIP a mesh between first PEs, without wrap-around", () => {
    const queues = queuesOf(layoutOf("sip"), "cube");
    // 4 × 4 mesh: 2 · 4 · 3 neighbour pairs, one queue each way.
    expect(queues).toHaveLength(48);
    expect(queues).toEqual(expect.arrayContaining(["0E8", "0S32", "80N48", "80W72"]));
    expect(queues.some((queue) => queue.startsWith("0W") || queue.startsWith("24E"))).toBe(false);
  });

  it("gives every PE of a cube a queue to send and one to receive for E and W of the pe axis, a ring without N and S", () => {
    const uses = DIRECTIONS.map((direction) => `pe:${direction}` as const);
    const { insideSip, betweenSips } = planQueues(layoutOf("host"), uses);
    expect(betweenSips).toEqual([]);
    // 16 cubes of 8 PEs.
    expect(insideSip).toHaveLength(16 * 8 * 2);
    for (let pe = 0; pe < 8; pe++) {
      const rank = 3 * 8 + pe;
      const [east, west] = [3 * 8 + ((pe + 1) % 8), 3 * 8 + ((pe + 7) % 8)];
      const sends = insideSip.filter(({ source }) => source === rank);
      const receives = insideSip.filter(({ target }) => target === rank);
      expect(sends.map(({ target, direction }) => [DIRECTIONS[direction], target])).toEqual([
        ["E", east],
        ["W", west],
      ]);
      expect(new Map(receives.map(({ source, arrival }) => [DIRECTIONS[arrival], source]))).toEqual(
        new Map([
          ["E", east],
          ["W", west],
        ]),
      );
      expect(receives).toHaveLength(2);
    }
  });

  it("joins only leaders on the axes above the cube", () => {
    // Leader of SIP s of host h: PE 0 of cube 10, rank h · 256 + s · 128 + 80.
    expect(queuesOf(layoutOf("host"), "sip").sort()).toEqual(["208E80", "208W80", "80E208", "80W208"]);
    expect(queuesOf(layoutOf("pod", "host:0-2"), "host").sort()).toEqual(
      ["80E336", "80W592", "336E592", "336W80", "592E80", "592W336"].sort(),
    );
  });

  it("joins six SIPs to one ring", () => {
    const ring = [0, 1, 2, 3, 4, 5].flatMap((r) => [`${r}E${(r + 1) % 6}`, `${r}W${(r + 5) % 6}`]);
    expect(queuesOf(sixSips("ring_1d", 0, 0), "sip").sort()).toEqual(ring.sort());
  });

  it("joins a torus of 3 × 2 SIPs round both edges, twice where a ring has two members", () => {
    expect(queuesOf(sixSips("torus_2d", 3, 2), "sip").sort()).toEqual(
      // SIPs 0 1 2 over 3 4 5.
      ["0E1", "1E2", "2E0", "3E4", "4E5", "5E3", "0W2", "1W0", "2W1", "3W5", "4W3", "5W4"]
        .concat(["0N3", "1N4", "2N5", "3N0", "4N1", "5N2", "0S3", "1S4", "2S5", "3S0", "4S1", "5S2"])
        .sort(),
    );
  });

  it("joins a mesh of 2 × 3 SIPs without wrap-around", () => {
    expect(queuesOf(sixSips("mesh_2d_no_wrap", 2, 3), "sip").sort()).toEqual(
      // SIPs 0 1 over 2 3 over 4 5.
      [
        "0E1",
        "1W0",
        "2E3",
        "3W2",
        "4E5",
        "5W4",
        "0S2",
        "1S3",
        "2S4",
        "3S5",
        "2N0",
        "3N1",
        "4N2",
        "5N3",
      ].sort(),
    );
  });

  it("installs the queues of named neighbours where a kernel uses them", () => {
    const peers = peerQueues("k", [[1], [0]]);
    const layout = layoutOf("cube", "pe:0-1");
    expect(planQueues(layout, ["peer:*"], peers)).toEqual({ insideSip: [], betweenSips: peers });
    expect(planQueues(layout, ["world:E"], peers).betweenSips).toEqual([]);
  });
});

describe("algorithmBytes", () => {
  it("counts the whole result of an all-gather, and one rank's bytes of everything else", () => {
    expect(algorithmBytes("allGather", 1024, 4)).toBe(4096);
    expect(algorithmBytes("allReduce", 1024, 4)).toBe(1024);
    expect(algorithmBytes("reduceScatter", 1024, 4)).toBe(1024);
    expect(algorithmBytes(null, 1024, 4)).toBe(1024);
  });
});

describe("busBandwidthFactor", () => {
  it("is nccl-tests' factor of each collective", () => {
    expect(busBandwidthFactor("allReduce", 4)).toBe(1.5);
    expect(busBandwidthFactor("reduceScatter", 4)).toBe(0.75);
    expect(busBandwidthFactor("allGather", 4)).toBe(0.75);
    expect(busBandwidthFactor("broadcast", 4)).toBe(1);
    expect(busBandwidthFactor(null, 4)).toBe(1);
  });
});
