import { assert } from "../base/assert.js";
import { diagnostic, LinquError } from "../base/diagnostics.js";
import { launchWithCopies } from "./fan-out.js";
import { HeapBuffer } from "./heap-buffer.js";
import { Level } from "./levels.js";
import type { TaskFailure } from "./messages.js";
import type { NodeOps, Orchestration } from "./node-ops.js";
import type { OrchestratorNode } from "./orchestrator-node.js";
import type { Blocked, PendingOp } from "./pending-op.js";
import { readProgramSubmit } from "./program-submit.js";
import {
  afterError,
  allocationTooLarge,
  badAllocation,
  bufferArithmetic,
  endlessLoop,
  freeOfNoBuffer,
  noScopeToEnd,
  scopesTooDeep,
  tooManyTensors,
  type Refusal,
} from "./refusals.js";
import { runtimeError } from "./runtime-error.js";
import { Scheduler } from "./scheduler.js";
import { ScopeStack } from "./scope-stack.js";
import type { TaskRequest } from "./task.js";

/** Runs one orchestration at a time on behalf of a node: its clock, its scopes, and what it waits for. */
export class Orchestrator implements NodeOps {
  readonly scheduler: Scheduler;
  readonly scopes: ScopeStack;
  allocated: HeapBuffer | null = null;
  pending: PendingOp | null = null;
  blocked: Blocked | null = null;
  /** The program's orchestration, and above it what the runtime does on its behalf. */
  private frames: Orchestration[] = [];
  private nowPs = 0;
  private active = false;
  private refusal: LinquError | null = null;
  private steps = 0;

  constructor(private readonly node: OrchestratorNode) {
    this.scheduler = new Scheduler(node.config, (task, nowPs) => node.dispatch(task, nowPs));
    this.scopes = new ScopeStack(node.config.heapRingBytes);
  }

  /** Starts an orchestration; `node.ended` follows, perhaps before this returns. */
  begin(orchestration: Orchestration, nowPs: number): void {
    assert(!this.active, "an orchestration began while another one ran");
    this.active = true;
    this.refusal = null;
    this.frames = [orchestration];
    this.scopes.enter();
    this.resume(nowPs);
  }

  /** Something changed: goes on if the operation it waits in can now be done. */
  resume(nowPs: number): void {
    if (!this.active) return;
    this.nowPs = nowPs;
    if (this.pending && !this.attempt(this.pending)) return;
    this.steps = 0;
    this.advance();
  }

  /** Ends the orchestration with an error, its own or a child's. */
  fail(failure: TaskFailure, nowPs: number): void {
    if (!this.active) return;
    this.unblock(nowPs);
    this.frames = [];
    this.pending = null;
    this.scheduler.abort();
    this.scopes.leaveAll();
    this.end(failure, nowPs);
  }

  childCount(): number {
    const { level, chips, children } = this.node.place;
    return level === Level.HOST ? chips : children.length;
  }

  scopeBegin(site: number): void {
    this.refuseAfterError(site);
    const { maxScopeDepth } = this.node.config;
    if (this.scopes.depth >= maxScopeDepth) {
      this.refuse(site, scopesTooDeep(this.path, maxScopeDepth));
    }
    this.scopes.begin();
  }

  scopeEnd(site: number): void {
    this.refuseAfterError(site);
    if (this.scopes.depth === 0) {
      this.refuse(site, noScopeToEnd(this.path));
    }
    this.scheduler.releaseScope(this.scopes.end());
  }

  alloc(bytes: number, site: number): boolean {
    this.refuseAfterError(site);
    const { heapRingBytes } = this.node.config;
    if (!Number.isSafeInteger(bytes) || bytes < 1) this.refuse(site, badAllocation(this.path, bytes));
    if (bytes > heapRingBytes) {
      this.refuse(site, allocationTooLarge(this.path, this.scopes.depth, bytes, heapRingBytes));
    }
    return this.start({ op: "alloc", bytes, site });
  }

  free(buffer: unknown, site: number): void {
    this.refuseAfterError(site);
    if (!(buffer instanceof HeapBuffer)) this.refuse(site, freeOfNoBuffer(this.path));
    this.scopes.free(buffer);
  }

  submitTask(request: TaskRequest, site: number): boolean {
    this.refuseAfterError(site);
    const { submitPs, tensorMapCapacity } = this.node.config;
    const needed = request.accesses.length;
    if (needed > tensorMapCapacity) {
      this.refuse(site, tooManyTensors(this.path, request.name, needed, tensorMapCapacity));
    }
    const readyPs = this.nowPs + submitPs;
    if (submitPs > 0) this.node.timer(readyPs);
    return this.start({ op: "submit", request, site, submittedPs: this.nowPs, readyPs });
  }

  submitProgram(options: unknown, site: number): boolean {
    this.refuseAfterError(site);
    const host = this.node.place.level === Level.HOST;
    const { members, ...rest } = this.checked(() =>
      readProgramSubmit(options, {
        path: this.path,
        childCount: this.childCount(),
        childWord: host ? "chip" : "child",
        at: this.node.sources.site(site),
        holds: (buffer) => this.scopes.holds(buffer),
      }),
    );
    if (!host) return this.submitTask({ ...rest, target: { kind: "call", children: members } }, site);
    const { copy } = this.node.config;
    const copied = (chip: number) => this.node.copied(chip);
    this.frames.push(launchWithCopies(this, { ...rest, chips: members, copied, copy }, site));
    return false;
  }

  waitAll(site: number): boolean {
    this.refuseAfterError(site);
    return this.start({ op: "waitAll", site });
  }

  tick(site: number): void {
    const { stepBudget } = this.node.config;
    if (++this.steps <= stepBudget) return;
    this.refuse(site, endlessLoop(this.path, stepBudget));
  }

  refuseArithmetic(site: number): never {
    this.refuse(site, bufferArithmetic(this.path));
  }

  private get path(): string {
    return this.node.place.path;
  }

  private advance(): void {
    while (this.frames.length > 0) {
      const frame = this.frames[this.frames.length - 1]!;
      let returned: boolean;
      try {
        returned = this.node.sharedOps.resume(this, frame);
      } catch (cause) {
        return this.fail(this.describeThrown(cause), this.nowPs);
      }
      // Refused, and the orchestration caught it: the call has failed all the same.
      if (this.refusal) return this.fail(this.describeThrown(this.refusal), this.nowPs);
      if (returned) this.frames.pop();
      else if (this.pending) return;
    }
    if (this.pending === null) this.close();
  }

  /** The orchestration has returned: its scopes end, and its tasks run to completion. */
  private close(): void {
    for (const tasks of this.scopes.leaveAll()) this.scheduler.releaseScope(tasks);
    if (this.start({ op: "end", site: -1 })) this.end(null, this.nowPs);
  }

  private end(failure: TaskFailure | null, nowPs: number): void {
    this.active = false;
    this.allocated = null;
    this.node.ended(failure, nowPs);
  }

  private start(pending: PendingOp): boolean {
    this.pending = pending;
    return this.attempt(pending);
  }

  /** Does the pending operation if that is possible now. */
  private attempt(pending: PendingOp): boolean {
    switch (pending.op) {
      case "submit": {
        if (this.nowPs < pending.readyPs) return false;
        const depth = this.scopes.depth;
        const shortage = this.scheduler.shortage(pending.request, depth);
        if (shortage) return this.block({ ...shortage, depth });
        this.unblock(this.nowPs);
        this.scopes.addTask(this.scheduler.submit(pending.request, depth, pending.submittedPs, this.nowPs));
        break;
      }
      case "alloc": {
        const depth = this.scopes.depth;
        const buffer = this.scopes.alloc(pending.bytes);
        if (!buffer) return this.block({ kind: "heap", depth, usage: this.scopes.heap(depth).usage });
        this.unblock(this.nowPs);
        this.allocated = buffer;
        break;
      }
      case "waitAll":
      case "end":
        if (this.scheduler.unfinished > 0) return false;
    }
    this.pending = null;
    return true;
  }

  private block(blocked: Blocked): false {
    if (this.blocked?.usage !== blocked.usage) {
      this.unblock(this.nowPs);
      blocked.usage.block(this.nowPs);
      this.blocked = blocked;
    }
    return false;
  }

  private unblock(nowPs: number): void {
    this.blocked?.usage.unblock(nowPs);
    this.blocked = null;
  }

  private refuseAfterError(site: number): void {
    if (this.refusal) this.refuse(site, afterError(this.path, this.refusal.message));
  }

  private refuse(site: number, refusal: Refusal): never {
    return this.checked(() => {
      throw runtimeError({ ...refusal, at: this.node.sources.site(site) });
    });
  }

  /** Remembers a refusal, so that an orchestration cannot catch it and go on. */
  private checked<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      if (cause instanceof LinquError) this.refusal ??= cause;
      throw cause;
    }
  }

  private describeThrown(cause: unknown): TaskFailure {
    if (cause instanceof LinquError) return { path: this.path, diagnostic: cause.diagnostics[0]! };
    const at = this.node.sources.error(cause);
    if (cause instanceof Error && !at) {
      throw new Error(`the runtime's own orchestration of ${this.path} failed`, { cause });
    }
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const message = `the orchestration of ${this.path} threw ${text}`;
    return { path: this.path, diagnostic: diagnostic({ code: "LQ7010", message, at }) };
  }
}
