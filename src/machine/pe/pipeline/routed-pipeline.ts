import type { Engine } from "../../../engine/engine.js";
import type { MemoryPiece } from "../../memory/mmu.js";
import type { RecordWindow } from "../record-window.js";
import type { RoutedMemory } from "../routed-memory.js";
import type { CommandPipeline } from "./pipeline.js";
import type { Stage } from "./plan.js";
import { Token, type DmaStage, type RunningCommand } from "./token.js";
import type { StageUnit } from "./units.js";

/** Tokens of a PE whose operands are on their way; more than the DMA's engine ever has under way. */
const TOKENS_AHEAD = 64;

/** The feeder of one PE: its tokens come back from the NoC one by one. */
interface Feed {
  /** Commands with tokens that have not asked for their operands, first in, first out. */
  commands: RunningCommand[];
  /** Tokens of the first of them that have asked. */
  askedOfFirst: number;
  /** Tokens of all commands that have asked for their operands, and that have passed the units. */
  asked: number;
  passed: number;
  /** Tokens that have their operands but not their turn, by their number. */
  ready: Map<number, Token>;
  /** A token still has reads to ask for. */
  isBusy: boolean;
}

/**
 * The pipeline of a machine in which operands and results cross the NoC. A token's operands are asked for in the
 * order of the tokens and come in events; then the token passes the units in its turn and its result leaves. What
 * such a command writes is known to be there only when its last completion has come.
 */
export class RoutedPipeline implements CommandPipeline {
  /** By rank and tensor: the commands that write to it and are not over, in the order in which they were issued. */
  private readonly writers = new Map<number, Map<number, Set<RunningCommand>>>();
  private readonly waiting = new Map<RunningCommand, (() => void)[]>();
  /** By rank. */
  private readonly feeds = new Map<number, Feed>();

  constructor(
    private readonly engine: Engine,
    private readonly units: Readonly<Record<Stage["unit"], StageUnit>>,
    private readonly routed: RoutedMemory,
    /** Where the bytes of a stage lie. */
    private readonly piecesOf: (command: RunningCommand, stage: DmaStage) => readonly MemoryPiece[],
    private readonly stageRecords: RecordWindow,
    private readonly allRecords: RecordWindow,
    /** By rank: when everything that its kernel has started is over, and how long its DMA was busy. */
    private readonly drainPs: Float64Array,
    private readonly routedPs: Float64Array,
  ) {}

  feed(command: RunningCommand): void {
    if (command.plan.tokens === 0) return;
    const { rank, blocks } = command;
    const tensor = blocks.out.index;
    const writers = this.writers.get(rank) ?? new Map<number, Set<RunningCommand>>();
    this.writers.set(rank, writers);
    writers.set(tensor, (writers.get(tensor) ?? new Set()).add(command));
    const feed = this.feeds.get(rank) ?? newFeed();
    this.feeds.set(rank, feed);
    feed.commands.push(command);
    this.ask(feed);
  }

  settle(): void {
    // Nothing waits here: requests meet in the memories, in events.
  }

  writer(rank: number, tensor: number): RunningCommand | null {
    return this.writers.get(rank)?.get(tensor)?.values().next().value ?? null;
  }

  endOf({ tokensLeft, endPs }: RunningCommand): number | null {
    return tokensLeft === 0 ? endPs : null;
  }

  whenOver(command: RunningCommand, then: () => void): void {
    if (command.tokensLeft === 0) then();
    else this.waiting.set(command, [...(this.waiting.get(command) ?? []), then]);
  }

  /**
   * Asks for the operands of the next tokens. The DMA takes a token's reads in a row: one begins when the one before
   * it has ended, and the next token's turn comes when the last one has been asked for.
   */
  private ask(feed: Feed): void {
    while (!feed.isBusy && feed.commands.length > 0 && feed.asked - feed.passed < TOKENS_AHEAD) {
      const command = feed.commands[0]!;
      const token = new Token(command, feed.askedOfFirst++);
      if (feed.askedOfFirst === command.plan.tokens) {
        feed.commands.shift();
        feed.askedOfFirst = 0;
      }
      feed.isBusy = true;
      this.read(feed, feed.asked++, token, token.leadingReads());
    }
  }

  private read(feed: Feed, index: number, token: Token, [stage, ...rest]: readonly DmaStage[]): void {
    const { command } = token;
    if (stage === undefined) {
      feed.isBusy = false;
      this.isReady(feed, index, token);
      return;
    }
    const atPs = Math.max(token.readyPs, this.engine.nowPs);
    this.routed.access("read", command.rank, this.piecesOf(command, stage), atPs, (startPs, endPs) => {
      this.noteDma(command.rank, startPs, endPs);
      token.finishStage(endPs);
      if (rest.length > 0) this.read(feed, index, token, rest);
      else this.isReady(feed, index, token);
      this.ask(feed);
    });
    feed.isBusy = rest.length > 0;
  }

  private isReady(feed: Feed, index: number, token: Token): void {
    feed.ready.set(index, token);
    for (let next = feed.ready.get(feed.passed); next; next = feed.ready.get(feed.passed)) {
      feed.ready.delete(feed.passed);
      feed.passed++;
      this.walk(next);
    }
  }

  private walk(token: Token): void {
    const { command } = token;
    const { rank } = command;
    for (let stage = token.stage; stage !== null; stage = token.stage) {
      if (stage.unit === "dmaRead" || stage.unit === "dmaWrite") {
        const pieces = this.piecesOf(command, stage);
        const atPs = Math.max(token.readyPs, this.engine.nowPs);
        const way = stage.unit === "dmaRead" ? "read" : "write";
        this.routed.access(way, rank, pieces, atPs, (startPs, endPs) => {
          this.noteDma(rank, startPs, endPs);
          token.finishStage(endPs);
          this.walk(token);
        });
        return;
      }
      const unit = this.units[stage.unit];
      const end = unit.serve(command, stage, token.readyPs);
      this.note(rank, unit.startPs, end);
      token.finishStage(end);
    }
    if (command.tokensLeft === 0) this.finish(command);
  }

  private finish(command: RunningCommand): void {
    const writers = this.writers.get(command.rank)!;
    const tensor = command.blocks.out.index;
    writers.get(tensor)!.delete(command);
    const waiting = this.waiting.get(command) ?? [];
    this.waiting.delete(command);
    for (const then of waiting) then();
  }

  private noteDma(rank: number, startPs: number, endPs: number): void {
    this.routedPs[rank]! += endPs - startPs;
    this.note(rank, startPs, endPs);
  }

  private note(rank: number, startPs: number, endPs: number): void {
    this.stageRecords.note(rank, startPs, endPs);
    this.allRecords.note(rank, startPs, endPs);
    if (endPs > this.drainPs[rank]!) this.drainPs[rank] = endPs;
  }
}

function newFeed(): Feed {
  return { commands: [], askedOfFirst: 0, asked: 0, passed: 0, ready: new Map(), isBusy: false };
}
