import { HeapBuffer } from "./heap-buffer.js";
import { HeapRing } from "./heap-ring.js";
import type { Task } from "./task.js";

interface Scope {
  readonly tasks: Task[];
  /** Buffers that have not been freed. */
  readonly buffers: Set<HeapBuffer>;
}

/**
 * The open scopes of an orchestration. It starts in one (depth 0) that ends when it returns. Each depth has its own
 * heap ring, which successive scopes of that depth share.
 */
export class ScopeStack {
  /** Heap rings by scope depth, made when first used. */
  readonly heaps: HeapRing[] = [];
  begins = 0;
  ends = 0;
  /** Buffers freed by hand; those that went with their scope are not counted. */
  frees = 0;
  deepest = 0;
  private readonly open: Scope[] = [];
  private nextHandle = 1;

  constructor(private readonly heapBytes: number) {}

  /** How many scopes are open inside the outermost one. */
  get depth(): number {
    return this.open.length - 1;
  }

  heap(depth: number): HeapRing {
    while (this.heaps.length <= depth) this.heaps.push(new HeapRing(this.heapBytes));
    return this.heaps[depth]!;
  }

  /** Opens the scope that lasts as long as the orchestration. */
  enter(): void {
    this.open.push({ tasks: [], buffers: new Set() });
  }

  begin(): void {
    this.enter();
    this.begins++;
    this.deepest = Math.max(this.deepest, this.depth);
  }

  /** Closes the innermost scope, frees its buffers and returns its tasks, which may now retire. */
  end(): Task[] {
    this.ends++;
    return this.leave();
  }

  /** Closes whatever is still open, innermost first. */
  leaveAll(): Task[][] {
    const tasks: Task[][] = [];
    while (this.open.length > 0) tasks.push(this.leave());
    return tasks;
  }

  addTask(task: Task): void {
    this.open[task.depth]!.tasks.push(task);
  }

  /** Takes a buffer for the innermost scope, or returns null while its ring has no room. */
  alloc(bytes: number): HeapBuffer | null {
    const ring = this.heap(this.depth);
    const block = ring.alloc(bytes);
    if (!block) return null;
    const buffer = new HeapBuffer(this.nextHandle++, ring, block);
    this.open[this.depth]!.buffers.add(buffer);
    return buffer;
  }

  /** Frees a buffer before its scope ends; nothing happens when it is freed already. */
  free(buffer: HeapBuffer): void {
    if (!buffer.free()) return;
    this.frees++;
    for (const scope of this.open) scope.buffers.delete(buffer);
  }

  /** Is this a buffer of an open scope that has not been freed? */
  holds(buffer: HeapBuffer): boolean {
    return this.open.some((scope) => scope.buffers.has(buffer));
  }

  /** Buffers taken from a ring that their scopes still hold. */
  heldFrom(ring: HeapRing): HeapBuffer[] {
    return this.open.flatMap((scope) => [...scope.buffers].filter((buffer) => buffer.ring === ring));
  }

  private leave(): Task[] {
    const scope = this.open.pop()!;
    for (const buffer of scope.buffers) buffer.free();
    return scope.tasks;
  }
}
