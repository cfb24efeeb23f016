/**
 * Published results of the reference chip simulator, and ours beside them. docs/calibration.md shows the same table;
 * presets/calibration.json holds the mean and the worst deviation of each preset.
 */
import type { RunResult } from "../../src/session/result.js";
import { run as inProcess } from "../session/harness.js";
import { dma, timesNs } from "../machine/memory/dma.js";

export interface Anchor {
  /** The preset whose numbers are judged. */
  preset: string;
  name: string;
  publishedNs: number;
  /** Largest deviation that counts as met, in percent. */
  tolerancePercent: number;
  /** Why the anchor is not met, when it is not. */
  unmet?: string;
  measureNs: () => Promise<number>;
}

const KB = 1024;

async function run(
  preset: string,
  kernel: string,
  bytes: number,
  device: string,
  set: string[],
): Promise<RunResult> {
  const outcome = await inProcess({
    bench: null,
    kernel,
    topology: preset,
    set,
    device,
    bytes,
    dtype: "f16",
  });
  if (outcome.result === null) throw new Error(JSON.stringify(outcome.diagnostics));
  return outcome.result;
}

/** The 96-rank all-reduce: one f16 vector on each cube of 6 SIPs. */
export async function allReduceNs(
  preset: string,
  root: string,
  bytes: number,
  set: string[],
): Promise<number> {
  return (await run(preset, `kernels/${root}.ts`, bytes, "all", set)).collectiveNs;
}

/** The product 32×3072×32 with A loaded and B streamed: one of its two measuring windows. */
function product(name: string, publishedNs: number, window: "pipelineNs" | "allNs"): Anchor {
  return {
    preset: "kernbench",
    name: `32×3072×32 product, ${name}`,
    publishedNs,
    tolerancePercent: 5,
    measureNs: async () =>
      (await run("kernbench", "kernels/gemm.ts#gemmLoadRef", 32 * 3072 * 2, "sip:0/cube:0/pe:0", []))[window],
  };
}

function april(bytes: number, tcm: number, sram: number, hbm: number): Anchor[] {
  const preset = "kernbench-apr-6sip";
  return Object.entries({ tcm, sram, hbm }).map(([memory, publishedNs]) => ({
    preset,
    name: `all-reduce, corner root, ${bytes} B, slots in ${memory.toUpperCase()}`,
    publishedNs,
    tolerancePercent: 10,
    measureNs: () => allReduceNs(preset, "corner-root", bytes, [`ipcq.slotMemory=${memory}`]),
  }));
}

function may(memory: string, publishedNs: number): Anchor {
  const preset = "kernbench-6sip";
  return {
    preset,
    name: `all-reduce, centre root, 65536 B, slots in ${memory.toUpperCase()}`,
    publishedNs,
    tolerancePercent: 10,
    measureNs: () => allReduceNs(preset, "centre-root", 64 * KB, [`ipcq.slotMemory=${memory}`]),
  };
}

type Pairs = readonly (readonly [pe: number, slice: number])[];

/** The last of several reads of 16 KB that start together. */
function reads(name: string, publishedNs: number, pairs: Pairs, unmet?: string): Anchor {
  return {
    preset: "kernbench",
    name: `DMA 16 KB, ${name}`,
    publishedNs,
    tolerancePercent: 5,
    ...(unmet === undefined ? {} : { unmet }),
    measureNs: () => Promise.resolve(Math.max(...timesNs(dma("kernbench"), "read", pairs, 16 * KB))),
  };
}

function hostWrite(bytes: number, publishedNs: number): Anchor {
  return {
    preset: "kernbench",
    name: `host write over a 128-GB/s UCIe, ${bytes / KB} KB`,
    publishedNs,
    tolerancePercent: 5,
    measureNs: () => {
      const machine = dma("kernbench");
      let end = 0;
      const from = { place: { sip: 0, node: machine.graph.pcieNode } };
      const done = (_startPs: number, endPs: number): void => void (end = endPs / 1000);
      machine.traffic.write({ from, memory: machine.memories.hbmOf(0), address: 0, bytes, done }, 0);
      machine.run();
      return Promise.resolve(end);
    },
  };
}

/** PEs `first` to `last`, each with the slice that `sliceOf` gives. */
function pes(first: number, last: number, sliceOf: (pe: number) => number): Pairs {
  return Array.from({ length: last - first + 1 }, (_, i) => [first + i, sliceOf(first + i)] as const);
}

export const anchors: readonly Anchor[] = [
  ...april(256, 1678, 1762, 2002),
  ...april(2048, 1957, 2293, 3541),
  ...april(16384, 4225, 6577, 15889),
  ...april(65536, 12001, 21265, 58225),
  may("tcm", 12_000),
  may("hbm", 21_400),
  may("sram", 24_300),
  reads("own slice", 77, [[0, 0]]),
  reads("one other PE on a slice", 82, [[1, 0]]),
  reads(
    "two PEs on a slice",
    158,
    pes(1, 2, () => 0),
  ),
  reads(
    "three PEs on a slice",
    230,
    pes(1, 3, () => 0),
  ),
  reads(
    "eight PEs on a slice",
    558,
    pes(0, 7, () => 0),
  ),
  reads("farthest cube", 573, [[0, 127]]),
  reads("other SIP", 409, [[0, 128]]),
  reads(
    "128 PEs, each on its own slice (27.2 TB/s)",
    (128 * 16 * KB) / 27_200,
    pes(0, 127, (pe) => pe),
  ),
  reads(
    "eight PEs on a slice of the next cube",
    963,
    pes(0, 7, () => 8),
    "the reference spreads them 7:1 over two connections; shortest ways give 8:0 for reads and 4:4 for writes",
  ),
  reads(
    "128 PEs on one slice (134 GB/s)",
    (128 * 16 * KB) / 134,
    pes(0, 127, () => 0),
    "the reference sends all 120 remote PEs over one connection; shortest ways come from two sides of the cube",
  ),
  hostWrite(64 * KB, 545),
  hostWrite(1024 * KB, 8230),
  product("pipeline stages", 992, "pipelineNs"),
  product("all records", 1765, "allNs"),
];

export function deviationPercent(ours: number, published: number): number {
  return (100 * (ours - published)) / published;
}
