import type { KernelDefinition } from "../../dsl/index.js";
import { planQueues, type QueuePlan } from "../ccl/queues.js";
import { RankLayout } from "../ccl/rank-layout.js";
import type { CheckSetup, CheckedBody } from "../check/setup.js";
import type { Bundle, KernelManifest } from "../compiler/bundle.js";
import { loadBundle } from "../compiler/load.js";
import { kernelLocation, siteLocation, siteOperation } from "../compiler/locate.js";
import type { LaunchArgs } from "../data/arguments.js";
import type { DTypeName } from "../data/dtypes.js";
import { findTensor } from "../data/expectation.js";
import { selectDevices } from "../topology/device.js";
import type { Topology } from "../topology/topology.js";
import { buildLaunch, topologyInfo } from "./arguments.js";
import { explainKernelError, located } from "./kernel-definition.js";
import { namedQueues } from "./neighbors.js";

/** A kernel of a bundle, as its module defines it. */
export interface CheckedKernel {
  bundle: Bundle;
  manifest: KernelManifest;
  definition: KernelDefinition;
}

/** The sizes of what a kernel is called with. */
export interface CheckSizes {
  bytes: number;
  dtype: DTypeName;
}

/**
 * One configuration of a kernel, put together as for a run.
 * @throws LinquError with exit code 3 when the kernel's `args`, `neighbors` or `expect` do not fit
 */
export function checkSetup(
  kernel: CheckedKernel,
  topology: Topology,
  layout: RankLayout,
  { bytes, dtype }: CheckSizes,
): CheckSetup {
  const { manifest, definition } = kernel;
  const { world } = layout;
  const info = topologyInfo(topology, layout);
  const { bundle } = kernel;
  const launch = located(bundle, () => buildLaunch(definition, manifest.params, info, world, bytes, dtype));
  const peers = located(bundle, () => namedQueues(definition, world, info));
  const queues = planQueues(layout, manifest.queues, peers);
  return setupOfLaunch(kernel, topology, layout, launch, queues);
}

/**
 * The same for a launch and queues that exist already.
 * @throws LQ9101 when `expect` or `replicated` names a tensor that is not there
 */
export function setupOfLaunch(
  { bundle, manifest, definition }: CheckedKernel,
  topology: Topology,
  layout: RankLayout,
  launch: LaunchArgs,
  queues: QueuePlan,
): CheckSetup {
  const { expect, replicated = [] } = definition.options;
  const collective = typeof expect === "object" ? expect : null;
  const first = launch.byRank[0]!;
  if (collective !== null) {
    findTensor(first, collective.input, "input", 0, collective.kind);
    findTensor(first, collective.output, "output", 0, collective.kind);
  }
  for (const name of replicated) findTensor(first, name, "output", 0, "replicated");
  return {
    layout,
    launch,
    queues,
    loadKernel: (ops) =>
      (loadBundle(bundle, ops)[manifest.export] as KernelDefinition).body as unknown as CheckedBody,
    slots: topology.ipcq.slots,
    slotBytes: topology.ipcq.slotBytes,
    tcmBytes: topology.pe.tcm.sizeBytes - topology.pe.tcm.reservedBytes,
    stepBudget: topology.limits.stepBudget,
    collective,
    replicated,
    definedAt: kernelLocation(bundle, manifest),
    locate: (site) => (site < 0 ? null : siteLocation(bundle, site)),
    opOf: (site) => siteOperation(bundle, site),
    explain: (error, who) => explainKernelError(bundle, error, who),
  };
}

/** A machine of so many ranks, and how they lie on it. */
export interface CheckedWorld {
  topology: Topology;
  layout: RankLayout;
}

/** The ranks of a topology as a run would choose them. */
export function ownWorld(topology: Topology, { options }: KernelDefinition): CheckedWorld {
  const { rankUnit = "pe", leaderCube = "centre" } = options;
  return { topology, layout: new RankLayout(topology, selectDevices(topology, "all"), rankUnit, leaderCube) };
}

/**
 * A machine of `world` ranks like a topology, whatever sizes that has: one cube with so many PEs, one SIP with so many
 * cubes as square as can be, or one host with so many SIPs in a ring.
 */
export function worldOf(topology: Topology, definition: KernelDefinition, world: number): CheckedWorld {
  const own = ownWorld(topology, definition);
  if (own.layout.world === world) return own;
  const unit = definition.options.rankUnit ?? "pe";
  const cubes = unit === "cube" ? rectangleOf(world) : { columns: 1, rows: 1 };
  const small: Topology = {
    ...topology,
    counts: {
      supernodes: 1,
      podsPerSupernode: 1,
      hostsPerPod: 1,
      sipsPerHost: unit === "sip" ? world : 1,
      pesPerCube: unit === "pe" ? world : 1,
    },
    cubes,
    sips: { wiring: "ring_1d", columns: 0, rows: 0 },
  };
  return ownWorld(small, definition);
}

function rectangleOf(count: number): { columns: number; rows: number } {
  let rows = Math.floor(Math.sqrt(count));
  while (count % rows !== 0) rows--;
  return { columns: count / rows, rows };
}
