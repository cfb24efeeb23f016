import { F32 } from "../data/dtypes.js";
import type { OpLog } from "../data/op-log.js";
import { NO_VALUE, type OpKind } from "../data/op-log.js";
import type { CompositeArgs, CompositeReader } from "../ops/composite-args.js";
import { Ref, Tile, type Pointer } from "../ops/handles.js";
import type { CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import type { CommandsUnderWay, Reach } from "./commands-under-way.js";
import { block, type MemoryOps } from "./memory-ops.js";
import type { Started } from "./posted-receive.js";
import { StartedCommand } from "./started-command.js";
import type { TensorState } from "./tensors.js";

/** `composite`: the command is done when it is issued, but has to be waited for. */
export class CompositeOps {
  constructor(
    private readonly core: CheckCore,
    private readonly reader: CompositeReader<TensorState>,
    private readonly memory: MemoryOps,
    private readonly clocks: Clocks | null,
    private readonly commands: CommandsUnderWay,
    private readonly log: OpLog | null,
    private readonly started: (what: Started) => void,
  ) {}

  composite(site: number, name: unknown, a: unknown, b: unknown, out: unknown, options: unknown): boolean {
    const { core, reader, memory, clocks } = this;
    const asked = reader.read(site, name, a, b, out, options);
    core.begin(site);
    const { left, right, to, shape } = asked;
    for (const operand of [left, right]) if (operand instanceof Tile) core.use(operand, site);
    for (const { with: operand } of asked.steps) if (operand instanceof Tile) core.use(operand, site);
    const refs = [left, right].filter((operand) => operand instanceof Ref);
    const written = core.shapes.elements[shape]!;
    const accesses = [
      ...refs.map(({ pointer, elements }) => memory.note(site, pointer, block(pointer, elements), false)),
      memory.note(site, to, block(to, written), true),
    ].filter((access) => access !== null);
    const reaches = [
      ...refs.map(({ pointer, elements }) => reachOf(pointer, elements, false, site)),
      reachOf(to, written, true, site),
    ];
    // Until it is waited for, nobody knows that it is over.
    for (const access of accesses) access.count = Infinity;
    this.perform(site, asked);
    const { rank } = core;
    this.commands.start(rank, reaches);
    const command = new StartedCommand(core, site, () => {
      this.commands.end(rank, reaches);
      for (const access of accesses) if (clocks !== null) access.count = clocks.now(rank);
    });
    this.started(command);
    core.results.out = command;
    return true;
  }

  /** Values are computed as by a product or an operator and the steps after it. */
  private perform(site: number, { kind, left, right, to, shape, steps }: CompositeArgs<TensorState>): void {
    let result = this.make(shape);
    const [x, y] = [this.operand(site, left), this.operand(site, right)];
    this.compute(site, kind, result, x, y, 0);
    for (const { kind: step, with: operand } of steps) {
      const next = this.make(shape);
      if (operand instanceof Tile) this.compute(site, step, next, result, operand, 0);
      else this.compute(site, step, next, result, null, operand);
      result = next;
    }
    this.memory.put(site, to, result);
  }

  private compute(site: number, kind: OpKind, out: Tile, a: Tile, b: Tile | null, scalar: number): void {
    const { core, log } = this;
    if (log === null) {
      out.value = core.values?.compute(kind, out, a, b, null, scalar) ?? 0;
      return;
    }
    const row = [out.shape, a.value, b?.value ?? NO_VALUE, scalar, 0, 0] as const;
    out.value = log.append(kind, out.dtype, -1, core.rank, site, ...row);
  }

  private make(shape: number): Tile {
    const elements = this.core.shapes.elements[shape]!;
    return new Tile(F32.code, shape, elements, elements * F32.sizeBytes, NO_VALUE);
  }

  /** A block that is streamed becomes a tile that takes no place. */
  private operand(site: number, operand: Tile | Ref<TensorState>): Tile {
    if (operand instanceof Tile) return operand;
    const { pointer, shape, elements } = operand;
    const tile = new Tile(pointer.dtype, shape, elements, 0, NO_VALUE);
    this.memory.fill(site, pointer, tile);
    return tile;
  }
}

function reachOf(
  { place, offset }: Pointer<TensorState>,
  count: number,
  isWrite: boolean,
  site: number,
): Reach {
  return { place, from: offset, until: offset + count, isWrite, site };
}
