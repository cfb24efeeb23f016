/**
 * One record of a run. The table on screen, ring_profile.json, the Chrome trace and the JSON result are views of
 * it. Everything in it is simulated and deterministic; host-dependent figures are kept outside.
 */

/** A bounded resource of one node: what it could hold, what it held, and how long somebody waited for it. */
export interface RingRecord {
  kind: "task" | "heap" | "tensorMap" | "ipcq";
  /** Scope depth of a task or heap ring; null for the rest. */
  depth: number | null;
  /** Axis of an IPCQ group; null for the rest. */
  axis: string | null;
  unit: "slots" | "bytes" | "entries";
  /** Capacity of one ring. */
  capacity: number;
  /** Number of equal rings that this line sums up: 1, or the queues of a PE group. */
  rings: number;
  /** Largest occupancy of any one ring. */
  peak: number;
  allocs: number;
  retires: number;
  /** How often somebody had to wait for room. */
  blocks: number;
  blockedPs: number;
}

/** A runtime node or a chip. */
export interface NodeRecord {
  /** Coordinate path such as `supernode0/pod2/host5/sip1`. */
  node: string;
  /** 2 = CHIP … 6 = CLOS2. */
  level: number;
  levelName: string;
  /** Largest time from the parent's submit to this node's start. */
  dispatchPs: number;
  scopeBegins: number;
  scopeEnds: number;
  maxScopeDepth: number;
  frees: number;
  tasks: number;
  rings: RingRecord[];
}

/** Why a kernel's clock moved on; what its stores take after its last operation has no cause. */
export const WAIT_CAUSES = [
  "dispatch",
  "hbm",
  "math",
  "gemm",
  "credit",
  "arrival",
  "copy",
  "dma_queue",
  "composite",
  "barrier",
] as const;

/** Time spent at one source line's operation, summed over all ranks. */
export interface SiteRecord {
  file: string;
  line: number;
  column: number;
  op: string;
  count: number;
  totalPs: number;
  /** In the order of WAIT_CAUSES. */
  byCausePs: number[];
}

export interface BusyRecord {
  /** `host:0/sip:0/cube:3/pe:5 math`, or a link's two ends. */
  name: string;
  kind: string;
  busyPs: number;
  /** Share of the collective's time, 0 to 1. */
  share: number;
}

/** Spans of one run in columns; a lane is one engine queue or one node, and its spans never overlap. */
export interface SpanTable {
  lanes: { process: string; lane: string }[];
  names: string[];
  count: number;
  lane: Int32Array;
  name: Int32Array;
  /** Index into `sites`, or −1. */
  site: Int32Array;
  startPs: Float64Array;
  endPs: Float64Array;
  /** Id of the message that this span sends or receives, or −1; a flow is drawn where both ends are present. */
  flowOut: Float64Array;
  flowIn: Float64Array;
  /** What was not recorded: lanes and spans left out. */
  omittedLanes: number;
}

export interface LevelRecord {
  level: number;
  name: string;
  nodes: number;
  dispatchPs: number;
}

/** One round of launches: a chip's first launch is its round 0. Each figure is of the PE for which it was largest. */
export interface LaunchRecord {
  round: number;
  /** End − start of the kernel. */
  peExecPs: number;
  /** Loads, stores and DMA stages, each from its grant to its end. */
  dmaPs: number;
  /** MATH and GEMM. */
  computePs: number;
}

export interface RunRecord {
  bench: string;
  kernel: string;
  topology: string;
  algorithm: string;
  ranks: number;
  hosts: number;
  pes: number;
  bytes: number;
  dtype: string;
  simulatedPs: number;
  /** Last PE end − first PE start of a launch on all chips; of the longest when there were several. */
  collectivePs: number;
  /** First start to last end of what one PE did in a launch, without dispatch before and after; of the longest. */
  allPs: number;
  /** The same of the stages of composite commands; 0 when there were none. */
  pipelinePs: number;
  /** In order of their rounds; none when the program did not end. */
  launches: LaunchRecord[];
  events: number;
  messages: number;
  levels: LevelRecord[];
  nodes: NodeRecord[];
  /** All sites with a count, by total time, largest first. */
  sites: SiteRecord[];
  busiestEngine: BusyRecord | null;
  busiestLink: BusyRecord | null;
  spans: SpanTable | null;
}
