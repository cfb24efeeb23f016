import { assert } from "../base/assert.js";
import { Heap4 } from "./heap4.js";

const BUCKET_BITS = 14;
const BUCKETS = 1 << BUCKET_BITS;
const BUCKET_MASK = BUCKETS - 1;
const NONE = -1;
/** Steps of sorted insertion into the current bucket before an event goes to the near heap instead. */
const INSERT_STEPS = 8;
/** Unsorted buckets up to this size are sorted in place; larger ones go through the near heap. */
const SMALL_BUCKET = 24;
const MIN_CHECK_PUSHES = 4096;
const MAX_WIDTH_PS = 2 ** 40;

/**
 * The event queue: a sliding wheel of buckets of adaptive width, with a 4-ary heap for what lies beyond it.
 *
 * Events are popped in the order (time, insertion). A bucket is a linked list that stays sorted as long as its
 * events arrive in time order, which ties and clocks moving forward do; only a disordered bucket is sorted, when its
 * turn comes. The width follows the work that was really done: it narrows when sorting costs too much and widens
 * when too many events miss the wheel. A change of direction doubles the wait before the next change, and a rebuild
 * must be paid for by four times as many pushes as there are events pending.
 */
export class EventQueue {
  /** Time in ps of the event popped last; never decreases. */
  time = 0;
  /** Number of pending events. */
  size = 0;

  private widthPs = 1024;
  private inverseWidth = 1 / 1024;
  /** Start of the current bucket; the wheel covers `BUCKETS` buckets from here. */
  private currentStart = 0;
  private current = 0;
  private readonly heads = new Int32Array(BUCKETS).fill(NONE);
  private readonly tails = new Int32Array(BUCKETS);
  /** Length of a disordered bucket's list; 0 while the list is in time order. */
  private readonly disorder = new Int32Array(BUCKETS);
  private readonly occupied = new Int32Array(BUCKETS >> 5);
  /** Events in buckets, the current one included. */
  private inWheel = 0;
  private readonly near = new Heap4();
  private readonly far = new Heap4();
  private sequence = 0;

  private nodeTime = new Float64Array(1024);
  private nodeSequence = new Float64Array(1024);
  private nodeNext = new Int32Array(1024);
  private nodeId = new Int32Array(1024);
  private freeNode = NONE;
  private usedNodes = 0;

  private pushesUntilCheck = MIN_CHECK_PUSHES;
  private checkInterval = MIN_CHECK_PUSHES;
  private sortWork = 0;
  private farPushes = 0;
  private lastDirection = 0;

  /** Adds an event; `time` must not lie before the event popped last. */
  push(time: number, id: number): void {
    this.size++;
    if (--this.pushesUntilCheck < 0) this.adapt();
    this.insert(time, this.sequence++, id);
  }

  /** Removes the earliest event, sets `time`, and returns its id; −1 when nothing is pending. */
  pop(): number {
    for (;;) {
      const head = this.heads[this.current]!;
      if (head !== NONE) {
        const time = this.nodeTime[head]!;
        const near = this.near;
        if (near.size > 0) {
          const nearTime = near.minTime();
          if (nearTime < time || (nearTime === time && near.minSequence() < this.nodeSequence[head]!)) {
            return this.popNear(nearTime);
          }
        }
        const next = this.nodeNext[head]!;
        this.heads[this.current] = next;
        if (next === NONE) this.occupied[this.current >> 5]! &= ~(1 << (this.current & 31));
        this.nodeNext[head] = this.freeNode;
        this.freeNode = head;
        this.inWheel--;
        this.size--;
        this.time = time;
        return this.nodeId[head]!;
      }
      if (this.near.size > 0) return this.popNear(this.near.minTime());
      if (this.size === 0) return NONE;
      this.advance();
    }
  }

  private popNear(time: number): number {
    this.size--;
    this.time = time;
    return this.near.pop();
  }

  private insert(time: number, sequence: number, id: number): void {
    const distance = (time - this.currentStart) * this.inverseWidth;
    if (distance >= BUCKETS) {
      this.farPushes++;
      this.far.push(time, sequence, id);
      return;
    }
    const offset = distance | 0;
    if (offset === 0) {
      this.insertCurrent(time, sequence, id);
      return;
    }
    const bucket = (this.current + offset) & BUCKET_MASK;
    const node = this.newNode(time, sequence, id);
    const head = this.heads[bucket]!;
    this.inWheel++;
    if (head === NONE) {
      this.heads[bucket] = node;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
    } else {
      const tail = this.tails[bucket]!;
      const disorder = this.disorder[bucket]!;
      if (disorder > 0) this.disorder[bucket] = disorder + 1;
      else if (time < this.nodeTime[tail]!) this.disorder[bucket] = this.lengthOf(head) + 1;
      this.nodeNext[tail] = node;
    }
    this.tails[bucket] = node;
  }

  /** The current bucket is being popped from, so it must stay sorted at every moment. */
  private insertCurrent(time: number, sequence: number, id: number): void {
    const bucket = this.current;
    const head = this.heads[bucket]!;
    const { nodeTime, nodeNext } = this;
    if (head === NONE) {
      const node = this.newNode(time, sequence, id);
      this.heads[bucket] = node;
      this.tails[bucket] = node;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
      this.inWheel++;
      return;
    }
    const tail = this.tails[bucket]!;
    if (time >= nodeTime[tail]!) {
      const node = this.newNode(time, sequence, id);
      this.nodeNext[tail] = node;
      this.tails[bucket] = node;
      this.inWheel++;
      return;
    }
    let before = NONE;
    let after = head;
    for (let step = 0; nodeTime[after]! <= time; step++) {
      if (step === INSERT_STEPS) {
        this.sortWork += INSERT_STEPS;
        this.near.push(time, sequence, id);
        return;
      }
      before = after;
      after = nodeNext[after]!;
    }
    const node = this.newNode(time, sequence, id);
    this.nodeNext[node] = after;
    if (before === NONE) this.heads[bucket] = node;
    else this.nodeNext[before] = node;
    this.inWheel++;
    this.sortWork++;
  }

  /** Moves to the next occupied bucket; the current one and the near heap are empty, something is pending. */
  private advance(): void {
    if (this.inWheel === 0) {
      const start = Math.floor(this.far.minTime() * this.inverseWidth) * this.widthPs;
      this.currentStart = start;
    } else {
      const steps = this.distanceToOccupied();
      this.current = (this.current + steps) & BUCKET_MASK;
      this.currentStart += steps * this.widthPs;
    }
    const disorder = this.disorder[this.current]!;
    if (disorder > 0) this.sortCurrent(disorder);
    const end = this.currentStart + BUCKETS * this.widthPs;
    while (this.far.minTime() < end) {
      const time = this.far.minTime();
      const sequence = this.far.minSequence();
      this.insert(time, sequence, this.far.pop());
    }
  }

  private distanceToOccupied(): number {
    const { occupied, current } = this;
    let word = current >> 5;
    // Bits above the current bucket in its own word, then whole words, around the wheel.
    let bits = (occupied[word]! & (-2 << (current & 31))) >>> 0;
    if ((current & 31) === 31) bits = 0;
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

  /** Puts a disordered bucket into order: by insertion when small, through the near heap when large. */
  private sortCurrent(length: number): void {
    const bucket = this.current;
    const { nodeTime, nodeNext } = this;
    this.disorder[bucket] = 0;
    this.sortWork += length;
    let node = this.heads[bucket]!;
    if (length > SMALL_BUCKET) {
      this.sortWork += 2 * length;
      while (node !== NONE) {
        const next = nodeNext[node]!;
        this.near.push(nodeTime[node]!, this.nodeSequence[node]!, this.nodeId[node]!);
        nodeNext[node] = this.freeNode;
        this.freeNode = node;
        this.inWheel--;
        node = next;
      }
      this.heads[bucket] = NONE;
      this.occupied[bucket >> 5]! &= ~(1 << (bucket & 31));
      return;
    }
    let head = node;
    let tail = node;
    node = nodeNext[node]!;
    nodeNext[tail] = NONE;
    while (node !== NONE) {
      const next = nodeNext[node]!;
      const time = nodeTime[node]!;
      if (time >= nodeTime[tail]!) {
        nodeNext[tail] = node;
        nodeNext[node] = NONE;
        tail = node;
      } else if (time < nodeTime[head]!) {
        nodeNext[node] = head;
        head = node;
      } else {
        let before = head;
        for (let after = nodeNext[before]!; nodeTime[after]! <= time; after = nodeNext[before]!) before = after;
        nodeNext[node] = nodeNext[before]!;
        nodeNext[before] = node;
      }
      node = next;
    }
    this.heads[bucket] = head;
    this.tails[bucket] = tail;
  }

  private lengthOf(head: number): number {
    let length = 0;
    for (let node = head; node !== NONE; node = this.nodeNext[node]!) length++;
    return length;
  }

  private newNode(time: number, sequence: number, id: number): number {
    let node = this.freeNode;
    if (node === NONE) {
      if (this.usedNodes === this.nodeId.length) this.growNodes();
      node = this.usedNodes++;
    } else {
      this.freeNode = this.nodeNext[node]!;
    }
    this.nodeTime[node] = time;
    this.nodeSequence[node] = sequence;
    this.nodeId[node] = id;
    this.nodeNext[node] = NONE;
    return node;
  }

  private growNodes(): void {
    const capacity = this.nodeId.length * 2;
    const copy = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.nodeTime = copy(this.nodeTime, new Float64Array(capacity));
    this.nodeSequence = copy(this.nodeSequence, new Float64Array(capacity));
    this.nodeNext = copy(this.nodeNext, new Int32Array(capacity));
    this.nodeId = copy(this.nodeId, new Int32Array(capacity));
  }

  /** Looks at the work of the last interval and changes the bucket width when it was out of proportion. */
  private adapt(): void {
    const pushes = this.checkInterval;
    const tooWide = this.sortWork > 2 * pushes && this.widthPs > 1;
    const tooNarrow = this.farPushes > pushes / 4 && this.widthPs < MAX_WIDTH_PS;
    this.sortWork = 0;
    this.farPushes = 0;
    if (tooWide !== tooNarrow) {
      const direction = tooWide ? -1 : 1;
      if (this.lastDirection === -direction) this.checkInterval *= 2;
      this.lastDirection = direction;
      this.rebuild(tooWide ? Math.max(1, this.widthPs / 8) : this.widthPs * 4);
    }
    this.pushesUntilCheck = Math.max(this.checkInterval, 4 * this.size);
    this.checkInterval = Math.max(this.checkInterval, MIN_CHECK_PUSHES);
  }

  private rebuild(widthPs: number): void {
    const pending: { time: number; sequence: number; id: number }[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let node = this.heads[bucket]!; node !== NONE; node = this.nodeNext[node]!) {
        pending.push({ time: this.nodeTime[node]!, sequence: this.nodeSequence[node]!, id: this.nodeId[node]! });
      }
    }
    for (const heap of [this.near, this.far]) {
      while (heap.size > 0) {
        const time = heap.minTime();
        const sequence = heap.minSequence();
        pending.push({ time, sequence, id: heap.pop() });
      }
    }
    pending.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
    this.heads.fill(NONE);
    this.disorder.fill(0);
    this.occupied.fill(0);
    this.inWheel = 0;
    this.freeNode = NONE;
    this.usedNodes = 0;
    this.widthPs = widthPs;
    this.inverseWidth = 1 / widthPs;
    this.current = 0;
    this.currentStart = Math.floor(this.time * this.inverseWidth) * widthPs;
    const farBefore = this.farPushes;
    for (const { time, sequence, id } of pending) this.insert(time, sequence, id);
    this.farPushes = farBefore;
    assert(pending.length === this.size - 1, "a rebuild keeps every pending event");
  }
}
