import { assert } from "../base/assert.js";
import { diagnostic, type SourceLocation } from "../base/diagnostics.js";
import { errorOf, type HostCompletion } from "../machine/host/messages.js";
import type { NodeRecord } from "../record/run-record.js";
import { CallableTable } from "./callable-table.js";
import type { ChipBackend } from "./chip-backend.js";
import { ChipRequests, WHOLE_CALL } from "./chip-requests.js";
import { fanOutToChildren, fanOutToChips } from "./fan-out.js";
import { Fifo } from "./fifo.js";
import { Level, LEVEL_NAMES, type NodeLevel } from "./levels.js";
import type { CallWork, Message, TaskFailure } from "./messages.js";
import type { NodeConfig } from "./node-config.js";
import type { Orchestration } from "./node-ops.js";
import type { NodePlace } from "./node-tree.js";
import { Orchestrator } from "./orchestrator.js";
import type { SourceFinder } from "./orchestrator-node.js";
import { ringRecords } from "./ring-records.js";
import type { SharedOps } from "./shared-ops.js";
import type { Task } from "./task.js";

/** How a program's own call of the root ended. */
export interface Completion {
  /** When `start` was called; `startedPs` is later by the time it took to hand the program down. */
  submittedPs: number;
  startedPs: number;
  failure: TaskFailure | null;
}

/** A node's way out. */
export interface NodeEnv {
  /** Sends a message that departs at `nowPs`. */
  send(from: number, to: number, message: Message, nowPs: number): void;
  /** Asks for one `tick` of that node at that time. */
  timer(node: number, atPs: number): void;
  /** The call that `start` made has ended (root only). */
  done(completion: Completion, nowPs: number): void;
}

/** A program's orchestration of one level: a generator function over the task. */
export type OrchestrationBody = (task: {
  inputBytesPerChild: number;
  outputBytesPerChild: number;
}) => Orchestration;

/** What all nodes of a runtime share. */
export interface NodeContext {
  config: NodeConfig;
  env: NodeEnv;
  chips: ChipBackend;
  sharedOps: SharedOps;
  /** Orchestrations in place of the default fan-out. */
  orchestrations: ReadonlyMap<NodeLevel, OrchestrationBody>;
  sources: SourceFinder;
}

interface Call {
  callable: number;
  /** The parent's token; null for a call that `start` made. */
  token: number | null;
  submittedPs: number;
  work: CallWork;
}

/** A runtime node: takes messages in and gives messages out, and knows no clock but the times it is told. */
export class RuntimeNode {
  readonly orchestrator: Orchestrator;
  /** Null above HOST. */
  private readonly chips: ChipRequests | null;
  private readonly callables = new CallableTable();
  /** Bounded by the parent's task rings: each of its tasks calls this node once. */
  private readonly calls = new Fifo<Call>();
  private current: Call | null = null;
  private startedPs = 0;
  private dispatchPs = 0;

  constructor(
    readonly place: NodePlace,
    private readonly context: NodeContext,
  ) {
    this.chips = place.level === Level.HOST ? new ChipRequests(context.chips, place.host) : null;
    this.orchestrator = new Orchestrator({
      place,
      config: context.config,
      sources: context.sources,
      sharedOps: context.sharedOps,
      copied: (chip) => this.chips!.copied(chip),
      dispatch: (task, nowPs) => this.dispatch(task, nowPs),
      timer: (atPs) => context.env.timer(place.id, atPs),
      ended: (failure, nowPs) => this.ended(failure, nowPs),
    });
  }

  /** Runs a program over the whole tree: hands its code down unless it is there, then calls it (root only). */
  start(program: { hash: string; codeBytes: number }, work: CallWork, nowPs: number): void {
    assert(this.place.parent === null, "only the root starts programs");
    const callable = this.register(program.hash, program.codeBytes, nowPs);
    this.calls.push({ callable, token: null, submittedPs: nowPs, work });
    this.next(nowPs);
  }

  /** Takes a message from the parent or a child. */
  deliver(message: Message, from: number, nowPs: number): void {
    switch (message.kind) {
      case "REGISTER":
        this.register(message.hash, message.codeBytes, nowPs);
        break;
      case "REGISTERED":
        this.acknowledge(message.hash, message.callable, from, nowPs);
        break;
      case "CALL_TASK":
        this.call(message, nowPs);
        break;
      case "TASK_COMPLETE":
        if (!this.orchestrator.scheduler.isRunning(message.token)) break;
        if (message.failure) this.orchestrator.fail(message.failure, nowPs);
        else this.completed(message.token, this.place.children.indexOf(from), nowPs);
    }
  }

  /** The chips have carried out a message, or could not (host only). */
  chipDone(completion: HostCompletion, nowPs: number): void {
    const { correlationId } = completion;
    const error = errorOf(completion);
    if (correlationId !== WHOLE_CALL && !this.orchestrator.scheduler.isRunning(correlationId)) return;
    if (error) this.orchestrator.fail({ path: this.place.path, diagnostic: error }, nowPs);
    else if (correlationId !== WHOLE_CALL) this.completed(correlationId, null, nowPs);
  }

  /** A time that the node asked for has come. */
  tick(nowPs: number): void {
    this.orchestrator.resume(nowPs);
  }

  /** Where an operation of the program's orchestration stands. */
  siteOf(site: number): SourceLocation | null {
    return this.context.sources.site(site);
  }

  record(nowPs: number): NodeRecord {
    const { scopes, scheduler } = this.orchestrator;
    return {
      node: this.place.path,
      level: this.place.level,
      levelName: LEVEL_NAMES[this.place.level],
      dispatchPs: this.dispatchPs,
      scopeBegins: scopes.begins,
      scopeEnds: scopes.ends,
      maxScopeDepth: scopes.deepest,
      frees: scopes.frees,
      tasks: scheduler.submitted,
      rings: ringRecords(scheduler, scopes, nowPs),
    };
  }

  private register(hash: string, codeBytes: number, nowPs: number): number {
    const { place, context } = this;
    const { callable, added } = this.callables.register(hash, codeBytes, place.children.length);
    if (added) {
      for (const child of place.children) {
        context.env.send(place.id, child, { kind: "REGISTER", hash, codeBytes }, nowPs);
      }
      if (place.level === Level.HOST) context.chips.prepare(place.host, hash, codeBytes);
    }
    if (callable.unacknowledged === 0) this.reportRegistered(hash, callable.id, nowPs);
    return callable.id;
  }

  private acknowledge(hash: string, childId: number, from: number, nowPs: number): void {
    const callable = this.callables.findHash(hash);
    assert(callable !== undefined, `${this.place.path}: a child acknowledged an unknown program`);
    callable.childIds[this.place.children.indexOf(from)] = childId;
    if (--callable.unacknowledged > 0) return;
    this.reportRegistered(hash, callable.id, nowPs);
    this.next(nowPs);
  }

  private reportRegistered(hash: string, callable: number, nowPs: number): void {
    const { id, parent } = this.place;
    if (parent === null) return;
    this.context.env.send(id, parent, { kind: "REGISTERED", hash, callable }, nowPs);
  }

  private call(message: Extract<Message, { kind: "CALL_TASK" }>, nowPs: number): void {
    const { callable, token, submittedPs, work } = message;
    if (!this.callables.find(callable)) {
      const text = `${this.place.path} was called with program ${callable}, which it does not hold`;
      const failure = { path: this.place.path, diagnostic: diagnostic({ code: "LQ7030", message: text }) };
      return this.reply(token, failure, nowPs);
    }
    this.calls.push({ callable, token, submittedPs, work });
    this.next(nowPs);
  }

  /** Starts the next call when none runs and its program has arrived everywhere below. */
  private next(nowPs: number): void {
    const call = this.calls.first;
    if (this.current || !call || this.callables.find(call.callable)!.unacknowledged > 0) return;
    this.calls.shift();
    this.current = call;
    this.callables.retain(call.callable);
    this.startedPs = nowPs;
    // The root has no parent that dispatches to it: what passes before it starts is the handing down of code.
    if (call.token !== null) this.dispatchPs = Math.max(this.dispatchPs, nowPs - call.submittedPs);
    this.chips?.mapTensors(nowPs);
    this.orchestrator.begin(this.orchestration(call.work), nowPs);
  }

  private orchestration(work: CallWork): Orchestration {
    const { place, context, orchestrator } = this;
    const body = context.orchestrations.get(place.level);
    if (body) {
      return body({
        inputBytesPerChild: work.inputBytesPerChip * place.chipsPerChild,
        outputBytesPerChild: work.outputBytesPerChip * place.chipsPerChild,
      });
    }
    if (place.level !== Level.HOST) return fanOutToChildren(orchestrator);
    return fanOutToChips(orchestrator, (chip) => this.chips!.copied(chip), context.config.copy);
  }

  private dispatch(task: Task, nowPs: number): void {
    const { place, context, current } = this;
    assert(current !== null, "a task was dispatched while no call ran");
    const callable = this.callables.find(current.callable)!;
    const { token, submittedPs } = task;
    const { target } = task.request;
    if (target.kind !== "call") return this.chips!.submitTask(task, callable.hash, nowPs);
    for (const index of target.children) {
      const message: Message = {
        kind: "CALL_TASK",
        callable: callable.childIds[index]!,
        token,
        submittedPs,
        work: current.work,
      };
      context.env.send(place.id, place.children[index]!, message, nowPs);
    }
  }

  private completed(token: number, member: number | null, nowPs: number): void {
    this.orchestrator.scheduler.complete(token, member, nowPs);
    this.orchestrator.resume(nowPs);
  }

  private ended(failure: TaskFailure | null, nowPs: number): void {
    const call = this.current;
    assert(call !== null, "an orchestration ended that no call had started");
    this.current = null;
    this.callables.release(call.callable);
    // After a failure kernels may still run on other chips, and their tensors stay.
    if (failure === null) this.chips?.unmapTensors(nowPs);
    if (call.token !== null) this.reply(call.token, failure, nowPs);
    else this.context.env.done({ submittedPs: call.submittedPs, startedPs: this.startedPs, failure }, nowPs);
    this.next(nowPs);
  }

  private reply(token: number, failure: TaskFailure | null, nowPs: number): void {
    const { id, parent } = this.place;
    assert(parent !== null, "the root has nobody to reply to");
    this.context.env.send(id, parent, { kind: "TASK_COMPLETE", token, failure }, nowPs);
  }
}
