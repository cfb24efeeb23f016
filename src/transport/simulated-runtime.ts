import { invalidInput, type Diagnostic } from "../base/diagnostics.js";
import type { OrchestrationDefinition } from "../../dsl/index.js";
import type { HostCompletion } from "../machine/host/messages.js";
import type { NodeRecord } from "../record/run-record.js";
import { runtimeDeadlock } from "../runtime/blocked-report.js";
import type { ChipBackend } from "../runtime/chip-backend.js";
import { Level, type NodeLevel } from "../runtime/levels.js";
import type { CallWork } from "../runtime/messages.js";
import { nodeConfig } from "../runtime/node-config.js";
import { nodeTree } from "../runtime/node-tree.js";
import type { SourceFinder } from "../runtime/orchestrator-node.js";
import {
  RuntimeNode,
  type Completion,
  type NodeContext,
  type OrchestrationBody,
} from "../runtime/runtime-node.js";
import type { SharedOps } from "../runtime/shared-ops.js";
import type { Topology } from "../topology/topology.js";
import { SimulatedLinks } from "./simulated-links.js";

interface RuntimeOptions {
  topology: Pick<Topology, "counts" | "cubes" | "network" | "runtime" | "limits">;
  /** Selected hosts, as indices over the whole machine; sorted. */
  hosts: readonly number[];
  chips: ChipBackend;
  /** The `$` with which the orchestrations' bundle was evaluated. */
  sharedOps: SharedOps;
  /** As a bundle exports them; at most one for each level. */
  orchestrations: readonly OrchestrationDefinition[];
  sources: SourceFinder;
  /** Asks for one call of `fire(id, timePs)` at that time; calls for equal times in the order asked. */
  schedule(timePs: number, id: number): void;
  /** The program has ended. */
  done(completion: Completion, nowPs: number): void;
}

/** A tree of runtime nodes on simulated links: all of the runtime that a simulated run has. */
export interface SimulatedRuntime {
  /** All nodes, parents before children; the first one is the root. */
  readonly nodes: readonly RuntimeNode[];
  readonly links: SimulatedLinks;
  /** Runs a program over the whole tree. */
  start(program: { hash: string; codeBytes: number }, work: CallWork, nowPs: number): void;
  /** A time that was asked for has come. */
  fire(id: number, nowPs: number): void;
  /** The chips of a host have answered a message; `host` is a position among the selected hosts. */
  chipDone(host: number, completion: HostCompletion, nowPs: number): void;
  /** Why nothing can happen any more though the program has not ended, or null. */
  deadlock(): Diagnostic | null;
  records(nowPs: number): NodeRecord[];
}

/** Builds the nodes above the selected hosts and joins them. */
export function buildRuntime(options: RuntimeOptions): SimulatedRuntime {
  const { topology, hosts, chips, sharedOps, orchestrations, sources, schedule, done } = options;
  const places = nodeTree(topology.counts, hosts, chips.chipCount);
  // Even ids are messages on their way, odd ids timers of nodes.
  const links = new SimulatedLinks(places, topology.network, (timePs, id) => schedule(timePs, 2 * id));
  const context: NodeContext = {
    config: nodeConfig(topology),
    env: {
      send: (from, to, message, nowPs) => links.send(from, to, message, nowPs),
      timer: (node, atPs) => schedule(atPs, 2 * node + 1),
      done,
    },
    chips,
    sharedOps,
    orchestrations: orchestrationsByLevel(orchestrations),
    sources,
  };
  const nodes = places.map((place) => new RuntimeNode(place, context));
  const hostNodes = nodes.filter((node) => node.place.level === Level.HOST);
  const [root] = nodes;
  return {
    nodes,
    links,
    start: (program, work, nowPs) => root!.start(program, work, nowPs),
    fire: (id, nowPs) => {
      if (id % 2 === 1) return nodes[(id - 1) / 2]!.tick(nowPs);
      const { from, to, message } = links.take(id / 2);
      nodes[to]!.deliver(message, from, nowPs);
    },
    chipDone: (host, completion, nowPs) => hostNodes[host]!.chipDone(completion, nowPs),
    deadlock: () => runtimeDeadlock(nodes),
    records: (nowPs) => nodes.map((node) => node.record(nowPs)),
  };
}

/** @throws LQ7012 two orchestrations of one level */
function orchestrationsByLevel(
  definitions: readonly OrchestrationDefinition[],
): Map<NodeLevel, OrchestrationBody> {
  const byLevel = new Map<NodeLevel, OrchestrationBody>();
  for (const { options, body } of definitions) {
    const level = Level[options.level];
    if (byLevel.has(level)) {
      throw invalidInput({
        code: "LQ7012",
        message: `the program has two orchestrations for level ${options.level}`,
        hint: "keep one orchestration for each level",
      });
    }
    // The compiler has made every body a generator function.
    byLevel.set(level, body as unknown as OrchestrationBody);
  }
  return byLevel;
}
