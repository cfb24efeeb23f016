/** How much memory verification will need, known before the run starts. */
import type { Expectation } from "./expectation.js";
import { ownsTensor, type LaunchArgs } from "./arguments.js";
import { dtypeByName } from "./dtypes.js";
import { tileElementBytes } from "./tile-array.js";

/** Columns of the op log, and of replay beside it: uses, tile, relative error, magnitude, last writer. */
const LOG_ROW_BYTES = 1 + 1 + 2 + 6 * 4 + 3 * 8;
const REPLAY_ROW_BYTES = 4 + 8 + 8 + 8 + 20;
/** float64. */
const EXPECTED_ELEMENT_BYTES = 8;

/**
 * Bytes that op log, inputs, expected outputs and replay need together: all tensors, tiles for one copy of all
 * inputs, the log's rows, and for a golden function the float64 outputs of every rank.
 */
export function predictReplayBytes(
  launch: LaunchArgs,
  rowsEstimate: number,
  expectation: Expectation | null,
): number {
  let tensorBytes = 0;
  let tileBytes = 0;
  let inputElements = 0;
  let outputElements = 0;
  for (let rank = 0; rank < launch.world; rank++) {
    for (const plan of launch.byRank[rank]!.tensors) {
      if (!ownsTensor(rank, plan, launch)) continue;
      const { dtype, elements, role } = plan;
      const info = dtypeByName(dtype)!;
      tensorBytes += elements * info.sizeBytes;
      if (role !== "output") {
        inputElements += elements;
        tileBytes += elements * tileElementBytes(info);
      }
      if (role !== "input") outputElements += elements;
    }
  }
  const ranks = Math.max(1, launch.world);
  // A collective's expected outputs and their Σ|x| are shared by all ranks; an all-gather's are the longest.
  const expectedBytes =
    typeof expectation === "function"
      ? outputElements * EXPECTED_ELEMENT_BYTES
      : (2 * Math.max(inputElements, outputElements) * EXPECTED_ELEMENT_BYTES) / ranks;
  return Math.ceil(
    tensorBytes +
      tileBytes +
      rowsEstimate * (LOG_ROW_BYTES + REPLAY_ROW_BYTES) +
      (expectation === null ? 0 : expectedBytes),
  );
}
