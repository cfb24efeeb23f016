/** Stands in for `train-walk.ts` and keeps what every train did on every link, as the fabric itself decided it. */
import { vi } from "vitest";
import type { Links } from "../../../src/machine/fabric/links.js";
import type * as TrainWalk from "../../../src/machine/fabric/train-walk.js";

type Walk = typeof TrainWalk;
const actual = await vi.importActual<Walk>("../../../src/machine/fabric/train-walk.js");

/** One train over one link. */
export interface Passage {
  link: number;
  route: number;
  hop: number;
  bytes: number;
  /** When its first flit came, when the link took it up, and when the link had sent its last byte. */
  arrivalPs: number;
  beginPs: number;
  endPs: number;
  /** When its last flit had come. */
  backPs: number;
}

export const passages: Passage[] = [];

export const walkTrain: Walk["walkTrain"] = (links, trains, train, route, base, flitBytes) => {
  const hop = trains.hop[train]!;
  const link = linkAt(links, route, base, hop);
  const [arrivalPs, backPs] = [trains.frontPs[train]!, trains.backPs[train]!];
  const beginPs = Math.max(arrivalPs, links.freeAtPs[link]!);
  actual.walkTrain(links, trains, train, route, base, flitBytes);
  if (trains.hop[train] !== hop + 1) throw new Error("a train of a routed machine takes one link at a time");
  const bytes = trains.bytes[train]!;
  passages.push({ link, route, hop, bytes, arrivalPs, beginPs, endPs: links.freeAtPs[link]!, backPs });
};

export function linkAt(links: Links, route: number, base: number, hop: number): number {
  return base + links.hopLink[links.routeStart[route]! + hop]!;
}
