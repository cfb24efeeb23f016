/** What the author of a component sees: the machine's values, and the graph of a SIP that a fabric builds. */

/** The values of the topology that shape a fabric, as docs/reference/topology.md lists them. */
export interface FabricTopology {
  readonly counts: { readonly pesPerCube: number };
  /** The mesh of cubes in a SIP. */
  readonly cubes: { readonly columns: number; readonly rows: number };
  readonly fabric: {
    readonly nsPerMm: number;
    readonly routerBandwidthGBps: number;
    readonly routerOverheadNs: number;
    readonly direct: { readonly bandwidthGBps: number; readonly latencyNs: number };
  };
  readonly pe: { readonly hbm: { readonly bandwidthGBps: number } };
  readonly cube: {
    readonly widthMm: number;
    readonly heightMm: number;
    readonly mCpu: { readonly xMm: number; readonly yMm: number; readonly overheadNs: number };
    readonly sram: { readonly xMm: number; readonly yMm: number; readonly linkGBps: number };
    readonly pes: readonly { readonly xMm: number; readonly yMm: number }[];
  };
  readonly ucie: {
    readonly connectionsPerSide: number;
    readonly bandwidthGBps: number;
    readonly portNs: number;
  };
  readonly ioChiplet: {
    readonly ioCpuOverheadNs: number;
    readonly nocOverheadNs: number;
    readonly bandwidthGBps: number;
    readonly ucieGBps: number;
  };
}

/**
 * What stands at a node. Messages pass `router` nodes; between cubes also `ucie`; to and from the IO chiplet also
 * `io_noc` and `io_ucie`. At all others a way begins or ends.
 */
export type FabricNodeKind =
  "router" | "ucie" | "io_noc" | "io_ucie" | "pe" | "m_cpu" | "hbm_ctrl" | "sram" | "pcie_ep" | "io_cpu";

export interface FabricLink {
  bandwidthGBps: number;
  /** Costs `fabric.nsPerMm`, and decides which way is the shortest. */
  lengthUm: number;
  /** Latency besides the wire and the overhead of the node that is entered. */
  extraNs?: number;
  /** Of equally short ways, one that goes along `x` first is taken. */
  axis?: "x" | "y";
}

/** Collects the nodes and links of one SIP; all SIPs are equal. */
export interface FabricGraph {
  /** Adds a node and returns its number. `cube` is −1 on the IO chiplet; whatever enters the node pays `overheadNs`. */
  addNode(kind: FabricNodeKind, cube: number, name: string, overheadNs?: number): number;
  /** A link in one direction. */
  addLink(from: number, to: number, link: FabricLink): void;
  /** A link in each direction. */
  join(a: number, b: number, link: FabricLink): void;
}

/** Numbers of a cube's nodes: for each PE its own and that of its slice of HBM. */
export interface FabricCube {
  pes: readonly number[];
  hbm: readonly number[];
  sram: number;
  mCpu: number;
}

/** Where the machine finds its parts in the graph. */
export interface FabricNodes {
  cubes: readonly FabricCube[];
  ioCpu: number;
  pcie: number;
}

/** An implementation of `fabric.kind`. It may use nothing but its arguments, so that every run is the same. */
export type Fabric = (topology: FabricTopology, graph: FabricGraph) => FabricNodes;

/** The tile into which the topology asks to cut composite commands: `pe.scheduler`. */
export interface TileSizes {
  readonly tileM: number;
  readonly tileK: number;
  readonly tileN: number;
}

interface CompositeOperands {
  /** Of the operands: a ref is streamed from HBM, a loaded tile is not. */
  readonly streamsA: boolean;
  readonly streamsB: boolean;
  readonly elementBytes: number;
  readonly outElementBytes: number;
  /** Operations that MATH does to every output tile before it is written. */
  readonly epilogueSteps: number;
}

/** `[m, k] × [k, n]`. */
export interface GemmCommand extends CompositeOperands {
  readonly kind: "gemm";
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export interface ElementwiseCommand extends CompositeOperands {
  readonly kind: "elementwise";
  readonly elements: number;
}

/** What a kernel asks for with `tl.composite`. */
export type CompositeCommand = GemmCommand | ElementwiseCommand;

/**
 * What one unit does to one tile. Offsets count from the start of the operand's block, whose tiles lie one after the
 * other: gathering a tile's rows costs the same as reading them in one piece.
 */
export type PlanStage =
  | {
      readonly unit: "dmaRead";
      readonly operand: "a" | "b";
      readonly offsetBytes: number;
      readonly bytes: number;
    }
  | { readonly unit: "fetch"; readonly bytes: number }
  | { readonly unit: "gemm"; readonly flops: number }
  | { readonly unit: "math"; readonly elements: number }
  | { readonly unit: "store"; readonly bytes: number }
  | { readonly unit: "dmaWrite"; readonly offsetBytes: number; readonly bytes: number };

export interface CompositePlan {
  /** Number of tiles along each dimension; an elementwise command has one dimension, `m`. */
  readonly tiles: { readonly m: number; readonly k: number; readonly n: number };
  /** One token for each tile of the iteration space. */
  readonly tokens: number;
  /** The stages of a token, in the order in which it passes them. */
  stagesOf(token: number): readonly PlanStage[];
}

/** An implementation of `pe.scheduler.kind`. It changes when things happen, never the values. */
export type Scheduler = (command: CompositeCommand, sizes: TileSizes) => CompositePlan;

/** Implementations by the names under which a topology chooses them. */
export interface ComponentsDefinition {
  readonly kind: "components";
  readonly fabrics?: Readonly<Record<string, Fabric>>;
  readonly schedulers?: Readonly<Record<string, Scheduler>>;
}
