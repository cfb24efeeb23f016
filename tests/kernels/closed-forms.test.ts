/**
 * The α–β forms of textbooks, on a machine that costs nothing but links: every pair of PEs has its own, a message is
 * one flit in one slot, ports and credits are free. Two things remain: HBM moves 10^6 GB/s, which rounds to 0 ps for
 * transfers below 500 B, and an addition takes one cycle at 100 GHz, 10 ps, which the forms below state.
 */
import { describe, expect, it } from "vitest";
import { ownCache, run } from "../session/harness.js";

ownCache();

const ADDITION_NS = 0.01;
/** Divides into whole f32 elements for 2, 4, 8 and 16 ranks, and stays below 500 B. */
const BYTES = 448;

async function simulatedNs(
  algorithm: string,
  ranks: number,
  alphaNs: number,
  betaGBps: number,
): Promise<number> {
  const outcome = await run({
    topology: "ring",
    algorithm,
    bytes: BYTES,
    set: [
      "fabric.kind=crossbar",
      `counts.pesPerCube=${ranks}`,
      `fabric.direct.latencyNs=${alphaNs}`,
      `fabric.direct.bandwidthGBps=${betaGBps}`,
      "fabric.flitBytes=512",
      "fabric.routerBandwidthGBps=1000000",
      "ipcq.slotBytes=512",
      "ipcq.slots=64",
      "ipcq.creditBytes=0",
      "pe.clockGHz=100",
      "pe.dispatchCycles=0",
      "pe.math.lanes=65536",
      "pe.tcm.readGBps=unlimited",
      "pe.tcm.writeGBps=unlimited",
      "pe.dma.requests=64",
      "pe.hbm.bandwidthGBps=1000000",
      "pe.hbm.commitNs=0",
    ],
  });
  expect(outcome.diagnostics).toEqual([]);
  return outcome.result!.collectiveNs;
}

interface Form {
  ns: number;
  /** Transfers one after the other: each is rounded to a whole picosecond. */
  transfers: number;
}

type FormOf = (ranks: number, alphaNs: number, betaGBps: number) => Form;

/** Steps that each move `bytes` and, in a reduction, add once. */
const steps = (count: number, bytes: number, alphaNs: number, betaGBps: number, additions: number): Form => ({
  ns: count * (alphaNs + bytes / betaGBps) + additions * ADDITION_NS,
  transfers: count,
});

const sum = (...forms: Form[]): Form => ({
  ns: forms.reduce((total, { ns }) => total + ns, 0),
  transfers: forms.reduce((total, { transfers }) => total + transfers, 0),
});

const ring = (n: number, bytes: number, alphaNs: number, betaGBps: number): Form =>
  steps(2 * (n - 1), bytes / n, alphaNs, betaGBps, n - 1);

const FORMS: Record<string, FormOf> = {
  // 2(n−1)(α + S/(nβ))
  ring: (n, alphaNs, betaGBps) => ring(n, BYTES, alphaNs, betaGBps),
  // 2·log2 n·α + 2S(n−1)/(nβ)
  "halving-doubling": (n, alphaNs, betaGBps) => {
    const rounds = Math.log2(n);
    return {
      ns: 2 * rounds * alphaNs + (2 * BYTES * (n - 1)) / (n * betaGBps) + rounds * ADDITION_NS,
      transfers: 2 * rounds,
    };
  },
  // 2·log2 n·(α + S/β)
  "binomial-tree": (n, alphaNs, betaGBps) => steps(2 * Math.log2(n), BYTES, alphaNs, betaGBps, Math.log2(n)),
  // RS_p(S) + AR_q(S/p) + AG_p(S), with p the largest divisor of n up to √n
  "two-level": (n, alphaNs, betaGBps) => {
    const p = { 2: 1, 4: 2, 8: 2, 16: 4 }[n]!;
    const scatter = steps(p - 1, BYTES / p, alphaNs, betaGBps, p - 1);
    const gather = steps(p - 1, BYTES / p, alphaNs, betaGBps, 0);
    return sum(scatter, ring(n / p, BYTES / p, alphaNs, betaGBps), gather);
  },
};

describe.each(Object.keys(FORMS))("%s takes the time of its closed form", (algorithm) => {
  it.each([2, 4, 8, 16])("exactly, on %i ranks", async (ranks) => {
    for (const [alphaNs, betaGBps] of [
      [500, 1],
      [3, 0.25],
      [0, 50],
    ] as const) {
      // 1/β is a whole number of ps per byte.
      const { ns } = FORMS[algorithm]!(ranks, alphaNs, betaGBps);
      expect(await simulatedNs(algorithm, ranks, alphaNs, betaGBps)).toBeCloseTo(ns, 9);
    }
  });

  it("within half a picosecond per transfer where bytes/β is not whole", async () => {
    for (const betaGBps of [0.37, 7.7, 93]) {
      const { ns, transfers } = FORMS[algorithm]!(16, 12.345, betaGBps);
      const simulated = await simulatedNs(algorithm, 16, 12.345, betaGBps);
      expect(Math.abs(simulated - ns)).toBeLessThanOrEqual(0.0005 * transfers + 1e-9);
    }
  });
});
