const NONE = -1;

/**
 * The messages that are in the queues, oldest first in each: columns of a pool, and a list for each channel. A message
 * that does not fit whole has the pieces that are in its slots, while its sender waits with the rest.
 */
export class Messages {
  readonly head: Int32Array;
  private readonly tail: Int32Array;
  shape = new Int32Array(256);
  dtype = new Uint8Array(256);
  value = new Float64Array(256);
  site = new Int32Array(256);
  /** Slots that it takes. */
  pieces = new Int32Array(256);
  /** What the sender has seen of other ranks; null where nobody asks. */
  readonly clock: (Int32Array | null)[] = [];
  private following = new Int32Array(256);
  private free = NONE;
  private used = 0;

  constructor(channels: number) {
    this.head = new Int32Array(channels).fill(NONE);
    this.tail = new Int32Array(channels).fill(NONE);
  }

  /** Puts a message behind the others of its channel. */
  append(channel: number, shape: number, dtype: number, value: number, site: number, pieces: number): number {
    let message = this.free;
    if (message === NONE) {
      message = this.used++;
      if (message === this.shape.length) this.grow();
    } else {
      this.free = this.following[message]!;
    }
    this.shape[message] = shape;
    this.dtype[message] = dtype;
    this.value[message] = value;
    this.site[message] = site;
    this.pieces[message] = pieces;
    this.clock[message] = null;
    this.following[message] = NONE;
    const last = this.tail[channel]!;
    if (last === NONE) this.head[channel] = message;
    else this.following[last] = message;
    this.tail[channel] = message;
    return message;
  }

  /** Removes the oldest message of a channel; its columns may be read until the next one is appended. */
  removeFirst(channel: number): void {
    const message = this.head[channel]!;
    const next = this.following[message]!;
    this.head[channel] = next;
    if (next === NONE) this.tail[channel] = NONE;
    this.following[message] = this.free;
    this.free = message;
  }

  /** Calls `use` for the messages that are left in a channel. */
  eachOf(channel: number, use: (message: number) => void): void {
    for (let message = this.head[channel]!; message !== NONE; message = this.following[message]!)
      use(message);
  }

  private grow(): void {
    const size = 2 * this.shape.length;
    const longer = <T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.shape = longer(this.shape, new Int32Array(size));
    this.dtype = longer(this.dtype, new Uint8Array(size));
    this.value = longer(this.value, new Float64Array(size));
    this.site = longer(this.site, new Int32Array(size));
    this.pieces = longer(this.pieces, new Int32Array(size));
    this.following = longer(this.following, new Int32Array(size));
  }
}
