/** A 4-ary min-heap of events ordered by (time, sequence): the queue's far store, and its oracle in tests. */
export class Heap4 {
  private times: Float64Array;
  private sequences: Float64Array;
  private ids: Int32Array;
  /** Number of events held. */
  size = 0;

  constructor(capacity = 64) {
    this.times = new Float64Array(capacity);
    this.sequences = new Float64Array(capacity);
    this.ids = new Int32Array(capacity);
  }

  /** Time of the earliest event; Infinity when empty. */
  minTime(): number {
    return this.size === 0 ? Infinity : this.times[0]!;
  }

  push(time: number, sequence: number, id: number): void {
    if (this.size === this.ids.length) this.grow();
    const { times, sequences, ids } = this;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentTime = times[parent]!;
      if (parentTime < time || (parentTime === time && sequences[parent]! < sequence)) break;
      times[at] = parentTime;
      sequences[at] = sequences[parent]!;
      ids[at] = ids[parent]!;
      at = parent;
    }
    times[at] = time;
    sequences[at] = sequence;
    ids[at] = id;
  }

  /** Removes the earliest event and returns its id; the heap must not be empty. */
  pop(): number {
    const { times, sequences, ids } = this;
    const result = ids[0]!;
    const last = --this.size;
    if (last === 0) return result;
    const time = times[last]!;
    const sequence = sequences[last]!;
    let at = 0;
    for (;;) {
      const first = (at << 2) + 1;
      if (first >= last) break;
      const end = first + 4 < last ? first + 4 : last;
      let best = first;
      let bestTime = times[first]!;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child]!;
        if (childTime < bestTime || (childTime === bestTime && sequences[child]! < sequences[best]!)) {
          best = child;
          bestTime = childTime;
        }
      }
      if (time < bestTime || (time === bestTime && sequence < sequences[best]!)) break;
      times[at] = bestTime;
      sequences[at] = sequences[best]!;
      ids[at] = ids[best]!;
      at = best;
    }
    times[at] = time;
    sequences[at] = sequence;
    ids[at] = ids[last]!;
    return result;
  }

  private grow(): void {
    const capacity = this.ids.length * 2;
    const times = new Float64Array(capacity);
    const sequences = new Float64Array(capacity);
    const ids = new Int32Array(capacity);
    times.set(this.times);
    sequences.set(this.sequences);
    ids.set(this.ids);
    this.times = times;
    this.sequences = sequences;
    this.ids = ids;
  }
}
