import type { Diagnostic, ExitCode } from "../base/diagnostics.js";
import type { RunCheck } from "./run-check.js";
import type { RunRecord } from "../record/run-record.js";
import type { TopologyProvenance } from "../topology/provenance.js";

export interface VerifyResult {
  status: "pass" | "fail" | "off";
  maxAbs: number;
  maxRel: number;
  mismatches: number;
  firstMismatch: { tensor: string; index: number; rank: number; op: string; at: string } | null;
  /** What was allowed, in words: `exact`, or `25 × 2^-24 × Σ|x|`. */
  tolerance: string;
}

/** The `result` of `linqu run --json`; fields may be added, never removed or retyped. */
export interface RunResult {
  bench: string;
  kernel: string;
  topology: string;
  topologyProvenance: TopologyProvenance;
  algorithm: string;
  ranks: number;
  hosts: number;
  pes: number;
  bytes: number;
  dtype: string;
  simulatedNs: number;
  collectiveNs: number;
  allNs: number;
  pipelineNs: number;
  launches: { round: number; peExecNs: number; dmaNs: number; computeNs: number }[];
  wallMs: number;
  events: number;
  eventsPerSecond: number;
  messages: number;
  peakRssBytes: number;
  /** What was decided before the run; null with `--no-check`. */
  check: RunCheck | null;
  verify: VerifyResult;
  algbwGBps: number;
  busbwGBps: number;
  levels: { level: number; name: string; nodes: number; dispatchNs: number }[];
  hotLines: {
    at: string;
    op: string;
    source: string;
    count: number;
    totalNs: number;
    waits: Record<string, number>;
  }[];
  busiest: { engine: { name: string; share: number } | null; link: { name: string; share: number } | null };
  prints: string[];
  files: string[];
}

export interface RunOutcome {
  exitCode: ExitCode;
  /** Null only when the run was refused before it started. */
  result: RunResult | null;
  record: RunRecord | null;
  diagnostics: Diagnostic[];
}
