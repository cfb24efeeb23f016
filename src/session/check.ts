/** Checking kernels without running them: every kernel of a file or bundle, with several numbers of ranks. */
import type { KernelDefinition } from "../../dsl/index.js";
import {
  ExitCode,
  LinquError,
  diagnostic,
  invalidInput,
  usageError,
  type Diagnostic,
} from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import type { WorldReport } from "../check/report.js";
import { checkWorld } from "../check/world-check.js";
import type { Bundle, ConstexprValue, KernelManifest } from "../compiler/bundle.js";
import { compileKernel } from "../compiler/compile.js";
import { kernelLocation } from "../compiler/locate.js";
import { isBundleFolder, readBundle } from "../compiler/read.js";
import { selectKernel } from "../compiler/select.js";
import type { DTypeName } from "../data/dtypes.js";
import { readTopology } from "../topology/load.js";
import type { Topology } from "../topology/topology.js";
import { checkSetup, ownWorld, worldOf, type CheckedKernel, type CheckedWorld } from "./check-setup.js";
import { admits, kernelDefinition, located } from "./kernel-definition.js";
import type { RunHooks } from "./options.js";
import { moduleReference } from "./program.js";

/** World sizes that are checked when none are asked for, besides the topology's own. */
const DEFAULT_WORLDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16];
/** Operations that one execution of all ranks may take. */
const MAX_OPERATIONS = 30_000_000;
/** A kernel is not expected to take more than so many times the operations that the squares of worlds suggest. */
const GENEROUS = 64;
/** Ranks of the largest world that can be asked for. */
const MAX_WORLD = 65_536;

/** A kernel of which this was found is not executed with more ranks: each would take the whole budget again. */
const ENDLESS: ReadonlySet<string> = new Set(["LQ3402", "LQ3403"]);

/** What a check is asked to do, after the command line is parsed. */
export interface CheckOptions {
  /** `FILE`, `FILE#export`, or the folder of a bundle. */
  file: string;
  /** Numbers of ranks; the default ones when null. */
  worlds: readonly number[] | null;
  /** Slots of a queue; the topology's when null. */
  depth: number | null;
  topology: string;
  set: readonly string[];
  bytes: number;
  dtype: DTypeName;
  constexpr: Readonly<Record<string, ConstexprValue>>;
  /** Inputs of kernels that decide by values. */
  data: "±1" | "normal";
  seed: number;
}

/** A world as `linqu check --json` reports it: findings are in the envelope's diagnostics. */
export type CheckedWorldResult = Omit<WorldReport, "findings"> & {
  /** Codes of what was found. */
  findings: string[];
};

export interface CheckResult {
  /** What the kernels' `args` were asked for: other sizes were not decided. */
  bytes: number;
  dtype: DTypeName;
  kernels: { name: string; export: string; worlds: CheckedWorldResult[] }[];
}

export interface CheckOutcome {
  exitCode: ExitCode;
  result: CheckResult;
  diagnostics: Diagnostic[];
}

/**
 * Checks all kernels that the options name.
 * @throws LinquError with exit code 2 or 3 when there is nothing to check
 */
export async function checkSession(options: CheckOptions, hooks: RunHooks): Promise<CheckOutcome> {
  const depth = options.depth === null ? [] : [`ipcq.slots=${options.depth}`];
  const { topology } = readTopology(options.topology, [...options.set, ...depth]);
  hooks.progress?.("compile", options.file);
  const { bundle, manifests } = await kernelsOf(options);
  const collected = new Collected();
  const kernels: CheckResult["kernels"] = [];
  for (const manifest of manifests) {
    const kernel = { bundle, manifest, definition: kernelDefinition(bundle, manifest) };
    const worlds = worldsOf(topology, kernel.definition, options.worlds);
    const reports: WorldReport[] = [];
    for (const world of worlds) {
      const { world: size } = world.layout;
      hooks.progress?.("check", `${manifest.name}, ${size} rank${size === 1 ? "" : "s"}`);
      const report = checkOne(kernel, world, options, reports);
      reports.push(report);
      collected.add(manifest.name, report);
    }
    if (reports.every(({ status }) => status === "not applicable"))
      collected.notApplicable(kernel.definition, worlds);
    kernels.push({ name: manifest.name, export: manifest.export, worlds: reports.map(toResult) });
  }
  return {
    exitCode: collected.exitCode,
    result: { bytes: options.bytes, dtype: options.dtype, kernels },
    diagnostics: [...bundle.warnings, ...collected.diagnostics],
  };
}

/** The kernel that is named, or all that are defined. @throws LQ1003 none, LQ1004 no kernel of that name, LQ1008 */
async function kernelsOf({
  file,
  constexpr,
}: CheckOptions): Promise<{ bundle: Bundle; manifests: KernelManifest[] }> {
  const reference = moduleReference(file, process.cwd());
  const isFolder = isBundleFolder(reference.file);
  if (isFolder && Object.keys(constexpr).length > 0) {
    throw usageError({
      code: "LQ0007",
      message: "--constexpr and a bundle exclude each other",
      hint: "a bundle was compiled for its values: check the source file",
    });
  }
  const bundle = isFolder ? readBundle(reference.file) : await compileKernel(reference.file, { constexpr });
  const { kernels } = bundle.manifest;
  const defined = kernels.filter((kernel) => kernel.defined);
  const isOne = reference.exportName !== null || kernels.length < 2;
  return {
    bundle,
    manifests: isOne ? [selectKernel(bundle, reference.exportName)] : defined.length > 0 ? defined : kernels,
  };
}

/** The worlds to check: as asked, or the usual ones and the topology's own. */
function worldsOf(
  topology: Topology,
  definition: KernelDefinition,
  asked: readonly number[] | null,
): CheckedWorld[] {
  const own = ownWorld(topology, definition);
  const sizes = asked ?? [...DEFAULT_WORLDS, own.layout.world];
  const tooLarge = sizes.find((world) => world > MAX_WORLD && world !== own.layout.world);
  if (tooLarge !== undefined) {
    throw invalidInput({
      code: "LQ6003",
      message: `a world of ${tooLarge} ranks is too large to be checked; at most ${MAX_WORLD} are possible`,
      hint: "choose a smaller --world: most errors show with a few ranks",
    });
  }
  return [...new Set(sizes)].sort((a, b) => a - b).map((world) => worldOf(topology, definition, world));
}

function checkOne(
  kernel: CheckedKernel,
  { topology, layout }: CheckedWorld,
  options: CheckOptions,
  before: readonly WorldReport[],
): WorldReport {
  const { world } = layout;
  const blank = emptyReport(world, topology.ipcq.slots);
  try {
    if (!located(kernel.bundle, () => admits(kernel.definition, world))) return blank;
    const endless = before.find(({ findings }) => findings.some(({ code }) => ENDLESS.has(code)));
    if (endless !== undefined) {
      const verdict = `not executed, since the kernel does not end in world ${endless.world}`;
      return { ...blank, status: "not decided", verdict };
    }
    return checkWorld(checkSetup(kernel, topology, layout, options), {
      maxOperations: MAX_OPERATIONS,
      beyondBudget: mayBeLarge(world, before) ? "undecided" : "error",
      findsDepth: true,
      inputs: options,
    });
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    const [first] = error.diagnostics;
    return {
      ...blank,
      status: "failed",
      verdict: `refused: ${first?.message ?? "invalid input"}`,
      findings: error.diagnostics.map((problem) => ({
        ...problem,
        at: problem.at ?? kernelLocation(kernel.bundle, kernel.manifest),
      })),
      exitCode: error.exitCode,
    };
  }
}

/** May a kernel that ends with fewer ranks take more operations than there are with so many? */
function mayBeLarge(world: number, before: readonly WorldReport[]): boolean {
  const ended = before.findLast(({ status, programOperations }) => status === "ok" && programOperations > 0);
  if (ended === undefined) return false;
  return GENEROUS * ended.programOperations * (world / ended.world) ** 2 > MAX_OPERATIONS;
}

function emptyReport(world: number, depth: number): WorldReport {
  return {
    world,
    isKahn: true,
    status: "not applicable",
    verdict: "the kernel does not admit this number of ranks",
    operations: 0,
    programOperations: 0,
    depth,
    leastDepth: null,
    scratch: null,
    traffic: [],
    postCondition: "none",
    findings: [],
    exitCode: ExitCode.ok,
  };
}

function toResult(report: WorldReport): CheckedWorldResult {
  return { ...report, findings: [...new Set(report.findings.map(({ code }) => code))] };
}

interface Collection {
  diagnostic: Diagnostic;
  kernel: string;
  worlds: number[];
}

/** Findings of all worlds: what is found at the same place with several numbers of ranks is told once. */
class Collected {
  exitCode: ExitCode = ExitCode.ok;
  private readonly groups = new Map<string, Collection>();

  add(kernel: string, { world, findings, exitCode }: WorldReport): void {
    for (const found of findings) {
      const { code, at, message } = found;
      const place = at === null ? message : `${at.file}:${at.line}:${at.column}`;
      const key = `${kernel} ${code} ${place}`;
      const known = this.groups.get(key);
      if (known === undefined) this.groups.set(key, { diagnostic: found, kernel, worlds: [world] });
      else known.worlds.push(world);
    }
    if (worse(exitCode, this.exitCode)) this.exitCode = exitCode;
  }

  notApplicable({ options }: KernelDefinition, worlds: readonly CheckedWorld[]): void {
    const sizes = formatRanges(worlds.map(({ layout }) => layout.world));
    const problem = diagnostic({
      code: "LQ3003",
      severity: "info",
      message: `not applicable: kernel ${options.name} does not admit a world of ${sizes}`,
      hint: "choose another --world",
    });
    this.groups.set(options.name, { diagnostic: problem, kernel: options.name, worlds: [] });
  }

  get diagnostics(): Diagnostic[] {
    return [...this.groups.values()].map(({ diagnostic: found, kernel, worlds }) => {
      if (worlds.length === 0) return found;
      const where = `kernel ${kernel}, ${worlds.length === 1 ? "world" : "worlds"} ${formatRanges(worlds)}`;
      return { ...found, detail: [...found.detail, where] };
    });
  }
}

/** What a run would meet first counts more: refused, then a failing program, then wrong values. */
function worse(code: ExitCode, than: ExitCode): boolean {
  const order: ExitCode[] = [
    ExitCode.ok,
    ExitCode.wrongValues,
    ExitCode.programFailed,
    ExitCode.invalidInput,
  ];
  return order.indexOf(code) > order.indexOf(than);
}
