import { nsToPs, psPerByte } from "../base/units.js";
import { QUEUE_AXES } from "../ccl/queues.js";
import { WAIT_CAUSES, type BusyRecord, type LevelRecord, type NodeRecord } from "../record/run-record.js";
import type { RingRecord, RunRecord, SiteRecord, SpanTable } from "../record/run-record.js";
import type { SourceLocation } from "../base/diagnostics.js";
import { LinkLoad } from "../machine/fabric/link-load.js";
import type { Machine } from "../machine/machine.js";
import { Cause } from "../machine/pe/kernel-core.js";
import type { Selection, Topology } from "../topology/topology.js";
import { chipPaths, type Simulation, type SimulationPlan } from "./simulation.js";

const CAUSES = WAIT_CAUSES.length;
const CHIP_LEVEL = 2;

/** What a run was asked to do, for its record. */
export interface RunNames {
  bench: string;
  kernel: string;
  algorithm: string;
  bytes: number;
  dtype: string;
}

/** Builds the record of a pass. */
export function buildRecord(plan: SimulationPlan, simulation: Simulation, names: RunNames): RunRecord {
  const { machine, engine, chips } = simulation;
  const { channels, layout } = machine;
  // A collective that did not end has no duration.
  const rounds = simulation.failure === null ? machine.rounds.list : [];
  const windows = rounds.map(({ startPs, endPs }) => endPs - startPs);
  const collectivePs = Math.max(0, ...windows);
  // What was busy was so in all rounds.
  const activePs = sum(windows);
  const nodes = [...simulation.nodes, ...chipNodes(machine, chips.dispatchPs, chipPaths(plan))];
  const { sites, order } = siteRecords(plan, machine);
  return {
    ...names,
    topology: plan.topology.name,
    ranks: layout.world,
    hosts: layout.hosts,
    pes: selectedPes(plan.selection),
    simulatedPs: simulation.simulatedPs,
    collectivePs,
    ...machine.windows,
    launches: rounds.map(({ peExecPs, dmaPs, computePs }, round) => ({ round, peExecPs, dmaPs, computePs })),
    events: engine.events,
    messages: sum(channels.sent),
    levels: levelRecords(nodes),
    nodes,
    sites,
    busiestEngine: busiestEngine(machine, plan.topology, activePs),
    busiestLink: busiestLink(machine, activePs),
    spans: spanTable(machine, order),
  };
}

function selectedPes({ hosts, sips, cubes, pes }: Selection): number {
  return hosts.length * sips.length * cubes.length * pes.length;
}

function levelRecords(nodes: readonly NodeRecord[]): LevelRecord[] {
  const levels = new Map<number, LevelRecord>();
  for (const { level, levelName, dispatchPs } of nodes) {
    const known = levels.get(level);
    if (known) {
      known.nodes++;
      known.dispatchPs = Math.max(known.dispatchPs, dispatchPs);
    } else {
      levels.set(level, { level, name: levelName, nodes: 1, dispatchPs });
    }
  }
  return [...levels.values()].sort((a, b) => b.level - a.level);
}

/** One record per chip, with its IPCQ rings summed up by axis; a queue counts where its sender is. */
function chipNodes(
  machine: Machine,
  dispatchPs: Float64Array,
  chipPath: (sip: number) => string,
): NodeRecord[] {
  const { channels, layout } = machine;
  const nodes = Array.from({ length: layout.sips }, (_, sip): NodeRecord => {
    return {
      node: chipPath(sip),
      level: CHIP_LEVEL,
      levelName: "CHIP",
      dispatchPs: dispatchPs[sip]!,
      scopeBegins: 0,
      scopeEnds: 0,
      maxScopeDepth: 0,
      frees: 0,
      tasks: 0,
      rings: [],
    };
  });
  const rings = nodes.map(() => new Map<number, RingRecord>());
  for (let channel = 0; channel < channels.count; channel++) {
    const sip = layout.sipOf(channels.source[channel]!);
    const axis = channels.axis[channel]!;
    let ring = rings[sip]!.get(axis);
    if (ring === undefined) {
      ring = emptyQueues(QUEUE_AXES[axis]!, channels.slots);
      rings[sip]!.set(axis, ring);
      nodes[sip]!.rings.push(ring);
    }
    ring.rings++;
    ring.peak = Math.max(ring.peak, channels.peak[channel]!);
    ring.allocs += channels.sent[channel]!;
    ring.retires += channels.received[channel]!;
    ring.blocks += channels.blocks[channel]!;
    ring.blockedPs += channels.blockedPs[channel]!;
  }
  return nodes;
}

function emptyQueues(axis: string, capacity: number): RingRecord {
  return {
    kind: "ipcq",
    depth: null,
    axis,
    unit: "slots",
    capacity,
    rings: 0,
    peak: 0,
    allocs: 0,
    retires: 0,
    blocks: 0,
    blockedPs: 0,
  };
}

/** Sites that were reached, by total time; `order` maps a bundle's site to its place among them, or −1. */
function siteRecords(plan: SimulationPlan, { core }: Machine): { sites: SiteRecord[]; order: Int32Array } {
  const reached: { site: number; record: SiteRecord }[] = [];
  for (let site = 0; site < core.siteCount.length; site++) {
    const count = core.siteCount[site]!;
    if (count === 0) continue;
    const at: SourceLocation | null = plan.locate(site);
    const byCausePs = [...core.sitePs.subarray(site * CAUSES, (site + 1) * CAUSES)];
    byCausePs[Cause.dispatch] = count * core.dispatchPs;
    const record = {
      file: at?.file ?? "",
      line: at?.line ?? 0,
      column: at?.column ?? 0,
      op: plan.opOf(site),
      count,
      totalPs: sum(byCausePs),
      byCausePs,
    };
    reached.push({ site, record });
  }
  reached.sort((a, b) => b.record.totalPs - a.record.totalPs || a.site - b.site);
  const order = new Int32Array(core.siteCount.length).fill(-1);
  reached.forEach(({ site }, index) => (order[site] = index));
  return { sites: reached.map(({ record }) => record), order };
}

function spanTable({ core }: Machine, order: Int32Array): SpanTable | null {
  if (core.spans === null) return null;
  const table = core.spans.finish();
  const site = table.site.map((bundleSite) => (bundleSite < 0 ? -1 : order[bundleSite]!));
  return { ...table, site };
}

/** The DMA's communication channel is busy while a message is read out of the TCM. */
function commBusyPs({ channels, core, layout }: Machine): Float64Array {
  const busyPs = new Float64Array(layout.world);
  for (let channel = 0; channel < channels.count; channel++) {
    busyPs[channels.source[channel]!]! += Math.round(
      channels.sentBytes[channel]! * core.costs.tcmReadPsPerByte,
    );
  }
  return busyPs;
}

/** A slice is busy for as long as its link, or its channels where they are slower, need for the bytes. */
function hbmBusyPs({ layout, localMemory, memory }: Machine, hbm: Topology["pe"]["hbm"]): Float64Array {
  const commitPsPerByte = nsToPs(hbm.commitNs) / (hbm.channels * hbm.burstBytes);
  const rate = Math.max(psPerByte(hbm.bandwidthGBps), commitPsPerByte);
  const bytes = (slice: number): number =>
    localMemory.movedBytes(slice) + (memory?.memories.hbmBytes[slice] ?? 0);
  return new Float64Array(layout.world).map((_, slice) => Math.round(bytes(slice) * rate));
}

function busiestEngine(machine: Machine, { pe }: Topology, activePs: number): BusyRecord | null {
  const { pes } = machine.core;
  const engines: Record<string, Float64Array> = {
    math: pes.mathBusyPs,
    gemm: pes.gemmBusyPs,
    hbm: hbmBusyPs(machine, pe.hbm),
    dma_comm: commBusyPs(machine),
  };
  let best: { kind: string; rank: number; busyPs: number } | null = null;
  for (const [kind, busy] of Object.entries(engines)) {
    for (let rank = 0; rank < busy.length; rank++) {
      if (busy[rank]! > (best?.busyPs ?? 0)) best = { kind, rank, busyPs: busy[rank]! };
    }
  }
  if (best === null) return null;
  const { kind, rank, busyPs } = best;
  return { name: `${machine.layout.peName(rank)} ${kind}`, kind, busyPs, share: share(busyPs, activePs) };
}

/** Messages of queues and memory traffic; a PE's way to its own slice of HBM counts as its engine `hbm`. */
function busiestLink({ channels, links, memory }: Machine, activePs: number): BusyRecord | null {
  const load = new LinkLoad(links);
  for (let channel = 0; channel < channels.count; channel++) {
    const bytes = channels.sentBytes[channel]!;
    if (bytes > 0) load.add(channels.route[channel]!, channels.linkBase[channel]!, bytes);
  }
  memory?.traffic.bytesByRoute.forEach((bytes, route) => load.add(route, 0, bytes));
  const best = load.busiest();
  if (best < 0) return null;
  const busyPs = Math.round(load.busyPs[best]!);
  return { name: links.nameOf(best), kind: "link", busyPs, share: share(busyPs, activePs) };
}

function share(busyPs: number, activePs: number): number {
  return activePs > 0 ? busyPs / activePs : 0;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index]!;
  return total;
}
