import { NO_VALUE } from "../../data/op-log.js";
import type { AtomicAccess, AtomicName, MemoryArgs } from "../../ops/memory-args.js";
import type { TensorPlace } from "../memory/tensor-place.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import type { PeMemory } from "./pe-memory.js";

/**
 * Atomic operations: the memory that owns the elements reads and writes them in one step, and the kernel waits for
 * what was there. They happen in the order of the op log: for spread tensors by the event clock, and by rank where it
 * is the same.
 */
export class AtomicOps {
  constructor(
    private readonly core: KernelCore,
    private readonly args: MemoryArgs<TensorPlace>,
    private readonly memory: PeMemory,
  ) {}

  update(
    site: number,
    name: Exclude<AtomicName, "atomicCas">,
    pointers: unknown,
    value: unknown,
    options: unknown,
  ): boolean {
    const { core, args } = this;
    if (core.mustDefer()) return core.defer(site, () => this.update(site, name, pointers, value, options));
    return this.perform(site, name, args.atomic(site, name, pointers, { value }, options));
  }

  compareAndSwap(site: number, pointers: unknown, expected: unknown, value: unknown): boolean {
    const { core, args } = this;
    if (core.mustDefer()) {
      return core.defer(site, () => this.compareAndSwap(site, pointers, expected, value));
    }
    const access = args.atomic(site, "atomicCas", pointers, { expected, value }, undefined);
    return this.perform(site, "atomicCas", access);
  }

  private perform(site: number, name: AtomicName, access: AtomicAccess<TensorPlace>): boolean {
    const { core, memory } = this;
    const { pointer, runs, old } = access;
    if (memory.isBeingWritten(pointer)) {
      return memory.afterWriter(site, pointer, () => this.perform(site, name, access));
    }
    core.begin(site);
    const called = core.clockPs;
    core.spend(site, Cause.composite, memory.writtenPs(pointer));
    memory.pipeline.settle(core.rank, core.clockPs);
    return memory.inRankOrder(site, pointer, () => {
      const pieces = memory.indexedPieces(site, pointer, runs, old.elements);
      this.log(site, access);
      return memory.fetch(site, "update", pieces, (startPs, endPs) => {
        core.spend(site, Cause.dmaQueue, startPs);
        core.spend(site, Cause.hbm, endPs);
        const lanes = core.spans === null ? undefined : core.lanes.get(core.rank);
        if (lanes)
          core.spans!.add(lanes.kernel, core.spans!.nameId(name), site, called, core.clockPs, -1, -1);
        core.results.out = old;
        return true;
      });
    });
  }

  private log(site: number, access: AtomicAccess<TensorPlace>): void {
    const { opLog, rank, clockPs } = this.core;
    if (opLog === null) return;
    const { kind, pointer, offsets, mask, expected, value, old } = access;
    const a = offsets?.value ?? NO_VALUE;
    const b = (expected ?? mask)?.value ?? NO_VALUE;
    const operands = [old.shape, a, b, pointer.offset, clockPs, clockPs, value.value] as const;
    old.value = opLog.append(kind, old.dtype, pointer.index, rank, site, ...operands);
  }
}
