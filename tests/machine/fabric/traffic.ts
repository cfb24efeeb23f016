/** A machine without kernels on which accesses and messages are made at will. */
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { Engine } from "../../../src/engine/engine.js";
import { Links, type Place } from "../../../src/machine/fabric/links.js";
import { walkTrain } from "../../../src/machine/fabric/train-walk.js";
import { HbmChannels } from "../../../src/machine/memory/hbm-channels.js";
import { memorySystem, type MemorySystem } from "../../../src/machine/memory/memory-system.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { buildSipGraph, type SipGraph } from "../../../src/topology/sip-graph.js";
import type { Topology } from "../../../src/topology/topology.js";
import type { Queue, QueuePlan } from "../../../src/ccl/queues.js";

/** What moves: between a PE and the slice of HBM of another, or from PE to PE. */
export interface Flow {
  kind: "read" | "write" | "message";
  rank: number;
  peer: number;
  bytes: number;
  atNs: number;
  address?: number;
}

export interface Arrival {
  startNs: number;
  endNs: number;
}

export interface Traffic extends MemorySystem {
  topology: Topology;
  engine: Engine;
  links: Links;
  layout: RankLayout;
  graph: SipGraph;
  place(rank: number): Place;
  /** The way that the payload of a flow takes. */
  routeOf(flow: Flow): number;
  /** Sends bytes that the source has at once over a route; returns a reader of the arrival of the last one. */
  send(route: number, bytes: number, atNs?: number): () => number;
}

const NO_QUEUES: QueuePlan = { insideSip: [], betweenSips: [] };

export function trafficOn(topology: Topology, plan: QueuePlan = NO_QUEUES): Traffic {
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  const engine = new Engine();
  const graph = buildSipGraph(topology);
  const links = new Links(topology, graph, layout, plan, true);
  const hbm = new HbmChannels(topology, layout.world);
  const memory = memorySystem(engine, topology, graph, layout, links, hbm);
  const place = (rank: number): Place => {
    const { cube, pe } = layout.pePosition(rank);
    return { sip: layout.sipOf(rank), node: graph.peNode(cube, pe) };
  };
  const routeOf = ({ kind, rank, peer }: Flow): number => {
    if (kind === "message") return links.route(place(rank), place(peer));
    const slice = memory.memories.placeOf(memory.memories.hbmOf(peer));
    return kind === "write" ? links.route(place(rank), slice) : links.route(slice, place(rank));
  };
  const send = (route: number, bytes: number, atNs = 0): (() => number) => {
    let endNs = NaN;
    memory.transfers.start({
      route,
      base: 0,
      bytes,
      frontPs: atNs * 1000,
      backPs: atNs * 1000,
      tag: 0,
      sink: { receive: (_tag, _offset, _bytes, _front, backPs) => (endNs = backPs / 1000) },
    });
    return () => endNs;
  };
  return { ...memory, topology, engine, links, layout, graph, place, routeOf, send };
}

export function trafficIn(preset: string, set: string[] = []): Traffic {
  return trafficOn(loadTopology(preset, set));
}

/** Runs flows to their end; those that never end have NaN. */
export function runFlows(traffic: Traffic, flows: readonly Flow[]): Arrival[] {
  const arrivals = flows.map((): Arrival => ({ startNs: NaN, endNs: NaN }));
  const ends = flows.map((flow, index) => {
    const { kind, rank, peer, bytes, atNs, address = 0 } = flow;
    if (kind === "message") return traffic.send(traffic.routeOf(flow), bytes, atNs);
    const done = (startPs: number, endPs: number) =>
      (arrivals[index] = { startNs: startPs / 1000, endNs: endPs / 1000 });
    const memory = traffic.memories.hbmOf(peer);
    traffic.traffic[kind]({ from: { rank, engine: kind }, memory, address, bytes, done }, atNs * 1000);
    return null;
  });
  traffic.engine.run(() => true);
  ends.forEach((end, index) => {
    if (end) arrivals[index] = { startNs: flows[index]!.atNs, endNs: end() };
  });
  return arrivals;
}

/** Sends so many bytes over each of the queues at once, all at time zero; returns the arrivals in ns. */
export function sendBetween(topology: Topology, queues: Queue[], bytes: number): number[] {
  const traffic = trafficOn(topology, { insideSip: [], betweenSips: queues });
  const ends = queues.map((_, route) => traffic.send(route, bytes));
  traffic.engine.run(() => true);
  return ends.map((end) => end());
}

/** The same over one route as a single train, as a queue's message is; in ns. */
export function trainNs({ links, topology }: Traffic, route: number, bytes: number): number {
  const train = {
    hop: new Uint16Array(1),
    bytes: Int32Array.of(bytes),
    frontPs: new Float64Array(1),
    backPs: new Float64Array(1),
  };
  while (train.hop[0]! < links.routeLength[route]!)
    walkTrain(links, train, 0, route, 0, topology.fabric.flitBytes);
  return train.backPs[0]! / 1000;
}
