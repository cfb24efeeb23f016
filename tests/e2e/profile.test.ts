/** ring_profile.json as docs/reference/ring-profile.md describes it, and back-pressure made visible. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compiledFolderWith, folderWith, json, linqu, type RunResult } from "./cli.js";

const kernels = compiledFolderWith("arithmetic.ts");

type Kind = "task" | "heap" | "tensorMap" | "ipcq";

interface Ring {
  kind: Kind;
  depth: number | null;
  axis: string | null;
  unit: string;
  capacity: number;
  rings: number;
  peak: number;
  occupancy: number;
  allocs: number;
  retires: number;
  blockCount: number;
  blockedNs: number;
}

interface Profile {
  schema: string;
  run: Record<string, unknown>;
  totals: {
    blockCount: number;
    blockedNs: number;
    byKind: Record<Kind, { blockCount: number; blockedNs: number }>;
  };
  nodes: {
    node: string;
    level: number;
    levelName: string;
    dispatchNs: number;
    scopes: { begins: number; ends: number; maxDepth: number };
    frees: number;
    tasks: number;
    rings: Ring[];
  }[];
}

async function profile(...flags: string[]): Promise<{ profile: Profile; result: RunResult }> {
  const cwd = folderWith();
  const { exitCode, result, stdout } = await json(["profile", "--out", "rings.json", ...flags], { cwd });
  expect(exitCode, stdout.slice(0, 2000)).toBe(0);
  return { profile: JSON.parse(readFileSync(join(cwd, "rings.json"), "utf8")) as Profile, result };
}

describe.concurrent("ring_profile.json", () => {
  it("has an entry for every node, and sums that agree with each other", async () => {
    const { profile: written, result } = await profile("--topology", "host", "--verify-data");
    expect(written.schema).toBe("linqu/ring_profile/1");
    const { bench, kernel, topology, algorithm, ranks, hosts, pes, bytes, dtype, simulatedNs, collectiveNs } =
      result;
    expect(written.run).toEqual({
      bench,
      kernel,
      topology,
      algorithm,
      ranks,
      hosts,
      pes,
      bytes,
      dtype,
      simulatedNs,
      collectiveNs,
    });
    expect(written.nodes.map(({ level, levelName }) => `${level} ${levelName}`)).toEqual([
      "3 HOST",
      "2 CHIP",
      "2 CHIP",
    ]);
    const rings = written.nodes.flatMap((node) => node.rings);
    for (const kind of ["task", "heap", "tensorMap", "ipcq"] as const) {
      const ofKind = rings.filter((ring) => ring.kind === kind);
      expect(ofKind.length, kind).toBeGreaterThan(0);
      const count = ofKind.reduce((sum, ring) => sum + ring.blockCount, 0);
      expect(written.totals.byKind[kind].blockCount).toBe(count);
      const ns = ofKind.reduce((sum, ring) => sum + ring.blockedNs, 0);
      expect(written.totals.byKind[kind].blockedNs).toBeCloseTo(ns, 3);
    }
    for (const ring of rings) {
      expect(ring.peak).toBeLessThanOrEqual(ring.capacity);
      expect(ring.occupancy).toBeCloseTo(ring.peak / ring.capacity, 6);
      // What was taken has been given back when the run is over.
      expect(ring.retires).toBe(ring.allocs);
      if (ring.blockCount === 0) expect(ring.blockedNs).toBe(0);
    }
    // One slot taken for every message of the run.
    const slots = rings.filter((ring) => ring.kind === "ipcq").reduce((sum, ring) => sum + ring.allocs, 0);
    expect(slots).toBe(result.messages);
    for (const node of written.nodes) expect(node.scopes.ends).toBe(node.scopes.begins);
    // The preset's capacities.
    expect(rings.find((ring) => ring.kind === "task")).toMatchObject({ capacity: 64, unit: "slots" });
    expect(rings.find((ring) => ring.kind === "heap")).toMatchObject({
      capacity: 64 * 2 ** 20,
      unit: "bytes",
    });
    expect(rings.find((ring) => ring.kind === "ipcq")).toMatchObject({ capacity: 4, unit: "slots" });
  });

  it("names 64 hosts and 128 chips of a supernode by their paths", async () => {
    const { profile: written } = await profile("--topology", "supernode", "--bytes", "64");
    const count = (level: number): number => written.nodes.filter((node) => node.level === level).length;
    expect([count(5), count(4), count(3), count(2)]).toEqual([1, 4, 64, 128]);
    expect(new Set(written.nodes.map((node) => node.node)).size).toBe(1 + 4 + 64 + 128);
    expect(written.nodes.map((node) => node.node)).toContain("supernode0/pod2/host5");
  });
});

describe.concurrent("back-pressure", () => {
  it("appears with runtime.taskRing.capacity=4, without changing a value", async () => {
    const roomy = await profile("--verify-data", "--bytes", "4096");
    expect(roomy.profile.totals.byKind.task).toEqual({ blockCount: 0, blockedNs: 0 });
    const tight = await profile("--verify-data", "--bytes", "4096", "--set", "runtime.taskRing.capacity=4");
    expect(tight.profile.totals.byKind.task.blockCount).toBeGreaterThan(0);
    expect(tight.profile.totals.byKind.task.blockedNs).toBeGreaterThan(0);
    expect(tight.result.verify.status).toBe("pass");
    expect(tight.result.simulatedNs).toBeGreaterThan(roomy.result.simulatedNs);
    const blocked = tight.profile.nodes.flatMap((node) => node.rings).filter((ring) => ring.blockCount > 0);
    for (const ring of blocked.filter(({ kind }) => kind === "task")) {
      expect(ring).toMatchObject({ capacity: 4, peak: 4, occupancy: 1 });
    }
  });

  it("still completes with a task ring of one", async () => {
    const flags = [
      "--topology",
      "pod",
      "--bytes",
      "64",
      "--verify-data",
      "--set",
      "runtime.taskRing.capacity=1",
    ];
    const { result } = await profile(...flags);
    expect(result).toMatchObject({ ranks: 4096, verify: { status: "pass" } });
  });

  it("on the heap ring: 64 KiB for buffers of 512 KiB a chip", async () => {
    // 128 PEs × 4 KiB of input: more than the whole ring, or it blocks, or it is refused with the setting to change.
    const cwd = folderWith();
    const flags = ["--bytes", "4KiB", "--verify-data", "--set", "runtime.heapRing.capacityBytes=65536"];
    const ended = await json(["profile", "--topology", "host", ...flags], { cwd });
    if (ended.exitCode === 0) {
      const written = JSON.parse(readFileSync(join(cwd, "ring_profile.json"), "utf8")) as Profile;
      expect(ended.result.verify.status).toBe("pass");
      expect(written.totals.byKind.heap.blockCount).toBeGreaterThan(0);
      expect(written.totals.byKind.heap.blockedNs).toBeGreaterThan(0);
    } else {
      expect([3, 5]).toContain(ended.exitCode);
      expect(ended.error!.code).toMatch(/^LQ7\d{3}$/);
      expect(`${ended.error!.message} ${ended.error!.hint}`).toMatch(/runtime\.heapRing\.capacityBytes/);
    }
  });

  it("on the heap ring with room for half of the inputs", async () => {
    // 256 PEs × 64 B of input are 16 KiB.
    const flags = ["--topology", "host", "--bytes", "64", "--verify-data"];
    const { profile: written, result } = await profile(
      ...flags,
      "--set",
      "runtime.heapRing.capacityBytes=8192",
    );
    expect(result.verify.status).toBe("pass");
    const heaps = written.nodes.flatMap((node) => node.rings).filter((ring) => ring.kind === "heap");
    for (const ring of heaps) expect(ring.peak).toBeLessThanOrEqual(8192);
    expect(written.totals.byKind.heap.blockCount).toBeGreaterThan(0);
  });

  it("on the queues between PEs: one slot blocks where four do not, and takes longer", async () => {
    const kernel = join(kernels, "arithmetic.ts#longMessage");
    const flags = ["--topology", "cube", "--kernel", kernel];
    const one = await profile(...flags, "--set", "ipcq.slots=1");
    const four = await profile(...flags, "--set", "ipcq.slots=4");
    expect(one.profile.totals.byKind.ipcq.blockCount).toBeGreaterThan(
      four.profile.totals.byKind.ipcq.blockCount,
    );
    expect(one.profile.totals.byKind.ipcq.blockedNs).toBeGreaterThan(0);
    expect(one.result.collectiveNs).toBeGreaterThan(four.result.collectiveNs);
  });

  it("is what people see in the table of the tightest rings", async () => {
    const cwd = folderWith();
    const ended = await linqu(["profile", "--set", "runtime.taskRing.capacity=4"], { cwd });
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toMatch(/task/);
    expect(ended.stdout).toMatch(/100 ?%|4 of 4|4\/4/);
    expect(ended.stdout).toContain("ring_profile.json");
  });
});
