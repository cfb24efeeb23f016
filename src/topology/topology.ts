/**
 * The machine, as data: what a preset or a user's file says after `extends` and `--set` are applied and every value
 * is checked. Units are in the names. Sources of the numbers stand beside them in presets/*.yaml.
 */
export interface Topology {
  name: string;
  description: string;
  /** Where the numbers come from, in one line, for reports. */
  provenance: string;
  /** Module with further implementations of components, relative to the file that names it; empty for none. */
  components: string;
  counts: {
    supernodes: number;
    podsPerSupernode: number;
    hostsPerPod: number;
    sipsPerHost: number;
    pesPerCube: number;
  };
  /** The mesh of cubes in a SIP. */
  cubes: { columns: number; rows: number };
  /** How the SIPs of a host are wired; columns and rows 0: one row for a ring, a square for the other two. */
  sips: { wiring: "ring_1d" | "torus_2d" | "mesh_2d_no_wrap"; columns: number; rows: number };
  fabric: {
    /**
     * Name of the NoC's implementation. Built in: `noc` (routers, UCIe and IO chiplet), `ring` (PEs of the only cube
     * joined in a ring) and `crossbar` (every pair of PEs of the only cube joined).
     */
    kind: string;
    flitBytes: number;
    /** One event per train of contiguous flits and shared link; false: every flit on its own (slow, for comparison). */
    flitTrains: boolean;
    /** Flits that fit behind each link; 0 for no bound. A bound implies single flits. */
    bufferFlits: number;
    nsPerMm: number;
    routerBandwidthGBps: number;
    routerOverheadNs: number;
    /** A link between two PEs that are joined point to point: in a ring or a crossbar. */
    direct: { bandwidthGBps: number; latencyNs: number };
  };
  pe: {
    clockGHz: number;
    dispatchCycles: number;
    cpuOverheadNs: number;
    /** `reservedBytes` of the TCM belong to the scheduler and are not handed out. */
    tcm: { readGBps: number; writeGBps: number; sizeBytes: number; reservedBytes: number };
    math: { lanes: number };
    /** `fillNs` is paid by every tile on top of its share of the peak. */
    gemm: { tflopsF16: number; fillNs: number };
    /** Name of the scheduler's implementation, and the tile into which it cuts composite commands. */
    scheduler: { kind: string; overheadNs: number; tileM: number; tileK: number; tileN: number };
    /** Requests that each of the two engines (read, write) may have under way. */
    dma: { requests: number };
    mmu: { pageBytes: number; tlbNs: number };
    /**
     * The PE's slice of HBM: `bandwidthGBps` is that of its link to the router. Bursts are striped over the
     * channels by address; a burst occupies its channel for `commitNs`, longer when the direction changes.
     */
    hbm: {
      bandwidthGBps: number;
      channels: number;
      burstBytes: number;
      commitNs: number;
      turnaroundNs: number;
      sizeBytes: number;
    };
  };
  ipcq: {
    slots: number;
    slotBytes: number;
    creditBytes: number;
    /** Memory that holds the slots of arriving messages. */
    slotMemory: "tcm" | "sram" | "hbm";
    /** Slots in HBM cost this much per write and per read; those in TCM and SRAM cost what these memories cost. */
    hbmSlot: { bandwidthGBps: number; setupNs: number };
    /** Do slots in SRAM and HBM also pay the way between PE and memory over the NoC? */
    bankHop: boolean;
    /** Does a receive end only when its credit has come back to the sender? Otherwise when the credit is on its way. */
    recvAwaitsCredit: boolean;
    /** A sender without a credit sleeps until one comes, or polls every `pollNs`. */
    backPressure: "sleep" | "poll";
    pollNs: number;
  };
  /** A cube's router grid, in mm; routers under the HBM are left out. */
  cube: {
    widthMm: number;
    heightMm: number;
    routerColumns: number;
    routerRows: number;
    /** `[row, column]` of the routers that the HBM area displaces. */
    withoutRouters: [number, number][];
    mCpu: { xMm: number; yMm: number; overheadNs: number };
    /** The cube's shared memory: its port's bandwidth, that of its link to the router, and the set-up of an access. */
    sram: {
      xMm: number;
      yMm: number;
      bandwidthGBps: number;
      linkGBps: number;
      setupNs: number;
      sizeBytes: number;
    };
    /** PE p attaches to the router nearest to the p-th position. */
    pes: { xMm: number; yMm: number }[];
  };
  ucie: { connectionsPerSide: number; bandwidthGBps: number; portNs: number };
  /** `ucieGBps` is the bandwidth of one connection between the chiplet and a cube. */
  ioChiplet: { ioCpuOverheadNs: number; nocOverheadNs: number; bandwidthGBps: number; ucieGBps: number };
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
