/** Kernels the program has never seen, written from the typings alone, in a folder with spaces in its name. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compiledFolderWith, folderWith, json, linqu, passing, placeOf, reportOf } from "./cli.js";
import { ofRank, readDump } from "./dump.js";

const FIXTURES = [
  "vector-add.ts",
  "blocks.ts",
  "gemm.ts",
  "collectives.ts",
  "halo.ts",
  "axes.ts",
  "arithmetic.ts",
];

const cwd = compiledFolderWith(...FIXTURES);

/** Kernel, its name, flags, ranks. */
const KERNELS: [string, string, string, number][] = [
  ["vector-add.ts#vectorAdd", "vector-add", "--topology cube --bytes 502 --dtype f16", 8],
  ["gemm.ts#gemm", "gemm", "--topology pe", 1],
  ["gemm.ts#gemm", "gemm", "--topology pe --dtype f16 --data normal", 1],
  ["gemm.ts#gemmSliced", "gemm-sliced", "--topology cube", 8],
  [
    "collectives.ts#ringAllGather",
    "ring-all-gather",
    "--topology ring --set counts.pesPerCube=3 --dtype f16",
    3,
  ],
  ["collectives.ts#chainBroadcast", "chain-broadcast", "--topology sip --bytes 1000 --data normal", 128],
  ["collectives.ts#ringReduceScatter", "ring-reduce-scatter", "--topology cube --bytes 76", 8],
  ["collectives.ts#ringReduceScatter", "ring-reduce-scatter", "--topology cube --bytes 6 --dtype f16", 8],
  ["collectives.ts#ringReduceScatterMax", "ring-reduce-scatter-max", "--topology cube --data normal", 8],
  ["halo.ts", "halo", "--topology cube --data normal", 8],
  ["halo.ts", "halo", "--topology ring --set counts.pesPerCube=2", 2],
  ["axes.ts#axisSum", "axis-sum", "--topology sip", 128],
  ["axes.ts#whereabouts", "whereabouts", "--topology host", 256],
  ["arithmetic.ts#operators", "operators", "--topology pe --dtype f16", 1],
  ["arithmetic.ts#operators", "operators", "--topology pe --data normal", 1],
  ["arithmetic.ts#emptiness", "emptiness", "--topology cube", 8],
  ["arithmetic.ts#snapshots", "snapshots", "--topology cube", 8],
  ["arithmetic.ts#longMessage", "long-message", "--topology cube", 8],
];

describe.concurrent("a user's kernel", () => {
  it.each(KERNELS)("%s (%s) %s", async (file, kernel, flags, ranks) => {
    const argv = ["--kernel", file, ...flags.split(" "), "--verify-data"];
    const result = await passing(argv, { cwd });
    expect(result).toMatchObject({ kernel, ranks, verify: { status: "pass", mismatches: 0 } });
  });

  it("leaves nothing behind that nobody asked for", async () => {
    const folder = folderWith("halo.ts");
    await passing(["--kernel", "halo.ts", "--topology", "cube", "--verify-data"], { cwd: folder });
    expect(readdirSync(folder)).toEqual(["halo.ts"]);
  });

  it("computes what the golden says, seen from outside", async () => {
    await passing(["--kernel", "halo.ts", "--topology", "cube", "--verify-data", "--dump", "h.npz"], { cwd });
    const { x, y, padded } = readDump(join(cwd, "h.npz"));
    for (let rank = 0; rank < 8; rank++) {
      const own = ofRank(x, rank);
      const left = ofRank(x, (rank + 7) % 8)[36];
      const right = ofRank(x, (rank + 1) % 8)[0];
      const around = [left, ...own, right];
      expect([...ofRank(padded, rank)]).toEqual(around);
      expect([...ofRank(y, rank)]).toEqual([...own].map((v, i) => around[i] + v + around[i + 2]));
    }
  });

  it("is told apart from its neighbours in one file", async () => {
    const several = await json(["run", "--kernel", "gemm.ts", "--topology", "pe"], { cwd });
    expect(several.exitCode).toBe(3);
    expect(`${several.error!.message} ${several.error!.hint}`).toMatch(/gemmSliced/);
    const none = await json(["run", "--kernel", "gemm.ts#gemmSlised", "--topology", "pe"], { cwd });
    expect(none.exitCode).toBe(3);
    expect(none.error!.hint).toContain("gemmSliced");
  });

  it("says when the world does not fit: not applicable, exit 0", async () => {
    const ended = await json(["run", "--kernel", "collectives.ts#chainBroadcast", "--topology", "pe"], {
      cwd,
    });
    expect(ended.exitCode).toBe(0);
    expect(reportOf(ended)).toMatch(/not applicable/);
  });

  it("groups what the ranks print", async () => {
    const argv = ["--kernel", "arithmetic.ts#talkative", "--topology", "cube"];
    const { exitCode, stdout } = await linqu(["run", ...argv], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout.match(/^.*\b0-7\b.*hello from all 8$/gm)).toHaveLength(1);
    expect(stdout.match(/^.*\b3\b.*only three$/gm)).toHaveLength(1);
  });

  it("that computes something else than its golden fails with exit 4 and the place", async () => {
    const argv = ["run", "--kernel", "arithmetic.ts#wrong", "--topology", "cube", "--verify-data"];
    const ended = await json(argv, { cwd });
    expect(ended.exitCode).toBe(4);
    expect(ended.result.verify).toMatchObject({ status: "fail", mismatches: 1, maxAbs: 1 });
    expect(ended.result.verify.maxRel).toBeCloseTo(1 / 3, 12);
    expect(ended.result.verify.firstMismatch).toMatchObject({ tensor: "y", rank: 5 });
    expect([ended.result.verify.firstMismatch!.index].flat()).toEqual([2]);
    // The store that wrote it.
    expect(ended.result.verify.firstMismatch!.op).toMatch(/^(store|dma_write)$/);
    expect(ended.result.verify.firstMismatch!.at).toBe(
      placeOf("arithmetic.ts", "tl.store(y, tl.load(x, [4]) * 2)"),
    );
  });

  it("without defineKernel compiles, and run shows the lines to add", async () => {
    const folder = folderWith();
    const source = `import { tl, type Ptr } from "linqu/dsl";
export function plain(x: Ptr<"f32">, y: Ptr<"f32">) {
  tl.store(y, tl.load(x, [4]));
}
`;
    writeFileSync(join(folder, "plain.ts"), source);
    const compiled = await json(["compile", "plain.ts"], { cwd: folder });
    expect(compiled.exitCode).toBe(0);
    const ended = await json(["run", "--kernel", "plain.ts", "--topology", "pe"], { cwd: folder });
    expect(ended.exitCode).toBe(3);
    expect(reportOf(ended)).toContain("defineKernel(");
    expect(reportOf(ended)).toContain("args");
  });
});
