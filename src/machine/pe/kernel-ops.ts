import type { KernelOps } from "../../compiler/kernel-ops.js";
import { tileOperations } from "../../ops/tile-operations.js";
import type { TileOps } from "../../ops/tile-ops.js";
import type { QueueOps } from "../ipcq/queue-ops.js";
import type { AtomicOps } from "./atomic-ops.js";
import type { Barriers } from "./barriers.js";
import type { CompositeOps } from "./composite-ops.js";
import type { ControlOps } from "./control-ops.js";
import { isIndexed, type IndexedOps } from "./indexed-ops.js";
import type { KernelCore } from "./kernel-core.js";
import type { MemoryOps } from "./memory-ops.js";

/** Who knows which operations. */
interface KernelUnits {
  readonly tiles: TileOps;
  readonly memory: MemoryOps;
  readonly indexed: IndexedOps;
  readonly atomics: AtomicOps;
  readonly composites: CompositeOps;
  readonly queues: QueueOps;
  readonly barriers: Barriers;
  readonly control: ControlOps;
}

/** The object that compiled kernels call: every operation of the table, handed to the unit that knows it. */
export function createKernelOps(core: KernelCore, units: KernelUnits): KernelOps {
  const { tiles, memory, indexed, atomics, composites, queues, barriers, control } = units;
  const update =
    (name: "atomicAdd" | "atomicMax" | "atomicMin" | "atomicXchg") =>
    (site: number, pointer: unknown, value: unknown, options: unknown): boolean =>
      atomics.update(site, name, pointer, value, options);
  const ops: KernelOps = {
    out: undefined,
    tick: core.tick.bind(core),
    ...tileOperations(tiles),
    load: (site: number, pointer: unknown, shape: unknown) =>
      isIndexed(pointer) ? indexed.load(site, pointer, shape) : memory.load(site, pointer, shape),
    store: (site: number, pointer: unknown, tile: unknown, options: unknown) =>
      isIndexed(pointer)
        ? indexed.store(site, pointer, tile, options)
        : memory.store(site, pointer, tile, options),
    atomicAdd: update("atomicAdd"),
    atomicMax: update("atomicMax"),
    atomicMin: update("atomicMin"),
    atomicXchg: update("atomicXchg"),
    atomicCas: atomics.compareAndSwap.bind(atomics),
    ref: composites.ref.bind(composites),
    composite: composites.composite.bind(composites),
    wait: composites.wait.bind(composites),
    send: queues.send.bind(queues),
    recv: queues.recv.bind(queues),
    recvAsync: queues.recvAsync.bind(queues),
    recvInto: queues.recvInto.bind(queues),
    barrier: barriers.barrier.bind(barriers),
    item: control.item.bind(control),
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
