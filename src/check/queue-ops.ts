import type { LinquError } from "../base/diagnostics.js";
import { directionText } from "../ccl/queues.js";
import { dtypeByCode } from "../data/dtypes.js";
import { refuse } from "../ops/backend.js";
import { Future, Tile, describeValue } from "../ops/handles.js";
import { QueueFinder } from "../ops/queue-finder.js";
import type { TileTypes } from "../ops/tile-types.js";
import { RankStatus, type CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import { PostedReceive, type Started } from "./posted-receive.js";
import type { QueueState } from "./queue-state.js";

/** What `QueueOps` tells the rest of the check. */
export interface QueueEvents {
  started(what: Started): void;
  /** A rank that does not run has run into an error. */
  failed(rank: number, error: LinquError): void;
}

/**
 * `send`, `recv`, `recvAsync`, `recvInto` and `wait` without time. A message goes straight to a receive that waits for
 * it, whatever its length: pieces of it would stream through the slots. Else it takes slots, as many as the machine
 * gives it, and its sender waits with what does not fit.
 */
export class QueueOps {
  private readonly finder: QueueFinder;
  /** Receives that were posted and whose messages have not come, by channel. */
  private readonly posted: (PostedReceive[] | undefined)[] = [];
  /** Where such a receive was first posted, by channel received without slots. */
  private readonly firstDirect = new Map<number, number>();
  /** The tile that a waiting rank sends or receives. */
  private readonly tiles: (Tile | null)[];
  /** Receives of messages that take no slot, so that their senders wait, by channel: what the poster has seen. */
  private readonly postClocks = new Map<PostedReceive, Int32Array | null>();

  constructor(
    private readonly core: CheckCore,
    private readonly types: TileTypes,
    private readonly queues: QueueState,
    private readonly clocks: Clocks | null,
    private readonly events: QueueEvents,
  ) {
    this.finder = new QueueFinder(core, queues.channels);
    this.tiles = new Array<Tile | null>(core.layout.world).fill(null);
  }

  send(site: number, direction: unknown, tile: unknown, options: unknown): boolean {
    const { core, queues } = this;
    if (!(tile instanceof Tile)) {
      throw refuse(core, site, {
        code: "LQ1304",
        message: `tl.send sends a tile, not ${describeValue(tile)}`,
        hint: "make a tile of a scalar with tl.full([1], value, dtype)",
      });
    }
    const channel = this.finder.find(site, "send to", direction, options);
    core.begin(site);
    core.use(tile, site);
    queues.note(channel, tile.bytes);
    core.results.out = undefined;
    const waiting = this.posted[channel]?.[0];
    if (waiting !== undefined) {
      this.completeFirst(
        channel,
        tile.shape,
        tile.dtype,
        tile.value,
        site,
        this.clocks?.release(core.rank) ?? null,
      );
      return true;
    }
    if (queues.channels.isDirect[channel] === 1) {
      this.tiles[core.rank] = tile;
      return core.park(RankStatus.awaitingPost, channel, site);
    }
    const receiver = queues.receiver[channel]! - 1;
    if (receiver >= 0) {
      this.handOver(channel, receiver, tile, site);
      return true;
    }
    const pieces = queues.piecesOf(tile.bytes);
    const message = queues.messages.append(channel, tile.shape, tile.dtype, tile.value, site, pieces);
    if (this.clocks !== null) queues.messages.clock[message] = this.clocks.release(core.rank);
    queues.missing[channel] = queues.fill(channel, pieces);
    return queues.missing[channel] === 0 || core.park(RankStatus.awaitingSlot, channel, site);
  }

  recv(site: number, direction: unknown, shape: unknown, dtype: unknown, options: unknown): boolean {
    const { core, queues } = this;
    const tile = this.types.newTile(site, shape, dtype);
    const channel = this.finder.find(site, "receive from", direction, options);
    core.begin(site);
    if (queues.channels.isDirect[channel] === 1) throw this.mixed(site, channel);
    core.create(tile, site);
    const before = this.posted[channel];
    if (before !== undefined && before.length > 0) return this.post(channel, tile, site).wait(site);
    if (queues.messages.head[channel]! < 0) {
      this.tiles[core.rank] = tile;
      queues.receiver[channel] = core.rank + 1;
      return core.park(RankStatus.awaitingMessage, channel, site);
    }
    this.take(channel, tile, site);
    core.results.out = tile;
    return true;
  }

  recvAsync(site: number, direction: unknown, shape: unknown, dtype: unknown, options: unknown): boolean {
    const { core, queues } = this;
    const tile = this.types.newTile(site, shape, dtype);
    const channel = this.finder.find(site, "receive from", direction, options);
    core.begin(site);
    if (queues.channels.isDirect[channel] === 1) throw this.mixed(site, channel);
    core.create(tile, site);
    const receive = this.post(channel, tile, site);
    this.events.started(receive);
    core.results.out = receive;
    return true;
  }

  recvInto(site: number, direction: unknown, tile: unknown, options: unknown): boolean {
    const { core, queues, clocks } = this;
    if (!(tile instanceof Tile)) {
      throw refuse(core, site, {
        code: "LQ1304",
        message: `tl.recvInto receives into a tile, not ${describeValue(tile)}`,
        hint: "make one with tl.zeros(shape, dtype)",
      });
    }
    const channel = this.finder.find(site, "receive from", direction, options);
    core.begin(site);
    if (!this.firstDirect.has(channel)) this.firstDirect.set(channel, site);
    core.hazards.post(tile, site);
    const receive = new PostedReceive(core, channel, site, tile, (done, clock) => {
      core.hazards.waited(tile);
      if (clock !== null) this.clocks?.acquire(done.rank, clock);
    });
    if (clocks !== null) this.postClocks.set(receive, clocks.release(core.rank));
    this.enqueue(channel, receive);
    const sender = queues.channels.source[channel]!;
    if (core.status[sender] === RankStatus.awaitingPost && core.channel[sender] === channel) {
      const sent = this.tiles[sender]!;
      this.tiles[sender] = null;
      this.completeFirst(
        channel,
        sent.shape,
        sent.dtype,
        sent.value,
        core.site[sender]!,
        clocks?.release(sender) ?? null,
      );
      core.wake(sender, undefined);
    }
    this.events.started(receive);
    core.results.out = receive;
    return true;
  }

  wait(site: number, future: unknown): boolean {
    const { core } = this;
    if (!(future instanceof Future)) {
      throw refuse(core, site, {
        code: "LQ1304",
        message: `tl.wait needs what tl.composite, tl.recvAsync or tl.recvInto returned, not ${describeValue(future)}`,
      });
    }
    core.begin(site);
    return future.wait(site);
  }

  private post(channel: number, tile: Tile, site: number): PostedReceive {
    const receive = new PostedReceive(this.core, channel, site, tile, ({ rank }, clock) => {
      if (clock !== null) this.clocks?.acquire(rank, clock);
    });
    const { messages } = this.queues;
    const message = messages.head[channel]!;
    const before = this.posted[channel];
    this.enqueue(channel, receive);
    // Only the first one finds messages in the queue.
    if (message < 0 || (before !== undefined && before.length > 1)) return receive;
    const { shape, dtype, value, site: sites, clock } = messages;
    const [sentShape, sentDtype, sentValue] = [shape[message]!, dtype[message]!, value[message]!];
    const [sentSite, sentClock] = [sites[message]!, clock[message]!];
    this.free(channel);
    this.completeFirst(channel, sentShape, sentDtype, sentValue, sentSite, sentClock);
    return receive;
  }

  private enqueue(channel: number, receive: PostedReceive): void {
    const queue = this.posted[channel];
    if (queue === undefined) this.posted[channel] = [receive];
    else queue.push(receive);
  }

  /** The first posted receive of a channel gets its message. */
  private completeFirst(
    channel: number,
    shape: number,
    dtype: number,
    value: number,
    site: number,
    clock: Int32Array | null,
  ): void {
    const { core, queues } = this;
    const receive = this.posted[channel]!.shift()!;
    queues.received[channel]!++;
    const posted = this.postClocks.get(receive);
    if (posted !== undefined && posted !== null)
      this.clocks?.acquire(queues.channels.source[channel]!, posted);
    this.postClocks.delete(receive);
    const { tile, rank } = receive;
    if (shape === tile.shape && dtype === tile.dtype) return receive.complete(value, clock);
    const problem = this.mismatch(channel, receive.site, tile, shape, dtype, site);
    if (rank === core.rank) throw problem;
    this.events.failed(rank, problem);
  }

  /** A message goes straight to the rank that waits for it. */
  private handOver(channel: number, receiver: number, sent: Tile, site: number): void {
    const { core, queues } = this;
    const tile = this.tiles[receiver]!;
    this.tiles[receiver] = null;
    queues.receiver[channel] = 0;
    queues.received[channel]!++;
    if (queues.peak[channel] === 0) queues.peak[channel] = 1;
    if (this.clocks !== null) this.clocks.acquire(receiver, this.clocks.release(core.rank));
    if (sent.shape !== tile.shape || sent.dtype !== tile.dtype) {
      this.events.failed(
        receiver,
        this.mismatch(channel, core.site[receiver]!, tile, sent.shape, sent.dtype, site),
      );
      return;
    }
    tile.value = sent.value;
    core.wake(receiver, tile);
  }

  /** The running rank takes the oldest message. */
  private take(channel: number, tile: Tile, site: number): void {
    const { core, queues, clocks } = this;
    const { messages } = queues;
    const message = messages.head[channel]!;
    if (messages.shape[message] !== tile.shape || messages.dtype[message] !== tile.dtype) {
      const [shape, dtype, sentAt] = [
        messages.shape[message]!,
        messages.dtype[message]!,
        messages.site[message]!,
      ];
      throw this.mismatch(channel, site, tile, shape, dtype, sentAt);
    }
    tile.value = messages.value[message]!;
    const clock = messages.clock[message];
    if (clocks !== null && clock !== null && clock !== undefined) clocks.acquire(core.rank, clock);
    queues.received[channel]!++;
    this.free(channel);
  }

  /** The oldest message leaves its slots; a sender that waits for some goes on. */
  private free(channel: number): void {
    const { core, queues } = this;
    const { messages, missing } = queues;
    const message = messages.head[channel]!;
    const pieces = messages.pieces[message]!;
    messages.removeFirst(channel);
    if (missing[channel] === 0) {
      queues.used[channel]! -= pieces;
      return;
    }
    if (messages.head[channel]! < 0) {
      // It is the one whose rest is still to come: that streams through the slots.
      queues.used[channel] = 0;
      missing[channel] = 0;
    } else {
      queues.used[channel]! -= pieces;
      missing[channel] = queues.fill(channel, missing[channel]!);
    }
    if (missing[channel] === 0) core.wake(queues.channels.source[channel]!, undefined);
  }

  private mismatch(
    channel: number,
    site: number,
    tile: Tile,
    sentShape: number,
    sentDtype: number,
    sentAt: number,
  ): LinquError {
    const { core } = this;
    const describe = (dtype: number, shape: number): string =>
      `${dtypeByCode(dtype).name}${core.shapes.describe(shape)}`;
    const sent = describe(sentDtype, sentShape);
    const sender = this.queues.channels.source[channel]!;
    const at = core.whereIs(sentAt);
    return core.fault(site, {
      code: "LQ3201",
      message: `recv ${describe(tile.dtype, tile.shape)} meets send ${sent} of rank ${sender}`,
      related: at === null ? [] : [{ at, message: `rank ${sender} sent ${sent} here` }],
      hint: "shape and dtype must be the same on both sides, in the same order",
    });
  }

  private mixed(site: number, channel: number): Error {
    const { core } = this;
    const direct = this.firstDirect.get(channel);
    const at = direct === undefined ? null : core.whereIs(direct);
    const { axis, arrival } = this.queues.channels;
    return core.fault(site, {
      code: "LQ3303",
      message: `the queue from ${directionText(axis[channel]!, arrival[channel]!)} is received with tl.recvInto, without slots`,
      related: at === null ? [] : [{ at, message: "tl.recvInto receives from it here" }],
      hint: "receive from a queue with tl.recvInto everywhere, or nowhere",
    });
  }
}
