import type { Engine } from "../../engine/engine.js";
import type { KernelCore } from "./kernel-core.js";
import { PeStatus } from "./pe-state.js";

/** What ranks want to do at one moment. */
interface Batch {
  readonly operations: Map<number, () => boolean>;
  /** Events of the run when it was last asked for. */
  events: number;
}

/**
 * Operations that several PEs do at the same moment happen in the order of their ranks, whoever asked first: a kernel
 * that runs ahead asks earlier than one that does not, and the values must not depend on that.
 */
export class RankTurns {
  private readonly kind: number;
  private readonly batches = new Map<number, Batch>();

  constructor(
    private readonly engine: Engine,
    private readonly core: KernelCore,
  ) {
    this.kind = engine.addKind(() => this.take());
  }

  /** Has the running kernel do something when the event clock has reached its own. */
  wait(site: number, operation: () => boolean): false {
    const { core, engine, batches } = this;
    const { clockPs, rank } = core;
    let batch = batches.get(clockPs);
    if (batch === undefined) {
      batch = { operations: new Map(), events: -1 };
      batches.set(clockPs, batch);
      engine.schedule(clockPs, this.kind, 0);
    }
    batch.operations.set(rank, operation);
    return core.park(PeStatus.awaitingMemory, -1, site);
  }

  private take(): void {
    const { engine, batches, core } = this;
    const { nowPs, events } = engine;
    const batch = batches.get(nowPs)!;
    if (events !== batch.events + 1) {
      // Others may still ask at this moment: come back when nothing else happens at it.
      batch.events = events;
      engine.schedule(nowPs, this.kind, 0);
      return;
    }
    batches.delete(nowPs);
    const ranks = Float64Array.from(batch.operations.keys()).sort();
    for (const rank of ranks) core.resume(rank, nowPs, batch.operations.get(rank)!);
  }
}
