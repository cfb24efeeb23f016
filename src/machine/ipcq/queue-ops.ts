import { assert } from "../../base/assert.js";
import { ExitCode } from "../../base/diagnostics.js";
import { transferPs } from "../../base/units.js";
import { PEER_AXIS, axisText, directionIndex } from "../../ccl/queues.js";
import { AXES } from "../../ccl/rank-layout.js";
import { dtypeByCode } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { type Arithmetic, describeValue } from "../pe/arithmetic.js";
import { Tile } from "../pe/handles.js";
import { Cause, type KernelCore } from "../pe/kernel-core.js";
import { PeStatus } from "../pe/pe-state.js";
import { NO_CHANNEL, type Channels } from "./channels.js";

/**
 * `send` and `recv`. A message takes one slot, or several when it is larger than a slot; then it streams through
 * the ring. Credits and arrivals are times kept in the slot; they become an event only to wake a parked kernel, and
 * give the same simulated time whether it parked or not.
 */
export class QueueOps {
  constructor(
    private readonly core: KernelCore,
    private readonly arithmetic: Arithmetic,
    private readonly channels: Channels,
    /** Sends the message in a slot on its way. */
    private readonly fabric: { depart(slot: number): void },
    private readonly flitBytes: number,
    private readonly slotBytes: number,
  ) {}

  send(site: number, direction: unknown, tile: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.send(site, direction, tile, options));
    if (!(tile instanceof Tile)) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `tl.send sends a tile, not ${describeValue(tile)}`,
          hint: "make a tile of a scalar with tl.full([1], value, dtype)",
        },
        ExitCode.invalidInput,
      );
    }
    const channel = this.find(site, "send to", direction, options);
    core.begin(site);
    return this.continueSend(site, channel, tile, tile.bytes, true);
  }

  recv(site: number, direction: unknown, shape: unknown, dtype: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.recv(site, direction, shape, dtype, options));
    const tile = this.arithmetic.newTile(site, shape, dtype);
    const channel = this.find(site, "receive from", direction, options);
    core.begin(site);
    return this.continueRecv(site, channel, tile, tile.bytes, true);
  }

  recvAsync(): never {
    throw new Error("invariant violated: tl.recvAsync is not bound");
  }

  recvInto(): never {
    throw new Error("invariant violated: tl.recvInto is not bound");
  }

  /** Goes on with the send or receive that the running rank parked in; true when it is done. */
  resume(): boolean {
    const { pes, rank } = this.core;
    const channel = pes.channel[rank]!;
    const tile = pes.tile[rank]!;
    const remaining = pes.remaining[rank]!;
    const isFirst = remaining === tile.bytes;
    const site = pes.site[rank]!;
    return this.channels.source[channel] === rank
      ? this.continueSend(site, channel, tile, remaining, isFirst)
      : this.continueRecv(site, channel, tile, remaining, isFirst);
  }

  /** A message has arrived in its slot. */
  arrive(slot: number): void {
    const { channels, core } = this;
    const channel = slot >>> channels.slotShift;
    assert(slot === channels.nextArrival(channel), "messages of a queue arrive in order");
    channels.arrived[channel]!++;
    const target = channels.target[channel]!;
    const { pes } = core;
    if (pes.status[target] === PeStatus.awaitingArrival && pes.channel[target] === channel) {
      core.wake(target, channels.backPs[slot]!);
    }
  }

  private continueSend(
    site: number,
    channel: number,
    tile: Tile,
    bytesLeft: number,
    isFirst: boolean,
  ): boolean {
    const { core, channels } = this;
    const { pes, rank, costs } = core;
    const { slots } = channels;
    let remaining = bytesLeft;
    let first = isFirst;
    do {
      const message = channels.sent[channel]!;
      if (message - channels.received[channel]! >= slots) {
        pes.tile[rank] = tile;
        pes.remaining[rank] = remaining;
        return core.park(PeStatus.awaitingCredit, channel, site);
      }
      const slot = channels.sendSlot[channel]!;
      channels.sendSlot[channel] = channels.slotAfter(slot);
      const called = core.clockPs;
      const creditAt = channels.frontPs[slot]!;
      if (creditAt > called) {
        channels.blocks[channel]!++;
        channels.blockedPs[channel]! += creditAt - called;
        core.spend(site, Cause.credit, creditAt);
      }
      const bytes = Math.min(remaining, this.slotBytes);
      const start = Math.max(core.clockPs, pes.tcmReadFreePs[rank]!);
      const end = start + transferPs(bytes, costs.tcmReadPsPerByte);
      pes.tcmReadFreePs[rank] = end;
      pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, end);
      channels.sentAtPs[slot] = core.clockPs;
      channels.notePeakAtSend(channel, message, core.clockPs);
      channels.frontPs[slot] = start + transferPs(Math.min(bytes, this.flitBytes), costs.tcmReadPsPerByte);
      channels.backPs[slot] = end;
      channels.bytes[slot] = bytes;
      channels.shape[slot] = tile.shape;
      channels.dtype[slot] = tile.dtype;
      channels.site[slot] = site;
      if (first && core.opLog !== null) channels.value[slot] = this.logCopy(site, tile, channel, start, end);
      channels.sent[channel] = message + 1;
      channels.sentBytes[channel]! += bytes;
      const lanes = core.spans === null ? undefined : core.lanes.get(rank);
      if (lanes) this.traceSend(lanes.kernel, lanes.comm, site, channel, message, called, start, end);
      this.fabric.depart(slot);
      remaining -= bytes;
      first = false;
    } while (remaining > 0);
    pes.tile[rank] = null;
    core.results.out = undefined;
    return true;
  }

  private continueRecv(
    site: number,
    channel: number,
    tile: Tile,
    bytesLeft: number,
    isFirst: boolean,
  ): boolean {
    const { core, channels } = this;
    const { pes, rank, costs } = core;
    const route = channels.route[channel]!;
    let remaining = bytesLeft;
    let first = isFirst;
    do {
      const message = channels.received[channel]!;
      if (message >= channels.arrived[channel]!) {
        pes.tile[rank] = tile;
        pes.remaining[rank] = remaining;
        return core.park(PeStatus.awaitingArrival, channel, site);
      }
      const slot = channels.receiveSlot[channel]!;
      channels.receiveSlot[channel] = channels.slotAfter(slot);
      if (first) this.checkMatch(site, channel, slot, tile);
      const called = core.clockPs;
      core.spend(site, Cause.arrival, channels.backPs[slot]!);
      const start = Math.max(core.clockPs, pes.tcmReadFreePs[rank]!);
      const end = start + transferPs(channels.bytes[slot]!, costs.tcmReadPsPerByte);
      pes.tcmReadFreePs[rank] = end;
      core.spend(site, Cause.copy, end + channels.creditEmitPs[route]!);
      if (first && core.opLog !== null) tile.value = channels.value[slot]!;
      const creditAt = core.clockPs + channels.creditReturnPs[route]!;
      channels.frontPs[slot] = creditAt;
      channels.received[channel] = message + 1;
      channels.notePeakAtCredit(channel, message, slot, creditAt);
      const source = channels.source[channel]!;
      if (pes.status[source] === PeStatus.awaitingCredit && pes.channel[source] === channel) {
        core.wake(source, creditAt);
      }
      const lanes = core.spans === null ? undefined : core.lanes.get(rank);
      if (lanes) {
        const flow = this.flowOf(channel, message);
        core.spans!.add(lanes.kernel, core.spans!.nameId("recv"), site, called, core.clockPs, -1, flow);
      }
      remaining -= channels.bytes[slot]!;
      first = false;
    } while (remaining > 0);
    pes.tile[rank] = null;
    core.results.out = tile;
    return true;
  }

  private traceSend(
    kernelLane: number,
    commLane: number,
    site: number,
    channel: number,
    message: number,
    called: number,
    start: number,
    end: number,
  ): void {
    const { core } = this;
    const spans = core.spans!;
    if (core.clockPs > called)
      spans.add(kernelLane, spans.nameId("send: credit"), site, called, core.clockPs, -1, -1);
    spans.add(commLane, spans.nameId("send"), site, start, end, this.flowOf(channel, message), -1);
  }

  /** A number that names one message of a run. */
  private flowOf(channel: number, message: number): number {
    return message * this.channels.count + channel;
  }

  private logCopy(site: number, tile: Tile, channel: number, start: number, end: number): number {
    const { core } = this;
    const target = this.channels.target[channel]!;
    const operands = [tile.shape, tile.value, NO_VALUE, target, start, end] as const;
    return core.opLog!.append(OpKind.ipcqCopy, tile.dtype, -1, core.rank, site, ...operands);
  }

  private checkMatch(site: number, channel: number, slot: number, tile: Tile): void {
    const { channels, core } = this;
    if (channels.shape[slot] === tile.shape && channels.dtype[slot] === tile.dtype) return;
    const { shapes } = core;
    const describe = (dtype: number, shape: number): string =>
      `${dtypeByCode(dtype).name}${shapes.describe(shape)}`;
    const sent = describe(channels.dtype[slot]!, channels.shape[slot]!);
    const wanted = describe(tile.dtype, tile.shape);
    const sender = channels.source[channel]!;
    const sendAt = core.whereIs(channels.site[slot]!);
    throw core.fault(site, {
      code: "LQ3201",
      message: `recv ${wanted} meets send ${sent} of rank ${sender}`,
      related: sendAt === null ? [] : [{ at: sendAt, message: `rank ${sender} sent ${sent} here` }],
      hint: "shape and dtype must be the same on both sides, in the same order",
    });
  }

  /** The channel for a direction and options as the kernel wrote them. @throws LQ3204, LQ1304 */
  private find(site: number, what: "send to" | "receive from", direction: unknown, options: unknown): number {
    const { core, channels } = this;
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
    const channel =
      what === "send to"
        ? channels.outgoingOf(core.rank, axis, index)
        : channels.incomingOf(core.rank, axis, index);
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
