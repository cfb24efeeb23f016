import { assert } from "../base/assert.js";
import { Heap4 } from "./heap4.js";

const BUCKETS = 1 << 16;
const BUCKET_MASK = BUCKETS - 1;
const NONE = -1;
/** Steps of sorted insertion into the current bucket before an event goes to the near heap instead. */
const INSERT_STEPS = 8;
/** Disordered buckets up to this size are sorted by insertion; larger ones digit by digit. */
const SMALL_BUCKET = 12;
const DIGIT_BITS = 8;
const DIGITS = 1 << DIGIT_BITS;
/** Widths beyond this many ps leave no room for sorting by 31-bit digits; such buckets go through the near heap. */
const MAX_SORTED_WIDTH_PS = 2 ** 31;
const MAX_WIDTH_PS = 2 ** 40;
const WIDTH_FACTOR = 4;
const FIRST_WIDTH_PS = 256;
/** Share of pushes that may cost a step of sorting; beyond it, mispredicted branches cost more than empty buckets. */
const SORT_SHARE = 1 / 8;
const FAR_SHARE = 1 / 4;
const MIN_CHECK_PUSHES = 4096;
/** One push in 16 is looked at to learn how far ahead events lie. */
const SAMPLE_MASK = 15;

/**
 * The event queue: a sliding wheel of buckets of adaptive width, with a 4-ary heap for what lies beyond it.
 *
 * Events are popped in the order (time, insertion). A bucket is a linked list that stays sorted as long as its
 * events arrive in time order, which ties and clocks moving forward do; a disordered bucket is sorted when its turn
 * comes. The width follows the work that was really done: it narrows when sorting costs too much, unless that would
 * push too many events off the wheel, and widens when too many miss it. A change of direction doubles the wait
 * before the next change, and a rebuild must be paid for by four times as many pushes as there are events pending.
 */
export class EventQueue {
  /** Time in ps of the event popped last; never decreases. */
  time = 0;
  /** Number of pending events. */
  size = 0;

  private widthPs = FIRST_WIDTH_PS;
  private inverseWidth = 1 / FIRST_WIDTH_PS;
  /** Start of the current bucket; the wheel covers `BUCKETS` buckets from here. */
  private currentStart = 0;
  private current = 0;
  /**
   * Two entries per bucket: its first node or NONE, and its last node × 2, plus 1 when the list is not in time order.
   */
  private readonly buckets = new Int32Array(2 * BUCKETS).fill(NONE);
  private readonly occupied = new Int32Array(BUCKETS >> 5);
  /**
   * Events of the current bucket that did not find their place in its list quickly. While there are any, what comes
   * in at or before the latest of them goes here too, so that among equal times the list always goes first.
   */
  private readonly near = new Heap4();
  private nearEnd = -1;
  private readonly far = new Heap4();
  /** Numbers events in the heaps in the order of their insertion. */
  private sequence = 0;

  // A node is 16 bytes, so that it is in the cache as a whole or not at all: its time, its successor, its event.
  private nodeBytes = new ArrayBuffer(16 * 1024);
  private times = new Float64Array(this.nodeBytes);
  private links = new Int32Array(this.nodeBytes);
  private freeNode = NONE;
  private usedNodes = 0;

  private pushesUntilCheck = MIN_CHECK_PUSHES;
  private checkInterval = MIN_CHECK_PUSHES;
  private sortWork = 0;
  private farPushes = 0;
  /** Pushes that a narrower wheel would not reach, estimated. */
  private deepPushes = 0;
  private lastDirection = 0;
  private readonly digitHeads = new Int32Array(DIGITS);
  private readonly digitTails = new Int32Array(DIGITS);

  /** Adds an event; `time` must not lie before the event popped last. */
  push(time: number, id: number): void {
    this.size++;
    if (--this.pushesUntilCheck < 0) this.adapt();
    this.insert(time, id);
  }

  /** Removes the earliest event, sets `time`, and returns its id; −1 when nothing is pending. */
  pop(): number {
    for (;;) {
      const { current } = this;
      const head = this.buckets[2 * current]!;
      if (head !== NONE) {
        const time = this.times[2 * head]!;
        if (this.near.size > 0 && this.near.minTime() < time) return this.popNear();
        const next = this.links[4 * head + 2]!;
        this.buckets[2 * current] = next;
        if (next === NONE) this.occupied[current >> 5]! &= ~(1 << (current & 31));
        this.links[4 * head + 2] = this.freeNode;
        this.freeNode = head;
        this.size--;
        this.time = time;
        return this.links[4 * head + 3]!;
      }
      if (this.near.size > 0) return this.popNear();
      if (this.size === 0) return NONE;
      this.advance();
    }
  }

  private popNear(): number {
    this.size--;
    this.time = this.near.minTime();
    return this.near.pop();
  }

  private insert(time: number, id: number): void {
    const distance = (time - this.currentStart) * this.inverseWidth;
    if (!(distance >= 0))
      throw new Error(`invariant violated: an event at ${time} ps lies before ${this.time} ps`);
    if (distance >= BUCKETS) {
      this.farPushes++;
      this.far.push(time, this.sequence++, id);
      return;
    }
    const offset = distance | 0;
    if (offset === 0) {
      this.insertCurrent(time, id);
      return;
    }
    if ((this.pushesUntilCheck & SAMPLE_MASK) === 0 && offset >= BUCKETS / WIDTH_FACTOR) {
      this.deepPushes += SAMPLE_MASK + 1;
    }
    const bucket = (this.current + offset) & BUCKET_MASK;
    const node = this.newNode(time, id);
    if (this.buckets[2 * bucket] === NONE) {
      this.buckets[2 * bucket] = node;
      this.buckets[2 * bucket + 1] = node << 1;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
      return;
    }
    const tail = this.buckets[2 * bucket + 1]!;
    const last = tail >> 1;
    this.links[4 * last + 2] = node;
    const isDisordered = (tail & 1) === 1 || time < this.times[2 * last]!;
    this.buckets[2 * bucket + 1] = (node << 1) | (isDisordered ? 1 : 0);
  }

  /** The current bucket is being popped from, so it must stay sorted at every moment. */
  private insertCurrent(time: number, id: number): void {
    if (this.near.size > 0 && time <= this.nearEnd) {
      this.near.push(time, this.sequence++, id);
      return;
    }
    const bucket = this.current;
    const head = this.buckets[2 * bucket]!;
    if (head === NONE) {
      const node = this.newNode(time, id);
      this.buckets[2 * bucket] = node;
      this.buckets[2 * bucket + 1] = node << 1;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
      return;
    }
    const tail = this.buckets[2 * bucket + 1]! >> 1;
    if (time >= this.times[2 * tail]!) {
      const node = this.newNode(time, id);
      this.links[4 * tail + 2] = node;
      this.buckets[2 * bucket + 1] = node << 1;
      return;
    }
    let before = NONE;
    let after = head;
    for (let step = 0; this.times[2 * after]! <= time; step++) {
      if (step === INSERT_STEPS) {
        this.sortWork += INSERT_STEPS;
        this.nearEnd = this.near.size > 0 ? Math.max(this.nearEnd, time) : time;
        this.near.push(time, this.sequence++, id);
        return;
      }
      before = after;
      after = this.links[4 * after + 2]!;
    }
    const node = this.newNode(time, id);
    this.links[4 * node + 2] = after;
    if (before === NONE) this.buckets[2 * bucket] = node;
    else this.links[4 * before + 2] = node;
    this.sortWork++;
  }

  /** Moves to the next occupied bucket; the current one and the near heap are empty, something is pending. */
  private advance(): void {
    if (this.size === this.far.size) {
      this.currentStart = Math.floor(this.far.minTime() * this.inverseWidth) * this.widthPs;
    } else {
      const steps = this.distanceToOccupied();
      this.current = (this.current + steps) & BUCKET_MASK;
      this.currentStart += steps * this.widthPs;
      if ((this.buckets[2 * this.current + 1]! & 1) === 1) this.sortCurrent();
    }
    if (this.far.size > 0) this.fetchFar();
  }

  /** Takes what the wheel has come to cover out of the far heap. */
  private fetchFar(): void {
    const { far } = this;
    const end = this.currentStart + BUCKETS * this.widthPs;
    for (let time = far.minTime(); time < end; time = far.minTime()) this.insert(time, far.pop());
  }

  private distanceToOccupied(): number {
    const { occupied, current } = this;
    let word = current >> 5;
    // Bits above the current bucket in its own word, then whole words, around the wheel.
    let bits = (current & 31) === 31 ? 0 : occupied[word]! & (-2 << (current & 31));
    for (let scanned = 0; scanned <= occupied.length; scanned++) {
      if (bits !== 0) {
        const bucket = (word << 5) + (31 - Math.clz32(bits & -bits));
        return (bucket - current) & BUCKET_MASK;
      }
      word = (word + 1) & (occupied.length - 1);
      bits = occupied[word]!;
    }
    throw new Error("invariant violated: the event wheel counts events that no bucket holds");
  }

  /** Puts the disordered current bucket into the order of time; equal times keep their order. */
  private sortCurrent(): void {
    const head = this.buckets[2 * this.current]!;
    let length = 0;
    for (let node = head; node !== NONE; node = this.links[4 * node + 2]!) length++;
    this.sortWork += length > SMALL_BUCKET ? 3 * length : length;
    if (length <= SMALL_BUCKET) this.sortByInsertion(head);
    else if (this.widthPs <= MAX_SORTED_WIDTH_PS) this.sortByDigits(head);
    else this.moveToNear(head);
  }

  private sortByInsertion(first: number): void {
    const { times, links } = this;
    let head = first;
    let tail = first;
    let node = links[4 * first + 2]!;
    links[4 * first + 2] = NONE;
    while (node !== NONE) {
      const next = links[4 * node + 2]!;
      const time = times[2 * node]!;
      if (time >= times[2 * tail]!) {
        links[4 * tail + 2] = node;
        links[4 * node + 2] = NONE;
        tail = node;
      } else if (time < times[2 * head]!) {
        links[4 * node + 2] = head;
        head = node;
      } else {
        let before = head;
        let after = links[4 * before + 2]!;
        while (times[2 * after]! <= time) {
          before = after;
          after = links[4 * before + 2]!;
        }
        links[4 * node + 2] = after;
        links[4 * before + 2] = node;
      }
      node = next;
    }
    this.buckets[2 * this.current] = head;
    this.buckets[2 * this.current + 1] = tail << 1;
  }

  /** Sorts by the distance from the bucket's start, eight bits at a time, lowest first. */
  private sortByDigits(first: number): void {
    const { times, links, digitHeads, digitTails, currentStart } = this;
    let head = first;
    let tail = first;
    for (let shift = 0; this.widthPs > 2 ** shift; shift += DIGIT_BITS) {
      digitHeads.fill(NONE);
      for (let node = head; node !== NONE; node = links[4 * node + 2]!) {
        const digit = ((times[2 * node]! - currentStart) >>> shift) & (DIGITS - 1);
        if (digitHeads[digit] === NONE) digitHeads[digit] = node;
        else links[4 * digitTails[digit]! + 2] = node;
        digitTails[digit] = node;
      }
      head = NONE;
      for (let digit = 0; digit < DIGITS; digit++) {
        const start = digitHeads[digit]!;
        if (start === NONE) continue;
        if (head === NONE) head = start;
        else links[4 * tail + 2] = start;
        tail = digitTails[digit]!;
      }
      links[4 * tail + 2] = NONE;
    }
    this.buckets[2 * this.current] = head;
    this.buckets[2 * this.current + 1] = tail << 1;
  }

  private moveToNear(head: number): void {
    const { times, links } = this;
    this.nearEnd = this.currentStart + this.widthPs;
    for (let node = head; node !== NONE;) {
      const next = links[4 * node + 2]!;
      this.near.push(times[2 * node]!, this.sequence++, links[4 * node + 3]!);
      links[4 * node + 2] = this.freeNode;
      this.freeNode = node;
      node = next;
    }
    this.buckets[2 * this.current] = NONE;
    this.occupied[this.current >> 5]! &= ~(1 << (this.current & 31));
  }

  private newNode(time: number, id: number): number {
    let node = this.freeNode;
    if (node === NONE) {
      if (16 * this.usedNodes === this.nodeBytes.byteLength) this.growNodes();
      node = this.usedNodes++;
    } else {
      this.freeNode = this.links[4 * node + 2]!;
    }
    this.times[2 * node] = time;
    this.links[4 * node + 2] = NONE;
    this.links[4 * node + 3] = id;
    return node;
  }

  private growNodes(): void {
    const grown = new ArrayBuffer(2 * this.nodeBytes.byteLength);
    const links = new Int32Array(grown);
    links.set(this.links);
    this.nodeBytes = grown;
    this.times = new Float64Array(grown);
    this.links = links;
  }

  /** Looks at the work of the last interval and changes the bucket width when it was out of proportion. */
  private adapt(): void {
    const pushes = this.checkInterval;
    const wouldMiss = this.deepPushes + this.farPushes;
    const tooWide = this.sortWork > pushes * SORT_SHARE && wouldMiss < pushes * FAR_SHARE && this.widthPs > 1;
    const tooNarrow = this.farPushes > pushes * FAR_SHARE && this.widthPs < MAX_WIDTH_PS;
    this.sortWork = 0;
    this.farPushes = 0;
    this.deepPushes = 0;
    if (tooWide || tooNarrow) {
      const direction = tooWide ? -1 : 1;
      if (this.lastDirection === -direction) this.checkInterval *= 2;
      this.lastDirection = direction;
      this.rebuild(tooWide ? Math.max(1, this.widthPs / WIDTH_FACTOR) : this.widthPs * WIDTH_FACTOR);
    }
    this.checkInterval = Math.max(this.checkInterval, 4 * this.size);
    this.pushesUntilCheck = this.checkInterval;
  }

  /** Puts everything that is pending into a wheel of another width. */
  private rebuild(widthPs: number): void {
    // In an order in which equal times already stand as they must: the list before the near heap, the far heap last.
    const pending: { time: number; id: number }[] = [];
    for (let offset = 0; offset < BUCKETS; offset++) {
      const bucket = (this.current + offset) & BUCKET_MASK;
      for (let node = this.buckets[2 * bucket]!; node !== NONE; node = this.links[4 * node + 2]!) {
        pending.push({ time: this.times[2 * node]!, id: this.links[4 * node + 3]! });
      }
    }
    for (const heap of [this.near, this.far]) {
      while (heap.size > 0) pending.push({ time: heap.minTime(), id: heap.pop() });
    }
    pending.sort((a, b) => a.time - b.time);
    this.buckets.fill(NONE);
    this.occupied.fill(0);
    this.freeNode = NONE;
    this.usedNodes = 0;
    this.widthPs = widthPs;
    this.inverseWidth = 1 / widthPs;
    this.current = 0;
    this.currentStart = Math.floor(this.time * this.inverseWidth) * widthPs;
    for (const { time, id } of pending) this.insert(time, id);
    this.farPushes = 0;
    this.deepPushes = 0;
    assert(pending.length === this.size - 1, "a rebuild keeps every pending event");
  }
}
