/**
 * The one table of a topology's values: kinds, ranges and meanings. Files, `--set` paths and error messages are
 * judged by it; the type makes it complete.
 */
import {
  bandwidth,
  bandwidthOrUnlimited,
  bytes,
  choice,
  flag,
  integer,
  list,
  millimetres,
  optionalText,
  quantity,
  record,
  text,
  time,
  tuple,
} from "./field.js";
import type { Field } from "./field.js";
import type { Topology } from "./topology.js";

/** The same nested keys, with a field in place of each value. */
type SchemaOf<T> = {
  readonly [K in keyof T]: T[K] extends string | number | boolean | readonly unknown[]
    ? Field
    : SchemaOf<T[K]>;
};

/** A section of the table: fields and further sections by key. */
export interface Section {
  readonly [key: string]: Field | Section;
}

const MAX_BYTES = 2 ** 50;
/** A die has 16 places for each index of the physical address; grids beyond that need no simulating. */
const MAX_GRID = 16;

const tier = (name: string) => ({
  bandwidthGBps: bandwidth(`one host's link into the ${name}`),
  latencyNs: time(`one crossing of the ${name}`),
  oversubscription: quantity("shared uplinks carry 1/n of the bandwidth below them", "", 1, 1024),
});

const schema: SchemaOf<Topology> = {
  name: text("name in reports"),
  description: text("what the machine is, for lists"),
  provenance: text("where the numbers come from"),
  components: optionalText("module with further implementations of components"),
  counts: {
    supernodes: integer("supernodes in the cluster", 1, 1024),
    podsPerSupernode: integer("pods in a supernode", 1, 1024),
    hostsPerPod: integer("hosts in a pod", 1, 1024),
    sipsPerHost: integer("SIPs in a host", 1, 16),
    pesPerCube: integer("PEs in a cube", 1, 65536),
  },
  cubes: {
    columns: integer("cubes in a row of the SIP", 1, MAX_GRID),
    rows: integer("rows of cubes in the SIP", 1, MAX_GRID),
  },
  sips: {
    wiring: choice("how the SIPs of a host are wired", ["ring_1d", "torus_2d", "mesh_2d_no_wrap"]),
    columns: integer("SIPs in a row of the host, 0 to derive it", 0, MAX_GRID),
    rows: integer("rows of SIPs in the host, 0 to derive it", 0, MAX_GRID),
  },
  fabric: {
    kind: text("name of the NoC's implementation: noc, ring, crossbar or one of `components`"),
    flitBytes: bytes("one flit", 4, 65536, 4),
    flitTrains: flag("one event per train of contiguous flits"),
    bufferFlits: integer("flits that fit behind each link, 0 for no bound", 0, 1_000_000),
    nsPerMm: quantity("propagation along a wire", "ns/mm", 0, 1000),
    routerBandwidthGBps: bandwidth("one link between routers"),
    routerOverheadNs: time("passing a router"),
    direct: {
      bandwidthGBps: bandwidth("one link between two PEs, in a ring or a crossbar"),
      latencyNs: time("one link between two PEs, in a ring or a crossbar"),
    },
  },
  pe: {
    clockGHz: quantity("clock of the PE", "GHz", 0.001, 100),
    dispatchCycles: integer("cycles to dispatch one tl call", 0, 1_000_000),
    cpuOverheadNs: time("accepting a launch"),
    tcm: {
      readGBps: bandwidthOrUnlimited("reads from TCM"),
      writeGBps: bandwidthOrUnlimited("writes to TCM"),
      sizeBytes: bytes("TCM of one PE", 1024, MAX_BYTES),
      reservedBytes: bytes("part of the TCM that the scheduler keeps", 0, MAX_BYTES),
    },
    math: { lanes: integer("f32 elements that MATH handles in a cycle", 1, 65536) },
    gemm: {
      tflopsF16: quantity("peak of the GEMM unit in f16", "TFLOPS", 0.001, 1_000_000),
      fillNs: time("filling the GEMM unit for one tile"),
    },
    scheduler: {
      kind: text("name of the scheduler's implementation: tiled or one of `components`"),
      overheadNs: time("planning one composite command"),
      tileM: integer("rows of a GEMM tile", 1, 65536),
      tileK: integer("inner dimension of a GEMM tile", 1, 65536),
      tileN: integer("columns of a GEMM tile", 1, 65536),
    },
    dma: { requests: integer("requests under way per DMA engine", 1, 64) },
    mmu: {
      pageBytes: bytes("one page", 256, 2 ** 30, 256),
      tlbNs: time("translating one address"),
    },
    hbm: {
      bandwidthGBps: bandwidth("the link between the HBM of one PE and its router"),
      channels: integer("channels over which bursts are striped", 1, 64),
      burstBytes: bytes("one burst", 4, 65536, 4),
      commitNs: time("one burst occupies its channel"),
      turnaroundNs: time("a channel changes between reading and writing"),
      sizeBytes: bytes("HBM of one PE", 1024, MAX_BYTES),
    },
  },
  ipcq: {
    slots: integer("slots of one queue", 1, 65536),
    slotBytes: bytes("one slot", 4, 2 ** 30, 4),
    creditBytes: bytes("one credit message", 0, 65536),
    slotMemory: choice("memory that holds the slots", ["tcm", "sram", "hbm"]),
    hbmSlot: {
      bandwidthGBps: bandwidth("accesses to slots in HBM"),
      setupNs: time("set-up of one access to a slot in HBM"),
    },
    bankHop: flag("slots in SRAM and HBM pay the way between PE and memory"),
    recvAwaitsCredit: flag("a receive ends when its credit has come back to the sender"),
    backPressure: choice("what a sender without a credit does", ["sleep", "poll"]),
    pollNs: time("time between two looks of a polling sender"),
  },
  cube: {
    widthMm: millimetres("extent of the die from west to east", 0.1),
    heightMm: millimetres("extent of the die from north to south", 0.1),
    routerColumns: integer("columns of routers", 1, 32),
    routerRows: integer("rows of routers", 1, 32),
    withoutRouters: list(
      "grid positions without a router",
      tuple("a position", [integer("row", 0, 31), integer("column", 0, 31)]),
      1024,
    ),
    mCpu: {
      xMm: millimetres("distance from the west side"),
      yMm: millimetres("distance from the north side"),
      overheadNs: time("passing on a launch"),
    },
    sram: {
      xMm: millimetres("distance from the west side"),
      yMm: millimetres("distance from the north side"),
      bandwidthGBps: bandwidth("accesses to the SRAM of a cube"),
      linkGBps: bandwidth("the link between the SRAM and its router"),
      setupNs: time("set-up of one access"),
      sizeBytes: bytes("SRAM of one cube", 1024, MAX_BYTES),
    },
    pes: list(
      "positions of the PEs, one for each of counts.pesPerCube",
      record("a position", {
        xMm: millimetres("distance from the west side"),
        yMm: millimetres("distance from the north side"),
      }),
      65536,
    ),
  },
  ucie: {
    connectionsPerSide: integer("connections on each side of a cube", 1, 32),
    bandwidthGBps: bandwidth("one connection"),
    portNs: time("passing one port; a crossing has two"),
  },
  ioChiplet: {
    ioCpuOverheadNs: time("accepting a launch"),
    nocOverheadNs: time("passing the chiplet's NoC"),
    bandwidthGBps: bandwidth("one link of the chiplet"),
    ucieGBps: bandwidth("one connection between the chiplet and a cube"),
  },
  host: {
    pcieGBps: bandwidth("PCIe to one SIP"),
    pcieNs: time("from host to chip over PCIe; half of it on each side of the host's switch"),
  },
  network: {
    messageOverheadNs: time("each message"),
    pod: tier("pod"),
    clos1: tier("supernode"),
    clos2: tier("cluster"),
  },
  runtime: {
    launchFloorNs: time("least time from a host's launch to its chip"),
    submitNs: time("submitting one task"),
    taskRing: { capacity: integer("tasks in flight per node and scope depth", 1, 2 ** 24) },
    heapRing: { capacityBytes: bytes("buffers in flight per node and scope depth", 1024, MAX_BYTES) },
    tensorMap: { capacity: integer("tensors tracked per node", 1, 2 ** 24) },
    maxScopeDepth: integer("scopes open inside one another", 1, 65536),
    copyChunkBytes: bytes(
      "largest piece of a copy between host and chip, which has at least one for each cube",
      4,
      2 ** 40,
      4,
    ),
  },
  ccl: { algorithm: text("collective algorithm used by default") },
  limits: {
    stepBudget: integer("loop steps of a kernel between two waits", 1, Number.MAX_SAFE_INTEGER),
    maxEvents: integer("events of one run", 1, Number.MAX_SAFE_INTEGER),
    maxMemoryBytes: bytes("memory of one run, 0 for what the machine has", 0, MAX_BYTES),
  },
};

export const topologySchema: Section = schema;

export function isField(entry: Field | Section): entry is Field {
  return typeof entry.read === "function";
}

function* leaves(section: Section, prefix: string): Generator<[string, Field]> {
  for (const [key, entry] of Object.entries(section)) {
    const path = prefix + key;
    if (isField(entry)) yield [path, entry];
    else yield* leaves(entry, `${path}.`);
  }
}

/** Every value by its full path, such as `pe.tcm.readGBps`: what `--set` accepts. */
export const topologyFields: ReadonlyMap<string, Field> = new Map(leaves(topologySchema, ""));
