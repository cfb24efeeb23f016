import type { RecordWindow } from "../record-window.js";
import { Token, type RunningCommand } from "./token.js";
import type { PipelineDma, StageUnit } from "./units.js";
import type { Stage } from "./plan.js";

/** The feeder of the scheduler, and what is on its way in the units of all PEs. */
export interface CommandPipeline {
  /** Feeds the tokens of a command, first in, first out. */
  feed(command: RunningCommand): void;
  /** Makes the writes that are ready at `untilPs`, before anything else of the PE reaches its HBM. */
  settle(rank: number, untilPs: number): void;
  /**
   * A command that writes to a tensor, to any part of it: the one that ends last. Where ends are decided in events any
   * that is not over; when it is there may be another one.
   */
  writer(rank: number, tensor: number): RunningCommand | null;
  /** When a command is over, its last write included; null while that is decided in events. */
  endOf(command: RunningCommand): number | null;
  /** Calls `then` in the event in which such a command is over. */
  whenOver(command: RunningCommand, then: () => void): void;
}

/**
 * The pipeline while a PE reaches nothing but its own slice. Units that serve in order are exact when every token is
 * walked to its end before the next one starts. Only reads and writes of the DMA meet again, in the channels of the
 * HBM: a write therefore waits here until the reads that are granted before it have been made.
 */
export class Pipeline implements CommandPipeline {
  /** Tokens whose result waits to be written, in order, by rank. */
  private readonly writes = new Map<number, Token[]>();
  /** By rank and tensor: the commands that write to it, but for those that end before another one has. */
  private readonly writers = new Map<number, Map<number, RunningCommand[]>>();

  constructor(
    private readonly units: Readonly<Record<Stage["unit"], StageUnit>>,
    private readonly dma: PipelineDma,
    private readonly stageRecords: RecordWindow,
    private readonly allRecords: RecordWindow,
    /** By rank: when everything that its kernel has started is over. */
    private readonly drainPs: Float64Array,
  ) {}

  feed(command: RunningCommand): void {
    const { rank, plan, blocks } = command;
    const tensor = blocks.out.index;
    for (let index = 0; index < plan.tokens; index++) this.walk(new Token(command, index));
    if (plan.tokens === 0) return;
    const writers = this.writers.get(rank);
    const earlier = writers?.get(tensor);
    if (earlier) {
      // Bounded by the writes that wait: what is over gives way to what ends later.
      while (earlier.length > 1 && earlier[0]!.tokensLeft + earlier[1]!.tokensLeft === 0)
        earlier.splice(0, 2, this.last(earlier.slice(0, 2)));
      earlier.push(command);
    } else if (writers) writers.set(tensor, [command]);
    else this.writers.set(rank, new Map([[tensor, [command]]]));
  }

  settle(rank: number, untilPs: number): void {
    if (this.writes.size === 0) return;
    const waiting = this.writes.get(rank);
    if (waiting === undefined) return;
    let made = 0;
    while (made < waiting.length && waiting[made]!.readyPs <= untilPs) this.write(waiting[made++]!);
    if (made > 0) waiting.splice(0, made);
  }

  writer(rank: number, tensor: number): RunningCommand | null {
    if (this.writers.size === 0) return null;
    const writers = this.writers.get(rank)?.get(tensor);
    if (writers === undefined) return null;
    if (writers.length > 1) writers.splice(0, writers.length, this.last(writers));
    return writers[0]!;
  }

  whenOver(_command: RunningCommand, then: () => void): void {
    then();
  }

  endOf(command: RunningCommand): number {
    if (command.tokensLeft > 0) {
      const waiting = this.writes.get(command.rank)!;
      let made = 0;
      while (command.tokensLeft > 0) this.write(waiting[made++]!);
      waiting.splice(0, made);
    }
    return command.endPs;
  }

  /** The command that ends last: a write that is made later may end sooner, on another channel. */
  private last(commands: readonly RunningCommand[]): RunningCommand {
    return commands.reduce((last, each) => (this.endOf(each) > this.endOf(last) ? each : last));
  }

  private walk(token: Token): void {
    const { rank } = token.command;
    for (let stage = token.stage; stage !== null; stage = token.stage) {
      if (stage.unit === "dmaWrite") {
        const waiting = this.writes.get(rank);
        if (waiting) waiting.push(token);
        else this.writes.set(rank, [token]);
        return;
      }
      if (stage.unit === "dmaRead") this.settle(rank, Math.max(token.readyPs, this.dma.nextReadPs(rank)));
      this.serve(token, stage);
    }
  }

  private write(token: Token): void {
    for (let stage = token.stage; stage !== null; stage = token.stage) this.serve(token, stage);
  }

  private serve(token: Token, stage: Stage): void {
    const { command } = token;
    const { rank } = command;
    const unit = this.units[stage.unit];
    const end = unit.serve(command, stage, token.readyPs);
    this.stageRecords.note(rank, unit.startPs, end);
    this.allRecords.note(rank, unit.startPs, end);
    if (end > this.drainPs[rank]!) this.drainPs[rank] = end;
    token.finishStage(end);
  }
}
