import { assert } from "../../../base/assert.js";
import type { PlacedPointer } from "../../memory/placed-pointer.js";
import type { Plan, Stage } from "./plan.js";

type DmaRead = Extract<Stage, { unit: "dmaRead" }>;
export type DmaStage = DmaRead | Extract<Stage, { unit: "dmaWrite" }>;

/** A composite command on its way through the units of one PE. */
export class RunningCommand {
  /** Tokens that have not passed their last stage. */
  tokensLeft: number;
  /** When the last stage so far was over. */
  endPs: number;

  constructor(
    readonly rank: number,
    readonly plan: Plan,
    /** Code of the operands' dtype. */
    readonly dtype: number,
    /** Blocks of the result and of the operands that are streamed; null for a loaded one. */
    readonly blocks: {
      readonly a: PlacedPointer | null;
      readonly b: PlacedPointer | null;
      readonly out: PlacedPointer;
    },
    readonly startPs: number,
    readonly site: number,
    /** What an element of its MATH stages costs, in passes of the lanes: the mean over the operations. */
    readonly mathPasses: number,
  ) {
    this.tokensLeft = plan.tokens;
    this.endPs = startPs;
  }

  /** The block that a DMA stage moves a part of. */
  blockOf(stage: DmaStage): PlacedPointer {
    const block = stage.unit === "dmaRead" ? this.blocks[stage.operand] : this.blocks.out;
    assert(block !== null, "only streamed operands are read");
    return block;
  }
}

/** One tile of a command. It carries its stages and knows where it goes next; the units do not. */
export class Token {
  /** When the stages so far were over. */
  readyPs: number;
  private readonly stages: readonly Stage[];
  private position = 0;

  constructor(
    readonly command: RunningCommand,
    index: number,
  ) {
    this.stages = command.plan.stagesOf(index);
    this.readyPs = command.startPs;
  }

  /** What is to be done next; null when all is done. */
  get stage(): Stage | null {
    return this.stages[this.position] ?? null;
  }

  /** The operands that must come before anything else can be done. */
  leadingReads(): DmaRead[] {
    const reads: DmaRead[] = [];
    for (const stage of this.stages) {
      if (stage.unit !== "dmaRead") break;
      reads.push(stage);
    }
    return reads;
  }

  /** Moves on; the last stage completes the token, exactly once. */
  finishStage(endPs: number): void {
    const { command, stages } = this;
    assert(this.position < stages.length, "a token is completed once");
    this.readyPs = endPs;
    command.endPs = Math.max(command.endPs, endPs);
    if (++this.position === stages.length) command.tokensLeft--;
  }
}
