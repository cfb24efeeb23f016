import { diagnostic, ExitCode, LinquError, type SourceLocation } from "../base/diagnostics.js";
import type { RankLayout } from "../ccl/rank-layout.js";
import { NO_VALUE, OpKind, type OpLog } from "../data/op-log.js";
import type { Problem } from "../ops/backend.js";
import type { Tile } from "../ops/handles.js";
import type { QueueUser } from "../ops/queue-finder.js";
import { Shapes } from "../ops/shapes.js";
import type { Hazards } from "./hazards.js";
import type { Scratch } from "./scratch.js";
import type { CheckSetup } from "./setup.js";
import type { TileValues } from "./tile-values.js";

/** Why a rank does not run. */
export const RankStatus = {
  ready: 0,
  running: 1,
  /** In a receive, or in a wait for one. */
  awaitingMessage: 2,
  awaitingSlot: 3,
  /** In a send that is received straight into a tile. */
  awaitingPost: 4,
  awaitingBarrier: 5,
  ended: 6,
  /** An error has ended it. */
  failed: 7,
} as const;

/** Operations of a rank that are remembered for reports; a power of two. */
const REMEMBERED = 4;

/** What an operation counts against the step budget: as in the machine. */
const STEPS_PER_OPERATION = 4;

/** Bytes of all tiles of a kernel that decides by values. */
const MAX_KEPT_BYTES = 2 ** 29;

/** The check may take no more operations. */
export class OutOfOperations extends Error {}

/** The kernel decides by values, or its ranks share atomics: it has to be executed with data. */
export class NeedsData extends Error {
  constructor(readonly site: number) {
    super();
  }
}

/** The rank whose turn it is, and what all ranks are doing; knows neither time nor data. */
export class CheckCore implements QueueUser {
  readonly shapes = new Shapes();
  readonly layout: RankLayout;
  readonly values: TileValues | null;
  readonly tcmBytes: number;
  rank = 0;
  operations = 0;
  /** Where compiled code looks for the result of an operation that may suspend. */
  results: { out: unknown } = { out: undefined };

  readonly status: Uint8Array;
  /** Why a rank waits: its channel, and the site of the operation. */
  readonly channel: Int32Array;
  readonly site: Int32Array;
  /** What the operation that a rank waits in gives once the rank goes on. */
  readonly result: unknown[];
  /** Operations of each rank, and the sites of the last ones. */
  readonly counts: Int32Array;
  readonly recent: Int32Array;

  private readonly ready: Int32Array;
  private firstReady = 0;
  private readyCount = 0;
  private steps = 0;
  private keptBytes = 0;
  /** The loop that the running rank was in last. */
  private loop = -1;

  constructor(
    private readonly setup: CheckSetup,
    private readonly maxOperations: number,
    /** Makes what tiles hold; null when only the waiting counts. */
    makeValues: (core: CheckCore) => TileValues | null,
    private readonly scratch: Scratch | null,
    readonly hazards: Hazards,
    /** For kernels that decide by values: every operation on data. */
    private readonly log: OpLog | null,
  ) {
    this.values = makeValues(this);
    const { world } = setup.layout;
    this.layout = setup.layout;
    this.tcmBytes = setup.tcmBytes;
    this.status = new Uint8Array(world);
    this.channel = new Int32Array(world);
    this.site = new Int32Array(world);
    this.result = new Array<unknown>(world).fill(undefined);
    this.counts = new Int32Array(world);
    this.recent = new Int32Array(world * REMEMBERED);
    this.ready = new Int32Array(world);
  }

  /** Takes the next rank that can go on; −1 when there is none. */
  next(): number {
    if (this.readyCount === 0) return -1;
    const rank = this.ready[this.firstReady]!;
    this.firstReady = this.firstReady + 1 === this.ready.length ? 0 : this.firstReady + 1;
    this.readyCount--;
    this.rank = rank;
    this.steps = 0;
    this.loop = -1;
    this.status[rank] = RankStatus.running;
    this.results.out = this.result[rank];
    this.result[rank] = undefined;
    return rank;
  }

  /** Lets a rank go on with the result of what it waited for. */
  wake(rank: number, result: unknown): void {
    this.result[rank] = result;
    this.status[rank] = RankStatus.ready;
    const end = this.firstReady + this.readyCount++;
    this.ready[end >= this.ready.length ? end - this.ready.length : end] = rank;
  }

  /** The running rank waits until somebody wakes it. */
  park(status: number, channel: number, site: number): false {
    const { rank } = this;
    this.status[rank] = status;
    this.channel[rank] = channel;
    this.site[rank] = site;
    return false;
  }

  /** Counts an operation of the running rank. */
  begin(site: number): void {
    this.steps += STEPS_PER_OPERATION;
    if (this.operations === this.maxOperations) throw new OutOfOperations();
    this.operations++;
    const { rank } = this;
    this.recent[rank * REMEMBERED + (this.counts[rank]!++ & (REMEMBERED - 1))] = site;
  }

  /** Counts a step of a loop. @throws LQ3402 */
  tick(site: number): void {
    this.loop = site;
    if (++this.steps <= this.setup.stepBudget) return;
    throw this.fault(site, {
      code: "LQ3402",
      message: `a loop took ${this.setup.stepBudget.toLocaleString("en")} steps without waiting for anything`,
      hint: "give the loop an end, or raise the budget with --set limits.stepBudget=N",
    });
  }

  /** The running rank reads a tile. */
  use(tile: Tile, site: number): void {
    this.hazards.use(tile, site);
    if (this.scratch !== null) this.scratch.use(this.rank, tile, this.counts[this.rank]!);
  }

  /** The running rank has a new tile. */
  create(tile: Tile, site: number): void {
    if (this.scratch !== null) this.scratch.create(this.rank, tile, this.counts[this.rank]!, site);
    if (this.log !== null) this.keep(tile.bytes);
  }

  compute(
    site: number,
    kind: OpKind,
    out: Tile,
    a: Tile | null,
    b: Tile | null,
    c: Tile | null,
    scalar: number,
  ): void {
    this.begin(site);
    if (a !== null) this.use(a, site);
    if (b !== null) this.use(b, site);
    if (c !== null) this.use(c, site);
    if (kind === OpKind.reshape && a !== null) this.hazards.share(out, a);
    if (this.scratch !== null) this.scratch.compute(this.rank, kind, out, a, this.counts[this.rank]!, site);
    if (this.log === null) {
      out.value = this.values === null ? 0 : this.values.compute(kind, out, a, b, c, scalar);
      return;
    }
    this.keep(out.bytes);
    const operands = [a?.value ?? NO_VALUE, b?.value ?? NO_VALUE] as const;
    const row = [out.shape, ...operands, scalar, 0, 0, c?.value ?? NO_VALUE] as const;
    out.value = this.log.append(kind, out.dtype, -1, this.rank, site, ...row);
  }

  /** Data of tiles are kept to the end. */
  private keep(bytes: number): void {
    this.keptBytes += bytes;
    if (this.keptBytes > MAX_KEPT_BYTES) throw new OutOfOperations();
  }

  fault(site: number, problem: Problem, exitCode: ExitCode = ExitCode.programFailed): LinquError {
    return new LinquError(exitCode, diagnostic({ ...problem, at: this.whereIs(site) }));
  }

  whereIs(site: number): SourceLocation | null {
    return this.setup.locate(site);
  }

  /** The loop in which the running rank has taken most of all operations without waiting; −1 when there is none. */
  get endlessLoop(): number {
    return 2 * this.steps > STEPS_PER_OPERATION * this.operations ? this.loop : -1;
  }

  /** The sites of the last operations of a rank, the oldest first. */
  lastSites(rank: number): number[] {
    const count = this.counts[rank]!;
    const first = Math.max(0, count - REMEMBERED);
    return Array.from(
      { length: count - first },
      (_, i) => this.recent[rank * REMEMBERED + ((first + i) & (REMEMBERED - 1))]!,
    );
  }
}
