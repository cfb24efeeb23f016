import { assert } from "../base/assert.js";
import { Fifo } from "./fifo.js";
import { RingUsage } from "./ring-usage.js";

/** A bounded ring of task slots: taken in submission order, given back in the same order. */
export class TaskRing<T> {
  readonly usage = new RingUsage();
  private readonly slots = new Fifo<T>();

  /** @param capacity number of slots, at least 1 */
  constructor(readonly capacity: number) {
    assert(Number.isInteger(capacity) && capacity >= 1, `a task ring needs a slot, not ${capacity}`);
  }

  get used(): number {
    return this.slots.length;
  }

  get full(): boolean {
    return this.used >= this.capacity;
  }

  /** The task whose retirement frees the next slot. */
  get oldest(): T | undefined {
    return this.slots.first;
  }

  /** Takes a slot; the ring must not be full. */
  push(task: T): void {
    assert(!this.full, "a task was pushed into a full ring");
    this.slots.push(task);
    this.usage.allocs++;
    this.usage.peak = Math.max(this.usage.peak, this.used);
  }

  /** Gives the oldest task's slot back. */
  retire(): T {
    const task = this.slots.shift();
    assert(task !== undefined, "a task was retired from an empty ring");
    this.usage.retires++;
    return task;
  }

  /** The tasks that hold slots, oldest first. */
  tasks(): Iterable<T> {
    return this.slots;
  }
}
