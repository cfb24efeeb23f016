/** How a composite command becomes tiles × stages. Pure: the same command and tile sizes give the same plan. */
import type {
  CompositeCommand,
  CompositePlan,
  ElementwiseCommand,
  GemmCommand,
  PlanStage,
  Scheduler,
  TileSizes,
} from "../../../../dsl/components.js";

export type { CompositeCommand } from "../../../../dsl/components.js";
export type Stage = PlanStage;
export type Plan = CompositePlan;
export type SchedulerPlan = Scheduler;

type Operands = Omit<CompositeCommand, "kind">;

/**
 * The built-in scheduler. A gemm goes through rows, then columns, K innermost: the accumulator of an output tile stays
 * where it is over K, and epilogue, STORE and DMA_WRITE happen once, with its last tile of K. A streamed operand is
 * read for every token, unless it is the very tile that the token before had.
 */
export function tiledPlan(command: CompositeCommand, sizes: TileSizes): Plan {
  return command.kind === "gemm" ? gemmPlan(command, sizes) : elementwisePlan(command, sizes);
}

function gemmPlan(command: GemmCommand, { tileM, tileK, tileN }: TileSizes): Plan {
  const { m, k, n, streamsA, streamsB, elementBytes, outElementBytes } = command;
  // Without K there is nothing to multiply, but zeros to write.
  const tiles = { m: Math.ceil(m / tileM), k: Math.max(1, Math.ceil(k / tileK)), n: Math.ceil(n / tileN) };
  const stagesOf = (token: number): Stage[] => {
    const step = token % tiles.k;
    const column = Math.floor(token / tiles.k) % tiles.n;
    const row = Math.floor(token / (tiles.k * tiles.n));
    const rows = Math.min(tileM, m - row * tileM);
    const depth = Math.min(tileK, k - step * tileK);
    const columns = Math.min(tileN, n - column * tileN);
    const stages: Stage[] = [];
    if (streamsA && (token === 0 || tiles.k > 1 || column === 0)) {
      const before = row * tileM * k + rows * step * tileK;
      stages.push({
        unit: "dmaRead",
        operand: "a",
        offsetBytes: before * elementBytes,
        bytes: rows * depth * elementBytes,
      });
    }
    if (streamsB && (token === 0 || tiles.k > 1 || tiles.n > 1)) {
      const before = step * tileK * n + depth * column * tileN;
      stages.push({
        unit: "dmaRead",
        operand: "b",
        offsetBytes: before * elementBytes,
        bytes: depth * columns * elementBytes,
      });
    }
    stages.push(
      { unit: "fetch", bytes: (rows * depth + depth * columns) * elementBytes },
      { unit: "gemm", flops: 2 * rows * depth * columns },
    );
    if (step === tiles.k - 1) {
      const before = row * tileM * n + rows * column * tileN;
      finish(stages, command, rows * columns, before * outElementBytes);
    }
    return stages;
  };
  return { tiles, tokens: tiles.m * tiles.k * tiles.n, stagesOf };
}

function elementwisePlan(command: ElementwiseCommand, { tileM, tileN }: TileSizes): Plan {
  const { elements, streamsA, streamsB, elementBytes, outElementBytes } = command;
  const tileElements = tileM * tileN;
  const tokens = Math.ceil(elements / tileElements);
  const stagesOf = (token: number): Stage[] => {
    const before = token * tileElements;
    const count = Math.min(tileElements, elements - before);
    const bytes = count * elementBytes;
    const offsetBytes = before * elementBytes;
    const stages: Stage[] = [];
    if (streamsA) stages.push({ unit: "dmaRead", operand: "a", offsetBytes, bytes });
    if (streamsB) stages.push({ unit: "dmaRead", operand: "b", offsetBytes, bytes });
    stages.push({ unit: "fetch", bytes: 2 * bytes }, { unit: "math", elements: count });
    finish(stages, command, count, before * outElementBytes);
    return stages;
  };
  return { tiles: { m: tokens, k: 1, n: 1 }, tokens, stagesOf };
}

/** What happens once to every output tile. */
function finish(
  stages: Stage[],
  { epilogueSteps, outElementBytes }: Operands,
  elements: number,
  offsetBytes: number,
): void {
  for (let step = 0; step < epilogueSteps; step++) stages.push({ unit: "math", elements });
  const bytes = elements * outElementBytes;
  stages.push({ unit: "store", bytes }, { unit: "dmaWrite", offsetBytes, bytes });
}
