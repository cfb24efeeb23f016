import type { CheckCore } from "./check-core.js";
import { Started } from "./posted-receive.js";

/** A composite command: done at once here, but what it accesses counts as accessed only when it was waited for. */
export class StartedCommand extends Started {
  constructor(
    private readonly core: CheckCore,
    site: number,
    private readonly over: () => void,
  ) {
    super(core.rank, site);
  }

  wait(): boolean {
    if (!this.isWaitedFor) this.over();
    this.isWaitedFor = true;
    this.core.results.out = undefined;
    return true;
  }
}
