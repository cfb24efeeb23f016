/** Values that a topology states although something else keeps them from having any effect. */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { PlacedTopology } from "./load.js";
import { topologyFields } from "./schema.js";
import type { Topology } from "./topology.js";

interface Rule {
  /** Paths of values, or of sections with all that they hold. */
  paths: readonly string[];
  /** Why they have no effect; null where they have one. */
  reason(topology: Topology): string | null;
}

/** What only a NoC with routers and UCIe looks at. */
const NOC_ONLY = [
  "fabric.nsPerMm",
  "fabric.routerOverheadNs",
  "cube.widthMm",
  "cube.heightMm",
  "cube.routerColumns",
  "cube.routerRows",
  "cube.withoutRouters",
  "cube.mCpu.xMm",
  "cube.mCpu.yMm",
  "cube.sram.xMm",
  "cube.sram.yMm",
  "cube.pes",
  "ucie",
  "ioChiplet.nocOverheadNs",
  "ioChiplet.bandwidthGBps",
  "ioChiplet.ucieGBps",
];

const RULES: readonly Rule[] = [
  {
    paths: NOC_ONLY,
    reason: ({ fabric }) =>
      fabric.kind === "ring" || fabric.kind === "crossbar"
        ? `fabric.kind is "${fabric.kind}", which has no routers`
        : null,
  },
  {
    paths: ["fabric.direct"],
    reason: ({ fabric }) =>
      fabric.kind === "noc" ? 'fabric.kind is "noc", which joins no PEs directly' : null,
  },
  {
    paths: ["fabric.flitTrains"],
    reason: ({ fabric }) =>
      fabric.bufferFlits > 0 ? "fabric.bufferFlits is set, which implies single flits" : null,
  },
  {
    paths: ["ipcq.hbmSlot"],
    reason: ({ ipcq }) => (ipcq.slotMemory === "hbm" ? null : `ipcq.slotMemory is "${ipcq.slotMemory}"`),
  },
  {
    paths: ["ipcq.bankHop"],
    reason: ({ ipcq }) => (ipcq.slotMemory === "tcm" ? 'ipcq.slotMemory is "tcm"' : null),
  },
  {
    paths: ["ipcq.pollNs"],
    reason: ({ ipcq }) => (ipcq.backPressure === "sleep" ? 'ipcq.backPressure is "sleep"' : null),
  },
  { paths: ["sips"], reason: ({ counts }) => (counts.sipsPerHost === 1 ? "a host has one SIP" : null) },
  {
    paths: ["network.pod"],
    reason: ({ counts: { supernodes, podsPerSupernode, hostsPerPod } }) =>
      supernodes * podsPerSupernode * hostsPerPod === 1 ? "there is one host" : null,
  },
  {
    paths: ["network.clos1"],
    reason: ({ counts: { supernodes, podsPerSupernode } }) =>
      supernodes * podsPerSupernode === 1 ? "there is one pod" : null,
  },
  {
    paths: ["network.clos2"],
    reason: ({ counts }) => (counts.supernodes === 1 ? "there is one supernode" : null),
  },
];

/** A warning for each such value in a user's files, with its place; what presets state is left alone. */
export function unusedValues({ topology, placeOf }: PlacedTopology): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  for (const path of topologyFields.keys()) {
    const at = placeOf(path);
    if (at === null) continue;
    for (const { paths, reason } of RULES) {
      const why = paths.some((each) => path === each || path.startsWith(`${each}.`))
        ? reason(topology)
        : null;
      if (why === null) continue;
      const message = `${path} has no effect: ${why}`;
      warnings.push(
        diagnostic({
          code: "LQ5013",
          severity: "warning",
          message,
          at,
          hint: "remove it, or change the other value",
        }),
      );
    }
  }
  return warnings;
}
