/**
 * Vector clocks: what each rank has seen of each other one. A rank's own count grows whenever it lets others know what
 * it has done, by a message, a barrier or an atomic.
 */
export class Clocks {
  private readonly seen: Int32Array[];

  constructor(world: number) {
    this.seen = Array.from({ length: world }, (_, rank) => {
      const clock = new Int32Array(world);
      clock[rank] = 1;
      return clock;
    });
  }

  /** What a rank knows at this moment, to be handed to others. */
  release(rank: number): Int32Array {
    const clock = this.seen[rank]!;
    const known = clock.slice();
    clock[rank]!++;
    return known;
  }

  /** A rank learns what another one knew. */
  acquire(rank: number, known: Int32Array): void {
    const clock = this.seen[rank]!;
    for (let other = 0; other < clock.length; other++) {
      if (known[other]! > clock[other]!) clock[other] = known[other]!;
    }
  }

  /** A rank's own count. */
  now(rank: number): number {
    return this.seen[rank]![rank]!;
  }

  /** Does `rank` know of what another one did at a count of its own? */
  knows(rank: number, other: number, count: number): boolean {
    return rank === other || this.seen[rank]![other]! >= count;
  }
}
