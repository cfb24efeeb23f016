import { RingUsage } from "./ring-usage.js";

/** A task's use of a byte range of one tensor. */
export interface Access {
  handle: number;
  offset: number;
  length: number;
  write: boolean;
}

interface Entry<T> extends Access {
  task: T;
}

/**
 * Who writes and who reads each tensor, by range: gives a new task the tasks it must wait for (read after write,
 * write after read, write after write). Only unfinished tasks are kept, since a finished one orders nothing.
 */
export class TensorMap<T> {
  readonly usage = new RingUsage();
  private readonly byHandle = new Map<number, Entry<T>[]>();
  private entries = 0;

  /** @param capacity entries, one for each access of an unfinished task */
  constructor(readonly capacity: number) {}

  get used(): number {
    return this.entries;
  }

  /** Is there room for so many more accesses? */
  hasRoom(accesses: number): boolean {
    return this.entries + accesses <= this.capacity;
  }

  /** Enters a task's accesses and returns the tasks it depends on, each once, oldest access first. */
  enter(task: T, accesses: readonly Access[]): T[] {
    const producers = new Set<T>();
    for (const access of accesses) {
      for (const entry of this.byHandle.get(access.handle) ?? []) {
        if ((access.write || entry.write) && overlap(access, entry)) producers.add(entry.task);
      }
    }
    for (const access of accesses) this.insert({ ...access, task });
    this.usage.allocs += accesses.length;
    this.usage.peak = Math.max(this.usage.peak, this.entries);
    producers.delete(task);
    return [...producers];
  }

  /** Recycles a finished task's entries. */
  leave(task: T, accesses: readonly Access[]): void {
    for (const { handle } of accesses) this.drop(handle, (entry) => entry.task === task);
  }

  private insert(entry: Entry<T>): void {
    // A writer depends on everything it covers, so whoever would have waited for those waits for it instead.
    if (entry.write) this.drop(entry.handle, (old) => covers(entry, old));
    const list = this.byHandle.get(entry.handle);
    if (list) list.push(entry);
    else this.byHandle.set(entry.handle, [entry]);
    this.entries++;
  }

  private drop(handle: number, gone: (entry: Entry<T>) => boolean): void {
    const list = this.byHandle.get(handle);
    if (!list) return;
    const kept = list.filter((entry) => !gone(entry));
    const dropped = list.length - kept.length;
    if (dropped === 0) return;
    this.entries -= dropped;
    this.usage.retires += dropped;
    if (kept.length > 0) this.byHandle.set(handle, kept);
    else this.byHandle.delete(handle);
  }
}

function overlap(a: Access, b: Access): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

function covers(outer: Access, inner: Access): boolean {
  return outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length;
}
