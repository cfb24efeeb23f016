import type { NodeConfig } from "./node-config.js";
import type { RingUsage } from "./ring-usage.js";
import { createTask, isRetirable, type Task, type TaskRequest } from "./task.js";
import { TaskRing } from "./task-ring.js";
import { TensorMap } from "./tensor-map.js";

/** What a submit has to wait for. */
interface Shortage {
  kind: "task" | "tensorMap";
  usage: RingUsage;
}

/**
 * The tasks of one node: each runs when its producers have completed, and gives its slot back when it has completed,
 * its scope is closed and its consumers have completed. There is one task ring for each scope depth, so an inner scope
 * never waits for an outer one.
 */
export class Scheduler {
  /** Task rings by scope depth, made when first used. */
  readonly rings: TaskRing<Task>[] = [];
  readonly tensors: TensorMap<Task>;
  /** Tasks submitted so far. */
  submitted = 0;
  /** Tasks that have not completed. */
  unfinished = 0;
  private readonly running = new Map<number, Task>();

  constructor(
    private readonly config: NodeConfig,
    private readonly dispatch: (task: Task, nowPs: number) => void,
  ) {
    this.tensors = new TensorMap(config.tensorMapCapacity);
  }

  ring(depth: number): TaskRing<Task> {
    while (this.rings.length <= depth) this.rings.push(new TaskRing(this.config.taskRingCapacity));
    return this.rings[depth]!;
  }

  /** The first resource that has no room for a request, or null. */
  shortage(request: TaskRequest, depth: number): Shortage | null {
    const ring = this.ring(depth);
    if (ring.full) return { kind: "task", usage: ring.usage };
    if (!this.tensors.hasRoom(request.accesses.length))
      return { kind: "tensorMap", usage: this.tensors.usage };
    return null;
  }

  /** Takes a request for which there is room; it is dispatched at once unless it must wait for producers. */
  submit(request: TaskRequest, depth: number, submittedPs: number, nowPs: number): Task {
    const task = createTask(++this.submitted, request, depth, submittedPs);
    this.ring(depth).push(task);
    this.unfinished++;
    for (const buffer of request.buffers) buffer.retain();
    task.producers = this.tensors.enter(task, request.accesses);
    task.unfinishedProducers = task.producers.length;
    for (const producer of task.producers) {
      producer.consumers.push(task);
      producer.unfinishedConsumers++;
    }
    if (task.unfinishedProducers === 0) this.makeReady(task, nowPs);
    return task;
  }

  /** False for a task that has completed, and for one whose call has failed. */
  isRunning(token: number): boolean {
    return this.running.has(token);
  }

  /** Notes that one child of a running task, or all its chips (`member` null), have completed. */
  complete(token: number, member: number | null, nowPs: number): void {
    const task = this.running.get(token);
    if (!task) return;
    if (member === null) task.waitingFor.clear();
    else task.waitingFor.delete(member);
    if (task.waitingFor.size === 0) this.finish(task, nowPs);
  }

  /** The scope of these tasks has ended: they may retire. */
  releaseScope(tasks: readonly Task[]): void {
    for (const task of tasks) task.scopeOpen = false;
    const depth = tasks[0]?.depth;
    if (depth !== undefined) this.retire(depth);
  }

  /** Tasks that have not completed, in order of submission. */
  unfinishedTasks(): Task[] {
    const tasks = this.rings.flatMap((ring) => [...ring.tasks()]);
    return tasks.filter((task) => !isFinished(task)).sort((a, b) => a.token - b.token);
  }

  /** Drops every task: the call has failed, and what its children still say about it is ignored. */
  abort(): void {
    this.running.clear();
    for (const ring of this.rings) {
      while (ring.oldest) {
        const task = ring.retire();
        if (!isFinished(task)) this.forget(task);
        task.state = "RETIRED";
      }
    }
    this.unfinished = 0;
  }

  private makeReady(task: Task, nowPs: number): void {
    task.state = "READY";
    this.running.set(task.token, task);
    this.dispatch(task, nowPs);
    task.state = "RUNNING";
  }

  private finish(task: Task, nowPs: number): void {
    task.state = "COMPLETED";
    this.unfinished--;
    this.running.delete(task.token);
    this.forget(task);
    const { producers, consumers } = task;
    // A completed task needs neither list; keeping them would chain every task of a long run to the next.
    task.producers = [];
    task.consumers = [];
    for (const consumer of consumers) {
      if (--consumer.unfinishedProducers === 0) this.makeReady(consumer, nowPs);
    }
    for (const producer of producers) {
      producer.unfinishedConsumers--;
      this.retire(producer.depth);
    }
    this.retire(task.depth);
  }

  private forget(task: Task): void {
    this.tensors.leave(task, task.request.accesses);
    for (const buffer of task.request.buffers) buffer.release();
  }

  private retire(depth: number): void {
    const ring = this.ring(depth);
    while (ring.oldest && isRetirable(ring.oldest)) ring.retire().state = "RETIRED";
  }
}

function isFinished(task: Task): boolean {
  return task.state === "COMPLETED" || task.state === "RETIRED";
}
