import {
  DIRECTIONS,
  planQueues,
  type QueueAxisName,
  type QueuePlan,
  type QueueUseName,
} from "../../src/ccl/queues.js";
import { RankLayout } from "../../src/ccl/rank-layout.js";
import type { LaunchArgs, RankArgs, TensorPlan } from "../../src/data/arguments.js";
import type { DTypeName } from "../../src/data/dtypes.js";
import { EagerValues } from "../../src/data/eager-values.js";
import { OpLog } from "../../src/data/op-log.js";
import { Engine } from "../../src/engine/engine.js";
import { Machine, type KernelBody } from "../../src/machine/machine.js";
import { Placement } from "../../src/machine/memory/placement.js";
import type { SchedulerPlan } from "../../src/machine/pe/pipeline/plan.js";
import { selectDevices } from "../../src/topology/device.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";

const INPUTS = { data: "normal", seed: 1 } as const;

/** The operations as a hand-written kernel calls them: `if (!$.send(…)) yield;` */
export interface TestOps {
  out: unknown;
  rank(site: number, axis?: string): number;
  worldSize(site: number, axis?: string): number;
  load(site: number, pointer: unknown, shape?: number[] | { mask?: unknown; other?: number }): boolean;
  store(site: number, pointer: unknown, tile: unknown, options?: { mask?: unknown }): boolean;
  atomicAdd(site: number, pointer: unknown, value: unknown, options?: { mask?: unknown }): boolean;
  atomicMax(site: number, pointer: unknown, value: unknown): boolean;
  atomicXchg(site: number, pointer: unknown, value: unknown): boolean;
  atomicCas(site: number, pointer: unknown, expected: unknown, value: unknown): boolean;
  barrier(site: number, options?: { axis: string }): boolean;
  item(site: number, tile: unknown): boolean;
  add(site: number, a: unknown, b: unknown): unknown;
  mul(site: number, a: unknown, b: unknown): unknown;
  mod(site: number, a: unknown, b: unknown): unknown;
  lt(site: number, a: unknown, b: unknown): unknown;
  exp(site: number, a: unknown): unknown;
  gelu(site: number, a: unknown): unknown;
  sum(site: number, a: unknown, axis?: number): unknown;
  where(site: number, mask: unknown, a: unknown, b: unknown): unknown;
  arange(site: number, start: number, end: number): unknown;
  reshape(site: number, a: unknown, shape: number[]): unknown;
  transpose(site: number, a: unknown): unknown;
  broadcast(site: number, a: unknown, shape: number[]): unknown;
  dot(site: number, a: unknown, b: unknown): unknown;
  full(site: number, shape: number[], value: number, dtype: string): unknown;
  ref(site: number, pointer: unknown, shape: number[]): unknown;
  composite(
    site: number,
    command: string,
    a: unknown,
    b: unknown,
    out: unknown,
    options?: { epilogue: { op: string; with: unknown }[] },
  ): boolean;
  wait(site: number, future: unknown): boolean;
  send(site: number, direction: string, tile: unknown, options?: { axis: string }): boolean;
  recv(site: number, direction: string, shape: number[], dtype: string, options?: { axis: string }): boolean;
  recvAsync(
    site: number,
    direction: string,
    shape: number[],
    dtype: string,
    options?: { axis: string },
  ): boolean;
  recvInto(site: number, direction: string, tile: unknown, options?: { axis: string }): boolean;
  assert(site: number, condition: boolean, message: string): void;
  print(site: number, ...values: unknown[]): void;
  tick(site: number): void;
}

export interface TestRun {
  machine: Machine;
  engine: Engine;
  launch: LaunchArgs;
  /** End of each rank's kernel, in ns after the start. */
  endsNs: number[];
}

export interface TestOptions {
  topology: string;
  set?: string[];
  device?: string;
  queues?: QueueAxisName[];
  /** Queues among them that are received with `recvInto`. */
  into?: QueueUseName[];
  /** In place of `queues`: any set of queues. */
  plan?: QueuePlan;
  lockstep?: boolean;
  log?: boolean;
  elements?: number;
  /** In place of tensors x and y of so many elements on every rank. */
  tensors?: readonly TensorPlan[];
  /** Of the tensors; f32 when absent. */
  dtype?: DTypeName;
  /** Values are computed while the kernel runs, on normally distributed inputs of seed 1. */
  values?: boolean;
  /** In place of the built-in scheduler. */
  scheduler?: SchedulerPlan;
}

/** Runs a hand-written kernel on every selected PE, all starting at time zero, and nothing else. */
export function runKernel(
  options: TestOptions,
  kernel: ($: TestOps) => (...args: never[]) => Iterator<unknown>,
): TestRun {
  const topology = loadTopology(options.topology, options.set ?? []);
  const layout = new RankLayout(topology, selectDevices(topology, options.device ?? "all"), "pe");
  const engine = new Engine();
  const elements = options.elements ?? 1 << 20;
  const tensor = (name: string) => ({
    name,
    role: "inout" as const,
    dtype: options.dtype ?? ("f32" as const),
    shape: [elements],
    elements,
  });
  const tensors: readonly TensorPlan[] = options.tensors ?? [tensor("x"), tensor("y")];
  const [pesPerCube, cubesPerSip] = layout.sizes as [number, number];
  const rankArgs: RankArgs = {
    tensors,
    args: tensors.map((_, index) => ({ kind: "tensor", tensor: index })),
  };
  const launch: LaunchArgs = {
    world: layout.world,
    byRank: new Array<RankArgs>(layout.world).fill(rankArgs),
    ...(tensors.some(({ policy }) => policy) && { spread: { pesPerCube, cubesPerSip } }),
  };
  const opLog = options.log || options.values ? new OpLog(Infinity) : null;
  const machine = new Machine({
    placement: new Placement(topology, layout, launch),
    engine,
    topology,
    graph: buildSipGraph(topology),
    layout,
    launch,
    plan:
      options.plan ??
      planQueues(layout, [...(options.queues ?? ["world"]).flatMap(everyDirection), ...(options.into ?? [])]),
    sites: 100,
    locate: (site) => ({ file: "kernel.ts", line: site, column: 1, endColumn: 2 }),
    explain: (error) => {
      throw error;
    },
    opLog,
    ...(options.values && { values: (shapes) => new EagerValues(launch, INPUTS, opLog!, shapes) }),
    spans: null,
    lockstep: options.lockstep ?? false,
    isOrdered: options.values ?? false,
    ...(options.scheduler && { scheduler: options.scheduler }),
    onSipDone: () => undefined,
  });
  machine.prepare(kernel(machine.ops as unknown as TestOps) as KernelBody);
  const members = Int32Array.from({ length: layout.ranksPerSip }, (_, position) => position);
  for (let sip = 0; sip < layout.sips; sip++) machine.launchSip(sip, 0, members);
  engine.run(() => true);
  return { machine, engine, launch, endsNs: [...machine.endPs].map((ps) => ps / 1000) };
}

function everyDirection(axis: QueueAxisName): QueueUseName[] {
  return DIRECTIONS.map((direction): QueueUseName => `${axis}:${direction}`);
}
