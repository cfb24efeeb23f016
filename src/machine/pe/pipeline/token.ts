import { assert } from "../../../base/assert.js";
import type { Plan, Stage } from "./plan.js";

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
    /** Where the blocks of operands and result lie in the PE's slice of HBM. */
    readonly address: { readonly a: number; readonly b: number; readonly out: number },
    /** Index of the tensor that it writes to, among the rank's tensors. */
    readonly tensor: number,
    readonly startPs: number,
  ) {
    this.tokensLeft = plan.tokens;
    this.endPs = startPs;
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

  /** Moves on; the last stage completes the token, exactly once. */
  finishStage(endPs: number): void {
    const { command, stages } = this;
    assert(this.position < stages.length, "a token is completed once");
    this.readyPs = endPs;
    command.endPs = Math.max(command.endPs, endPs);
    if (++this.position === stages.length) command.tokensLeft--;
  }
}
