/** A drawing of a part of the machine as data: what text, SVG and JSON show. */
import { psToNs } from "../base/units.js";
import type { SipGraph } from "./graph.js";
import type { Topology } from "./topology.js";
import { valueAt } from "./value-at.js";

/** From the whole machine down to one PE. */
export const VIEW_NAMES = ["system", "sip", "cube", "pe"] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

export interface ViewNode {
  name: string;
  kind: string;
  /** Distance from the west and north side of the drawing; only dies have real ones (`View.isToScale`). */
  xMm: number;
  yMm: number;
  /** How many like it the whole machine has. */
  count: number;
  /** Values of the topology that describe it, by their path. */
  values: Record<string, unknown>;
}

/** One direction of a joint. */
export interface ViewLink {
  from: string;
  to: string;
  /** Null where nothing limits it. */
  bandwidthGBps: number | null;
  latencyNs: number;
  lengthMm: number;
}

export interface View {
  view: ViewName;
  title: string;
  widthMm: number;
  heightMm: number;
  /** Are places and extents those of the dies, or only those of the drawing? */
  isToScale: boolean;
  nodes: ViewNode[];
  links: ViewLink[];
}

/** What a node of some kind is described by. */
const DESCRIBED_BY: Readonly<Record<string, readonly string[]>> = {
  clos2: ["network.clos2.latencyNs", "network.clos2.oversubscription"],
  clos1: ["network.clos1.latencyNs", "network.clos1.oversubscription"],
  pod: ["network.pod.latencyNs", "network.pod.oversubscription"],
  switch: ["sips.wiring", "host.pcieNs"],
  io_noc: ["ioChiplet.nocOverheadNs"],
  io_cpu: ["ioChiplet.ioCpuOverheadNs"],
  m_cpu: ["cube.mCpu.overheadNs"],
  sram: ["cube.sram.bandwidthGBps", "cube.sram.setupNs", "cube.sram.sizeBytes"],
  pe_cpu: ["pe.clockGHz", "pe.dispatchCycles", "pe.cpuOverheadNs"],
  pe_scheduler: [
    "pe.scheduler.kind",
    "pe.scheduler.overheadNs",
    "pe.scheduler.tileM",
    "pe.scheduler.tileK",
    "pe.scheduler.tileN",
  ],
  pe_gemm: ["pe.gemm.tflopsF16", "pe.gemm.fillNs"],
  pe_math: ["pe.math.lanes"],
  pe_dma: ["pe.dma.requests"],
  pe_mmu: ["pe.mmu.pageBytes", "pe.mmu.tlbNs"],
  pe_tcm: ["pe.tcm.sizeBytes", "pe.tcm.reservedBytes"],
  pe_ipcq: ["ipcq.slots", "ipcq.slotBytes", "ipcq.creditBytes", "ipcq.slotMemory"],
  pe_hbm: [
    "pe.hbm.channels",
    "pe.hbm.burstBytes",
    "pe.hbm.commitNs",
    "pe.hbm.turnaroundNs",
    "pe.hbm.sizeBytes",
  ],
};

export function viewNode(
  topology: Topology,
  node: Pick<ViewNode, "name" | "kind" | "xMm" | "yMm"> & { count?: number },
): ViewNode {
  const paths = DESCRIBED_BY[node.kind] ?? [];
  return {
    count: 1,
    ...node,
    values: Object.fromEntries(paths.map((path) => [path, valueAt(topology, path)])),
  };
}

/** A link in each direction. */
export function joint(
  from: string,
  to: string,
  rates: { bandwidthGBps?: number; latencyNs?: number; lengthMm?: number } = {},
): ViewLink[] {
  const { bandwidthGBps = Infinity, latencyNs = 0, lengthMm = 0 } = rates;
  const link = { bandwidthGBps: Number.isFinite(bandwidthGBps) ? bandwidthGBps : null, latencyNs, lengthMm };
  return [
    { from, to, ...link },
    { from: to, to: from, ...link },
  ];
}

/** Rates of a link of a SIP's graph. */
export function linkRates({ psPerByte, latencyPs, lengthUm }: SipGraph["links"][number]) {
  // The graph has picoseconds per byte; turned back, the last digits need not be those of the topology.
  const bandwidthGBps = Number((1000 / psPerByte).toPrecision(12));
  return { bandwidthGBps, latencyNs: psToNs(latencyPs), lengthMm: lengthUm / 1000 };
}
