import { LinquError, type Diagnostic } from "../../../src/base/diagnostics.js";
import type { QueueUseName } from "../../../src/ccl/queues.js";
import { runKernel, type TestOps, type TestRun } from "../helpers.js";

/**
 * Rank 1 sends to rank 2 along the north side of a cube: PE, six routers, PE at 256 GB/s over 16 mm of wire. Routers
 * cost 3 ns each, a credit 64 B; nothing else costs anything but the TCM and tl.full's one cycle.
 */
export const SET = [
  "pe.dispatchCycles=0",
  "pe.cpuOverheadNs=0",
  "pe.math.lanes=65536",
  "fabric.routerOverheadNs=3",
  "ipcq.creditBytes=64",
];
export const PATH = 16 * 0.1 + 6 * 3;
export const CREDIT_EMIT = 64 / 256;
export const TCM = 256 / 512;
/** From the start of the TCM read to the last flit's arrival: a message of one flit over seven links. */
export const FLIGHT = TCM + 7 + PATH;
export const START = 1;

interface Options {
  set?: string[];
  into?: boolean;
  log?: boolean;
}

export function oneWay(
  { set = [], into = false, log = false }: Options,
  sender: ($: TestOps, shape: number[]) => Iterator<unknown>,
  receiver: ($: TestOps, shape: number[]) => Iterator<unknown>,
): TestRun {
  const uses: QueueUseName[] = into ? ["into world:E"] : [];
  return runKernel(
    { topology: "cube", set: [...SET, ...set], into: uses, log },
    ($) =>
      function* () {
        if ($.rank(0) === 1) yield* { [Symbol.iterator]: () => sender($, [64]) };
        if ($.rank(0) === 2) yield* { [Symbol.iterator]: () => receiver($, [64]) };
      },
  );
}

export function* sends($: TestOps, shape: number[], count: number): Generator<unknown> {
  const tile = $.full(1, shape, 1, "f32");
  for (let i = 0; i < count; i++) if (!$.send(2, "E", tile)) yield;
}

export function* receives($: TestOps, shape: number[], count: number): Generator<unknown> {
  for (let i = 0; i < count; i++) if (!$.recv(3, "W", shape, "f32")) yield;
}

/** Keeps MATH busy for so many ns. */
export const compute = ($: TestOps, ns: number): unknown => $.full(9, [65536 * ns], 0, "f16");
export const LONG = ["pe.tcm.sizeBytes=1GiB"];

export function problemOf(run: () => unknown): Diagnostic {
  try {
    run();
  } catch (error) {
    if (error instanceof LinquError) return error.diagnostics[0]!;
    throw error;
  }
  throw new Error("nothing was refused");
}
