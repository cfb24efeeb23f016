/** A binary heap of numbers, smallest first. */
export class MinHeap {
  private readonly keys: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  /** The smallest number; the heap is not empty. */
  peek(): number {
    return this.keys[0]!;
  }

  push(key: number): void {
    const { keys } = this;
    let hole = keys.push(key) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[hole] = keys[parent]!;
      hole = parent;
    }
    keys[hole] = key;
  }

  /** Removes and returns the smallest number; the heap is not empty. */
  pop(): number {
    const { keys } = this;
    const top = keys[0]!;
    const last = keys.pop()!;
    const { length } = keys;
    if (length === 0) return top;
    let hole = 0;
    for (let child = 1; child < length; child = 2 * hole + 1) {
      if (child + 1 < length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= last) break;
      keys[hole] = keys[child]!;
      hole = child;
    }
    keys[hole] = last;
    return top;
  }
}
