import { AXES, type AxisName, type RankLayout } from "./rank-layout.js";

/** The world's ring, or an axis of the machine. */
export const QUEUE_AXES = ["world", ...AXES] as const;
export type QueueAxisName = (typeof QUEUE_AXES)[number];

/** Directions by index; the opposite of direction d is `d ^ 1`. */
export const DIRECTIONS = ["E", "W", "N", "S"] as const;
const [E, W, N, S] = [0, 1, 2, 3];

/** Index of a direction as a kernel writes it, or −1. */
export function directionIndex(name: unknown): number {
  // Spelled out because every send and receive passes here.
  switch (name) {
    case "E":
      return 0;
    case "W":
      return 1;
    case "N":
      return 2;
    case "S":
      return 3;
    default:
      return -1;
  }
}

/** One direction of one queue: what `source` sends towards `direction` arrives at `target` from the opposite one. */
export interface Queue {
  source: number;
  target: number;
  /** Index into QUEUE_AXES. */
  axis: number;
  direction: number;
}

/** All queues of a launch. Those inside a SIP are the same in every SIP and are listed once, with ranks of SIP 0. */
export interface QueuePlan {
  insideSip: Queue[];
  betweenSips: Queue[];
}

/** An axis and the direction that the sender names, such as `world:E`. */
export type QueueUseName = `${QueueAxisName}:${(typeof DIRECTIONS)[number]}`;

/**
 * Which queues exist when a kernel uses these axes and directions. A ring of two has an E and a W queue to the same
 * peer. What nobody uses is not installed, so that links stay private and rings cost no memory.
 */
export function planQueues(layout: RankLayout, uses: readonly QueueUseName[]): QueuePlan {
  const plan: QueuePlan = { insideSip: [], betweenSips: [] };
  const used = new Set<string>(uses);
  const add = (queue: Queue): void => {
    if (!used.has(`${QUEUE_AXES[queue.axis]!}:${DIRECTIONS[queue.direction]!}`)) return;
    const inside = layout.sipOf(queue.source) === layout.sipOf(queue.target);
    if (!inside) plan.betweenSips.push(queue);
    else if (layout.sipOf(queue.source) === 0) plan.insideSip.push(queue);
  };
  for (const name of QUEUE_AXES) {
    if (!uses.some((use) => use.startsWith(`${name}:`))) continue;
    const axis = QUEUE_AXES.indexOf(name);
    if (name === "world") addWorldRing(layout, axis, add);
    else if (name === "cube") addCubeMesh(layout, axis, add);
    else addAxisRing(layout, name, axis, add);
  }
  return plan;
}

function addWorldRing(layout: RankLayout, axis: number, add: (queue: Queue) => void): void {
  const { world } = layout;
  if (world < 2) return;
  for (let rank = 0; rank < world; rank++) {
    add({ source: rank, target: (rank + 1) % world, axis, direction: E! });
    add({ source: rank, target: (rank + world - 1) % world, axis, direction: W! });
  }
}

function addAxisRing(layout: RankLayout, name: AxisName, axis: number, add: (queue: Queue) => void): void {
  const level = AXES.indexOf(name);
  const size = layout.sizes[level]!;
  const stride = layout.strides[level]!;
  if (size < 2) return;
  for (let rank = layout.leaderOffsets[level]!; rank < layout.world; rank += stride) {
    const position = layout.position(rank, level);
    const first = rank - position * stride;
    add({ source: rank, target: first + ((position + 1) % size) * stride, axis, direction: E! });
    add({ source: rank, target: first + ((position + size - 1) % size) * stride, axis, direction: W! });
  }
}

function addCubeMesh(layout: RankLayout, axis: number, add: (queue: Queue) => void): void {
  const level = AXES.indexOf("cube");
  const stride = layout.strides[level]!;
  const { columns, rows } = layout.cubes;
  for (let source = 0; source < layout.world; source += stride) {
    const cube = layout.position(source, level);
    const column = cube % columns;
    const row = Math.floor(cube / columns);
    if (column + 1 < columns) add({ source, target: source + stride, axis, direction: E! });
    if (column > 0) add({ source, target: source - stride, axis, direction: W! });
    if (row > 0) add({ source, target: source - columns * stride, axis, direction: N! });
    if (row + 1 < rows) add({ source, target: source + columns * stride, axis, direction: S! });
  }
}
