/** All-reduce computes the sum: the verdict says so, and so does a sum made here from the dumped inputs. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compiledFolderWith, folderWith, json, passing } from "./cli.js";
import { ofRank, readDump, sumOverRanks } from "./dump.js";

compiledFolderWith();

/** The largest difference between any rank's y and the sum of all ranks' x. */
function worstError(file: string): number {
  const { x, y } = readDump(file);
  const sum = sumOverRanks(x);
  let worst = 0;
  for (let rank = 0; rank < y.shape[0]; rank++) {
    ofRank(y, rank).forEach((value, i) => (worst = Math.max(worst, Math.abs(value - sum[i]))));
  }
  return worst;
}

/** Algorithm, size, dtype, elements per rank. 70,000 B are 17,500 f32: they divide neither by a slot nor by the ranks. */
const RUNS: ["hierarchical" | "ring", string, "f32" | "f16", number][] = [
  ["hierarchical", "4", "f32", 1],
  ["hierarchical", "1000", "f32", 250],
  ["hierarchical", "4KiB", "f16", 2048],
  ["hierarchical", "4100", "f32", 1025],
  ["hierarchical", "70000", "f16", 35_000],
  ["ring", "2", "f16", 1],
  ["ring", "12", "f32", 3],
  ["ring", "4100", "f16", 2050],
  ["ring", "70000", "f32", 17_500],
];

describe.concurrent("all-reduce on a cube", () => {
  it.each(RUNS)("%s, %s bytes of %s", async (algorithm, bytes, dtype, n) => {
    const cwd = folderWith();
    const flags = ["--topology", "cube", "--algorithm", algorithm, "--bytes", bytes, "--dtype", dtype];
    const result = await passing([...flags, "--verify-data", "--seed", "7", "--dump", "out.npz"], { cwd });
    expect(result).toMatchObject({ algorithm, dtype, ranks: 8, pes: 8, hosts: 1, topology: "cube" });
    expect(result.bytes).toBe(bytes === "4KiB" ? 4096 : Number(bytes));
    expect(result.verify).toMatchObject({
      status: "pass",
      maxAbs: 0,
      maxRel: 0,
      mismatches: 0,
      firstMismatch: null,
    });
    const file = join(cwd, "out.npz");
    const { x, y } = readDump(file);
    expect(x).toMatchObject({ dtype: dtype === "f32" ? "<f4" : "<f2", shape: [8, n] });
    expect(y).toMatchObject({ dtype: dtype === "f32" ? "<f4" : "<f2", shape: [8, n] });
    // ±1 by default: every partial sum is exact.
    expect(x.values.every((value) => Math.abs(value) === 1)).toBe(true);
    expect(worstError(file)).toBe(0);
  });
});

describe.concurrent("ring all-reduce over worlds of any size", () => {
  it.each([2, 3, 5, 7, 8])("%i ranks", async (world) => {
    const cwd = folderWith();
    const flags = ["--topology", "ring", "--set", `counts.pesPerCube=${world}`, "--bytes", "20"];
    const result = await passing([...flags, "--verify-data", "--dump", "out.npz"], { cwd });
    expect(result).toMatchObject({ ranks: world, algorithm: "ring", verify: { status: "pass" } });
    // Five elements: from six ranks on, some chunks are empty. Reduce-scatter and all-gather: n − 1 steps each, on every rank.
    expect(result.messages).toBe(2 * world * (world - 1));
    expect(readDump(join(cwd, "out.npz")).y.shape).toEqual([world, 5]);
    expect(worstError(join(cwd, "out.npz"))).toBe(0);
  });

  it("runs the hierarchical algorithm on a ring of PEs, too", async () => {
    const flags = ["--topology", "ring", "--set", "counts.pesPerCube=6", "--algorithm", "hierarchical"];
    expect(await passing([...flags, "--verify-data"])).toMatchObject({
      ranks: 6,
      verify: { status: "pass" },
    });
  });
});

describe.concurrent("pieces larger than a queue", () => {
  // 256 KiB over 8 ranks are chunks of 32 KiB: twice what the 4 slots of 4 KiB between two PEs hold.
  it.each(["hierarchical", "ring"])("%s, 256 KiB on a cube", async (algorithm) => {
    const flags = ["--topology", "cube", "--algorithm", algorithm, "--bytes", "256KiB", "--verify-data"];
    expect((await passing(flags)).verify).toMatchObject({ status: "pass", mismatches: 0 });
  });
});

describe.concurrent("inputs", () => {
  it("follow the seed and nothing else", async () => {
    const cwd = folderWith();
    const inputs = async (file: string, ...flags: string[]): Promise<Float64Array> => {
      await passing(["--topology", "cube", "--bytes", "4096", "--verify-data", ...flags, "--dump", file], {
        cwd,
      });
      return readDump(join(cwd, file)).x.values;
    };
    const one = await inputs("1.npz", "--seed", "1");
    expect(await inputs("ring.npz", "--algorithm", "ring")).toEqual(one);
    const two = await inputs("2.npz", "--seed", "2");
    const same = one.filter((value, i) => value === two[i]).length;
    // Two fair coins agree half of the time: 8,192 throws, six standard deviations.
    expect(Math.abs(same - 4096)).toBeLessThan(6 * Math.sqrt(8192 / 4));
    const sum = one.reduce((total, value) => total + value, 0);
    expect(Math.abs(sum)).toBeLessThan(6 * Math.sqrt(8192));
    // Ranks get different values.
    expect(one.subarray(0, 1024)).not.toEqual(one.subarray(1024, 2048));
  });

  it.each([
    ["f32", 2 ** -24],
    ["f16", 2 ** -11],
  ] as const)("are normally distributed with --data normal, %s, within rounding", async (dtype, roundoff) => {
    const cwd = folderWith();
    const flags = ["--topology", "cube", "--dtype", dtype, "--data", "normal", "--bytes", "8192"];
    const result = await passing([...flags, "--verify-data", "--dump", "out.npz"], { cwd });
    expect(result.verify.status).toBe("pass");
    const { x, y } = readDump(join(cwd, "out.npz"));
    const count = x.values.length;
    const mean = x.values.reduce((total, value) => total + value, 0) / count;
    const variance = x.values.reduce((total, value) => total + value ** 2, 0) / count - mean ** 2;
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(6 * Math.sqrt(2 / count));
    // Seven additions of eight values.
    const sum = sumOverRanks(x);
    const magnitude = sumOverRanks({ ...x, values: x.values.map(Math.abs) });
    const first = ofRank(y, 0);
    let maxAbs = 0;
    first.forEach((value, i) => {
      const error = Math.abs(value - sum[i]);
      expect(error).toBeLessThanOrEqual(7 * roundoff * magnitude[i] * 1.01);
      maxAbs = Math.max(maxAbs, error);
    });
    expect(maxAbs).toBeGreaterThan(0);
    for (let rank = 1; rank < 8; rank++) expect(ofRank(y, rank)).toEqual(first);
    expect(result.verify.maxAbs).toBeCloseTo(maxAbs, 12);
  });

  it("are in the dump together with computed outputs even when nobody verifies", async () => {
    const cwd = folderWith();
    const result = await passing(["--topology", "cube", "--bytes", "64", "--dump", "out.npz"], { cwd });
    expect(result.verify.status).toBe("off");
    expect(result.files).toEqual(["out.npz"]);
    expect(worstError(join(cwd, "out.npz"))).toBe(0);
  });
});

/** Topology, device, ranks, hosts. */
const SUBSETS: [string, string, number, number][] = [
  ["host", "sip0", 128, 1],
  ["host", "sip:0/cube:0-3", 32, 1],
  ["host", "sip:0/cube:1/pe:3", 1, 1],
  ["host", "sip:0/cube:5/pe:0-2,6", 4, 1],
  ["pod", "host:0-3", 1024, 4],
  ["pod", "host:2", 256, 1],
];

describe.concurrent("a subset of the devices", () => {
  it.each(SUBSETS)("of %s: %s", async (topology, device, ranks, hosts) => {
    const cwd = folderWith();
    const flags = ["--topology", topology, "--device", device, "--bytes", "60"];
    const result = await passing([...flags, "--verify-data", "--dump", "out.npz"], { cwd });
    expect(result).toMatchObject({ ranks, hosts, pes: ranks, verify: { status: "pass", mismatches: 0 } });
    expect(readDump(join(cwd, "out.npz")).y.shape).toEqual([ranks, 15]);
    expect(worstError(join(cwd, "out.npz"))).toBe(0);
  });

  it("of sip: a flat ring over two cubes", async () => {
    const flags = ["--topology", "sip", "--device", "sip:0/cube:0-1", "--algorithm", "ring", "--verify-data"];
    expect(await passing(flags)).toMatchObject({
      ranks: 16,
      messages: 2 * 16 * 15,
      verify: { status: "pass" },
    });
  });

  it.each([
    ["sip:0/cube:3-0", /3-0|revers/i],
    ["sip:0/cube:1,1", /twice|duplicate|1,1/i],
    ["sip:7", /7/],
  ])("refuses %s", async (device, words) => {
    const ended = await json(["run", "--topology", "host", "--device", device]);
    expect([2, 3]).toContain(ended.exitCode);
    expect(`${ended.error!.message} ${ended.error!.hint}`).toMatch(words);
  });
});

describe.concurrent("larger machines", () => {
  it("host, 256 ranks: 4,100 bytes of f16 along the hierarchy", async () => {
    const flags = ["--topology", "host", "--bytes", "4100", "--dtype", "f16", "--verify-data", "--seed", "3"];
    const result = await passing(flags);
    // A tree: every rank but the leader sends up once and receives once, for each of the two pieces.
    expect(result).toMatchObject({
      ranks: 256,
      messages: 2 * 2 * 255,
      verify: { status: "pass", maxAbs: 0 },
    });
  });

  it("supernode, 16,384 ranks on 64 hosts", async () => {
    const cwd = folderWith();
    const flags = ["--topology", "supernode", "--verify-data", "--bytes", "12", "--dump", "out.npz"];
    const result = await passing(flags, { cwd });
    expect(result).toMatchObject({ ranks: 16_384, pes: 16_384, hosts: 64, messages: 2 * 16_383 });
    expect(result.verify).toMatchObject({ status: "pass", maxAbs: 0, mismatches: 0 });
    expect(result.levels.map(({ level, name, nodes }) => [level, name, nodes])).toEqual([
      [5, "CLOS1", 1],
      [4, "POD", 4],
      [3, "HOST", 64],
      [2, "CHIP", 128],
    ]);
    expect(worstError(join(cwd, "out.npz"))).toBe(0);
  });
});
