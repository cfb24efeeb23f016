import { diagnostic, type Diagnostic, type SourceLocation } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import { Level, LEVEL_NAMES } from "./levels.js";
import type { RuntimeNode } from "./runtime-node.js";
import type { Task } from "./task.js";

/** A ring that an orchestration waits for. */
interface WantedRing {
  kind: "task" | "heap" | "tensorMap";
  /** Scope depth; null for the tensor map. */
  depth: number | null;
  unit: "slots" | "bytes" | "entries";
  used: number;
  capacity: number;
  setting: string;
  /** A value of the setting with which this operation could go on. */
  sufficient: number;
  /** The oldest thing in the ring belongs to an open scope, which cannot close: this can never resolve itself. */
  heldByOpenScope: boolean;
}

/** Where a node's orchestration stands when nothing can happen any more. */
interface BlockedNode {
  node: string;
  levelName: string;
  op: "submit" | "alloc" | "waitAll" | "end";
  at: SourceLocation | null;
  ring: WantedRing | null;
  /** Tasks that hold the ring, or that have not completed: name, state and what they wait for. */
  holders: { name: string; state: string; waitsFor: string }[];
}

/** Why a node's orchestration cannot go on, or null when none runs on it. */
export function blockedReport(node: RuntimeNode): BlockedNode | null {
  const { orchestrator, place } = node;
  const { pending, blocked } = orchestrator;
  if (!pending) return null;
  const ring = blocked ? wantedRing(node) : null;
  const tasks =
    blocked?.kind === "task"
      ? [...orchestrator.scheduler.ring(blocked.depth).tasks()]
      : orchestrator.scheduler.unfinishedTasks();
  return {
    node: place.path,
    levelName: LEVEL_NAMES[place.level],
    op: pending.op,
    at: node.siteOf(pending.site),
    ring,
    holders: tasks.map((task) => ({
      name: task.request.name,
      state: task.state,
      waitsFor: waitsFor(task, place.level === Level.HOST ? "chip" : "child"),
    })),
  };
}

/**
 * The report when nothing can happen any more and the program has not completed (LQ7020 when an orchestration blocks
 * itself, LQ7021 when all wait for their children or chips); null when no orchestration runs.
 */
export function runtimeDeadlock(nodes: readonly RuntimeNode[]): Diagnostic | null {
  const waiting = nodes.map(blockedReport).filter((report) => report !== null);
  const stuck = waiting.filter((report) => report.ring?.heldByOpenScope);
  const [first] = stuck;
  if (first?.ring) {
    const { ring } = first;
    return diagnostic({
      code: "LQ7020",
      message: `deadlock: ${count(stuck)} in rt.${first.op} for room in ${ringName(ring)}, which only the end of an open scope can give`,
      at: first.at,
      detail: grouped(stuck),
      hint: `--set runtime.${ring.setting}=${ring.sufficient} or more, or end the scope earlier`,
    });
  }
  if (waiting.length === 0) return null;
  const lowest = waiting.filter((report) => report.levelName === waiting[waiting.length - 1]!.levelName);
  return diagnostic({
    code: "LQ7021",
    message: `the program did not complete: ${count(lowest)} for tasks that nothing can finish`,
    at: lowest[0]!.at,
    detail: grouped(lowest),
  });
}

function wantedRing({ orchestrator }: RuntimeNode): WantedRing {
  const { pending, blocked, scheduler, scopes } = orchestrator;
  const depth = blocked!.depth;
  if (blocked!.kind === "heap" && pending?.op === "alloc") {
    const heap = scopes.heap(depth);
    return {
      kind: "heap",
      depth,
      unit: "bytes",
      used: heap.used,
      capacity: heap.capacity,
      setting: "heapRing.capacityBytes",
      sufficient: heap.sufficientCapacity(pending.bytes),
      heldByOpenScope: scopes.heldFrom(heap).some((buffer) => buffer.block === heap.oldest),
    };
  }
  if (blocked!.kind === "tensorMap" && pending?.op === "submit") {
    const { used, capacity } = scheduler.tensors;
    return {
      kind: "tensorMap",
      depth: null,
      unit: "entries",
      used,
      capacity,
      setting: "tensorMap.capacity",
      sufficient: used + pending.request.accesses.length,
      heldByOpenScope: false,
    };
  }
  const ring = scheduler.ring(depth);
  return {
    kind: "task",
    depth,
    unit: "slots",
    used: ring.used,
    capacity: ring.capacity,
    setting: "taskRing.capacity",
    sufficient: ring.capacity + 1,
    heldByOpenScope: ring.oldest?.scopeOpen === true,
  };
}

function waitsFor(task: Task, childWord: string): string {
  if (task.state === "PENDING") {
    const names = task.producers.filter(({ state }) => state !== "COMPLETED" && state !== "RETIRED");
    return names.map(({ request }) => request.name).join(", ");
  }
  if (task.state !== "COMPLETED") {
    return `${childWord} ${formatRanges([...task.waitingFor].sort((a, b) => a - b))}`;
  }
  return task.scopeOpen ? "the end of its scope" : "the tasks that use its result";
}

function count(reports: readonly BlockedNode[]): string {
  const level = reports[0]!.levelName;
  return reports.length === 1 ? `${reports[0]!.node} waits` : `${reports.length} ${level} nodes wait`;
}

function ringName(ring: WantedRing): string {
  if (ring.kind === "tensorMap") return "the tensor map";
  return `the ${ring.kind} ring at scope depth ${ring.depth}`;
}

/** Lines of text; nodes in the same state share theirs. */
function grouped(reports: readonly BlockedNode[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { node, op, ring, holders } of reports) {
    const lines = [
      ring
        ? `in rt.${op}: ${ringName(ring)} holds ${ring.used} of ${ring.capacity} ${ring.unit}`
        : `in ${op === "end" ? "its return" : `rt.${op}`}`,
      ...shorten(
        holders.map(({ name, state, waitsFor: what }) => `task "${name}" ${state}, waits for ${what}`),
        8,
      ),
    ];
    const text = lines.join("\n  ");
    groups.set(text, [...(groups.get(text) ?? []), node]);
  }
  return [...groups].flatMap(([text, nodes]) => `${shorten(nodes, 4).join(", ")} ${text}`.split("\n"));
}

function shorten(items: string[], limit: number): string[] {
  return items.length <= limit ? items : [...items.slice(0, limit), `and ${items.length - limit} more`];
}
