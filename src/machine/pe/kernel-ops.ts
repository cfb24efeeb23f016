import type { KernelOps } from "../../compiler/kernel-ops.js";
import type { QueueOps } from "../ipcq/queue-ops.js";
import type { Arithmetic } from "./arithmetic.js";
import type { ControlOps } from "./control-ops.js";
import type { KernelCore } from "./kernel-core.js";
import type { MemoryOps } from "./memory-ops.js";

/** The object that compiled kernels call: every operation of the table, handed to the unit that knows it. */
export function createKernelOps(
  core: KernelCore,
  arithmetic: Arithmetic,
  memory: MemoryOps,
  queues: QueueOps,
  control: ControlOps,
): KernelOps {
  return {
    get out() {
      return core.out;
    },
    set out(value: unknown) {
      core.out = value;
    },
    tick: (site: number) => core.tick(site),
    add: (site: number, a: unknown, b: unknown) => arithmetic.add(site, a, b),
    sub: (site: number, a: unknown, b: unknown) => arithmetic.sub(site, a, b),
    mul: (site: number, a: unknown, b: unknown) => arithmetic.mul(site, a, b),
    div: (site: number, a: unknown, b: unknown) => arithmetic.div(site, a, b),
    neg: (site: number, a: unknown) => arithmetic.neg(site, a),
    programId: (site: number, axis: unknown) => control.programId(site, axis),
    numPrograms: (site: number, axis: unknown) => control.numPrograms(site, axis),
    rank: (site: number, axis?: unknown) => control.rank(site, axis),
    worldSize: (site: number, axis?: unknown) => control.worldSize(site, axis),
    load: (site: number, pointer: unknown, shape: unknown) => memory.load(site, pointer, shape),
    store: (site: number, pointer: unknown, tile: unknown) => memory.store(site, pointer, tile),
    zeros: (site: number, shape: unknown, dtype: unknown) => arithmetic.full(site, shape, 0, dtype),
    full: (site: number, shape: unknown, value: unknown, dtype: unknown) =>
      arithmetic.full(site, shape, value, dtype),
    dot: (site: number, a: unknown, b: unknown) => arithmetic.dot(site, a, b),
    maximum: (site: number, a: unknown, b: unknown) => arithmetic.maximum(site, a, b),
    send: (site: number, direction: unknown, tile: unknown, options?: unknown) =>
      queues.send(site, direction, tile, options),
    recv: (site: number, direction: unknown, shape: unknown, dtype: unknown, options?: unknown) =>
      queues.recv(site, direction, shape, dtype, options),
    cdiv: (site: number, a: unknown, b: unknown) => control.cdiv(site, a, b),
    staticAssert: (site: number, condition: unknown, message: unknown) =>
      control.staticAssert(site, condition, message),
    assert: (site: number, condition: unknown, message: unknown) => control.assert(site, condition, message),
    print: (site: number, ...values: unknown[]) => control.print(site, values),
  };
}
