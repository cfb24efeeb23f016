import type { DpPolicy } from "../../../dsl/index.js";
import type { TensorPlan } from "../../../src/data/arguments.js";
import { Hbm } from "../../../src/data/hbm.js";
import { fillInputs } from "../../../src/data/inputs.js";
import { replay } from "../../../src/data/replay.js";
import { runKernel, type TestOps, type TestOptions, type TestRun } from "../helpers.js";

export interface SpreadRun extends TestRun {
  /** Values of a tensor as a rank sees it, before and after the run. */
  before(rank: number, tensor: number): number[];
  after(rank: number, tensor: number): number[];
}

export function tensor(
  name: string,
  role: TensorPlan["role"],
  shape: readonly number[],
  policy?: DpPolicy,
): TensorPlan {
  const elements = shape.reduce((product, size) => product * size, 1);
  return { name, role, dtype: "f32", shape, elements, ...(policy && { policy }) };
}

/** Runs a hand-written kernel over these tensors and replays what it did. */
export function runSpread(
  options: TestOptions & { tensors: readonly TensorPlan[] },
  kernel: ($: TestOps) => (...args: never[]) => Iterator<unknown>,
): SpreadRun {
  const run = runKernel({ queues: [], ...options, log: true }, kernel);
  const filled = (): Hbm => {
    const hbm = new Hbm(run.launch);
    fillInputs(hbm, "normal", 1);
    return hbm;
  };
  const [before, after] = [filled(), filled()];
  const { core } = run.machine;
  replay(core.opLog!.finish(core.shapes.byId), after, { inject: null, trackMagnitude: true });
  const valuesIn = (hbm: Hbm) => (rank: number, index: number) => [...hbm.values(hbm.slotOf(rank, index))];
  return { ...run, before: valuesIn(before), after: valuesIn(after) };
}
