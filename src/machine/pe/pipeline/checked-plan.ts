/** A scheduler of a user's module: every plan is checked before the units get it. */
import { invalidInput, LinquError } from "../../../base/diagnostics.js";
import type { CompositeCommand, Plan, SchedulerPlan, Stage } from "./plan.js";

/** Stops a plan without an end before it takes all memory. */
const MAX_TOKENS = 10_000_000;

/** The amounts that a stage of each unit states. */
const AMOUNTS: Readonly<Record<Stage["unit"], readonly string[]>> = {
  dmaRead: ["offsetBytes", "bytes"],
  fetch: ["bytes"],
  gemm: ["flops"],
  math: ["elements"],
  store: ["bytes"],
  dmaWrite: ["offsetBytes", "bytes"],
};

/**
 * `name` is that of the scheduler, for messages; `source` that of its module.
 * @throws LQ5032 the function failed, LQ5035 its plan is malformed, or does more or less than the command asks for
 */
export function checkedPlan(schedule: SchedulerPlan, name: string, source: string): SchedulerPlan {
  return (command, sizes) => {
    const wrong = (what: string): LinquError =>
      invalidInput({ code: "LQ5035", message: `scheduler "${name}" of ${source}: ${what}` });
    let stages: (readonly Stage[])[];
    let plan: Plan;
    try {
      plan = schedule({ ...command }, { ...sizes });
      const tokens = plan?.tokens;
      if (!Number.isInteger(tokens) || tokens < 0 || tokens > MAX_TOKENS)
        throw wrong(`its plan has ${String(tokens)} tokens: expected a whole number up to ${MAX_TOKENS}`);
      stages = Array.from({ length: tokens }, (_, token) => plan.stagesOf(token));
    } catch (cause) {
      if (cause instanceof LinquError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw invalidInput(
        { code: "LQ5032", message: `scheduler "${name}" of ${source} failed: ${why}` },
        cause,
      );
    }
    stages.forEach((ofToken, token) => checkStages(ofToken, token, wrong));
    checkWork(stages.flat(), command, wrong);
    return { tiles: plan.tiles, tokens: plan.tokens, stagesOf: (token) => stages[token]! };
  };
}

function checkStages(stages: unknown, token: number, wrong: (what: string) => LinquError): void {
  if (!Array.isArray(stages) || stages.length === 0) throw wrong(`token ${token} has no stages`);
  for (const stage of stages as readonly Record<string, unknown>[]) {
    const unit = stage?.["unit"];
    const amounts =
      typeof unit === "string" && Object.hasOwn(AMOUNTS, unit) && AMOUNTS[unit as Stage["unit"]];
    if (!amounts)
      throw wrong(
        `a stage of token ${token} has unit ${String(unit)}: expected one of ${Object.keys(AMOUNTS).join(", ")}`,
      );
    for (const amount of amounts) {
      if (!Number.isSafeInteger(stage[amount]) || (stage[amount] as number) < 0)
        throw wrong(
          `${amount} of ${unit} in token ${token} is ${String(stage[amount])}: expected a whole number, 0 or more`,
        );
    }
    if (unit === "dmaRead" && stage["operand"] !== "a" && stage["operand"] !== "b")
      throw wrong(`operand of dmaRead in token ${token} is ${String(stage["operand"])}: expected "a" or "b"`);
  }
}

/** The values come out whatever the plan says, so it must not leave out work that they need. */
function checkWork(
  stages: readonly Stage[],
  command: CompositeCommand,
  wrong: (what: string) => LinquError,
): void {
  const { streamsA, streamsB, elementBytes, outElementBytes } = command;
  const [a, b, out] =
    command.kind === "gemm"
      ? [command.m * command.k, command.k * command.n, command.m * command.n]
      : [command.elements, command.elements, command.elements];
  const sizeBytes = { a: a * elementBytes, b: b * elementBytes, out: out * outElementBytes };
  const isLoaded = { a: !streamsA, b: !streamsB, out: false };
  const moved = { a: 0, b: 0, out: 0 };
  let [flops, elements, fetched, stored] = [0, 0, 0, 0];
  for (const stage of stages) {
    if (stage.unit === "fetch") fetched += stage.bytes;
    if (stage.unit === "store") stored += stage.bytes;
    if (stage.unit === "gemm") flops += stage.flops;
    if (stage.unit === "math") elements += stage.elements;
    if (stage.unit !== "dmaRead" && stage.unit !== "dmaWrite") continue;
    const block = stage.unit === "dmaRead" ? stage.operand : "out";
    if (isLoaded[block]) throw wrong(`a dmaRead reads ${block}, which is loaded`);
    if (stage.offsetBytes + stage.bytes > sizeBytes[block])
      throw wrong(`a ${stage.unit} goes beyond the ${sizeBytes[block]} bytes of ${block}`);
    moved[block] += stage.bytes;
  }
  const expected = command.kind === "gemm" ? 2 * command.m * command.k * command.n : 0;
  if (flops !== expected) throw wrong(`its gemm stages have ${flops} flops: expected ${expected}`);
  const steps = command.epilogueSteps + (command.kind === "gemm" ? 0 : 1);
  if (elements !== steps * out)
    throw wrong(`its math stages have ${elements} elements: expected ${steps * out}`);
  if (moved.out !== sizeBytes.out)
    throw wrong(`its dmaWrite stages write ${moved.out} bytes: expected ${sizeBytes.out}`);
  if (stored < sizeBytes.out)
    throw wrong(`its store stages store ${stored} bytes: expected ${sizeBytes.out} at least`);
  if (out === 0) return;
  const operandBytes = sizeBytes.a + sizeBytes.b;
  if (fetched < operandBytes)
    throw wrong(`its fetch stages fetch ${fetched} bytes: expected ${operandBytes} at least`);
  for (const block of ["a", "b"] as const) {
    if (!isLoaded[block] && moved[block] < sizeBytes[block])
      throw wrong(
        `its dmaRead stages read ${moved[block]} bytes of ${block}: expected ${sizeBytes[block]} at least`,
      );
  }
}
