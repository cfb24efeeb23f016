/** Measures the cases of a machine, works out what they should take, and checks that the figures make sense. */
import { ExitCode, invalidInput, usageError } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import { formatBytes } from "../base/units.js";
import type { SipGraph } from "../topology/sip-graph.js";
import type { Topology } from "../topology/topology.js";
import { ProbedHost } from "./accesses.js";
import { CASE_NAMES, catalogue } from "./catalogue.js";
import type { LeftOut, ProbeCase } from "./catalogue.js";
import { Formulas, tidyNs } from "./formula.js";
import { checkInvariants } from "./invariants.js";
import type { CaseResult, Measurement, ProbeResult } from "./result.js";
import { simulateAccesses } from "./simulate.js";
import type { Measure } from "./simulate.js";
import { latencyNs } from "./ways.js";

const KIB = 1024;
/** Without a choice: all cases at one size, those of a single access at more. */
const TABLE_BYTES = 32 * KIB;
const SWEEP_BYTES = [4, 16, 64, 256, 1024].map((kib) => kib * KIB);

/** A measurement that would take more crossings of links than this is left out: some seconds. Ours. */
const MAX_CROSSINGS = 1e7;

const MOSTLY_USED = 0.9;

export interface ProbeOptions {
  /** Names of cases; null for all. */
  cases: readonly string[] | null;
  /** Sizes of an access; null for the default ones. */
  bytes: readonly number[] | null;
  /** Also say when the data pass each node. */
  hops: boolean;
}

/**
 * Probes the first host of a machine; every measurement has an engine of its own. The exit code is 6 when an invariant
 * does not hold.
 * @throws LQ0013 unknown case; LQ6208 a case that the machine cannot have; LQ6209 a size larger than a slice of HBM
 */
export function probe(
  topology: Topology,
  graph: SipGraph,
  options: ProbeOptions,
  progress: (text: string) => void = () => {},
  measure: Measure = simulateAccesses,
): { exitCode: ExitCode; result: ProbeResult; diagnostics: Diagnostic[] } {
  const names = options.cases ?? CASE_NAMES;
  names.forEach(checkName);
  const host = new ProbedHost(topology, graph);
  options.bytes?.forEach((bytes) => checkSize(topology, bytes));
  const { cases, leftOut } = catalogue(host, names);
  if (options.cases !== null && leftOut.length > 0) throw impossible(topology.name, leftOut[0]!);
  const results = cases.map((each) => {
    progress(each.name);
    return probeCase(host, each, options, measure, leftOut);
  });
  const measured = results.filter(({ sizes }) => sizes.length > 0);
  const { summaries, diagnostics } = checkInvariants(topology, measured);
  const result: ProbeResult = {
    topology: topology.name,
    tableBytes: options.bytes === null ? [TABLE_BYTES] : ascending(options.bytes),
    cases: measured,
    leftOut,
    invariants: summaries,
  };
  const exitCode = diagnostics.length === 0 ? ExitCode.ok : ExitCode.gateFailed;
  return { exitCode, result, diagnostics };
}

function probeCase(
  host: ProbedHost,
  { name, description, accesses }: ProbeCase,
  options: ProbeOptions,
  measure: Measure,
  leftOut: LeftOut[],
): CaseResult {
  const [first] = accesses;
  const isSingle = accesses.length === 1;
  const formulas = new Formulas(host.topology, accesses);
  const sizes: Measurement[] = [];
  for (const bytes of ascending(
    options.bytes ?? (isSingle ? [...SWEEP_BYTES, TABLE_BYTES] : [TABLE_BYTES]),
  )) {
    const reason = tooLarge(host, accesses, bytes);
    if (reason !== null) {
      leftOut.push({ case: name, bytes, reason });
      continue;
    }
    const endsNs = measure(host, accesses, bytes);
    const simulatedNs = endsNs.includes(0) ? 0 : Math.max(...endsNs);
    const all = accesses.map((access) => formulas.of(access, bytes));
    const slowest = all.reduce((worst, formula) => (formula.ns > worst.ns ? formula : worst));
    const tightest = all.reduce((worst, each) => (each.shareGBps < worst.shareGBps ? each : worst));
    const peakGBps = all.reduce((sum, { shareGBps }) => sum + shareGBps, 0);
    const bandwidthGBps = simulatedNs === 0 ? 0 : (accesses.length * bytes) / simulatedNs;
    sizes.push({
      bytes,
      simulatedNs,
      formulaNs: slowest.ns,
      terms: slowest.terms,
      deviationPercent: 100 * (simulatedNs / slowest.ns - 1),
      bandwidthGBps,
      peakGBps,
      utilisation: bandwidthGBps / peakGBps,
      bottleneck: tightest.bottleneck,
      passages: options.hops && isSingle ? formulas.passages(first!, bytes) : null,
    });
  }
  return {
    name,
    description,
    accesses: accesses.length,
    source: first!.source,
    target: first!.target,
    links: first!.there.length,
    roundTripNs: tidyNs(latencyNs(first!.there) + latencyNs(first!.back)),
    sizes,
    ninetyPercent: ninetyPercent(sizes),
  };
}

/** Why a measurement would take too long, or null. */
function tooLarge({ topology }: ProbedHost, accesses: ProbeCase["accesses"], bytes: number): string | null {
  const { flitBytes, flitTrains, bufferFlits } = topology.fabric;
  const aloneTrain = flitTrains && bufferFlits === 0 ? 16 : 1;
  const pieces = Math.ceil(bytes / (flitBytes * (accesses.length === 1 ? aloneTrain : 1)));
  const crossings = accesses.reduce((sum, { there }) => sum + pieces * (there.length + 2), 0);
  if (crossings <= MAX_CROSSINGS) return null;
  return `flits would cross links ${crossings.toLocaleString("en-US")} times; choose fewer bytes`;
}

function ninetyPercent(sizes: readonly Measurement[]): CaseResult["ninetyPercent"] {
  const index = sizes.findIndex(({ utilisation }) => utilisation >= MOSTLY_USED);
  if (index < 0) return null;
  return { above: index === 0 ? null : sizes[index - 1]!.bytes, upTo: sizes[index]!.bytes };
}

function ascending(sizes: readonly number[]): number[] {
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function checkName(name: string): void {
  if (CASE_NAMES.includes(name)) return;
  throw usageError({
    code: "LQ0013",
    message: `there is no case ${JSON.stringify(name)}`,
    hint: suggestName(name, CASE_NAMES),
  });
}

function checkSize({ pe }: Topology, bytes: number): void {
  if (bytes <= pe.hbm.sizeBytes) return;
  throw invalidInput({
    code: "LQ6209",
    message: `an access of ${formatBytes(bytes)} is larger than a slice of HBM`,
    hint: `a slice has ${formatBytes(pe.hbm.sizeBytes)} (pe.hbm.sizeBytes)`,
  });
}

function impossible(topology: string, { case: name, reason }: LeftOut) {
  return invalidInput({
    code: "LQ6208",
    message: `topology ${topology} cannot have the case ${name}: ${reason}`,
    hint: "choose another case or another topology",
  });
}
