import { assert } from "../base/assert.js";
import { EventQueue } from "./event-queue.js";

const INDEX_BITS = 24;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const MAX_KINDS = 1 << (31 - INDEX_BITS);
const CHECK_EVERY = 1 << 16;

/** What an event of one kind does; `index` says to what. Runs to its end: nothing in the engine is asynchronous. */
export type EventHandler = (index: number) => void;

/**
 * One clock and one queue. An event is an integer: its upper bits name a kind, its lower 24 an index that the
 * kind's handler understands, so that no closure or object is made per event.
 */
export class Engine {
  private readonly queue = new EventQueue();
  private readonly handlers: EventHandler[] = [];
  /** Events handled so far. */
  events = 0;

  /** Current time in ps. */
  get nowPs(): number {
    return this.queue.time;
  }

  /** Declares a kind of event and returns what `schedule` calls it. */
  addKind(handler: EventHandler): number {
    assert(this.handlers.length < MAX_KINDS, "an engine has at most 128 kinds of events");
    this.handlers.push(handler);
    return (this.handlers.length - 1) << INDEX_BITS;
  }

  /** Schedules the event (`kind`, `index`) at `timePs`, which must not lie in the past; index < 2^24. */
  schedule(timePs: number, kind: number, index: number): void {
    this.queue.push(timePs, kind + index);
  }

  /**
   * Handles events in order of (time, insertion) until none is pending.
   * @param maxEvents stops with false when more than this many were handled in all
   * @param onProgress called about every 65,536 events
   */
  run(maxEvents: number, onProgress?: () => void): boolean {
    const { queue, handlers } = this;
    let untilCheck = CHECK_EVERY;
    for (let event = queue.pop(); event >= 0; event = queue.pop()) {
      this.events++;
      handlers[event >>> INDEX_BITS]!(event & INDEX_MASK);
      if (--untilCheck === 0) {
        untilCheck = CHECK_EVERY;
        if (this.events > maxEvents) return false;
        onProgress?.();
      }
    }
    return true;
  }
}
