import { probe } from "../../src/probe/probe.js";
import type { ProbeOptions } from "../../src/probe/probe.js";
import type { CaseResult, Measurement } from "../../src/probe/result.js";
import type { Measure } from "../../src/probe/simulate.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";

/** Probes a preset. */
export function probed(
  preset: string,
  { set = [], measure, ...options }: Partial<ProbeOptions> & { set?: string[]; measure?: Measure } = {},
) {
  const topology = loadTopology(preset, set);
  const asked = { cases: null, bytes: null, hops: false, ...options };
  return probe(topology, buildSipGraph(topology), asked, () => {}, measure);
}

export function caseOf({ result }: ReturnType<typeof probed>, name: string): CaseResult {
  const found = result.cases.find((each) => each.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}

export function sizeOf(probing: ReturnType<typeof probed>, name: string, bytes: number): Measurement {
  const found = caseOf(probing, name).sizes.find((size) => size.bytes === bytes);
  if (!found) throw new Error(`${name} was not measured at ${bytes} bytes`);
  return found;
}
