import { performance } from "node:perf_hooks";
import type { KernelDefinition, OrchestrationDefinition } from "../../dsl/index.js";
import { ExitCode, type LinquError, diagnostic, invalidInput, type Diagnostic } from "../base/diagnostics.js";
import { writeFileAtomic } from "../base/files.js";
import { formatNs, psToNs } from "../base/units.js";
import { algorithmBytes, busBandwidthFactor } from "../ccl/bus-bandwidth.js";
import { planQueues } from "../ccl/queues.js";
import { RankLayout } from "../ccl/rank-layout.js";
import type { Bundle, KernelManifest } from "../compiler/bundle.js";
import { compileKernel } from "../compiler/compile.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import { loadBundle } from "../compiler/load.js";
import { siteLocation, siteOperation, mapErrorLocation, sourceLine } from "../compiler/locate.js";
import { selectKernel } from "../compiler/select.js";
import type { LaunchArgs } from "../data/arguments.js";
import { findTensor } from "../data/expectation.js";
import type { ReplayReport } from "../data/judge.js";
import { predictReplayBytes } from "../data/memory.js";
import { OpLog } from "../data/op-log.js";
import type { KernelBody } from "../machine/machine.js";
import { Placement } from "../machine/memory/placement.js";
import { SpanRecorder } from "../record/span-recorder.js";
import { selectDevices } from "../topology/device.js";
import { readTopology } from "../topology/load.js";
import { provenanceOf } from "../topology/provenance.js";
import type { Topology } from "../topology/topology.js";
import { buildLaunch, topologyInfo } from "./arguments.js";
import { setupOfLaunch } from "./check-setup.js";
import { chooseComponents } from "./components.js";
import { tryModule } from "./host-code.js";
import { admits, explainKernelError, kernelDefinition, located } from "./kernel-definition.js";
import { namedQueues } from "./neighbors.js";
import type { RunHooks, RunOptions } from "./options.js";
import { availableMemoryBytes, predict, refuseTooLarge, refuseUnnumberable } from "./prediction.js";
import { resolveProgram, type Program } from "./program.js";
import { buildRecord } from "./record.js";
import { adviseRing } from "./ring-advice.js";
import { ReplayThread } from "./replay.js";
import type { RunOutcome, VerifyResult } from "./result.js";
import { checkRun } from "./run-check.js";
import { runResult } from "./run-result.js";
import { simulate, unreceivedMessages, type Simulation, type SimulationPlan } from "./simulation.js";
import { tracedRanks } from "./traced-ranks.js";

/** The op log may take this part of the memory, so that replay still has room beside it. */
const OP_LOG_SHARE = 4;

/** How much more than the limit a forced run may take. */
const FORCED_EVENTS = 1000;

const NOT_VERIFIED: VerifyResult = {
  status: "off",
  maxAbs: 0,
  maxRel: 0,
  mismatches: 0,
  firstMismatch: null,
  tolerance: "",
};

/**
 * Runs a bench or a kernel: compiles it, hands it down the runtime, simulates it, replays its data and judges it.
 *
 * A program that fails while it runs (deadlock, fault, wrong values) gives an outcome with everything that is known;
 * what is refused before any rank runs is thrown.
 * @throws LinquError with exit code 2 or 3
 */
export async function runSession(asked: RunOptions, hooks: RunHooks): Promise<RunOutcome> {
  // What is corrupted must be found, so an injection asks for the verdict too.
  const options = { ...asked, verify: asked.verify || asked.inject !== null };
  const startMs = performance.now();
  const placed = readTopology(options.topology, options.set);
  const described = placed.topology;
  const topology = withForce(described, options.force);
  const { graph, scheduler } = await chooseComponents(placed);
  const selection = selectDevices(topology, options.device);
  const program = await resolveProgram(options, placed);
  hooks.progress?.("compile", program.bench);
  const bundle = await compileKernel(program.kernel.file, { constexpr: options.constexpr });
  const kernel = selectKernel(bundle, program.kernel.exportName);
  const definition = kernelDefinition(bundle, kernel);
  const { rankUnit, leaderCube } = definition.options;
  const layout = new RankLayout(topology, selection, rankUnit ?? "pe", leaderCube ?? "centre");
  if (!located(bundle, () => admits(definition, layout.world))) {
    return notApplicable(definition.options.name, layout.world);
  }
  if (options.verify && definition.options.expect === undefined) throw nothingToExpect(kernel, bundle);

  const info = topologyInfo(topology, layout);
  const launch = located(bundle, () =>
    buildLaunch(definition, kernel.params, info, layout.world, options.bytes, options.dtype),
  );
  checkExpectation(definition.options.expect, launch);
  const placement = new Placement(topology, layout, launch);
  const peers = located(bundle, () => namedQueues(definition, layout.world, info));
  const queues = planQueues(layout, kernel.queues, peers);
  const loadKernel = (ops: KernelOps): KernelBody => {
    const { body } = loadBundle(bundle, ops)[kernel.export] as KernelDefinition;
    return body as unknown as KernelBody;
  };
  const needsData = options.verify || options.dump !== null;
  const expectation = definition.options.expect ?? null;
  const prediction = predict(topology, layout, queues, launch, loadKernel, (rows) =>
    needsData ? predictReplayBytes(launch, rows, options.verify ? expectation : null) : 0,
  );
  refuseUnnumberable(prediction);
  if (!options.force) refuseTooLarge(prediction, topology);
  const checked = options.check
    ? checkRun(
        () => setupOfLaunch({ bundle, manifest: kernel, definition }, topology, layout, launch, queues),
        prediction,
      )
    : null;
  const refusal = checked?.refusal ?? null;
  if (refusal !== null) return { ...refusal, result: null, record: null };

  const orchestrations = await compileOrchestrations(program);
  const decides = kernel.ops.includes("item");
  const plan: SimulationPlan = {
    topology,
    selection,
    graph,
    scheduler,
    layout,
    queues,
    launch,
    placement,
    isOrdered: decides || kernel.ops.some((op) => op.startsWith("atomic")),
    decidesOn: decides ? { data: options.data, seed: options.seed } : null,
    callable: {
      hash: bundle.manifest.hash,
      codeBytes: Buffer.byteLength(bundle.code),
      sites: bundle.manifest.sites.length,
    },
    loadKernel,
    loadOrchestrations: (ops) =>
      orchestrations.bundles.flatMap(({ bundle: source, exports }) => {
        const loaded = loadBundle(source, ops);
        return exports.map((name) => loaded[name] as OrchestrationDefinition);
      }),
    locate: (site) => siteLocation(bundle, site),
    opOf: (site) => siteOperation(bundle, site),
    explain: (error, who) => explainKernelError(bundle, error, who),
    locateOrchestration: orchestrations.locate,
  };

  const replay = needsData ? startReplay(options, launch, bundle, kernel, hooks) : null;
  try {
    const newLog = (): OpLog => new OpLog(availableMemoryBytes(topology.limits) / OP_LOG_SHARE);
    const opLog = needsData || decides ? newLog() : null;
    const simulation = simulateOnce(plan, opLog, hooks);
    const traced = options.trace
      ? retrace(plan, options.trace, simulation, decides ? newLog() : null)
      : simulation;
    const record = buildRecord(plan, traced, {
      bench: program.bench,
      kernel: definition.options.name,
      algorithm: program.algorithm,
      bytes: options.bytes,
      dtype: options.dtype,
    });
    const report =
      replay !== null && simulation.failure === null
        ? await replay.finish(opLog!.finish(simulation.machine.core.shapes.byId))
        : null;
    const judged = judge(bundle, options, report);
    const files = options.dump !== null && report !== null ? await writeDump(options.dump, report) : [];
    const collective = typeof expectation === "object" ? (expectation?.kind ?? null) : null;
    const result = runResult(record, {
      wallMs: performance.now() - startMs,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      topologyProvenance: provenanceOf(described, options.topology),
      files,
      verify: judged.verify,
      check: checked?.check ?? null,
      prints: simulation.machine.prints.format((row) => printedTile(report, row)),
      sourceOf: (file, line) => sourceText(bundle, file, line),
      algorithmBytes: algorithmBytes(collective, options.bytes, layout.world),
      busBandwidthFactor: busBandwidthFactor(collective, layout.world),
    });
    const failure = adviseRing(plan, simulation);
    return {
      exitCode: failure?.exitCode ?? judged.exitCode,
      result,
      record,
      diagnostics: [
        ...(failure?.diagnostics ?? []),
        ...judged.diagnostics,
        ...(failure === null ? unreceivedMessages(simulation) : []),
      ],
    };
  } finally {
    await replay?.cancel();
  }
}

/** The tensors that a collective's expectation names must exist; refused before anything is simulated. */
function checkExpectation(expect: KernelDefinition["options"]["expect"], { byRank }: LaunchArgs): void {
  if (typeof expect !== "object") return;
  findTensor(byRank[0]!, expect.input, "input", 0, expect.kind);
  findTensor(byRank[0]!, expect.output, "output", 0, expect.kind);
}

/** A forced run may go far beyond the limit that its prediction exceeds, but not on for ever. */
function withForce(topology: Topology, force: boolean): Topology {
  if (!force) return topology;
  const { limits } = topology;
  return { ...topology, limits: { ...limits, maxEvents: limits.maxEvents * FORCED_EVENTS } };
}

function notApplicable(kernel: string, world: number): RunOutcome {
  return {
    exitCode: ExitCode.ok,
    result: null,
    record: null,
    diagnostics: [
      diagnostic({
        code: "LQ3003",
        severity: "info",
        message: `not applicable: kernel ${kernel} does not admit a world of ${world}`,
        hint: "choose another --topology or --device",
      }),
    ],
  };
}

function nothingToExpect(kernel: KernelManifest, bundle: Bundle): LinquError {
  return invalidInput({
    code: "LQ9107",
    message: `kernel ${kernel.name} of ${bundle.manifest.name}.ts does not say what to expect, so its values cannot be judged`,
    hint: 'add expect: allReduce("sum") or a golden function to its defineKernel, or leave --verify-data away',
  });
}

interface Orchestrations {
  bundles: { bundle: Bundle; exports: string[] }[];
  locate: SimulationPlan["locateOrchestration"];
}

/** All orchestrations of a bench, by file. Their sites are told apart only when they come from one file. */
async function compileOrchestrations({ orchestrations }: Program): Promise<Orchestrations> {
  const exportsByFile = new Map<string, string[]>();
  for (const { file, exportName } of orchestrations) {
    const exports = exportsByFile.get(file) ?? [];
    if (exportName !== null) exports.push(exportName);
    exportsByFile.set(file, exports);
  }
  const bundles = await Promise.all(
    [...exportsByFile].map(async ([file, exports]) => {
      const bundle = await compileKernel(file);
      tryModule(bundle);
      return {
        bundle,
        exports: exports.length > 0 ? exports : bundle.manifest.orchestrations.map((o) => o.export),
      };
    }),
  );
  const [first] = bundles;
  return {
    bundles,
    locate: {
      // The runtime's own steps have no site.
      site: (site) => (site >= 0 && bundles.length === 1 && first ? siteLocation(first.bundle, site) : null),
      error: (cause) =>
        bundles.map(({ bundle }) => mapErrorLocation(bundle, cause)).find((at) => at !== null) ?? null,
    },
  };
}

function startReplay(
  options: RunOptions,
  launch: SimulationPlan["launch"],
  bundle: Bundle,
  kernel: KernelManifest,
  hooks: RunHooks,
): ReplayThread {
  const { bytes, dtype, data, seed, verify } = options;
  const inject = options.inject === null ? null : { seed };
  const request = { launch, bytes, dtype, data, seed, verify, inject, dump: options.dump !== null };
  return new ReplayThread({ request, bundle, kernelExport: kernel.export }, (done, rows) =>
    hooks.progress?.("replay", `${Math.floor((100 * done) / Math.max(1, rows))} %`),
  );
}

function simulateOnce(plan: SimulationPlan, opLog: OpLog | null, hooks: RunHooks): Simulation {
  hooks.progress?.("simulate", `${plan.layout.world} ranks`);
  return simulate(plan, {
    opLog,
    spans: null,
    tracedRanks: [],
    onProgress: (nowPs, events) =>
      hooks.progress?.(
        "simulate",
        `${formatNs(psToNs(nowPs))} simulated, ${(events / 1e6).toFixed(1)} M events`,
      ),
  });
}

/** The same run once more, now with lanes for ranks that the first pass has shown to matter. */
function retrace(
  plan: SimulationPlan,
  trace: NonNullable<RunOptions["trace"]>,
  first: Simulation,
  opLog: OpLog | null,
): Simulation {
  const ranks = tracedRanks(plan, trace, first.machine.endPs);
  return simulate(plan, {
    opLog,
    spans: new SpanRecorder(trace.maxLanes),
    tracedRanks: ranks,
  });
}

interface Judgement {
  verify: VerifyResult;
  exitCode: ExitCode;
  diagnostics: Diagnostic[];
}

function nothingToCorrupt(): Judgement {
  const problem = diagnostic({
    code: "LQ9303",
    message: "nothing was corrupted: the run has no message that carries a value other than zero",
    hint: "choose a run in which ranks send to each other",
  });
  return { verify: NOT_VERIFIED, exitCode: ExitCode.invalidInput, diagnostics: [problem] };
}

function judge(bundle: Bundle, options: RunOptions, report: ReplayReport | null): Judgement {
  if (report === null) return { verify: NOT_VERIFIED, exitCode: ExitCode.ok, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const { corrupted, verify } = report;
  if (options.inject !== null) {
    if (corrupted === null) return nothingToCorrupt();
    const { element, value, rankFrom, rankTo, site } = corrupted;
    diagnostics.push(
      diagnostic({
        code: "LQ9302",
        severity: "info",
        message: `corrupted in flight: element ${element} (${value}) of a message from rank ${rankFrom} to rank ${rankTo}`,
        at: siteLocation(bundle, site),
      }),
    );
  }
  if (verify === null) return { verify: NOT_VERIFIED, exitCode: ExitCode.ok, diagnostics };
  const { status, maxAbs, maxRel, mismatches, firstMismatch, tolerance } = verify;
  if (firstMismatch === null) {
    const passed = { status, maxAbs, maxRel, mismatches, firstMismatch: null, tolerance };
    return { verify: passed, exitCode: ExitCode.ok, diagnostics };
  }
  const { tensor, index, rank, op, site, actual, expected } = firstMismatch;
  const at = site < 0 ? null : siteLocation(bundle, site);
  diagnostics.unshift(
    diagnostic({
      code: "LQ9301",
      message: `wrong values: ${tensor}[${index}] on rank ${rank} is ${actual}, expected ${expected} (last written by ${op})`,
      at,
      detail: [
        `${mismatches} ${mismatches === 1 ? "mismatch" : "mismatches"} in all; largest error ${maxAbs}; allowed: ${tolerance}`,
      ],
      hint: "run with --dump out.npz to look at all values",
    }),
  );
  const position = at === null ? "" : `${at.file}:${at.line}:${at.column}`;
  return {
    verify: {
      status,
      maxAbs,
      maxRel,
      mismatches,
      firstMismatch: { tensor, index, rank, op, at: position },
      tolerance,
    },
    exitCode: ExitCode.wrongValues,
    diagnostics,
  };
}

async function writeDump(path: string, report: ReplayReport): Promise<string[]> {
  // Compression is loaded only by those who need it.
  const { writeNpz } = await import("../format/npz.js");
  writeFileAtomic(path, [writeNpz(report.arrays)]);
  return [path];
}

function printedTile(report: ReplayReport | null, row: number): string {
  const tile = report?.prints.find((print) => print.row === row);
  if (!tile) return "data=N/A";
  const elements = tile.shape.reduce((product, size) => product * size, 1);
  const values = tile.values.map((value) => Number(value.toPrecision(6)));
  if (elements === values.length) return `[${values.join(", ")}]`;
  const half = values.length / 2;
  return `[${values.slice(0, half).join(", ")}, …, ${values.slice(half).join(", ")}]`;
}

function sourceText(bundle: Bundle, file: string, line: number): string {
  const source = bundle.manifest.sites.find(
    ([, siteLine], site) => siteLine === line && siteLocation(bundle, site).file === file,
  );
  return source === undefined ? "" : (sourceLine(bundle, source[0], line) ?? "");
}
