/**
 * The machine, as data: what a preset or a user's file says after `extends` and `--set` are applied and every value
 * is checked. Units are in the names. Sources of the numbers stand beside them in presets/*.yaml.
 */
export interface Topology {
  name: string;
  description: string;
  counts: {
    supernodes: number;
    podsPerSupernode: number;
    hostsPerPod: number;
    sipsPerHost: number;
    pesPerCube: number;
  };
  /** The mesh of cubes in a SIP. */
  cubes: { columns: number; rows: number };
  /** `noc`: routers, UCIe and IO chiplet. `ring`: PEs of a cube joined by point-to-point links, no NoC (one cube only). */
  fabric: {
    kind: "noc" | "ring";
    flitBytes: number;
    /** One event per train of contiguous flits and shared link; false: every flit on its own (slow, for comparison). */
    flitTrains: boolean;
    nsPerMm: number;
    routerBandwidthGBps: number;
    routerOverheadNs: number;
    ring: { bandwidthGBps: number; latencyNs: number };
  };
  pe: {
    clockGHz: number;
    dispatchCycles: number;
    cpuOverheadNs: number;
    tcm: { readGBps: number; writeGBps: number; sizeBytes: number };
    math: { lanes: number };
    gemm: { tflopsF16: number };
    hbm: { bandwidthGBps: number; commitNs: number; sizeBytes: number };
  };
  ipcq: { slots: number; slotBytes: number; creditBytes: number };
  /** A cube's router grid, in mm; routers under the HBM are left out. */
  cube: {
    widthMm: number;
    heightMm: number;
    routerColumns: number;
    routerRows: number;
    /** `[row, column]` of the routers that the HBM area displaces. */
    withoutRouters: [number, number][];
    mCpu: { xMm: number; yMm: number; overheadNs: number };
    /** PE p attaches to the router nearest to the p-th position. */
    pes: { xMm: number; yMm: number }[];
  };
  ucie: { connectionsPerSide: number; bandwidthGBps: number; portNs: number };
  ioChiplet: { ioCpuOverheadNs: number };
  host: { pcieGBps: number; pcieNs: number };
  /** Tiers above the host: bandwidth of one host's link, latency of one crossing of the tier. */
  network: {
    messageOverheadNs: number;
    pod: { bandwidthGBps: number; latencyNs: number; oversubscription: number };
    clos1: { bandwidthGBps: number; latencyNs: number; oversubscription: number };
    clos2: { bandwidthGBps: number; latencyNs: number; oversubscription: number };
  };
  runtime: {
    launchFloorNs: number;
    submitNs: number;
    taskRing: { capacity: number };
    heapRing: { capacityBytes: number };
    tensorMap: { capacity: number };
    maxScopeDepth: number;
    /** Largest piece of a host↔chip copy; a copy has at least one piece for each cube. */
    copyChunkBytes: number;
  };
  ccl: { algorithm: string };
  limits: {
    /** Loop steps a kernel may take without waiting. */
    stepBudget: number;
    maxEvents: number;
    maxMemoryBytes: number;
  };
}

/** The devices a run uses: the same choice inside every parent, so that the machine stays regular. */
export interface Selection {
  /** Indices of hosts over the whole machine, of SIPs in a host, cubes in a SIP, PEs in a cube; sorted. */
  hosts: number[];
  sips: number[];
  cubes: number[];
  pes: number[];
}
