import type { Pointer } from "../ops/handles.js";
import type { Run } from "../ops/index-form.js";
import type { CheckCore } from "./check-core.js";
import type { TensorState } from "./tensors.js";

/** Elements that a composite command reads or writes at some time until it is waited for. */
export interface Reach {
  readonly place: TensorState;
  readonly from: number;
  readonly until: number;
  readonly isWrite: boolean;
  readonly site: number;
}

/** Composite commands that may not be over, of all ranks: what they reach must stay as it is. */
export class CommandsUnderWay {
  private readonly byRank = new Map<number, Set<readonly Reach[]>>();

  start(rank: number, command: readonly Reach[]): void {
    const known = this.byRank.get(rank) ?? new Set<readonly Reach[]>();
    this.byRank.set(rank, known.add(command));
  }

  end(rank: number, command: readonly Reach[]): void {
    const known = this.byRank.get(rank);
    if (known?.delete(command) && known.size === 0) this.byRank.delete(rank);
  }

  /** A load has waited for the commands of its PE that write to the tensor. */
  loaded(rank: number, place: TensorState): void {
    for (const command of this.byRank.get(rank) ?? []) {
      if (command.some((reach) => reach.isWrite && reach.place === place)) this.end(rank, command);
    }
  }

  /** A store does not wait for earlier commands. @throws LQ3304 */
  requireOver(
    core: CheckCore,
    site: number,
    { tensor, place }: Pointer<TensorState>,
    runs: readonly Run[],
  ): void {
    const known = this.byRank.get(core.rank);
    if (known === undefined) return;
    for (const reach of [...known].flat()) {
      if (reach.place !== place) continue;
      for (const run of runs) {
        if (!touches(run, reach)) continue;
        const at = core.whereIs(reach.site);
        throw core.fault(site, {
          code: "LQ3304",
          message: `${tensor.name}[${reach.from}..${reach.until}) is written to while a command ${reach.isWrite ? "writes" : "streams"} it that was not waited for`,
          related: at === null ? [] : [{ at, message: "the command is started here" }],
          hint: "wait for the command first, with tl.wait",
        });
      }
    }
  }
}

function touches({ offset, count, stride }: Run, { from, until }: Reach): boolean {
  if (stride === 1) return offset < until && offset + count > from;
  for (let i = 0; i < count; i++) {
    const element = offset + i * stride;
    if (element >= from && element < until) return true;
  }
  return false;
}
