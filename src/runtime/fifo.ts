/** A first-in first-out queue whose memory follows its length; bounds are its owner's. */
export class Fifo<T> {
  private items: T[] = [];
  private start = 0;

  get length(): number {
    return this.items.length - this.start;
  }

  /** The oldest item. */
  get first(): T | undefined {
    return this.items[this.start];
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.start === this.items.length) return undefined;
    const item = this.items[this.start++];
    // Dropping the consumed half at once keeps a shift O(1) on average.
    if (this.start >= 32 && this.start * 2 >= this.items.length) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return item;
  }

  clear(): void {
    this.items = [];
    this.start = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.start; i < this.items.length; i++) yield this.items[i]!;
  }
}
