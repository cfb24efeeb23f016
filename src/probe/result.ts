import type { LeftOut } from "./catalogue.js";
import type { NodePassage, Stage, Term } from "./formula.js";

/** The `result` of `linqu probe --json`. */
export interface ProbeResult {
  topology: string;
  /** Sizes of which the report shows every case. */
  tableBytes: number[];
  cases: CaseResult[];
  leftOut: LeftOut[];
  invariants: InvariantSummary[];
}

export interface CaseResult {
  name: string;
  description: string;
  /** Accesses that start together; 1 for a case without contention. */
  accesses: number;
  /** Ends of the first access. */
  source: string;
  target: string;
  /** Links between them, and their latency there and back. */
  links: number;
  roundTripNs: number;
  /** By growing size. */
  sizes: Measurement[];
  /** The smallest measured size at which the bottleneck carries 90 %, and the one before; null where it never does. */
  ninetyPercent: { above: number | null; upTo: number } | null;
}

export interface Measurement {
  bytes: number;
  /** From the common start to the end of the last access; 0 when one never ends. */
  simulatedNs: number;
  /** Of the access for which the formula gives the longest time. */
  formulaNs: number;
  terms: Term[];
  /** Simulated time over the formula's, less 100 %. */
  deviationPercent: number;
  /** Bytes of all accesses over the simulated time. */
  bandwidthGBps: number;
  /** Sum over the accesses of the smallest share that a part of their way gives each user. */
  peakGBps: number;
  utilisation: number;
  bottleneck: Stage;
  /** Only with `--hops`, and only of a single access; by the formula. */
  passages: NodePassage[] | null;
}

/** An invariant, how often it was looked at, and how often it did not hold. */
export interface InvariantSummary {
  code: `LQ${string}`;
  name: string;
  checks: number;
  broken: number;
}
