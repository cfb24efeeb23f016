import { copyOf, seedRank, type LaunchArgs } from "../data/arguments.js";
import { dtypeByName } from "../data/dtypes.js";
import { Pointer } from "../ops/handles.js";
import type { CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import { Image } from "./image.js";
import { SharedAccesses } from "./races.js";
import type { Diagnostic } from "../base/diagnostics.js";

/** What the check knows of one tensor: its elements, and who has accessed them where ranks share it. */
export interface TensorState {
  readonly image: Image | null;
  readonly shared: SharedAccesses | null;
}

/** The tensors of all ranks, made when a rank starts. */
export class Tensors {
  /** By rank that owns them, then by index. */
  private readonly owned: (TensorState | undefined)[][];

  constructor(
    private readonly core: CheckCore,
    private readonly launch: LaunchArgs,
    private readonly clocks: Clocks | null,
    private readonly report: (rank: number, problem: Diagnostic) => void,
  ) {
    this.owned = Array.from({ length: launch.world }, () => []);
  }

  /** What the kernel of a rank is called with. */
  argumentsOf(rank: number): unknown[] {
    const { tensors, args } = this.launch.byRank[rank]!;
    return args.map((arg) => {
      if (arg.kind === "value") return arg.value;
      const tensor = tensors[arg.tensor]!;
      const code = dtypeByName(tensor.dtype)!.code;
      return new Pointer<TensorState>(tensor, arg.tensor, code, 0, this.of(rank, arg.tensor));
    });
  }

  /** The tensor that a rank sees at an index of its list. */
  of(rank: number, index: number): TensorState {
    const { policy } = this.launch.byRank[rank]!.tensors[index]!;
    const { spread } = this.launch;
    const isShared = policy !== undefined && spread !== undefined;
    const owner = isShared ? copyOf(rank, policy, spread) : rank;
    return (this.owned[owner]![index] ??= this.make(owner, index, isShared));
  }

  private make(owner: number, index: number, isShared: boolean): TensorState {
    const { core, clocks } = this;
    const { values } = core;
    const plan = this.launch.byRank[owner]!.tensors[index]!;
    const { name, role, elements } = plan;
    const initial =
      values === null || role === "output"
        ? null
        : values.algebra.input(index, seedRank(owner, plan, this.launch));
    return {
      image: values && new Image(values, elements, initial),
      shared:
        isShared && clocks !== null
          ? new SharedAccesses(name, clocks, (site) => core.whereIs(site), this.report)
          : null,
    };
  }
}
