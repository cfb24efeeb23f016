import { PEER_AXIS, axisText, directionIndex } from "../ccl/queues.js";
import { AXES, type RankLayout } from "../ccl/rank-layout.js";
import { suggestName } from "../base/nearest.js";
import { refuse, type OpsBackend } from "./backend.js";
import { describeValue } from "./handles.js";

/** What `ChannelTable` answers for a direction in which nobody is. */
const NO_CHANNEL = -1;

/** Numbers of queues by rank, axis (0 is the world's ring) and direction. */
export interface ChannelTable {
  outgoingOf(rank: number, axis: number, direction: number): number;
  incomingOf(rank: number, axis: number, direction: number): number;
}

/** Who executes kernels, as far as queues need it. */
export interface QueueUser extends OpsBackend {
  /** The rank whose turn it is. */
  readonly rank: number;
  readonly layout: RankLayout;
}

/** Index of an axis as a kernel names it. @throws LQ1304 */
export function axisIndex(backend: OpsBackend, site: number, name: unknown): number {
  const axis = AXES.indexOf(name as "pe");
  if (axis >= 0) return axis;
  throw refuse(backend, site, {
    code: "LQ1304",
    message: `unknown axis ${describeValue(name)}`,
    hint: suggestName(String(name), AXES),
  });
}

/** The channels of the running kernel, by direction and axis as it names them. */
export class QueueFinder {
  constructor(
    private readonly user: QueueUser,
    private readonly channels: ChannelTable,
  ) {}

  /** The channel for a direction and options as the kernel wrote them. @throws LQ3204, LQ1304 */
  find(site: number, what: "send to" | "receive from", direction: unknown, options: unknown): number {
    // Most messages go round the world's ring.
    if (options === undefined) {
      const index = directionIndex(direction);
      const channel = index < 0 ? NO_CHANNEL : this.channelOf(what, 0, index);
      if (channel !== NO_CHANNEL) return channel;
    }
    return this.findAny(site, what, direction, options);
  }

  private channelOf(what: "send to" | "receive from", axis: number, direction: number): number {
    const { user, channels } = this;
    return what === "send to"
      ? channels.outgoingOf(user.rank, axis, direction)
      : channels.incomingOf(user.rank, axis, direction);
  }

  private findAny(
    site: number,
    what: "send to" | "receive from",
    direction: unknown,
    options: unknown,
  ): number {
    const { user } = this;
    const isNamed = typeof direction === "number";
    const axis = isNamed ? PEER_AXIS : options === undefined ? 0 : this.axis(site, options);
    const index = isNamed ? direction : directionIndex(direction);
    if (!Number.isInteger(index) || index < 0) {
      throw refuse(user, site, {
        code: "LQ1304",
        message: `unknown direction ${describeValue(direction)}`,
        hint: "directions are E, W, N, S, and the indices of the list that the kernel's neighbors returns",
      });
    }
    if (isNamed && (options as { axis?: unknown } | undefined)?.axis !== undefined) {
      throw refuse(user, site, {
        code: "LQ1304",
        message: `direction ${direction} is one of the kernel's neighbors and has no axis`,
        hint: 'leave the axis away, or name the direction: "E", "W", "N" or "S"',
      });
    }
    const channel = this.channelOf(what, axis, index);
    if (channel !== NO_CHANNEL) return channel;
    throw user.fault(site, {
      code: "LQ3204",
      message: `nobody to ${what} in direction ${String(direction)} of ${axisText(axis)}`,
      hint: this.whyNoNeighbour(axis),
    });
  }

  private axis(site: number, options: unknown): number {
    const name = (options as { axis?: unknown } | null)?.axis;
    // The world comes before the axes of the machine.
    return name === undefined ? 0 : 1 + axisIndex(this.user, site, name);
  }

  private whyNoNeighbour(axis: number): string {
    const { layout } = this.user;
    if (axis === PEER_AXIS)
      return "its entry in the list that neighbors returns for this rank is −1, or missing";
    if (axis === 0)
      return layout.world < 2 ? "the world has one rank" : "the world is a ring: it has E and W only";
    const name = AXES[axis - 1]!;
    if (layout.sizes[axis - 1]! < 2)
      return `axis ${name} has one member here; test tl.worldSize("${name}") first`;
    if (name === "pe") return "the PEs of a cube are a ring: they have E and W only";
    if (name === "cube")
      return "only the first PE of every cube has queues on axis cube, and the mesh of cubes has no wrap-around";
    const { columns, rows } = layout.sipGrid;
    const ways = name === "sip" ? `in a grid of ${columns} × ${rows} SIPs (columns × rows)` : "E and W";
    return `only the leader PE of every ${name} has queues on axis ${name}, ${ways}`;
  }
}
