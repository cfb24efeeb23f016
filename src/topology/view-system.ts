/** The machine above the SIP: hosts, SIPs, switch and network. Alike parts are drawn once, with their number. */
import { hostCount, sipGrid } from "./machine-size.js";
import type { Topology } from "./topology.js";
import { joint, viewNode } from "./view.js";
import type { View, ViewLink, ViewNode } from "./view.js";

/** Distance between two parts of the drawing. */
const STEP_MM = 10;

export function systemView(topology: Topology): View {
  const { counts, network, host } = topology;
  const hosts = hostCount(topology);
  const grid = sipGrid(topology);
  const nodes: ViewNode[] = [];
  const links: ViewLink[] = [];
  const middleMm = (grid.columns * STEP_MM) / 2;
  let row = 0;
  let above: string | null = null;
  const add = (kind: string, name: string, count: number): string => {
    row++;
    nodes.push(viewNode(topology, { name, kind, xMm: middleMm, yMm: (row - 0.5) * STEP_MM, count }));
    return name;
  };
  const pods = counts.supernodes * counts.podsPerSupernode;
  // What one part of a tier shares upwards, as the machine's links have it: half the latency each way.
  const hang = (name: string, bandwidthGBps: number, latencyNs: number): string => {
    if (above !== null) links.push(...joint(name, above, { bandwidthGBps, latencyNs: latencyNs / 2 }));
    return name;
  };
  const { pod, clos1, clos2 } = network;
  if (counts.supernodes > 1) above = add("clos2", "clos2", 1);
  if (pods > 1) {
    const sharedGBps =
      (clos2.bandwidthGBps * counts.hostsPerPod * counts.podsPerSupernode) / clos2.oversubscription;
    above = hang(add("clos1", "supernode0", counts.supernodes), sharedGBps, clos2.latencyNs);
  }
  if (hosts > 1) {
    const sharedGBps = (clos1.bandwidthGBps * counts.hostsPerPod) / clos1.oversubscription;
    above = hang(add("pod", "pod0", pods), sharedGBps, clos1.latencyNs);
  }
  // Messages of SIPs to other hosts pass the switch, not the host itself, which stands beside it.
  above = hang(
    add("switch", "host0.switch0", hosts),
    pod.bandwidthGBps / pod.oversubscription,
    pod.latencyNs,
  );
  const beside = { xMm: middleMm + STEP_MM, yMm: (row - 0.5) * STEP_MM };
  nodes.push(viewNode(topology, { name: "host0", kind: "host", ...beside, count: hosts }));
  hang("host0", host.pcieGBps * counts.sipsPerHost, host.pcieNs);
  for (let sip = 0; sip < counts.sipsPerHost; sip++) {
    const name = sipName(sip);
    const xMm = ((sip % grid.columns) + 0.5) * STEP_MM;
    const yMm = (row + Math.floor(sip / grid.columns) + 0.5) * STEP_MM;
    nodes.push(viewNode(topology, { name, kind: "sip", xMm, yMm, count: hosts }));
    hang(name, host.pcieGBps, host.pcieNs);
  }
  links.push(...neighbours(topology));
  return {
    view: "system",
    title: `${topology.name}: ${topology.description}`,
    widthMm: Math.max(grid.columns * STEP_MM, middleMm + 1.5 * STEP_MM),
    heightMm: (row + grid.rows) * STEP_MM,
    isToScale: false,
    nodes,
    links,
  };
}

function sipName(sip: number): string {
  return `host0.sip${sip}`;
}

/** SIPs that the wiring makes neighbours; what they exchange goes through the switch. */
function neighbours(topology: Topology): ViewLink[] {
  const { host, sips, counts } = topology;
  const { columns, rows } = sipGrid(topology);
  const count = counts.sipsPerHost;
  const pairs: [number, number][] = [];
  const isRing = sips.wiring === "ring_1d";
  for (let sip = 0; sip < count; sip++) {
    if (isRing) {
      if (sip + 1 < count) pairs.push([sip, sip + 1]);
      else if (count > 2) pairs.push([sip, 0]);
      continue;
    }
    const [column, row] = [sip % columns, Math.floor(sip / columns)];
    const wraps = sips.wiring === "torus_2d";
    if (column + 1 < columns) pairs.push([sip, sip + 1]);
    else if (wraps && columns > 2) pairs.push([sip, sip - column]);
    if (row + 1 < rows) pairs.push([sip, sip + columns]);
    else if (wraps && rows > 2) pairs.push([sip, column]);
  }
  const rates = { bandwidthGBps: host.pcieGBps, latencyNs: host.pcieNs };
  return pairs.flatMap(([from, to]) => joint(sipName(from), sipName(to), rates));
}
