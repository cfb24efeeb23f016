/** Records made by hand: small enough that every figure of a view can be worked out from them. */
import type {
  NodeRecord,
  RingRecord,
  RunRecord,
  SiteRecord,
  SpanTable,
} from "../../../src/record/run-record.js";
import type { RunOutcome, RunResult, VerifyResult } from "../../../src/session/result.js";
import { runResult } from "../../../src/session/run-result.js";

export function ring(fields: Partial<RingRecord> = {}): RingRecord {
  return {
    kind: "task",
    depth: 0,
    axis: null,
    unit: "slots",
    capacity: 16,
    rings: 1,
    peak: 4,
    allocs: 10,
    retires: 10,
    blocks: 0,
    blockedPs: 0,
    ...fields,
  };
}

export function node(fields: Partial<NodeRecord> = {}): NodeRecord {
  return {
    node: "supernode0/pod0/host0",
    level: 3,
    levelName: "HOST",
    dispatchPs: 1_500,
    scopeBegins: 2,
    scopeEnds: 2,
    maxScopeDepth: 1,
    frees: 3,
    tasks: 10,
    rings: [ring()],
    ...fields,
  };
}

export function site(fields: Partial<SiteRecord> = {}): SiteRecord {
  return {
    file: "kernels/allreduce.ts",
    line: 31,
    column: 20,
    op: "recv",
    count: 14,
    totalPs: 0,
    byCausePs: [0, 0, 0, 0, 0, 0, 0],
    ...fields,
  };
}

/** One span as [lane, name, start, end] in ps, and the messages that it sends and receives. */
export interface SpanRow {
  lane: number;
  name: number;
  startPs: number;
  endPs: number;
  site?: number;
  sends?: number;
  receives?: number;
}

export function spanTable(
  lanes: SpanTable["lanes"],
  names: string[],
  rows: SpanRow[],
  omittedLanes = 0,
): SpanTable {
  // Recorders leave room behind the last span; views must not read it.
  const spare = 3;
  const ints = (pick: (row: SpanRow) => number) =>
    Int32Array.from([...rows.map(pick), ...Array<number>(spare).fill(0)]);
  const floats = (pick: (row: SpanRow) => number) =>
    Float64Array.from([...rows.map(pick), ...Array<number>(spare).fill(7)]);
  return {
    lanes,
    names,
    count: rows.length,
    lane: ints((row) => row.lane),
    name: ints((row) => row.name),
    site: ints((row) => row.site ?? -1),
    startPs: floats((row) => row.startPs),
    endPs: floats((row) => row.endPs),
    flowOut: floats((row) => row.sends ?? -1),
    flowIn: floats((row) => row.receives ?? -1),
    omittedLanes,
  };
}

/** An all-reduce of 8 ranks, 4 KiB each, that took 2 µs; its kernel spent 10 ns at each of two lines. */
export function runRecord(fields: Partial<RunRecord> = {}): RunRecord {
  return {
    bench: "allreduce",
    kernel: "ring-allreduce",
    topology: "ring",
    algorithm: "ring",
    ranks: 8,
    hosts: 1,
    pes: 8,
    bytes: 4096,
    dtype: "f32",
    simulatedPs: 3_000_500,
    collectivePs: 2_000_000,
    allPs: 1_900_000,
    pipelinePs: 0,
    launches: [{ round: 0, peExecPs: 1_950_000, dmaPs: 48_500, computePs: 14_000 }],
    events: 1_000,
    messages: 112,
    levels: [
      { level: 3, name: "HOST", nodes: 1, dispatchPs: 1_500 },
      { level: 2, name: "CHIP", nodes: 2, dispatchPs: 250 },
    ],
    nodes: [node()],
    sites: [
      site({ totalPs: 15_000, byCausePs: [3_000, 0, 0, 0, 0, 12_000, 0] }),
      site({ line: 29, column: 5, op: "send", totalPs: 5_000, byCausePs: [5_000, 0, 0, 0, 0, 0, 0] }),
    ],
    busiestEngine: { name: "sip0.cube0.pe3.dma", kind: "dma", busyPs: 500_000, share: 0.25 },
    busiestLink: { name: "pe3 → pe4", kind: "ring", busyPs: 1_800_000, share: 0.9 },
    spans: null,
    ...fields,
  };
}

export const unverified: VerifyResult = {
  status: "off",
  maxAbs: 0,
  maxRel: 0,
  mismatches: 0,
  firstMismatch: null,
  tolerance: "exact",
};

export function resultOf(record: RunRecord, fields: Partial<RunResult> = {}): RunResult {
  const figures = {
    wallMs: 500,
    peakRssBytes: 64 * 1024 * 1024,
    topologyProvenance: { preset: "ring", source: "chosen for tests", overridden: [], calibration: null },
    files: ["build/allreduce/bundle.js"],
    verify: unverified,
    check: null,
    prints: [],
    sourceOf: (_file: string, line: number) =>
      line === 31 ? '    const part = tl.recv("W", [n], dtype);  ' : "",
    algorithmBytes: record.bytes,
    busBandwidthFactor: 1.75,
  };
  return { ...runResult(record, figures), ...fields };
}

export function outcomeOf(fields: Partial<RunOutcome> = {}): RunOutcome {
  const record = fields.record ?? runRecord();
  return { exitCode: 0, result: resultOf(record), record, diagnostics: [], ...fields };
}
