import { transferPs } from "../../base/units.js";
import type { TrainColumns } from "./fabric.js";
import type { Links } from "./links.js";

/**
 * Takes the link before a train, and all that follow up to the next shared one or the end of the route.
 *
 * A link passes a flit on when it has all of it, so the first flit of a train leaves after one flit time. The train
 * keeps the link for bytes/bandwidth; its last flit leaves when the link has sent everything, but not before it
 * came in.
 */
export function walkTrain(
  links: Links,
  trains: TrainColumns,
  train: number,
  route: number,
  base: number,
  flitBytes: number,
): void {
  const { hopLink, hopClass, shared, freeAtPs, classPsPerByte, classLatencyPs } = links;
  const start = links.routeStart[route]!;
  const end = start + links.routeLength[route]!;
  const bytes = trains.bytes[train]!;
  const flit = Math.min(bytes, flitBytes);
  let front = trains.frontPs[train]!;
  let back = trains.backPs[train]!;
  let hop = start + trains.hop[train]!;
  do {
    const link = base + hopLink[hop]!;
    const linkClass = hopClass[hop]!;
    const psPerByte = classPsPerByte[linkClass]!;
    const latency = classLatencyPs[linkClass]!;
    const begin = Math.max(front, freeAtPs[link]!);
    const done = begin + transferPs(bytes, psPerByte);
    const flitTime = transferPs(flit, psPerByte);
    freeAtPs[link] = done;
    front = begin + flitTime + latency;
    back = Math.max(done, back + flitTime) + latency;
    hop++;
  } while (hop < end && shared[base + hopLink[hop]!] === 0);
  trains.frontPs[train] = front;
  trains.backPs[train] = back;
  trains.hop[train] = hop - start;
}
