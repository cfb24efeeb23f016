/** What an orchestration may not ask for: code, reason, and the smallest setting that would allow it. */
import type { Diagnostic } from "../base/diagnostics.js";

export type Refusal = Pick<Diagnostic, "code" | "message" | "hint">;

export function allocationTooLarge(path: string, depth: number, bytes: number, capacity: number): Refusal {
  return {
    code: "LQ7001",
    message: `${bytes} bytes never fit the heap ring at scope depth ${depth} of ${path}: it has ${capacity}`,
    hint: raise("heapRing.capacityBytes", bytes),
  };
}

export function badAllocation(path: string, bytes: unknown): Refusal {
  return {
    code: "LQ7002",
    message: `rt.alloc on ${path} takes whole bytes ≥ 1, not ${String(bytes)}`,
    hint: "round the size up, and leave out allocations of nothing",
  };
}

export function scopesTooDeep(path: string, limit: number): Refusal {
  return {
    code: "LQ7003",
    message: `scopes are nested deeper than ${limit} on ${path}`,
    hint: raise("maxScopeDepth", limit + 1),
  };
}

export function noScopeToEnd(path: string): Refusal {
  return {
    code: "LQ7004",
    message: `rt.scopeEnd on ${path} closes no scope`,
    hint: "call rt.scopeBegin first",
  };
}

export function tooManyTensors(path: string, task: string, needed: number, capacity: number): Refusal {
  return {
    code: "LQ7006",
    message: `"${task}" uses ${needed} tensors; the tensor map of ${path} holds ${capacity}`,
    hint: raise("tensorMap.capacity", needed),
  };
}

export function freeOfNoBuffer(path: string): Refusal {
  return {
    code: "LQ7007",
    message: `rt.free on ${path} was given something else than a buffer`,
    hint: "const buffer = rt.alloc(bytes); rt.free(buffer)",
  };
}

export function afterError(path: string, error: string): Refusal {
  return {
    code: "LQ7009",
    message: `the orchestration of ${path} goes on after an error: ${error}`,
    hint: "let the error end the orchestration",
  };
}

export function bufferArithmetic(path: string): Refusal {
  return {
    code: "LQ7011",
    message: `the orchestration of ${path} calculates with a buffer, which is not a number`,
    hint: "pass the buffer in reads or writes",
  };
}

export function endlessLoop(path: string, budget: number): Refusal {
  return {
    code: "LQ3402",
    message: `the orchestration of ${path} took ${budget} loop steps without waiting`,
    hint: "look for an endless loop, or raise limits.stepBudget",
  };
}

function raise(setting: string, value: number): string {
  return `--set runtime.${setting}=${value} or more`;
}
