import { RankLayout } from "../../../src/ccl/rank-layout.js";
import type { WorldReport } from "../../../src/check/report.js";
import { checkWorld } from "../../../src/check/world-check.js";
import type { Bundle, KernelManifest } from "../../../src/compiler/bundle.js";
import { checkSetup, worldOf, type CheckSizes } from "../../../src/session/check-setup.js";
import { admits, kernelDefinition } from "../../../src/session/kernel-definition.js";
import { selectDevices } from "../../../src/topology/device.js";
import { readTopology } from "../../../src/topology/load.js";

interface Configuration {
  /** Number of ranks, of a machine that is like the topology; those of the topology itself when absent. */
  world?: number;
  topology?: string;
  /** The part of the topology that takes part when no world is given; all when absent. */
  device?: string;
  set?: readonly string[];
  sizes?: CheckSizes;
  maxOperations?: number;
}

/** What the check says of a kernel; null when the kernel does not admit so many ranks. */
export function reportOf(
  bundle: Bundle,
  manifest: KernelManifest,
  {
    world,
    topology = "host",
    device = "all",
    set = [],
    sizes = { bytes: 4096, dtype: "f32" },
    maxOperations,
  }: Configuration,
): WorldReport | null {
  const definition = kernelDefinition(bundle, manifest);
  const machine = readTopology(topology, set).topology;
  const { rankUnit = "pe", leaderCube = "centre" } = definition.options;
  const placed =
    world === undefined
      ? {
          topology: machine,
          layout: new RankLayout(machine, selectDevices(machine, device), rankUnit, leaderCube),
        }
      : worldOf(machine, definition, world);
  if (!admits(definition, placed.layout.world)) return null;
  const setup = checkSetup({ bundle, manifest, definition }, placed.topology, placed.layout, sizes);
  return checkWorld(setup, {
    maxOperations: maxOperations ?? 20_000_000,
    beyondBudget: "error",
    findsDepth: true,
    inputs: { data: "±1", seed: 1 },
  });
}
