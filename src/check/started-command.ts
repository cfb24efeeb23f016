import type { CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import { Started } from "./posted-receive.js";
import type { Access } from "./races.js";

/** A composite command: done at once here, but what it accesses counts as accessed only when it was waited for. */
export class StartedCommand extends Started {
  constructor(
    private readonly core: CheckCore,
    site: number,
    private readonly accesses: readonly Access[],
    private readonly clocks: Clocks | null,
  ) {
    super(core.rank, site);
  }

  wait(): boolean {
    this.isWaitedFor = true;
    const { core, clocks, rank } = this;
    for (const access of this.accesses) if (clocks !== null) access.count = clocks.now(rank);
    core.results.out = undefined;
    return true;
  }
}
