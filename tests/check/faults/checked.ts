import type { KernelDefinition } from "../../../dsl/index.js";
import { invalidInput, type Diagnostic } from "../../../src/base/diagnostics.js";
import { planQueues } from "../../../src/ccl/queues.js";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { checkWorld } from "../../../src/check/world-check.js";
import type { CheckedBody } from "../../../src/check/setup.js";
import type { Bundle } from "../../../src/compiler/bundle.js";
import { loadBundle } from "../../../src/compiler/load.js";
import { describeSite } from "../../../src/compiler/locate.js";
import { buildLaunch, topologyInfo } from "../../../src/session/arguments.js";
import { hostOnlyOps } from "../../../src/session/host-only-ops.js";
import { namedQueues } from "../../../src/session/neighbors.js";
import { selectDevices } from "../../../src/topology/device.js";
import { readTopology } from "../../../src/topology/load.js";

export function checked(bundle: Bundle, world: number, set: string[], maxOperations: number): Diagnostic[] {
  const topology = readTopology("cube", set).topology;
  const found: Diagnostic[] = [];
  for (const kernel of bundle.manifest.kernels) {
    const { options } = loadBundle(bundle, hostOnlyOps)[kernel.export] as KernelDefinition;
    const layout = new RankLayout(
      topology,
      selectDevices(topology, `cube:0/pe:0-${world - 1}`),
      options.rankUnit ?? "pe",
      options.leaderCube ?? "centre",
    );
    if (!(options.worlds?.(layout.world) ?? true)) continue;
    const info = topologyInfo(topology, layout);
    const launch = buildLaunch({ options } as never, kernel.params, info, layout.world, 4096, "f32");
    const queues = planQueues(layout, bundle.manifest.queues, namedQueues({ options } as never, layout.world, info));
    const report = checkWorld(
      {
        layout,
        queues,
        launch,
        loadKernel: (ops) =>
          (loadBundle(bundle, ops)[kernel.export] as KernelDefinition).body as unknown as CheckedBody,
        slots: topology.ipcq.slots,
        slotBytes: topology.ipcq.slotBytes,
        tcmBytes: topology.pe.tcm.sizeBytes - topology.pe.tcm.reservedBytes,
        stepBudget: topology.limits.stepBudget,
        collective: typeof options.expect === "object" ? options.expect : null,
        replicated: options.replicated ?? [],
        dependsOnData: false,
        locate: (site) => describeSite(bundle, site),
        opOf: (site) => describeSite(bundle, site).op,
        explain: (error, who) => invalidInput({ code: "LQ3702", message: `${who} ${(error as Error).stack}` }),
      },
      {
        maxOperations,
        beyondBudget: "error",
        findsDepth: true,
        inputs: { data: "±1", seed: 1 },
      },
    );
    if (process.env.SHOW) console.log(world, report.verdict);
    found.push(...report.findings);
  }
  return found;
}
