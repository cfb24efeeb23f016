/** The `result` of `linqu run --json`, from the record of a run and the figures that depend on the host. */
import { psToNs } from "../base/units.js";
import { WAIT_CAUSES } from "../record/run-record.js";
import type { BusyRecord, RunRecord, SiteRecord } from "../record/run-record.js";
import type { TopologyProvenance } from "../topology/provenance.js";
import type { RunCheck } from "./run-check.js";
import type { RunResult, VerifyResult } from "./result.js";

const HOT_LINES = 5;

/** What a run knows besides its record. */
export interface RunFigures {
  wallMs: number;
  peakRssBytes: number;
  topologyProvenance: TopologyProvenance;
  /** Paths of what was written. */
  files: string[];
  verify: VerifyResult;
  check: RunCheck | null;
  /** What the kernels printed, one entry per line. */
  prints: string[];
  /** The text of a line of a kernel's source; empty when it is not at hand. */
  sourceOf(file: string, line: number): string;
  /** Bytes that algbw counts as nccl-tests does: of an all-gather the whole result, else those of one rank. */
  algorithmBytes: number;
  /** busbw ÷ algbw as nccl-tests defines it: 2(n − 1)/n for an all-reduce of n ranks. */
  busBandwidthFactor: number;
}

/** Builds the result; times are exact thousandths of a nanosecond, bandwidths are in 10^9 bytes a second. */
export function runResult(record: RunRecord, figures: RunFigures): RunResult {
  // Bytes a nanosecond are 10^9 bytes a second. A run that stopped before the collective ended has no bandwidth.
  const algbwGBps = record.collectivePs > 0 ? figures.algorithmBytes / psToNs(record.collectivePs) : 0;
  return {
    bench: record.bench,
    kernel: record.kernel,
    topology: record.topology,
    topologyProvenance: figures.topologyProvenance,
    algorithm: record.algorithm,
    ranks: record.ranks,
    hosts: record.hosts,
    pes: record.pes,
    bytes: record.bytes,
    dtype: record.dtype,
    simulatedNs: psToNs(record.simulatedPs),
    collectiveNs: psToNs(record.collectivePs),
    allNs: psToNs(record.allPs),
    pipelineNs: psToNs(record.pipelinePs),
    launches: record.launches.map(({ round, peExecPs, dmaPs, computePs }) => ({
      round,
      peExecNs: psToNs(peExecPs),
      dmaNs: psToNs(dmaPs),
      computeNs: psToNs(computePs),
    })),
    wallMs: figures.wallMs,
    events: record.events,
    eventsPerSecond: figures.wallMs > 0 ? Math.round(record.events / (figures.wallMs / 1000)) : 0,
    messages: record.messages,
    peakRssBytes: figures.peakRssBytes,
    check: figures.check,
    verify: {
      ...figures.verify,
      maxAbs: finite(figures.verify.maxAbs),
      maxRel: finite(figures.verify.maxRel),
    },
    algbwGBps,
    busbwGBps: algbwGBps * figures.busBandwidthFactor,
    levels: record.levels.map(({ level, name, nodes, dispatchPs }) => ({
      level,
      name,
      nodes,
      dispatchNs: psToNs(dispatchPs),
    })),
    hotLines: hottest(record.sites).map((site) => ({
      at: siteLocation(site),
      op: site.op,
      source: figures.sourceOf(site.file, site.line).trim(),
      count: site.count,
      totalNs: psToNs(site.totalPs),
      waits: waits(site),
    })),
    busiest: { engine: busy(record.busiestEngine), link: busy(record.busiestLink) },
    prints: figures.prints,
    files: figures.files,
  };
}

/** `file:line:column`, as editors and terminals recognise it. */
export function siteLocation(site: Pick<SiteRecord, "file" | "line" | "column">): string {
  return `${site.file}:${site.line}:${site.column}`;
}

function hottest(sites: readonly SiteRecord[]): SiteRecord[] {
  return [...sites].sort((a, b) => b.totalPs - a.totalPs).slice(0, HOT_LINES);
}

function waits(site: SiteRecord): Record<string, number> {
  const entries = WAIT_CAUSES.map((cause, index) => [cause, psToNs(site.byCausePs[index] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, ns]) => ns > 0));
}

function busy(record: BusyRecord | null): { name: string; share: number } | null {
  return record && { name: record.name, share: record.share };
}

/** JSON has no NaN and no infinity: an error without bound is the largest number. */
function finite(error: number): number {
  return Number.isFinite(error) ? error : Number.MAX_VALUE;
}
