/** ring_profile.json: what every bounded resource of every node held, and how long somebody waited for it. */
import { psToNs } from "../base/units.js";
import type { NodeRecord, RingRecord, RunRecord } from "../record/run-record.js";

const SCHEMA = "linqu/ring_profile/1";
const RING_KINDS = ["task", "heap", "tensorMap", "ipcq"] as const satisfies readonly RingRecord["kind"][];

/** Largest share of the capacity that was in use at once, 0 to 1. */
export function occupancy(ring: RingRecord): number {
  return ring.capacity > 0 ? ring.peak / ring.capacity : 0;
}

/** The profile in pieces of one node each, so that a cluster's never exists as one string. */
export function* ringProfileChunks(record: RunRecord): Iterable<string> {
  const run = {
    bench: record.bench,
    kernel: record.kernel,
    topology: record.topology,
    algorithm: record.algorithm,
    ranks: record.ranks,
    hosts: record.hosts,
    pes: record.pes,
    bytes: record.bytes,
    dtype: record.dtype,
    simulatedNs: psToNs(record.simulatedPs),
    collectiveNs: psToNs(record.collectivePs),
  };
  yield `{\n"schema": ${JSON.stringify(SCHEMA)},\n"run": ${JSON.stringify(run)},\n`;
  yield `"totals": ${JSON.stringify(totals(record.nodes))},\n"nodes": [`;
  let separator = "\n";
  for (const node of record.nodes) {
    yield separator + JSON.stringify(nodeProfile(node));
    separator = ",\n";
  }
  yield "\n]\n}\n";
}

/** The whole profile as one text (docs/reference/ring-profile.md). */
export function ringProfileJson(record: RunRecord): string {
  return [...ringProfileChunks(record)].join("");
}

function totals(nodes: readonly NodeRecord[]) {
  const rings = nodes.flatMap((node) => node.rings);
  const sum = (list: readonly RingRecord[]) => ({
    blockCount: list.reduce((count, ring) => count + ring.blocks, 0),
    blockedNs: psToNs(list.reduce((time, ring) => time + ring.blockedPs, 0)),
  });
  const byKind = RING_KINDS.map((kind) => [kind, sum(rings.filter((ring) => ring.kind === kind))]);
  return { ...sum(rings), byKind: Object.fromEntries(byKind) };
}

function nodeProfile(node: NodeRecord) {
  return {
    node: node.node,
    level: node.level,
    levelName: node.levelName,
    dispatchNs: psToNs(node.dispatchPs),
    scopes: { begins: node.scopeBegins, ends: node.scopeEnds, maxDepth: node.maxScopeDepth },
    frees: node.frees,
    tasks: node.tasks,
    rings: node.rings.map(ringProfile),
  };
}

function ringProfile(ring: RingRecord) {
  return {
    kind: ring.kind,
    depth: ring.depth,
    axis: ring.axis,
    unit: ring.unit,
    capacity: ring.capacity,
    rings: ring.rings,
    peak: ring.peak,
    occupancy: occupancy(ring),
    allocs: ring.allocs,
    retires: ring.retires,
    blockCount: ring.blocks,
    blockedNs: psToNs(ring.blockedPs),
  };
}
