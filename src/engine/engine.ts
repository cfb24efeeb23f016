import { assert } from "../base/assert.js";
import { EventQueue } from "./event-queue.js";

const KIND_BITS = 4;
const KIND_MASK = (1 << KIND_BITS) - 1;
const CHECK_EVERY = 1 << 16;

/** What an event of one kind does; `index` says to what. Runs to its end: nothing in the engine is asynchronous. */
type EventHandler = (index: number) => void;

/** Largest number of things of one kind that events can name. */
export const MAX_EVENT_INDEX = 2 ** (31 - KIND_BITS) - 1;

/**
 * One clock and one queue. An event is an integer: its lowest bits name a kind, the rest an index that the kind's
 * handler understands, so that no closure or object is made per event.
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
    assert(this.handlers.length <= KIND_MASK, "an engine has at most sixteen kinds of events");
    return this.handlers.push(handler) - 1;
  }

  /** Schedules the event (`kind`, `index`) at `timePs`, which must not lie in the past. */
  schedule(timePs: number, kind: number, index: number): void {
    this.queue.push(timePs, (index << KIND_BITS) | kind);
  }

  /**
   * Handles events in order of (time, insertion) until none is pending.
   * @param mayGoOn asked about every 65,536 events; false stops the run
   * @returns whether the run came to its end
   */
  run(mayGoOn: () => boolean): boolean {
    const { queue, handlers } = this;
    let untilCheck = CHECK_EVERY;
    for (let event = queue.pop(); event >= 0; event = queue.pop()) {
      this.events++;
      handlers[event & KIND_MASK]!(event >>> KIND_BITS);
      if (--untilCheck === 0) {
        untilCheck = CHECK_EVERY;
        if (!mayGoOn()) return false;
      }
    }
    return true;
  }
}
