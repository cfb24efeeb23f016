/** What must hold between the figures of a probe, whatever the machine; the formula is checked here as well. */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import type { Topology } from "../topology/topology.js";
import { DISTANCES } from "./catalogue.js";
import { CHANNEL_WAIT } from "./formula.js";
import type { CaseResult, InvariantSummary, Measurement } from "./result.js";

interface Check {
  holds: boolean;
  /** Case and size, and the two figures that do not fit. */
  message: string;
}

interface Invariant {
  code: `LQ${string}`;
  name: string;
  hint: string;
  checks: (topology: Topology, cases: readonly CaseResult[]) => Check[];
}

/** Every link rounds its times to a picosecond: half of one each, there and back. */
const ROUNDING_NS_PER_LINK = 0.0005;
const FORMULA_NS = 1;
/** Slack of a comparison between sums of fractions. */
const EPSILON = 1e-9;

const WAYS = ["read", "write"] as const;

const SIMULATOR = "a bug in linqu, unless the topology's own fabric is at fault: report it";

const INVARIANTS: readonly Invariant[] = [
  {
    code: "LQ6201",
    name: "time grows with distance",
    hint: "a longer way must not be faster: look at the latencies and bandwidths of the links (--hops)",
    checks: (_topology, cases) => WAYS.flatMap((way) => distanceChecks(cases, way)),
  },
  {
    code: "LQ6202",
    name: "device to host takes at least as long as host to device",
    hint: SIMULATOR,
    checks: (topology, cases) => (isExact(topology) ? directionChecks(topology, cases) : []),
  },
  {
    code: "LQ6203",
    name: "time grows with the size",
    hint: SIMULATOR,
    checks: (topology, cases) => cases.flatMap((each) => sizeChecks(topology, each)),
  },
  {
    code: "LQ6204",
    name: "bandwidth stays below the bottleneck's",
    hint: SIMULATOR,
    checks: (_topology, cases) =>
      everySize(cases, (where, { bandwidthGBps, peakGBps, bottleneck }) => ({
        holds: bandwidthGBps <= peakGBps * (1 + EPSILON),
        message: `${where}: ${bandwidthGBps.toFixed(3)} GB/s, but ${bottleneck.name} allows ${peakGBps.toFixed(3)} GB/s`,
      })),
  },
  {
    code: "LQ6205",
    name: "the nearest slice is faster than the farthest",
    hint: SIMULATOR,
    checks: (_topology, cases) => WAYS.flatMap((way) => spreadChecks(cases, way)),
  },
  {
    code: "LQ6206",
    name: "a single access takes what the formula says",
    hint: "the formula and the simulator model something differently: report it",
    checks: (topology, cases) => (isExact(topology) ? formulaChecks(topology, cases) : []),
  },
  {
    code: "LQ6207",
    name: "every access ends and takes time",
    hint: "with fabric.bufferFlits, transfers may block each other for good: raise it",
    checks: (_topology, cases) =>
      everySize(cases, (where, { simulatedNs, formulaNs }) => ({
        holds: simulatedNs > 0,
        message: `${where}: an access took no time or did not end; the formula says ${ns(formulaNs)}`,
      })),
  },
];

/** Checks all invariants; each that is broken gives one diagnostic for every pair of figures that breaks it. */
export function checkInvariants(
  topology: Topology,
  cases: readonly CaseResult[],
): { summaries: InvariantSummary[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const summaries = INVARIANTS.map(({ code, name, hint, checks }) => {
    const made = checks(topology, cases);
    const broken = made.filter(({ holds }) => !holds);
    for (const { message } of broken) diagnostics.push(diagnostic({ code, message, hint }));
    return { code, name, checks: made.length, broken: broken.length };
  });
  return { summaries, diagnostics };
}

function distanceChecks(cases: readonly CaseResult[], way: "read" | "write"): Check[] {
  const chain = chainOf(cases, way);
  return chain.slice(1).flatMap((far, index) => {
    const near = chain[index]!;
    const isLonger = far.roundTripNs > near.roundTripNs + roundingNs(far);
    return atEqualSizes(near, far, (bytes, nearSize, farSize) => ({
      holds: isLonger
        ? farSize.simulatedNs > nearSize.simulatedNs
        : farSize.simulatedNs >= nearSize.simulatedNs - roundingNs(far),
      message:
        `${at(far.name, bytes)} takes ${ns(farSize.simulatedNs)}, ` +
        `but the nearer ${near.name} ${ns(nearSize.simulatedNs)}`,
    }));
  });
}

/** A write may wait for a channel at its end, where a read goes on to other channels. */
function directionChecks(topology: Topology, cases: readonly CaseResult[]): Check[] {
  const write = cases.find(({ name }) => name === "host-to-device");
  const read = cases.find(({ name }) => name === "device-to-host");
  if (!write || !read) return [];
  return atEqualSizes(write, read, (bytes, there, back) => {
    const waitNs = there.terms.find(({ what }) => what === CHANNEL_WAIT)?.ns ?? 0;
    const slackNs = waitNs + partOfFlitNs(topology, write, there) + roundingNs(write);
    return {
      holds: back.simulatedNs >= there.simulatedNs - slackNs,
      message: `${at(read.name, bytes)} takes ${ns(back.simulatedNs)}, but ${write.name} ${ns(there.simulatedNs)}`,
    };
  });
}

function formulaChecks(topology: Topology, cases: readonly CaseResult[]): Check[] {
  return cases.filter(isSingle).flatMap((each) =>
    everySize([each], (where, size) => ({
      holds:
        Math.abs(size.simulatedNs - size.formulaNs) <=
        FORMULA_NS + roundingNs(each) + partOfFlitNs(topology, each, size),
      message: `${where}: simulated ${ns(size.simulatedNs)}, formula ${ns(size.formulaNs)}`,
    })),
  );
}

function sizeChecks(topology: Topology, each: CaseResult): Check[] {
  const { name, sizes } = each;
  return sizes.slice(1).map((larger, index) => {
    const smaller = sizes[index]!;
    return {
      holds: larger.simulatedNs >= smaller.simulatedNs - partOfFlitNs(topology, each, larger),
      message:
        `${at(name, larger.bytes)} takes ${ns(larger.simulatedNs)}, ` +
        `but ${formatBytes(smaller.bytes)} ${ns(smaller.simulatedNs)}`,
    };
  });
}

/** The nearest slice that was measured against the farthest one, unless they are equally far. */
function spreadChecks(cases: readonly CaseResult[], way: "read" | "write"): Check[] {
  const chain = chainOf(cases, way);
  const [best, worst] = [chain[0], chain.at(-1)];
  if (!best || !worst || worst.roundTripNs <= best.roundTripNs) return [];
  return atEqualSizes(best, worst, (bytes, bestSize, worstSize) => ({
    holds: bestSize.simulatedNs < worstSize.simulatedNs,
    message:
      `${at(best.name, bytes)} takes ${ns(bestSize.simulatedNs)}, ` +
      `but ${worst.name} ${ns(worstSize.simulatedNs)}`,
  }));
}

/** The formula knows no back-pressure, which holds writes up more than reads. */
function isExact({ fabric }: Topology): boolean {
  return fabric.bufferFlits === 0;
}

/**
 * A size that ends with part of a flit: that part is quicker over each link, and when the source has it is known to a
 * flit only.
 */
function partOfFlitNs(
  { fabric: { flitBytes } }: Topology,
  { links }: CaseResult,
  { bytes, peakGBps }: Measurement,
): number {
  const isWhole = bytes <= flitBytes || bytes % flitBytes === 0;
  return isWhole ? 0 : (links * flitBytes) / peakGBps;
}

/** The measured cases of a PE's own accesses, the nearest slice first. */
function chainOf(cases: readonly CaseResult[], way: "read" | "write"): CaseResult[] {
  return DISTANCES.flatMap((distance) => cases.filter(({ name }) => name === `${way}-${distance}`));
}

const isSingle = ({ accesses }: CaseResult): boolean => accesses === 1;
const roundingNs = ({ links }: CaseResult): number => 2 * links * ROUNDING_NS_PER_LINK + EPSILON;
const sizeOf = ({ sizes }: CaseResult, bytes: number) => sizes.find((size) => size.bytes === bytes);
const at = (name: string, bytes: number): string => `${name} of ${formatBytes(bytes)}`;
const ns = (value: number): string => `${value.toFixed(3)} ns`;

function everySize(
  cases: readonly CaseResult[],
  check: (where: string, size: Measurement) => Check,
): Check[] {
  return cases.flatMap(({ name, sizes }) => sizes.map((size) => check(at(name, size.bytes), size)));
}

function atEqualSizes(
  a: CaseResult,
  b: CaseResult,
  check: (bytes: number, a: Measurement, b: Measurement) => Check,
): Check[] {
  return a.sizes.flatMap((ofA) => {
    const ofB = sizeOf(b, ofA.bytes);
    return ofB ? check(ofA.bytes, ofA, ofB) : [];
  });
}
