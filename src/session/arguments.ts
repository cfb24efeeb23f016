import type { Axis, DpPolicy, KernelDefinition, TensorArg, TopologyInfo } from "../../dsl/index.js";
import { ExitCode, LinquError, diagnostic, invalidInput } from "../base/diagnostics.js";
import { AXES, type RankLayout } from "../ccl/rank-layout.js";
import {
  firstOfSip,
  type ArgPlan,
  type LaunchArgs,
  type RankArgs,
  type SipRanks,
  type TensorPlan,
} from "../data/arguments.js";
import { DTYPES, dtypeByName, type DTypeName } from "../data/dtypes.js";
import { readDpPolicy } from "../machine/memory/dp-policy.js";
import type { Topology } from "../topology/topology.js";

/** What a kernel's `args` may know of the machine. */
export function topologyInfo(topology: Topology, layout: RankLayout): TopologyInfo {
  const size = Object.fromEntries(AXES.map((axis, index) => [axis, layout.sizes[index]!])) as Record<
    Axis,
    number
  >;
  const { slots, slotBytes } = topology.ipcq;
  return {
    name: topology.name,
    size,
    cubes: layout.cubes,
    sips: layout.sipGrid,
    queue: { slots, slotBytes },
  };
}

/**
 * Calls the kernel's `args` for every rank. Ranks whose arguments are equal share one object.
 * @throws LQ2101 arguments that do not fit the kernel, LQ2102 bad tensor, LQ2103 args threw, LQ6130 bad policy
 */
export function buildLaunch(
  definition: KernelDefinition,
  params: readonly { name: string; type: string }[],
  info: TopologyInfo,
  world: number,
  bytes: number,
  dtype: DTypeName,
): LaunchArgs {
  const byRank = new Array<RankArgs>(world);
  const known = new Map<string, RankArgs>();
  const lists = new Map<string, readonly TensorPlan[]>();
  let lastKey: string | null = null;
  let last: RankArgs | null = null;
  for (let rank = 0; rank < world; rank++) {
    const values = callArgs(definition, { rank, world, bytes, dtype, topology: info });
    const key = values.map((value) => valueKey(value, definition.options.name, rank)).join();
    if (key !== lastKey) {
      last = known.get(key) ?? rankArgs(definition.options.name, params, values, rank, lists);
      known.set(key, last);
      lastKey = key;
    }
    byRank[rank] = last!;
  }
  const isSpread = [...lists.values()].some((tensors) => tensors.some(({ policy }) => policy !== undefined));
  if (!isSpread) return { world, byRank };
  const spread = { pesPerCube: info.size.pe, cubesPerSip: info.size.cube };
  checkSpreadTensors(byRank, spread, definition.options.name);
  return { world, byRank, spread };
}

/** A spread tensor is one tensor for all ranks of its SIP. @throws LQ2102 */
function checkSpreadTensors(byRank: readonly RankArgs[], spread: SipRanks, kernel: string): void {
  byRank.forEach(({ tensors }, rank) => {
    const first = firstOfSip(rank, spread);
    const others = byRank[first]!.tensors;
    if (tensors === others) return;
    for (let index = 0; index < Math.max(tensors.length, others.length); index++) {
      const [a, b] = [others[index], tensors[index]];
      if (a?.policy === undefined && b?.policy === undefined) continue;
      if (JSON.stringify(a) === JSON.stringify(b)) continue;
      throw invalidInput({
        code: "LQ2102",
        message: `argument tensors of kernel ${kernel}: rank ${first} has ${describeTensor(a)}, rank ${rank} of the same SIP has ${describeTensor(b)} in its place`,
        hint: "a tensor with a policy is one for all ranks of a SIP: return it from args alike, at the same place, for all of them",
      });
    }
  });
}

function describeTensor(plan: TensorPlan | undefined): string {
  if (plan === undefined) return "none";
  const { name, role, dtype, shape, policy } = plan;
  return `${role} "${name}" ${dtype} [${shape.join(", ")}] ${policy === undefined ? "of its own" : JSON.stringify(policy)}`;
}

function callArgs(
  definition: KernelDefinition,
  context: Parameters<KernelDefinition["options"]["args"]>[0],
): readonly unknown[] {
  const { name, args } = definition.options;
  try {
    const values = args(context) as unknown;
    if (Array.isArray(values)) return values as readonly unknown[];
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    throw invalidInput(
      { code: "LQ2103", message: `args of kernel ${name} failed for rank ${context.rank}: ${String(cause)}` },
      cause,
    );
  }
  throw invalidInput({
    code: "LQ2101",
    message: `args of kernel ${name} must return a list with one entry per parameter`,
    hint: 'for example: args: ({ bytes, dtype }) => [input("x", dtype, [bytes / sizeOf(dtype)])]',
  });
}

function rankArgs(
  kernel: string,
  params: readonly { name: string; type: string }[],
  values: readonly unknown[],
  rank: number,
  lists: Map<string, readonly TensorPlan[]>,
): RankArgs {
  if (values.length !== params.length) {
    throw invalidInput({
      code: "LQ2101",
      message: `kernel ${kernel} has ${params.length} parameters (${params.map(({ name }) => name).join(", ")}), but its args return ${values.length} for rank ${rank}`,
      hint: "args returns one entry per parameter, in the same order",
    });
  }
  const tensors: TensorPlan[] = [];
  const args = values.map((value): ArgPlan => {
    if (!isTensor(value)) return { kind: "value", value: deepFreeze(value) };
    tensors.push(tensorPlan(kernel, value, tensors));
    return { kind: "tensor", tensor: tensors.length - 1 };
  });
  const key = JSON.stringify(tensors);
  const shared = lists.get(key) ?? tensors;
  lists.set(key, shared);
  return { tensors: shared, args };
}

/**
 * A text that tells values apart: equal for two ranks exactly when they may share one object.
 * @throws LQ2101 what cannot be an argument: functions, symbols, big integers, objects of a class
 */
function valueKey(value: unknown, kernel: string, rank: number): string {
  switch (typeof value) {
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "string":
      return JSON.stringify(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map((item) => valueKey(item, kernel, rank)).join()}]`;
      const prototype = Object.getPrototypeOf(value) as object | null;
      if (prototype === null || prototype === Object.prototype) {
        const entries = Object.entries(value).map(
          ([name, item]) => `${JSON.stringify(name)}:${valueKey(item, kernel, rank)}`,
        );
        return `{${entries.join()}}`;
      }
    }
  }
  throw invalidInput({
    code: "LQ2101",
    message: `args of kernel ${kernel} return ${typeof value === "object" ? "an object of a class" : `a ${typeof value}`} for rank ${rank}`,
    hint: "arguments are tensors, numbers, text, booleans, and plain objects and lists of them",
  });
}

/** Ranks share arguments, so a kernel that changed one would change it for all: it gets an error instead. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}

function isTensor(value: unknown): value is TensorArg {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "tensor";
}

function tensorPlan(kernel: string, tensor: TensorArg, others: readonly TensorPlan[]): TensorPlan {
  const { name, role, dtype, shape } = tensor;
  const problem =
    typeof name !== "string" || name === ""
      ? "has no name"
      : others.some((other) => other.name === name)
        ? "appears twice"
        : dtypeByName(dtype) === null
          ? `has dtype ${JSON.stringify(dtype)}; valid are ${DTYPES.join(", ")}`
          : !Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)
            ? `has shape ${JSON.stringify(shape)}; sizes are whole numbers from 0`
            : null;
  if (problem !== null) {
    throw new LinquError(
      ExitCode.invalidInput,
      diagnostic({
        code: "LQ2102",
        message: `tensor ${JSON.stringify(name)} of kernel ${kernel} ${problem}`,
        hint: "divide --bytes by sizeOf(dtype) and round with Math.floor",
      }),
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  const own = { name, role, dtype, shape: [...shape], elements };
  return tensor.policy === undefined ? own : { ...own, policy: policyOf(kernel, tensor) };
}

function policyOf(kernel: string, { name, policy }: TensorArg): DpPolicy {
  try {
    return readDpPolicy(policy);
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    const { code, message, hint } = error.diagnostics[0]!;
    throw invalidInput({ code, message: `tensor "${name}" of kernel ${kernel}: ${message}`, hint }, error);
  }
}
