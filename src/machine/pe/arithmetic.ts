import { tileOperators } from "../../../dsl/ops.js";
import type { ExitCode, LinquError } from "../../base/diagnostics.js";
import { transferPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { NO_VALUE, OpKind } from "../../data/op-log.js";
import type { Problem } from "../../ops/backend.js";
import type { Tile } from "../../ops/handles.js";
import type { QueueUser } from "../../ops/queue-finder.js";
import type { Shapes } from "../../ops/shapes.js";
import { MATH_WEIGHTS } from "../../ops/computations.js";
import { Cause, type KernelCore } from "./kernel-core.js";

/** How spans name the computations: as kernels write them. */
const NAMES: readonly string[] = Object.keys(OpKind).map(nameOf);

/** MATH and GEMM of the running kernel's PE: what `TileOps` hands its computations to. */
export class Arithmetic implements QueueUser {
  readonly shapes: Shapes;
  readonly layout: RankLayout;
  readonly tcmBytes: number;

  constructor(private readonly core: KernelCore) {
    this.shapes = core.shapes;
    this.layout = core.layout;
    this.tcmBytes = core.costs.tcmBytes;
  }

  get rank(): number {
    return this.core.rank;
  }

  fault(site: number, problem: Problem, exitCode?: ExitCode): LinquError {
    return this.core.fault(site, problem, exitCode);
  }

  compute(
    site: number,
    kind: OpKind,
    out: Tile,
    a: Tile | null,
    b: Tile | null,
    c: Tile | null,
    scalar: number,
  ): void {
    const startPs = this.charge(site, kind, out, a, b);
    const { core } = this;
    const { rank, clockPs, spans, opLog } = core;
    if (opLog !== null) {
      const { dtype, shape } = out;
      const left = valueOf(a);
      const right = valueOf(b);
      out.value = opLog.append(
        kind,
        dtype,
        -1,
        rank,
        site,
        shape,
        left,
        right,
        scalar,
        startPs,
        clockPs,
        valueOf(c),
      );
    }
    if (spans === null) return;
    const lanes = core.lanes.get(rank);
    if (lanes) spans.add(lanes.kernel, spans.nameId(NAMES[kind]!), site, startPs, clockPs, -1, -1);
  }

  /** Charges a computation to its unit; returns its start. */
  private charge(site: number, kind: OpKind, out: Tile, a: Tile | null, b: Tile | null): number {
    const { core } = this;
    const { costs } = core;
    switch (kind) {
      case OpKind.full:
        // A number beside tiles is an immediate of the operation that uses it.
        if (this.shapes.byId[out.shape]!.length === 0) return core.clockPs;
        return this.math(site, costs.mathPs(out.elements, 1));
      case OpKind.gemm:
        return this.gemm(site, a!, b!);
      case OpKind.reshape:
        core.begin(site);
        return core.clockPs;
      case OpKind.transpose:
      case OpKind.broadcast:
        // Read from the TCM and written back as a stream: the slower port decides.
        return this.math(
          site,
          Math.max(
            transferPs(a!.bytes, costs.tcmReadPsPerByte),
            transferPs(out.bytes, costs.tcmWritePsPerByte),
          ),
        );
      default: {
        // A reduction takes in more than it gives.
        const elements = kind >= OpKind.sum && kind <= OpKind.argmin ? a!.elements : out.elements;
        return this.math(site, costs.mathPs(elements, MATH_WEIGHTS[kind]!));
      }
    }
  }

  /** An operation of MATH, which follows what composite commands have it do. */
  private math(site: number, costPs: number): number {
    const { core } = this;
    core.begin(site);
    const { pes, rank } = core;
    if (pes.hasCommands) core.spend(site, Cause.composite, pes.mathFreePs[rank]!);
    const start = core.clockPs;
    core.spend(site, Cause.math, start + costPs);
    pes.mathBusyPs[rank]! += core.clockPs - start;
    if (pes.hasCommands) pes.mathFreePs[rank] = core.clockPs;
    return start;
  }

  private gemm(site: number, a: Tile, b: Tile): number {
    const { core } = this;
    const { byId } = this.shapes;
    core.begin(site);
    const { pes, rank } = core;
    if (pes.hasCommands) core.spend(site, Cause.composite, pes.gemmFreePs[rank]!);
    const start = core.clockPs;
    const [m, k] = byId[a.shape]!;
    core.spend(site, Cause.gemm, start + core.costs.gemmPs(m!, k!, byId[b.shape]![1]!, a.dtype));
    pes.gemmBusyPs[rank]! += core.clockPs - start;
    if (pes.hasCommands) pes.gemmFreePs[rank] = core.clockPs;
    return start;
  }
}

function valueOf(tile: Tile | null): number {
  return tile === null ? NO_VALUE : tile.value;
}

function nameOf(kind: string): string {
  if (kind === "gemm") return "dot";
  if (kind === "xor") return tileOperators.bitXor.sign;
  return (tileOperators as Record<string, { sign: string } | undefined>)[kind]?.sign ?? kind;
}
