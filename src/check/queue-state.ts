import type { ChannelList } from "../ccl/channel-list.js";
import { Messages } from "./messages.js";

/** All queues of a launch: who may send, what is under way, and what has gone through. */
export class QueueState {
  readonly messages: Messages;
  /** Slots in use. */
  readonly used: Int32Array;
  /** The most that were in use. */
  readonly peak: Int32Array;
  /** Pieces with which a sender waits for slots. */
  readonly missing: Int32Array;
  /** The rank that waits in a receive, plus one. */
  readonly receiver: Int32Array;
  /** Messages that have been sent, and their bytes. */
  readonly sent: Int32Array;
  readonly received: Int32Array;
  readonly sentBytes: Float64Array;

  constructor(
    readonly channels: ChannelList,
    readonly slots: number,
    private readonly slotBytes: number,
  ) {
    const { count } = channels;
    this.messages = new Messages(count);
    this.used = new Int32Array(count);
    this.peak = new Int32Array(count);
    this.missing = new Int32Array(count);
    this.receiver = new Int32Array(count);
    this.sent = new Int32Array(count);
    this.received = new Int32Array(count);
    this.sentBytes = new Float64Array(count);
  }

  /** Slots that a message of so many bytes takes. */
  piecesOf(bytes: number): number {
    return bytes <= this.slotBytes ? 1 : Math.ceil(bytes / this.slotBytes);
  }

  note(channel: number, bytes: number): void {
    this.sent[channel]!++;
    this.sentBytes[channel]! += bytes;
  }

  /** Takes free slots for a message; returns the pieces that have found none. */
  fill(channel: number, pieces: number): number {
    const taken = Math.min(pieces, this.slots - this.used[channel]!);
    this.used[channel]! += taken;
    if (this.used[channel]! > this.peak[channel]!) this.peak[channel] = this.used[channel]!;
    return pieces - taken;
  }

  /** The most slots that any queue has had in use. */
  get deepest(): number {
    return this.peak.reduce((most, peak) => Math.max(most, peak), 0);
  }
}
