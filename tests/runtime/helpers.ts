import type { OrchestrationDefinition, OrchestrationLevel, OrchestrationTask } from "../../dsl/index.js";
import { completionOf, type HostError, type HostMessage } from "../../src/machine/host/messages.js";
import type { CopyBytes } from "../../src/runtime/chip-backend.js";
import type { CallWork } from "../../src/runtime/messages.js";
import type { NodeConfig } from "../../src/runtime/node-config.js";
import type { Completion } from "../../src/runtime/runtime-node.js";
import { SharedOps } from "../../src/runtime/shared-ops.js";
import type { Topology } from "../../src/topology/topology.js";
import { buildRuntime, type SimulatedRuntime } from "../../src/transport/simulated-runtime.js";

export function testConfig(changes: Partial<NodeConfig> = {}): NodeConfig {
  return {
    submitPs: 0,
    taskRingCapacity: 64,
    heapRingBytes: 1 << 20,
    tensorMapCapacity: 256,
    maxScopeDepth: 8,
    copy: { pieces: 1, maxBytes: 1 << 16 },
    stepBudget: 1000,
    ...changes,
  };
}

export interface MachineOptions {
  counts?: Partial<Topology["counts"]>;
  runtime?: Partial<Topology["runtime"]>;
  hosts?: number[];
  chips?: number;
  orchestrations?: (ops: SharedOps) => OrchestrationDefinition[];
  /** A launch; an error ends it; null never ends it. */
  launch?: (target: HostMessage["target"]) => HostError | "ok" | null;
  /** The answer to mapping tensors; none when absent. */
  map?: (target: HostMessage["target"]) => HostError | null;
  /** What is copied to and from a chip; what the call says when absent. */
  copied?: (host: number, chip: number) => CopyBytes;
  copyPs?: number;
  launchPs?: number;
  /** Keep `asked`; off for long runs. */
  log?: boolean;
}

/** What the chips were asked to do: `12 copyIn host0 chip1 4096`, in ns. */
export interface TestMachine {
  runtime: SimulatedRuntime;
  asked: string[];
  prepared: string[];
  /** Messages about tensors as a whole: `12 mmu_map host0 chips 0,1`. */
  mapped: string[];
  completions: (Completion & { endPs: number })[];
  run(work?: Partial<CallWork>, hash?: string): void;
  nowPs(): number;
}

/** Network numbers that are easy to add up: 200 ns a message, 20 ps a byte, 1, 2 and 3 µs a tier. */
export const network: Topology["network"] = {
  messageOverheadNs: 200,
  pod: { bandwidthGBps: 50, latencyNs: 1000, oversubscription: 1 },
  clos1: { bandwidthGBps: 50, latencyNs: 2000, oversubscription: 2 },
  clos2: { bandwidthGBps: 50, latencyNs: 3000, oversubscription: 4 },
};

/** A runtime over chips that take a fixed time, with a plain list as the event queue. */
export function testMachine(options: MachineOptions = {}): TestMachine {
  const { launchPs = 5_000_000, copyPs = 1_000_000, launch = () => "ok", log = true } = options;
  const queue: { timePs: number; order: number; run: (nowPs: number) => void }[] = [];
  let order = 0;
  let nowPs = 0;
  const at = (timePs: number, run: (nowPs: number) => void): void => {
    if (timePs < nowPs) throw new Error(`an event at ${timePs} was asked for at ${nowPs}`);
    queue.push({ timePs, order: order++, run });
  };
  const asked: string[] = [];
  const prepared: string[] = [];
  const mapped: string[] = [];
  let call: CopyBytes = { inputBytes: 0, outputBytes: 0 };
  const completions: TestMachine["completions"] = [];
  const sharedOps = new SharedOps();
  const note = (timePs: number, text: string): void => {
    if (log) asked.push(`${timePs / 1000} ${text}`);
  };
  const runtime: SimulatedRuntime = buildRuntime({
    topology: {
      counts: {
        supernodes: 1,
        podsPerSupernode: 1,
        hostsPerPod: 1,
        sipsPerHost: 2,
        pesPerCube: 8,
        ...options.counts,
      },
      cubes: { columns: 1, rows: 1 },
      network,
      runtime: {
        launchFloorNs: 0,
        submitNs: 100,
        taskRing: { capacity: 64 },
        heapRing: { capacityBytes: 1 << 20 },
        tensorMap: { capacity: 256 },
        maxScopeDepth: 8,
        copyChunkBytes: 4096,
        ...options.runtime,
      },
      limits: { stepBudget: 1000, maxEvents: 1e9, maxMemoryBytes: 0 },
    },
    hosts: options.hosts ?? [0],
    chips: {
      chipCount: options.chips ?? 1,
      prepare: (host, hash, bytes) => void prepared.push(`host${host} ${hash} ${bytes}`),
      copied: options.copied ?? (() => call),
      submit: (message, now) => {
        const { host, chips } = message.target;
        const answer = (delayPs: number, error: HostError | null): void =>
          at(now + delayPs, (then) => runtime.chipDone(host, completionOf(message, error), then));
        switch (message.kind) {
          case "memory_write":
            note(now, `copyIn host${host} chip${chips.join(",")} ${message.bytes}`);
            return answer(copyPs, null);
          case "memory_read":
            note(now, `copyOut host${host} chip${chips.join(",")} ${message.bytes}`);
            return answer(copyPs, null);
          case "mmu_map":
          case "mmu_unmap":
            mapped.push(`${now / 1000} ${message.kind} host${host} chips ${chips.join(",")}`);
            return answer(0, options.map?.(message.target) ?? null);
          case "kernel_launch": {
            note(now, `launch host${host} chips ${chips.join(",")}`);
            const outcome = launch(message.target);
            if (outcome !== null) answer(launchPs, outcome === "ok" ? null : outcome);
          }
        }
      },
    },
    sharedOps,
    orchestrations: options.orchestrations?.(sharedOps) ?? [],
    sources: {
      site: (site) => (site < 0 ? null : { file: "orchestration.ts", line: site, column: 1, endColumn: 2 }),
      error: () => ({ file: "orchestration.ts", line: 99, column: 1, endColumn: 2 }),
    },
    schedule: (timePs, id) => at(timePs, (then) => runtime.fire(id, then)),
    done: (completion, endPs) => void completions.push({ ...completion, endPs }),
  });
  return {
    runtime,
    asked,
    prepared,
    mapped,
    completions,
    nowPs: () => nowPs,
    run: (work = {}, hash = "sha256-a") => {
      call = { inputBytes: work.inputBytesPerChip ?? 0, outputBytes: work.outputBytesPerChip ?? 0 };
      runtime.start(
        { hash, codeBytes: 1000 },
        { inputBytesPerChip: 0, outputBytesPerChip: 0, ...work },
        nowPs,
      );
      while (queue.length > 0) {
        let next = 0;
        for (let i = 1; i < queue.length; i++) {
          const [a, b] = [queue[i]!, queue[next]!];
          if (a.timePs < b.timePs || (a.timePs === b.timePs && a.order < b.order)) next = i;
        }
        const [event] = queue.splice(next, 1);
        nowPs = event!.timePs;
        event!.run(nowPs);
      }
    },
  };
}

/** An orchestration as the compiler leaves it: its body is a generator function over `$`. */
export function compiled(
  level: OrchestrationLevel,
  body: (task: OrchestrationTask) => Generator<unknown, void, void>,
): OrchestrationDefinition {
  return { kind: "orchestration", options: { level }, body: body as never };
}
