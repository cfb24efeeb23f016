import type { KernelOps } from "../../compiler/kernel-ops.js";
import type { QueueOps } from "../ipcq/queue-ops.js";
import type { Arithmetic } from "./arithmetic.js";
import type { CompositeOps } from "./composite-ops.js";
import type { ControlOps } from "./control-ops.js";
import type { KernelCore } from "./kernel-core.js";
import type { MemoryOps } from "./memory-ops.js";

/** The object that compiled kernels call: every operation of the table, handed to the unit that knows it. */
export function createKernelOps(
  core: KernelCore,
  arithmetic: Arithmetic,
  memory: MemoryOps,
  composites: CompositeOps,
  queues: QueueOps,
  control: ControlOps,
): KernelOps {
  const ops: KernelOps = {
    out: undefined,
    tick: core.tick.bind(core),
    add: arithmetic.add.bind(arithmetic),
    sub: arithmetic.sub.bind(arithmetic),
    mul: arithmetic.mul.bind(arithmetic),
    div: arithmetic.div.bind(arithmetic),
    neg: arithmetic.neg.bind(arithmetic),
    maximum: arithmetic.maximum.bind(arithmetic),
    full: arithmetic.full.bind(arithmetic),
    zeros: (site: number, shape: unknown, dtype: unknown) => arithmetic.full(site, shape, 0, dtype),
    dot: arithmetic.dot.bind(arithmetic),
    load: memory.load.bind(memory),
    store: memory.store.bind(memory),
    ref: composites.ref.bind(composites),
    composite: composites.composite.bind(composites),
    wait: composites.wait.bind(composites),
    send: queues.send.bind(queues),
    recv: queues.recv.bind(queues),
    recvAsync: queues.recvAsync.bind(queues),
    recvInto: queues.recvInto.bind(queues),
    programId: control.programId.bind(control),
    numPrograms: control.numPrograms.bind(control),
    rank: control.rank.bind(control),
    worldSize: control.worldSize.bind(control),
    cdiv: control.cdiv.bind(control),
    staticAssert: control.staticAssert.bind(control),
    assert: control.assert.bind(control),
    print: (site: number, ...values: unknown[]) => control.print(site, values),
  };
  core.results = ops;
  return ops;
}
