/** The second half of a run: inputs and expectation before the op log is there, replay and verdict after. */
import type { DType } from "../../dsl/index.js";
import type { LaunchArgs } from "./arguments.js";
import { expectCollective } from "./collectives.js";
import { compareOutputs } from "./compare.js";
import type { Verdict } from "./compare.js";
import { dumpTensors } from "./dump.js";
import type { NamedArray } from "./dump.js";
import type { Expectation, ExpectedOutputs } from "./expectation.js";
import { expectGolden } from "./golden.js";
import { Hbm } from "./hbm.js";
import type { Corruption } from "./injection.js";
import { fillInputs } from "./inputs.js";
import type { InputData } from "./inputs.js";
import type { OpLogData } from "./op-log.js";
import { replay } from "./replay.js";
import type { PrintedTile } from "./replay.js";

/** Can be sent to another thread; the expectation is handed over separately because it may be a function. */
export interface JudgeRequest {
  launch: LaunchArgs;
  bytes: number;
  dtype: DType;
  data: InputData;
  seed: number;
  inject: { seed: number } | null;
  verify: boolean;
  dump: boolean;
}

/** Can be sent back to the thread that asked. */
export interface ReplayReport {
  /** Null when not asked for, or when the kernel states no expectation. */
  verify: Verdict | null;
  /** What was injected; null when nothing was asked for or the run has no message to corrupt. */
  corrupted: Corruption | null;
  prints: PrintedTile[];
  /** For the dump; empty when not asked for. */
  arrays: NamedArray[];
}

/** Everything that can be computed before the timing phase ends. */
export interface PreparedJudge {
  request: JudgeRequest;
  hbm: Hbm;
  expected: ExpectedOutputs | null;
}

/**
 * Fills the inputs and computes the expected outputs.
 * @throws LQ9101–LQ9106 an expectation that does not fit the arguments, LQ9110 too large
 */
export function prepareJudge(request: JudgeRequest, expectation: Expectation | null): PreparedJudge {
  const { launch, data, seed, verify } = request;
  const hbm = new Hbm(launch);
  fillInputs(hbm, data, seed);
  if (!verify || expectation === null) return { request, hbm, expected: null };
  const expected =
    typeof expectation === "function"
      ? expectGolden(expectation, request, launch, hbm)
      : expectCollective(expectation, launch, hbm);
  return { request, hbm, expected };
}

/** Replays the log and judges what it leaves behind; a prepared judge can be used once. */
export function replayAndJudge(
  prepared: PreparedJudge,
  log: OpLogData,
  progress?: (rowsDone: number, rows: number) => void,
): ReplayReport {
  const { request, hbm, expected } = prepared;
  const outcome = replay(log, hbm, {
    inject: request.inject,
    trackMagnitude: expected?.judgedBy === "bounded",
    progress,
  });
  return {
    verify: expected ? compareOutputs(hbm, expected, log, outcome) : null,
    corrupted: outcome.corrupted,
    prints: outcome.prints,
    arrays: request.dump ? dumpTensors(hbm, request.data, request.seed) : [],
  };
}
