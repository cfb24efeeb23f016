import type { RingRecord } from "../record/run-record.js";
import type { RingUsage } from "./ring-usage.js";
import type { Scheduler } from "./scheduler.js";
import type { ScopeStack } from "./scope-stack.js";

/** The rings of one node as the record of a run shows them: task rings, heap rings, tensor map. */
export function ringRecords(scheduler: Scheduler, scopes: ScopeStack, nowPs: number): RingRecord[] {
  const tasks = scheduler.rings.map(({ capacity, usage }, depth) => {
    return record("task", "slots", depth, capacity, usage, nowPs);
  });
  const heaps = scopes.heaps.map(({ capacity, usage }, depth) => {
    return record("heap", "bytes", depth, capacity, usage, nowPs);
  });
  const { capacity, usage } = scheduler.tensors;
  return [...tasks, ...heaps, record("tensorMap", "entries", null, capacity, usage, nowPs)];
}

function record(
  kind: RingRecord["kind"],
  unit: RingRecord["unit"],
  depth: number | null,
  capacity: number,
  usage: RingUsage,
  nowPs: number,
): RingRecord {
  const { peak, allocs, retires, blocks } = usage;
  const blockedPs = usage.blockedPs(nowPs);
  return { kind, depth, axis: null, unit, capacity, rings: 1, peak, allocs, retires, blocks, blockedPs };
}
