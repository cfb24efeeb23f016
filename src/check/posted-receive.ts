import { Future, type Tile } from "../ops/handles.js";
import { RankStatus, type CheckCore } from "./check-core.js";

/** Something that a rank has started and has to wait for. */
export abstract class Started extends Future {
  isWaitedFor = false;

  constructor(
    readonly rank: number,
    readonly site: number,
  ) {
    super();
  }
}

/** A receive that was posted; complete when its message has come. */
export class PostedReceive extends Started {
  private value = 0;
  private clock: Int32Array | null = null;
  private isComplete = false;
  private isWaiting = false;
  private isTaken = false;

  constructor(
    private readonly core: CheckCore,
    private readonly channel: number,
    site: number,
    readonly tile: Tile,
    /** Called when the kernel has waited: the message is the kernel's now. */
    private readonly taken: (receive: PostedReceive, clock: Int32Array | null) => void,
  ) {
    super(core.rank, site);
    this.value = tile.value;
  }

  wait(site: number): boolean {
    this.isWaitedFor = true;
    if (!this.isComplete) {
      this.isWaiting = true;
      return this.core.park(RankStatus.awaitingMessage, this.channel, site);
    }
    this.take();
    this.core.results.out = this.tile;
    return true;
  }

  /** Its message has come. */
  complete(value: number, clock: Int32Array | null): void {
    this.value = value;
    this.clock = clock;
    this.isComplete = true;
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.take();
    this.core.wake(this.rank, this.tile);
  }

  private take(): void {
    // Waiting again gives the tile as it is by then.
    if (this.isTaken) return;
    this.isTaken = true;
    this.tile.value = this.value;
    this.taken(this, this.clock);
  }
}
