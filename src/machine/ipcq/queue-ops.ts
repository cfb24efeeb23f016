import { assert } from "../../base/assert.js";
import { ExitCode } from "../../base/diagnostics.js";
import { nsToPs, transferPs } from "../../base/units.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { Tile, describeValue } from "../../ops/handles.js";
import { QueueFinder, type QueueUser } from "../../ops/queue-finder.js";
import type { TileTypes } from "../../ops/tile-types.js";
import type { Topology } from "../../topology/topology.js";
import { Cause, type KernelCore } from "../pe/kernel-core.js";
import { PeStatus } from "../pe/pe-state.js";
import { Reception, type Channels } from "./channels.js";
import { DirectReceives } from "./direct-receives.js";
import { checkMatch } from "./matching.js";
import { PostedReceives } from "./posted-receives.js";
import { Receive } from "./receive.js";
import type { SlotMemory } from "./slot-memory.js";

/**
 * `send`, `recv`, `recvAsync` and `recvInto`. A message takes one slot, or several when it is larger than a slot; then
 * it streams through the ring. Credits and arrivals are times kept in the slot; they become an event only to wake a
 * parked kernel, and give the same simulated time whether it parked or not.
 */
export class QueueOps {
  private readonly queues: QueueFinder;
  private readonly posted: PostedReceives;
  private readonly direct: DirectReceives;
  private readonly flitBytes: number;
  private readonly slotBytes: number;
  /** Period with which a sender looks for a credit; 0 when the credit wakes it. */
  private readonly pollPs: number;

  constructor(
    private readonly core: KernelCore,
    user: QueueUser,
    private readonly types: TileTypes,
    private readonly channels: Channels,
    /** Sends the message in a slot on its way. */
    private readonly fabric: { depart(slot: number): void },
    memory: SlotMemory,
    { ipcq, fabric: { flitBytes } }: Topology,
  ) {
    this.queues = new QueueFinder(user, channels);
    this.posted = new PostedReceives(core.engine, core, channels, memory);
    this.direct = new DirectReceives(core, channels);
    this.flitBytes = flitBytes;
    this.slotBytes = ipcq.slotBytes;
    this.pollPs = ipcq.backPressure === "poll" ? nsToPs(ipcq.pollNs) : 0;
  }

  send(site: number, direction: unknown, tile: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return this.sendLater(site, direction, tile, options);
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
    const channel = this.queues.find(site, "send to", direction, options);
    core.begin(site);
    return this.continueSend(site, channel, tile, tile.bytes, true);
  }

  recv(site: number, direction: unknown, shape: unknown, dtype: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return this.recvLater(site, direction, shape, dtype, options);
    const tile = this.types.newTile(site, shape, dtype);
    const channel = this.queues.find(site, "receive from", direction, options);
    core.begin(site);
    const reception = this.channels.reception[channel]!;
    if (reception === Reception.kernel) return this.continueRecv(site, channel, tile, tile.bytes, true);
    if (reception === Reception.direct) throw this.mixed(site, channel);
    return this.post(site, channel, tile, true).wait(site);
  }

  recvAsync(site: number, direction: unknown, shape: unknown, dtype: unknown, options: unknown): boolean {
    const { core, channels } = this;
    if (core.mustDefer()) {
      return core.defer(site, () => this.recvAsync(site, direction, shape, dtype, options));
    }
    const tile = this.types.newTile(site, shape, dtype);
    const channel = this.queues.find(site, "receive from", direction, options);
    core.begin(site);
    if (channels.reception[channel] === Reception.direct) throw this.mixed(site, channel);
    // From here on events serve all receives of this queue: which port they use must not depend on who is ahead.
    channels.reception[channel] = Reception.posted;
    core.results.out = this.post(site, channel, tile, false);
    return true;
  }

  recvInto(site: number, direction: unknown, tile: unknown, options: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.recvInto(site, direction, tile, options));
    if (!(tile instanceof Tile)) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `tl.recvInto receives into a tile, not ${describeValue(tile)}`,
          hint: "make one with tl.zeros(shape, dtype)",
        },
        ExitCode.invalidInput,
      );
    }
    const channel = this.queues.find(site, "receive from", direction, options);
    assert(
      this.channels.reception[channel] === Reception.direct,
      "queues of tl.recvInto are known beforehand",
    );
    core.begin(site);
    const receive = new Receive(core, channel, site, tile, false);
    this.direct.post(receive);
    core.results.out = receive;
    return true;
  }

  // Apart from `send` and `recv`, so that those make no closure on their usual way.
  private sendLater(site: number, direction: unknown, tile: unknown, options: unknown): false {
    return this.core.defer(site, () => this.send(site, direction, tile, options));
  }

  private recvLater(
    site: number,
    direction: unknown,
    shape: unknown,
    dtype: unknown,
    options: unknown,
  ): false {
    return this.core.defer(site, () => this.recv(site, direction, shape, dtype, options));
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

  /** A message has arrived in its slot, or without one. */
  arrive(slot: number): void {
    const { channels, core } = this;
    const channel = slot >>> channels.slotShift;
    assert(slot === channels.nextArrival(channel), "messages of a queue arrive in order");
    channels.arrived[channel]!++;
    const reception = channels.reception[channel]!;
    if (reception !== Reception.kernel) {
      if (reception === Reception.posted) this.posted.serve(channel);
      else this.direct.arrive(slot, channel, channels.backPs[slot]!);
      return;
    }
    const target = channels.target[channel]!;
    const { pes } = core;
    if (pes.status[target] === PeStatus.awaitingArrival && pes.channel[target] === channel) {
      core.wake(target, channels.backPs[slot]!);
    }
  }

  /** The message in a slot of a posted receive has been copied out at `endPs`. */
  copied(slot: number, endPs: number): void {
    this.posted.copied(slot, endPs);
  }

  private post(site: number, channel: number, tile: Tile, isPlain: boolean): Receive {
    const receive = new Receive(this.core, channel, site, tile, isPlain);
    this.posted.post(receive);
    return receive;
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
    const isDirect = channels.reception[channel] === Reception.direct;
    let remaining = bytesLeft;
    let first = isFirst;
    do {
      const message = channels.sent[channel]!;
      if (message >= channels.credits[channel]!) {
        pes.tile[rank] = tile;
        pes.remaining[rank] = remaining;
        return core.park(PeStatus.awaitingCredit, channel, site);
      }
      const slot = channels.sendSlot[channel]!;
      channels.sendSlot[channel] = channels.slotAfter(slot);
      const called = core.clockPs;
      let creditAt = channels.frontPs[slot]!;
      if (creditAt > called) {
        if (this.pollPs > 0) creditAt = called + Math.ceil((creditAt - called) / this.pollPs) * this.pollPs;
        channels.blocks[channel]!++;
        channels.blockedPs[channel]! += creditAt - called;
        core.spend(site, Cause.credit, creditAt);
      }
      const bytes = isDirect ? remaining : Math.min(remaining, this.slotBytes);
      const start = Math.max(core.clockPs, pes.tcmReadFreePs[rank]!);
      const end = start + transferPs(bytes, costs.tcmReadPsPerByte);
      pes.tcmReadFreePs[rank] = end;
      pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, end);
      channels.sentAtPs[slot] = core.clockPs;
      if (!isDirect) channels.notePeakAtSend(channel, message, core.clockPs);
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
      if (first) checkMatch(core, channels, site, slot, tile);
      const called = core.clockPs;
      core.spend(site, Cause.arrival, channels.backPs[slot]!);
      const start = Math.max(core.clockPs, pes.tcmReadFreePs[rank]!);
      const end = start + transferPs(channels.bytes[slot]!, costs.tcmReadPsPerByte);
      pes.tcmReadFreePs[rank] = end;
      core.spend(site, Cause.copy, end + channels.creditEmitPs[route]!);
      if (first && core.opLog !== null) tile.value = channels.value[slot]!;
      const creditAt = core.clockPs + channels.creditReturnPs[route]!;
      channels.giveBack(channel, message, slot, creditAt);
      core.wakeSender(channels.source[channel]!, channel, creditAt);
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

  private mixed(site: number, channel: number): Error {
    const { core } = this;
    const direct = this.direct.siteOf(channel);
    const at = direct === undefined ? null : core.whereIs(direct);
    return core.fault(site, {
      code: "LQ3303",
      message: "this queue is received with tl.recvInto, without slots",
      related: at === null ? [] : [{ at, message: "tl.recvInto receives from it here" }],
      hint: "receive from a queue with tl.recvInto everywhere, or nowhere",
    });
  }
}
