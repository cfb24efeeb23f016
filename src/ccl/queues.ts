import { AXES, type AxisName, type RankLayout } from "./rank-layout.js";

/** The world's ring, an axis of the machine, or the neighbours that a kernel names itself. */
export const QUEUE_AXES = ["world", ...AXES, "peer"] as const;
export type QueueAxisName = "world" | AxisName;
/** Index of the neighbours that a kernel names itself. */
export const PEER_AXIS = QUEUE_AXES.indexOf("peer");

/** Directions by index; the opposite of direction d is `d ^ 1`. */
export const DIRECTIONS = ["E", "W", "N", "S"] as const;
const [E, W, N, S] = [0, 1, 2, 3];

/** A direction as a kernel writes it. */
export function directionText(axis: number, direction: number): string {
  return axis === PEER_AXIS ? String(direction) : `"${DIRECTIONS[direction]}"`;
}

/** An axis in words. */
export function axisText(axis: number): string {
  if (axis === 0) return "the world's ring";
  return axis === PEER_AXIS ? "the kernel's neighbors" : `axis ${QUEUE_AXES[axis]}`;
}

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

/** One direction of one queue: what `source` sends towards `direction` arrives at `target` from `arrival`. */
export interface Queue {
  source: number;
  target: number;
  /** Index into QUEUE_AXES. */
  axis: number;
  direction: number;
  /** The direction that the receiver names: the opposite one, unless the kernel names its neighbours itself. */
  arrival: number;
  /** Received straight into tiles (`tl.recvInto`), without slots. */
  direct?: boolean;
}

/** All queues of a launch. Those inside a SIP are the same in every SIP and are listed once, with ranks of SIP 0. */
export interface QueuePlan {
  insideSip: Queue[];
  /** Queues that are listed one by one: between SIPs, and those of neighbours that a kernel names itself. */
  betweenSips: Queue[];
}

/** An axis and the direction that the sender names, such as `world:E`; all directions of named neighbours. */
type NamedQueues = `${QueueAxisName}:${(typeof DIRECTIONS)[number]}` | typeof PEER_USE;
/** Queues that exist, and among them those that are received straight into tiles. */
export type QueueUseName = NamedQueues | `into ${NamedQueues}`;
const PEER_USE = "peer:*";

/**
 * Which queues exist when a kernel uses these axes and directions. A ring of two has an E and a W queue to the same
 * peer. What nobody uses is not installed, so that links stay private and rings cost no memory.
 * @param peers the queues between neighbours that the kernel names itself
 */
export function planQueues(
  layout: RankLayout,
  uses: readonly QueueUseName[],
  peers: readonly Queue[] = [],
): QueuePlan {
  const plan: QueuePlan = { insideSip: [], betweenSips: [] };
  const used = new Set<string>(uses);
  const add: AddQueue = (source, target, axis, direction) => {
    const use = `${QUEUE_AXES[axis]!}:${DIRECTIONS[direction]!}`;
    if (!used.has(use)) return;
    const queue: Queue = { source, target, axis, direction, arrival: direction ^ 1 };
    if (used.has(`into ${use}`)) queue.direct = true;
    const inside = layout.sipOf(source) === layout.sipOf(target);
    if (!inside) plan.betweenSips.push(queue);
    else if (layout.sipOf(source) === 0) plan.insideSip.push(queue);
  };
  for (const name of ["world", ...AXES] as const) {
    if (!uses.some((use) => use.startsWith(`${name}:`))) continue;
    const axis = QUEUE_AXES.indexOf(name);
    if (name === "world") addWorldRing(layout, axis, add);
    else addGrid(layout, name, axis, add);
  }
  const direct = used.has(`into ${PEER_USE}`);
  if (used.has(PEER_USE))
    for (const queue of peers) plan.betweenSips.push(direct ? { ...queue, direct } : queue);
  return plan;
}

type AddQueue = (source: number, target: number, axis: number, direction: number) => void;

function addWorldRing({ world }: RankLayout, axis: number, add: AddQueue): void {
  if (world < 2) return;
  for (let rank = 0; rank < world; rank++) {
    add(rank, (rank + 1) % world, axis, E!);
    add(rank, (rank + world - 1) % world, axis, W!);
  }
}

/** E and W along a row, N and S along a column, round the edges where these are joined. */
function addGrid(layout: RankLayout, name: AxisName, axis: number, add: AddQueue): void {
  const level = AXES.indexOf(name);
  const stride = layout.strides[level]!;
  const { columns, rows, wraps } = gridOf(layout, name);
  for (let source = layout.leaderOffsets[level]!; source < layout.world; source += stride) {
    const position = layout.position(source, level);
    const column = position % columns;
    const row = Math.floor(position / columns);
    const toward = (direction: number, toColumn: number, toRow: number): void => {
      const [c, r] = [wrap(toColumn, columns), wrap(toRow, rows)];
      const leaves = c !== toColumn || r !== toRow;
      if ((leaves && !wraps) || (c === column && r === row)) return;
      add(source, source + (r * columns + c - position) * stride, axis, direction);
    };
    toward(E!, column + 1, row);
    toward(W!, column - 1, row);
    toward(N!, column, row - 1);
    toward(S!, column, row + 1);
  }
}

function wrap(index: number, size: number): number {
  return (index + size) % size;
}

/** How the members of an axis are laid out; an axis without rows and columns is a ring of one row. */
function gridOf(layout: RankLayout, name: AxisName): { columns: number; rows: number; wraps: boolean } {
  if (name === "cube") return { ...layout.cubes, wraps: false };
  if (name === "sip") return { ...layout.sipGrid, wraps: layout.sipGrid.wiring !== "mesh_2d_no_wrap" };
  return { columns: layout.sizes[AXES.indexOf(name)]!, rows: 1, wraps: true };
}
