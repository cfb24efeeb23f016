import { ExitCode } from "../../base/diagnostics.js";
import { PEER_AXIS, axisText, directionIndex } from "../../ccl/queues.js";
import { AXES } from "../../ccl/rank-layout.js";
import { describeValue } from "../pe/arithmetic.js";
import type { KernelCore } from "../pe/kernel-core.js";
import { NO_CHANNEL, type Channels } from "./channels.js";

/** The channels of the running kernel, by direction and axis as it names them. */
export class QueueFinder {
  constructor(
    private readonly core: KernelCore,
    private readonly channels: Channels,
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
    const { core, channels } = this;
    return what === "send to"
      ? channels.outgoingOf(core.rank, axis, direction)
      : channels.incomingOf(core.rank, axis, direction);
  }

  private findAny(
    site: number,
    what: "send to" | "receive from",
    direction: unknown,
    options: unknown,
  ): number {
    const { core } = this;
    const isNamed = typeof direction === "number";
    const axis = isNamed ? PEER_AXIS : options === undefined ? 0 : this.axis(site, options);
    const index = isNamed ? direction : directionIndex(direction);
    if (!Number.isInteger(index) || index < 0) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `unknown direction ${describeValue(direction)}`,
          hint: "directions are E, W, N, S, and the indices of the list that the kernel's neighbors returns",
        },
        ExitCode.invalidInput,
      );
    }
    if (isNamed && (options as { axis?: unknown } | undefined)?.axis !== undefined) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `direction ${direction} is one of the kernel's neighbors and has no axis`,
          hint: 'leave the axis away, or name the direction: "E", "W", "N" or "S"',
        },
        ExitCode.invalidInput,
      );
    }
    const channel = this.channelOf(what, axis, index);
    if (channel !== NO_CHANNEL) return channel;
    throw core.fault(site, {
      code: "LQ3204",
      message: `nobody to ${what} in direction ${String(direction)} of ${axisText(axis)}`,
      hint: this.whyNoNeighbour(axis),
    });
  }

  private axis(site: number, options: unknown): number {
    const name = (options as { axis?: unknown } | null)?.axis;
    // The world comes before the axes of the machine.
    return name === undefined ? 0 : 1 + this.core.axisIndex(site, name);
  }

  private whyNoNeighbour(axis: number): string {
    const { layout } = this.core;
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
