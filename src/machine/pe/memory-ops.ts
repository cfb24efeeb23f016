import { ExitCode } from "../../base/diagnostics.js";
import { dtypeByCode } from "../../data/dtypes.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import { type Arithmetic, describeValue } from "./arithmetic.js";
import { Pointer, Tile } from "./handles.js";
import type { LocalMemory } from "../memory/local-memory.js";
import { Cause, type KernelCore } from "./kernel-core.js";
import type { Pipeline } from "./pipeline/pipeline.js";

/** `load` and `store`: the PE's DMA and its own slice of HBM, timed in program order without suspending. */
export class MemoryOps {
  constructor(
    private readonly core: KernelCore,
    private readonly arithmetic: Arithmetic,
    private readonly memory: LocalMemory,
    private readonly pipeline: Pipeline,
  ) {}

  load(site: number, pointer: unknown, shape: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.load(site, pointer, shape));
    const from = this.pointer(site, "tl.load", pointer);
    const tile = this.arithmetic.newTile(site, shape, dtypeByCode(from.dtype).name);
    this.checkBounds(site, "load", from, tile.elements);
    core.begin(site);
    const { pes, rank } = core;
    const called = core.clockPs;
    core.spend(site, Cause.composite, this.pipeline.writtenPs(rank, from.index));
    this.pipeline.settle(rank, core.clockPs);
    const end = this.memory.read(rank, from.address, tile.bytes, core.clockPs);
    const start = this.memory.startPs;
    pes.hbmBusyPs[rank]! += end - start;
    core.spend(site, Cause.dmaQueue, start);
    core.spend(site, Cause.hbm, end);
    if (core.opLog !== null) {
      const row = [tile.shape, NO_VALUE, NO_VALUE, from.offset, start, core.clockPs] as const;
      tile.value = core.opLog.append(OpKind.dmaRead, tile.dtype, from.index, rank, site, ...row);
    }
    const lanes = core.spans === null ? undefined : core.lanes.get(rank);
    if (lanes) core.spans!.add(lanes.kernel, core.spans!.nameId("load"), site, called, core.clockPs, -1, -1);
    core.results.out = tile;
    return true;
  }

  store(site: number, pointer: unknown, tile: unknown): boolean {
    const { core } = this;
    if (core.mustDefer()) return core.defer(site, () => this.store(site, pointer, tile));
    const to = this.pointer(site, "tl.store", pointer);
    if (!(tile instanceof Tile)) {
      throw core.fault(
        site,
        {
          code: "LQ1304",
          message: `tl.store writes a tile, not ${describeValue(tile)}`,
          hint: "make a tile of a scalar with tl.full([1], value, dtype)",
        },
        ExitCode.invalidInput,
      );
    }
    if (tile.dtype !== to.dtype) {
      throw core.fault(
        site,
        {
          code: "LQ2004",
          message: `store: a tile of ${dtypeByCode(tile.dtype).name} into ${to.tensor.name}, which holds ${to.tensor.dtype}`,
        },
        ExitCode.invalidInput,
      );
    }
    this.checkBounds(site, "store", to, tile.elements);
    core.begin(site);
    const { pes, rank } = core;
    this.pipeline.settle(rank, core.clockPs);
    const end = this.memory.write(rank, to.address, tile.bytes, core.clockPs);
    const start = this.memory.startPs;
    core.records.note(rank, start, end);
    pes.hbmBusyPs[rank]! += end - start;
    pes.drainPs[rank] = Math.max(pes.drainPs[rank]!, end);
    if (core.opLog !== null) {
      const row = [tile.shape, tile.value, NO_VALUE, to.offset, start, end] as const;
      core.opLog.append(OpKind.dmaWrite, tile.dtype, to.index, rank, site, ...row);
    }
    const lanes = core.spans === null ? undefined : core.lanes.get(rank);
    if (lanes) core.spans!.add(lanes.store, core.spans!.nameId("store"), site, start, end, -1, -1);
    core.results.out = undefined;
    return true;
  }

  /** A pointer as a kernel gave it. @throws LQ1304 */
  pointer(site: number, what: string, value: unknown): Pointer {
    if (value instanceof Pointer) return value;
    throw this.core.fault(
      site,
      { code: "LQ1304", message: `${what} needs a pointer, not ${describeValue(value)}` },
      ExitCode.invalidInput,
    );
  }

  /** @throws LQ3002 when elements from the pointer on are not all in its tensor */
  checkBounds(site: number, what: string, pointer: Pointer, elements: number): void {
    const { tensor, offset } = pointer;
    if (offset >= 0 && offset + elements <= tensor.elements) return;
    throw this.core.fault(site, {
      code: "LQ3002",
      message: `${what} ${tensor.name}[${offset}..${offset + elements}) is outside its ${tensor.elements} elements`,
    });
  }
}
