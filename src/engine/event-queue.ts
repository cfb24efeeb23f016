import { assert } from "../base/assert.js";
import { Heap4 } from "./heap4.js";

const BUCKETS = 1 << 14;
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
const MIN_CHECK_PUSHES = 4096;

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

  private widthPs = 1024;
  private inverseWidth = 1 / 1024;
  /** Start of the current bucket; the wheel covers `BUCKETS` buckets from here. */
  private currentStart = 0;
  private current = 0;
  private readonly heads = new Int32Array(BUCKETS).fill(NONE);
  /** Last node of a bucket × 2, plus 1 when the bucket's list is not in time order. */
  private readonly tails = new Int32Array(BUCKETS);
  private readonly occupied = new Int32Array(BUCKETS >> 5);
  /** Events in buckets, the current one included. */
  private inWheel = 0;
  /** Events of the current bucket that did not find their place in its list quickly. */
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
  /** Pushes that a narrower wheel would not reach. */
  private deepPushes = 0;
  private lastDirection = 0;
  private readonly digitHeads = new Int32Array(DIGITS);
  private readonly digitTails = new Int32Array(DIGITS);

  /** Adds an event; `time` must not lie before the event popped last. */
  push(time: number, id: number): void {
    this.size++;
    if (--this.pushesUntilCheck < 0) this.adapt();
    this.insert(time, this.sequence++, id);
  }

  /** Removes the earliest event, sets `time`, and returns its id; −1 when nothing is pending. */
  pop(): number {
    for (;;) {
      const { current } = this;
      const head = this.heads[current]!;
      if (head !== NONE) {
        const time = this.nodeTime[head]!;
        const { near } = this;
        if (near.size > 0) {
          const nearTime = near.minTime();
          if (nearTime < time || (nearTime === time && near.minSequence() < this.nodeSequence[head]!)) {
            return this.popNear(nearTime);
          }
        }
        const next = this.nodeNext[head]!;
        this.heads[current] = next;
        if (next === NONE) this.occupied[current >> 5]! &= ~(1 << (current & 31));
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
    if (offset >= BUCKETS / WIDTH_FACTOR) this.deepPushes++;
    const bucket = (this.current + offset) & BUCKET_MASK;
    const node = this.newNode(time, sequence, id);
    this.inWheel++;
    if (this.heads[bucket] === NONE) {
      this.heads[bucket] = node;
      this.tails[bucket] = node << 1;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
      return;
    }
    const tail = this.tails[bucket]!;
    this.nodeNext[tail >> 1] = node;
    const isDisordered = (tail & 1) === 1 || time < this.nodeTime[tail >> 1]!;
    this.tails[bucket] = (node << 1) | (isDisordered ? 1 : 0);
  }

  /** The current bucket is being popped from, so it must stay sorted at every moment. */
  private insertCurrent(time: number, sequence: number, id: number): void {
    const bucket = this.current;
    const head = this.heads[bucket]!;
    if (head === NONE) {
      const node = this.newNode(time, sequence, id);
      this.heads[bucket] = node;
      this.tails[bucket] = node << 1;
      this.occupied[bucket >> 5]! |= 1 << (bucket & 31);
      this.inWheel++;
      return;
    }
    const tail = this.tails[bucket]! >> 1;
    if (time >= this.nodeTime[tail]!) {
      const node = this.newNode(time, sequence, id);
      this.nodeNext[tail] = node;
      this.tails[bucket] = node << 1;
      this.inWheel++;
      return;
    }
    let before = NONE;
    let after = head;
    for (let step = 0; this.nodeTime[after]! <= time; step++) {
      if (step === INSERT_STEPS) {
        this.sortWork += INSERT_STEPS;
        this.near.push(time, sequence, id);
        return;
      }
      before = after;
      after = this.nodeNext[after]!;
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
      this.currentStart = Math.floor(this.far.minTime() * this.inverseWidth) * this.widthPs;
    } else {
      const steps = this.distanceToOccupied();
      this.current = (this.current + steps) & BUCKET_MASK;
      this.currentStart += steps * this.widthPs;
      if ((this.tails[this.current]! & 1) === 1) this.sortCurrent();
    }
    if (this.far.size > 0) this.fetchFar();
  }

  /** Takes what the wheel has come to cover out of the far heap. */
  private fetchFar(): void {
    const { far } = this;
    const end = this.currentStart + BUCKETS * this.widthPs;
    const farPushes = this.farPushes;
    for (let time = far.minTime(); time < end; time = far.minTime()) {
      const sequence = far.minSequence();
      this.insert(time, sequence, far.pop());
    }
    this.farPushes = farPushes;
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
    const head = this.heads[this.current]!;
    let length = 0;
    for (let node = head; node !== NONE; node = this.nodeNext[node]!) length++;
    this.sortWork += length > SMALL_BUCKET ? 3 * length : length;
    if (length <= SMALL_BUCKET) this.sortByInsertion(head);
    else if (this.widthPs <= MAX_SORTED_WIDTH_PS) this.sortByDigits(head);
    else this.moveToNear(head);
  }

  private sortByInsertion(first: number): void {
    const { nodeTime, nodeNext } = this;
    let head = first;
    let tail = first;
    let node = nodeNext[first]!;
    nodeNext[first] = NONE;
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
        for (let after = nodeNext[before]!; nodeTime[after]! <= time; after = nodeNext[before]!)
          before = after;
        nodeNext[node] = nodeNext[before]!;
        nodeNext[before] = node;
      }
      node = next;
    }
    this.heads[this.current] = head;
    this.tails[this.current] = tail << 1;
  }

  /** Sorts by the distance from the bucket's start, eight bits at a time, lowest first. */
  private sortByDigits(first: number): void {
    const { nodeTime, nodeNext, digitHeads, digitTails, currentStart } = this;
    let head = first;
    let tail = first;
    for (let shift = 0; this.widthPs > 2 ** shift; shift += DIGIT_BITS) {
      digitHeads.fill(NONE);
      for (let node = head; node !== NONE; node = nodeNext[node]!) {
        const digit = ((nodeTime[node]! - currentStart) >>> shift) & (DIGITS - 1);
        if (digitHeads[digit] === NONE) digitHeads[digit] = node;
        else nodeNext[digitTails[digit]!] = node;
        digitTails[digit] = node;
      }
      head = NONE;
      for (let digit = 0; digit < DIGITS; digit++) {
        const start = digitHeads[digit]!;
        if (start === NONE) continue;
        if (head === NONE) head = start;
        else nodeNext[tail] = start;
        tail = digitTails[digit]!;
      }
      nodeNext[tail] = NONE;
    }
    this.heads[this.current] = head;
    this.tails[this.current] = tail << 1;
  }

  private moveToNear(head: number): void {
    const { nodeNext } = this;
    for (let node = head; node !== NONE;) {
      const next = nodeNext[node]!;
      this.near.push(this.nodeTime[node]!, this.nodeSequence[node]!, this.nodeId[node]!);
      nodeNext[node] = this.freeNode;
      this.freeNode = node;
      this.inWheel--;
      node = next;
    }
    this.heads[this.current] = NONE;
    this.occupied[this.current >> 5]! &= ~(1 << (this.current & 31));
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
    const wouldMiss = this.deepPushes + this.farPushes;
    const tooWide = this.sortWork > pushes && wouldMiss < pushes / 4 && this.widthPs > 1;
    const tooNarrow = this.farPushes > pushes / 4 && this.widthPs < MAX_WIDTH_PS;
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

  private rebuild(widthPs: number): void {
    const pending: { time: number; sequence: number; id: number }[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let node = this.heads[bucket]!; node !== NONE; node = this.nodeNext[node]!) {
        pending.push({
          time: this.nodeTime[node]!,
          sequence: this.nodeSequence[node]!,
          id: this.nodeId[node]!,
        });
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
    this.occupied.fill(0);
    this.inWheel = 0;
    this.freeNode = NONE;
    this.usedNodes = 0;
    this.widthPs = widthPs;
    this.inverseWidth = 1 / widthPs;
    this.current = 0;
    this.currentStart = Math.floor(this.time * this.inverseWidth) * widthPs;
    for (const { time, sequence, id } of pending) this.insert(time, sequence, id);
    this.farPushes = 0;
    this.deepPushes = 0;
    assert(pending.length === this.size - 1, "a rebuild keeps every pending event");
  }
}
