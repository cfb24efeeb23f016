import { planQueues } from "../../../src/ccl/queues.js";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import type { LaunchArgs, RankArgs, TensorPlan } from "../../../src/data/arguments.js";
import { Engine } from "../../../src/engine/engine.js";
import { Chips } from "../../../src/machine/host/chips.js";
import type { HostCompletion, HostRequest, HostTarget } from "../../../src/machine/host/messages.js";
import { Machine, type KernelBody } from "../../../src/machine/machine.js";
import { Placement } from "../../../src/machine/memory/placement.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { buildSipGraph } from "../../../src/topology/sip-graph.js";
import type { TestOps } from "../helpers.js";

export interface Bench {
  chips: Chips;
  machine: Machine;
  layout: RankLayout;
  /** Answers in the order in which they came, with their times in ns. */
  answers: (HostCompletion & { host: number; atNs: number })[];
  /** When the kernel of each rank began, in ns, launch by launch. */
  startsNs: number[][];
  /** Submits a message now: to all PEs of all chips of host 0 unless told otherwise. */
  submit(request: HostRequest, target?: Partial<HostTarget>): void;
  launch(target?: Partial<HostTarget>): void;
  run(): void;
}

export interface BenchOptions {
  topology: string;
  set?: string[];
  device?: string;
  args?: (rank: number) => RankArgs;
  kernel?: ($: TestOps) => (...args: never[]) => Iterator<unknown>;
}

/** A tensor of so many elements of four bytes. */
export function tensor(name: string, role: TensorPlan["role"], elements: number): TensorPlan {
  return { name, role, dtype: "f32", shape: [elements], elements };
}

/** Chips with a prepared program `code` and no runtime above: messages in, answers out. */
export function bench(options: BenchOptions): Bench {
  const topology = loadTopology(options.topology, options.set ?? []);
  const layout = new RankLayout(topology, selectDevices(topology, options.device ?? "all"), "pe");
  const graph = buildSipGraph(topology);
  const engine = new Engine();
  const nothing: RankArgs = { tensors: [], args: [] };
  const launch: LaunchArgs = {
    world: layout.world,
    byRank: Array.from({ length: layout.world }, (_, rank) => options.args?.(rank) ?? nothing),
  };
  const machine: Machine = new Machine({
    placement: new Placement(topology, layout, launch),
    engine,
    topology,
    graph,
    layout,
    launch,
    plan: planQueues(layout, []),
    sites: 10,
    locate: () => null,
    explain: (error) => {
      throw error;
    },
    opLog: null,
    spans: null,
    lockstep: false,
    isOrdered: false,
    onSipDone: (sip, endPs) => chips.sipDone(sip, endPs),
  });
  const answers: Bench["answers"] = [];
  const chips: Chips = new Chips({
    engine,
    topology,
    graph,
    layout,
    launch,
    machine,
    spans: null,
    chipPath: (sip) => `sip${sip}`,
    done: (host, completion, nowPs) => void answers.push({ ...completion, host, atNs: nowPs / 1000 }),
  });
  const startsNs = Array.from({ length: layout.world }, (): number[] => []);
  const kernel = options.kernel?.(machine.ops as unknown as TestOps) as KernelBody | undefined;
  machine.prepare(function* (...args: unknown[]) {
    startsNs[machine.core.rank]!.push(machine.core.clockPs / 1000);
    const body = kernel?.(...args);
    while (body?.next().done === false) yield;
  });
  let requestId = 0;
  const submit: Bench["submit"] = (request, target = {}) => {
    const all = Array.from({ length: chips.chipCount }, (_, chip) => chip);
    const whole: HostTarget = { host: 0, chips: all, cubes: "all", pes: "all", ...target };
    chips.submit(
      { ...request, correlationId: 100 + requestId, requestId: requestId++, target: whole },
      engine.nowPs,
    );
  };
  for (let host = 0; host < layout.hosts; host++) chips.prepare(host, "code");
  return {
    chips,
    machine,
    layout,
    answers,
    startsNs,
    submit,
    launch: (target) => submit({ kind: "kernel_launch", callable: "code", submittedPs: 0 }, target),
    run: () => void engine.run(() => true),
  };
}
